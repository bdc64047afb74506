"""The operator's look at an OPA server that decides for this vault."""

from collections.abc import Iterator, Sequence
from typing import Final

from kit.errors import Unavailable
from kit.settings import Settings
from pdp.engines.opa_look import NotLetIn, look
from server.house.engines import opa_of
from server.ops.check import Check, Level
from vault.keys.keys import Key, KeyState

_PIN: Final = "write its configuration anew, with `allod keys show bundle --opa`"


def look_at_opa(
    settings: Settings, active: str, keys: Sequence[Key]
) -> Iterator[Check]:
    """Look at the OPA of the settings: version, bundle, key, who may ask it.

    `active` is the digest of the policies in force, `keys` those of the bundle.

    Raises:
        CannotStart: its address or the file with its token is no good.

    """
    address, token = opa_of(settings)
    if not address.known:
        detail = "it is asked over plain http: whoever takes its port answers for it"
        fix = "let it listen at a Unix socket, see deploy/README.md"
        yield Check("opa line", Level.WARNING, detail, fix)
    try:
        seen = look(address, token)
    except NotLetIn as error:
        fix = "name the file with the token that it expects in ALLOD_OPA_TOKEN_FILE"
        yield Check("opa", Level.FAULT, error.detail, fix)
        return
    except Unavailable as error:
        fix = "start OPA, or correct ALLOD_OPA_URL; until then every read is refused"
        yield Check("opa", Level.FAULT, error.detail, fix)
        return
    yield _version(seen.version, recent=seen.recent)
    yield _revision(seen.revisions, active)
    if seen.configured:
        yield _pinned([each.key_id for each in seen.pinned], keys)
    else:
        detail = "it does not show its configuration, so its key cannot be checked"
        fix = "let the vault's token ask for /v1/config"
        yield Check("opa key", Level.WARNING, detail, fix)
    if seen.sends_decisions:
        detail = "it has a decision_logs section, and sends each decision elsewhere"
        fix = "take the section out of its configuration, even an empty one"
        yield Check("opa logs", Level.FAULT, detail, fix)
    if seen.open_to_all:
        detail = "it answers about its policies without a token, and may take new ones"
        fix = (
            "run it with --authentication=token --authorization=basic,"
            " or let nobody but the vault reach its port"
        )
        yield Check("opa access", Level.WARNING, detail, fix)


def _version(version: str, *, recent: bool) -> Check:
    if recent:
        return Check("opa", Level.OK, f"it answers, and is version {version}")
    detail = "it answers, and is older than 1.20, or does not say"
    return Check("opa", Level.FAULT, detail, "install OPA 1.20 or newer")


def _revision(revisions: Sequence[str], active: str) -> Check:
    if list(revisions) == [active]:
        detail = f"it decides by the active bundle, {active[:16]}…"
        return Check("opa bundle", Level.OK, detail)
    if not revisions:
        detail = "it has no bundle"
        fix = "see its log: the vault's address, a token with bundle:read, the key"
    elif len(revisions) > 1:
        detail = "it has several bundles, so none of them decides"
        fix = "leave the vault's bundle alone in its configuration"
    else:
        detail = "it decides by another bundle than the active one"
        fix = "wait two seconds; if it stays so, see its log"
    return Check("opa bundle", Level.FAULT, detail, fix)


def _pinned(key_ids: Sequence[str], keys: Sequence[Key]) -> Check:
    states = {key.key_id: key.state for key in keys}
    newest = keys[-1].key_id
    if not key_ids or not all(key_ids):
        detail = "it is pinned to no key, and takes bundles that nobody signed"
        return Check("opa key", Level.FAULT, detail, _PIN)
    if any(states.get(each) is KeyState.RETIRED for each in key_ids):
        detail = "it is pinned to a key that is retired"
        return Check("opa key", Level.FAULT, detail, _PIN)
    if set(key_ids) == {newest}:
        return Check("opa key", Level.OK, f"it is pinned to {newest}")
    if set(key_ids) <= set(states):
        detail = "it is pinned to the key that is to be retired"
        return Check("opa key", Level.WARNING, detail, _PIN)
    detail = "it calls the key by a name of its own, which cannot be compared"
    return Check("opa key", Level.WARNING, detail, _PIN)
