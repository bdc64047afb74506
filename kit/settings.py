"""What an operator may set, read once from the environment and frozen."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from kit.errors import CannotStart

DEFAULT_HOME: Final = "./allod-home"
PREFIX: Final = "ALLOD_"
_LONGEST: Final = 12


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.isdecimal() or len(value) > _LONGEST:
        raise ValueError("a number of seconds is expected")
    return timedelta(seconds=int(value))


def _unset(value: object) -> object:
    return value or None


Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[
    timedelta,
    Field(ge=timedelta(seconds=1), le=timedelta(days=365)),
    BeforeValidator(_seconds),
]
Folder = Annotated[Path, AfterValidator(Path.expanduser)]
File = Annotated[Folder | None, BeforeValidator(_unset)]


class Settings(BaseSettings):
    """The settings of one process; each field's variable is ALLOD_ and its name."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    policy_deadline: ClassVar[timedelta] = timedelta(milliseconds=500)
    ledger_granularity: ClassVar[timedelta] = timedelta(seconds=60)
    body_limit: ClassVar[int] = 1 << 20
    suppression: ClassVar[timedelta] = timedelta(days=3 * 365)

    home: Folder = Path(DEFAULT_HOME)
    production: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    ledger_backlog: Count = 50_000
    ledger_patience: Seconds = timedelta(minutes=2)
    scans_at_once: Count = 2
    trials_at_once: Count = 1
    exports_at_once: Count = 8
    heavy_per_minute: Count = 60
    failed_per_minute: Count = 600
    calls_per_minute: Count = 1_200
    service_calls_per_minute: int = Field(default=0, ge=0)
    connections: Count = 512
    opa_url: str = ""
    opa_token_file: File = None
    opa_certificate: File = None
    opa_rehearsal_url: str = ""
    opa_rehearsal_certificate: File = None
    tsa_url: str = ""
    tsa_chain: File = None
    tsa_interval: Seconds = timedelta(hours=1)
    witnesses: File = None
    controller: str = ""
    controller_url: str = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's own signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is handed in; the environment is read by `read` alone."""
        return (init_settings,)

    @classmethod
    def read(cls, *, home: Path | None = None) -> "Settings":
        """Read the settings from the environment; an argument goes before it.

        Raises:
            CannotStart: a variable holds something that cannot be understood; it is
                named, and what it holds is not.

        """
        given = EnvSettingsSource(cls)()
        if home is not None:
            given["home"] = home
        try:
            return cls(**given)
        except ValidationError as error:
            raise CannotStart(
                "; ".join(_faults(error)),
                fix="set it as the table in docs/operations.md says, or unset it",
            ) from None


def _faults(error: ValidationError) -> list[str]:
    told = error.errors(include_input=False, include_context=False, include_url=False)
    return [f"{PREFIX}{str(each['loc'][0]).upper()}: {each['msg']}" for each in told]
