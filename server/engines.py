"""Which policy engine decides: the embedded one, or the OPA server that is set.

There is one at a time and nothing to fall back to: an engine that does not answer
denies. The embedded one has to load the bundle before the first request. OPA need not
be there yet, because it pulls its bundle from the very vault that is starting.
"""

import re
from pathlib import Path
from typing import Final

from consent import Purposes
from kit.errors import CannotStart
from kit.secret import Secret
from kit.settings import Settings
from pdp.bundle import Bundle
from pdp.canary import canary
from pdp.decider import Pdp
from pdp.decision import Undecided
from pdp.port import Engine
from pdp.regorus import RegorusEngine
from vault import InForce
from vault.obligations import EXECUTORS

_TOKEN: Final = re.compile(rb"[\x21-\x7e]{1,8192}")


def ready(bundle: Bundle, engine: Engine) -> InForce:
    """Make a bundle ready to decide, by an engine.

    Raises:
        PurposesError: its table of purposes cannot be read.

    """
    return InForce(bundle, Purposes.parse(bundle.tables), decider(bundle, engine))


def decider(bundle: Bundle, engine: Engine) -> Pdp:
    """Make what decides by a bundle, and knows what the vault can be bound to."""
    return Pdp(engine, bundle.digest, obligations=frozenset(EXECUTORS))


def proven(bundle: Bundle, settings: Settings) -> InForce:
    """Make a bundle ready to decide, once the canary lives.

    Raises:
        CannotStart: the bundle does not load, or decides otherwise than it says.
        Undecided: the engine does not answer.

    """
    engine = engine_of(bundle, settings)
    try:
        canary(engine, bundle)
        return ready(bundle, engine)
    except BaseException:
        engine.close()
        raise


def engine_of(bundle: Bundle, settings: Settings) -> Engine:
    """Open the engine that the settings name.

    Raises:
        CannotStart: the bundle does not load, or OPA's address or token is no good.

    """
    if settings.opa_url:
        return _opa(settings)
    return embedded(bundle, settings)


def embedded(bundle: Bundle, settings: Settings) -> Engine:
    """Open the embedded engine on a bundle.

    Raises:
        CannotStart: the bundle does not load.

    """
    engine = RegorusEngine(bundle, deadline=settings.policy_deadline)
    try:
        engine.revision()
    except Undecided:
        engine.close()
        raise CannotStart(
            "the policy engine cannot load the active bundle",
            fix="run `allod policy test`: it names file and line",
        ) from None
    return engine


def _opa(settings: Settings) -> Engine:
    # Half a second, which every command would pay for what few installations use.
    from pdp.opa import OpaAddress, OpaEngine  # noqa: PLC0415 - see above

    return OpaEngine(
        OpaAddress.parse(settings.opa_url),
        token=_token(settings.opa_token_file),
        deadline=settings.policy_deadline,
    )


def _token(file: Path | None) -> Secret | None:
    if file is None:
        return None
    try:
        text = file.read_bytes().strip()
    except OSError:
        text = b""
    if not _TOKEN.fullmatch(text):
        raise CannotStart(
            "the file that ALLOD_OPA_TOKEN_FILE names holds no token",
            fix="write the token that OPA expects into it, readable by you alone",
        )
    return Secret(text)
