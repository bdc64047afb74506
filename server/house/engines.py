"""Which policy engine decides: the embedded one, or the OPA server that is set.

There is one at a time and nothing to fall back to: an engine that does not answer
denies. The embedded one has to load the bundle before the first request. OPA need not
be there yet, because it pulls its bundle from the very vault that is starting.
"""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from consent import Purposes
from kit.errors import CannotStart, Conflict
from kit.secret import Secret
from kit.settings import Settings
from pdp.bundle.bundle import Bundle, BundleError
from pdp.bundle.language_source import languages_of
from pdp.change.canary import brief_canary, canary
from pdp.decision.decider import Pdp
from pdp.decision.decision import Undecided
from pdp.decision.port import Engine
from pdp.engines.opa import OpaAddress, OpaEngine
from pdp.engines.regorus import PolicyFault, RegorusEngine, admitted
from vault.gate.masking import EXECUTORS
from vault.gate.policies import InForce

PULLED_WITHIN: Final = 15.0
"""Seconds that the rehearsing OPA server has to pull a bundle."""

_TOKEN: Final = re.compile(rb"[\x21-\x7e]{1,8192}")


def ready(bundle: Bundle, engine: Engine) -> InForce:
    """Make a bundle ready to decide, by an engine.

    Raises:
        PurposesError: its table of purposes cannot be read.

    """
    purposes, languages = Purposes.parse(bundle.tables), languages_of(bundle)
    return InForce(bundle, purposes, decider(bundle, engine), languages)


def decider(bundle: Bundle, engine: Engine) -> Pdp:
    """Make what decides by a bundle, and knows what the vault can be bound to."""
    return Pdp(
        engine,
        bundle.digest,
        obligations=frozenset(EXECUTORS),
        trial=lambda: brief_canary(engine, bundle),
    )


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


@contextmanager
def rehearsing(bundle: Bundle, settings: Settings) -> Iterator[Sequence[Engine]]:
    """Open every configured engine on a bundle that is not in force.

    The OPA server that decides has the active bundle. So where there is one, a second
    rehearses: it pulls what is proposed, and has a moment to do so.

    Raises:
        Conflict: there is an OPA server and none to rehearse on, or it has not pulled
            this bundle.
        CannotStart: the bundle does not load, or OPA's address or token is no good.

    """
    with ExitStack() as opened:
        engines: list[Engine] = [embedded(bundle, settings)]
        opened.callback(engines[0].close)
        if settings.opa_url:
            engines.append(_rehearsal(settings))
            opened.callback(engines[1].close)
            _wait_for(engines[1], bundle.digest)
        yield engines


def _rehearsal(settings: Settings) -> Engine:
    if not settings.opa_rehearsal_url:
        raise Conflict(
            "an OPA server decides, and there is none to rehearse on",
            code="policy.no_rehearsal",
            fix="set ALLOD_OPA_REHEARSAL_URL, see deploy/README.md",
        )
    return _opa(
        settings, settings.opa_rehearsal_url, settings.opa_rehearsal_certificate
    )


def _wait_for(engine: Engine, digest: str) -> None:
    until = time.monotonic() + PULLED_WITHIN
    while time.monotonic() < until:
        with suppress(Undecided):
            if engine.revision() == digest:
                return
        time.sleep(0.2)
    raise Conflict(
        "the OPA server for rehearsals has not pulled this bundle",
        code="policy.not_pulled",
        fix="look whether it runs and pulls /v1/bundle/candidate, then try again",
    )


def engine_of(bundle: Bundle, settings: Settings) -> Engine:
    """Open the engine that the settings name.

    Raises:
        CannotStart: the bundle does not load, or OPA's address or token is no good.

    """
    if settings.opa_url:
        fit(bundle)
        return _opa(settings, settings.opa_url, settings.opa_certificate)
    return embedded(bundle, settings)


def fit(bundle: Bundle) -> Bundle:
    """Give a bundle back once its rules are known to be fit for any engine.

    Raises:
        BundleError: they are not; the error names file, line and remedy.

    """
    try:
        return admitted(bundle)
    except PolicyFault as fault:
        raise _unfit(fault) from None


def _unfit(fault: PolicyFault) -> CannotStart:
    place = (fault.line, fault.column)
    fix = "correct the rule with the program that these policies were activated by"
    return BundleError(fault.detail, file=fault.file, at=place, fix=fix)


def embedded(bundle: Bundle, settings: Settings) -> Engine:
    """Open the embedded engine on a bundle.

    Raises:
        CannotStart: the bundle does not load, or is not one that may decide.

    """
    engine = RegorusEngine(bundle, deadline=settings.policy_deadline)
    try:
        brief_canary(engine, bundle)
    except BaseException as error:
        engine.close()
        if isinstance(error, PolicyFault) and error.file:
            raise _unfit(error) from None
        if isinstance(error, Undecided):
            raise _not_loading() from None
        raise
    return engine


def _not_loading() -> CannotStart:
    return CannotStart(
        "the policy engine cannot load the active bundle",
        fix="run `allod policy test`: it names file and line",
    )


def opa_of(settings: Settings) -> tuple[OpaAddress, Secret | None]:
    """Read where OPA is, and the token that it expects.

    Raises:
        CannotStart: the address or the token is no good, or anybody could answer where
            that is at stake.

    """
    return _known(settings, settings.opa_url, settings.opa_certificate)


def _known(
    settings: Settings, url: str, certificate: Path | None
) -> tuple[OpaAddress, Secret | None]:
    address = OpaAddress.parse(url, certificate=certificate)
    token = opa_token(settings)
    if token is not None:
        address.require_known(because="a token would be sent to them")
    if settings.production:
        address.require_known(because="this is production")
    return address, token


def _opa(settings: Settings, url: str, certificate: Path | None) -> Engine:
    address, token = _known(settings, url, certificate)
    return OpaEngine(address, token=token, deadline=settings.policy_deadline)


def opa_token(settings: Settings) -> Secret | None:
    """Read the token that OPA expects of this vault, if a file that holds it is named.

    Raises:
        CannotStart: the file that is named holds no token.

    """
    file = settings.opa_token_file
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
