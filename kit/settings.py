"""What an operator may set, read once from the environment and frozen."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from kit.errors import CannotStart

DEFAULT_HOME = "./allod-home"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Settings:
    """The settings of one process; each field's variable is ALLOD_ and its name."""

    home: Path
    production: bool = False
    host: str = "127.0.0.1"
    port: int = 8080
    policy_deadline: timedelta = timedelta(milliseconds=500)
    ledger_granularity: timedelta = timedelta(seconds=60)
    ledger_backlog: int = 50_000
    ledger_patience: timedelta = timedelta(minutes=2)
    body_limit: int = 1 << 20
    scans_at_once: int = 2
    trials_at_once: int = 1
    exports_at_once: int = 8
    heavy_per_minute: int = 60
    failed_per_minute: int = 600
    calls_per_minute: int = 1_200
    service_calls_per_minute: int = 0
    connections: int = 512
    suppression: timedelta = timedelta(days=3 * 365)
    opa_url: str = ""
    opa_token_file: Path | None = None
    opa_certificate: Path | None = None
    opa_rehearsal_url: str = ""
    opa_rehearsal_certificate: Path | None = None
    tsa_url: str = ""
    tsa_chain: Path | None = None
    tsa_interval: timedelta = timedelta(hours=1)
    witnesses: Path | None = None

    @classmethod
    def read(
        cls, *, home: Path | None = None, environ: Mapping[str, str] | None = None
    ) -> "Settings":
        """Read the settings from the environment; an argument goes before it.

        Raises:
            CannotStart: a variable holds something that cannot be understood.

        """
        env = os.environ if environ is None else environ
        chosen = home or Path(env.get("ALLOD_HOME", DEFAULT_HOME))
        try:
            return cls(
                home=chosen.expanduser(),
                production=_flag(env, "ALLOD_PRODUCTION"),
                host=env.get("ALLOD_HOST", cls.host),
                port=int(env.get("ALLOD_PORT", str(cls.port))),
                ledger_backlog=_count(env, "ALLOD_LEDGER_BACKLOG", cls.ledger_backlog),
                ledger_patience=_seconds(
                    env, "ALLOD_LEDGER_PATIENCE", cls.ledger_patience
                ),
                scans_at_once=_count(env, "ALLOD_SCANS_AT_ONCE", cls.scans_at_once),
                trials_at_once=_count(env, "ALLOD_TRIALS_AT_ONCE", cls.trials_at_once),
                exports_at_once=_count(
                    env, "ALLOD_EXPORTS_AT_ONCE", cls.exports_at_once
                ),
                heavy_per_minute=_count(
                    env, "ALLOD_HEAVY_PER_MINUTE", cls.heavy_per_minute
                ),
                failed_per_minute=_count(
                    env, "ALLOD_FAILED_PER_MINUTE", cls.failed_per_minute
                ),
                calls_per_minute=_count(
                    env, "ALLOD_CALLS_PER_MINUTE", cls.calls_per_minute
                ),
                service_calls_per_minute=_count(
                    env, "ALLOD_SERVICE_CALLS_PER_MINUTE", 0, least=0
                ),
                connections=_count(env, "ALLOD_CONNECTIONS", cls.connections),
                opa_url=env.get("ALLOD_OPA_URL", cls.opa_url),
                opa_rehearsal_url=env.get("ALLOD_OPA_REHEARSAL_URL", ""),
                opa_token_file=_path(env, "ALLOD_OPA_TOKEN_FILE"),
                opa_certificate=_path(env, "ALLOD_OPA_CERTIFICATE"),
                opa_rehearsal_certificate=_path(env, "ALLOD_OPA_REHEARSAL_CERTIFICATE"),
                tsa_url=env.get("ALLOD_TSA_URL", ""),
                tsa_chain=_path(env, "ALLOD_TSA_CHAIN"),
                tsa_interval=_seconds(env, "ALLOD_TSA_INTERVAL", cls.tsa_interval),
                witnesses=_path(env, "ALLOD_WITNESSES"),
            )
        except ValueError as error:
            raise CannotStart(
                "an ALLOD_ variable holds a value that cannot be understood",
                fix="ALLOD_PORT, ALLOD_CONNECTIONS, and what ends in _BACKLOG,"
                " _PATIENCE, _INTERVAL, _AT_ONCE or _PER_MINUTE, are numbers from 1;"
                " ALLOD_PRODUCTION is 0 or 1",
            ) from error


def _path(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name)
    return Path(value).expanduser() if value else None


def _count(env: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    value = int(env.get(name, str(default)))
    if value < least:
        raise ValueError(name)
    return value


def _seconds(env: Mapping[str, str], name: str, default: timedelta) -> timedelta:
    value = env.get(name)
    if value is None:
        return default
    seconds = int(value)
    if not 1 <= seconds <= _YEAR:
        raise ValueError(name)
    return timedelta(seconds=seconds)


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "0")
    if value not in {"0", "1"}:
        raise ValueError(name)
    return value == "1"
