"""Who answers for the processing, as the operator named them (GDPR 4(7)).

Consent receipts say who it is; until they are named, none is made.
"""

from typing import Final
from urllib.parse import urlsplit

from consent import Controller
from exports.consent_receipts import ConsentReceipts
from kit.clock import Clock
from kit.errors import CannotStart
from kit.settings import Settings
from vault.gate.policies import Policies
from vault.open import Vault

MAX_NAME: Final = 200
MAX_URL: Final = 500
FIX: Final = (
    "set ALLOD_CONTROLLER to the name and ALLOD_CONTROLLER_URL to the page where"
    " customers manage consent, an https:// address"
)


def controller_of(settings: Settings) -> Controller | None:
    """Give the controller that the settings name, if they name one.

    Raises:
        CannotStart: the name or the address is missing, or not fit for it.

    """
    name, url = settings.controller, settings.controller_url
    if not name and not url:
        return None
    fits = 0 < len(name) <= MAX_NAME and name.isprintable() and name == name.strip()
    if not fits or not _is_page(url):
        raise CannotStart("the controller is named in part, or not fitly", fix=FIX)
    return Controller(name, url)


def receipts_of(
    controller: Controller | None, vault: Vault, policies: Policies, clock: Clock
) -> ConsentReceipts:
    """Give what makes consent receipts, by the policies that are then in force."""

    def classes(purpose: str) -> frozenset[str]:
        row = policies.current.bundle.tables["purposes"].get(purpose, {})
        return frozenset(row.get("classes", ()))

    return ConsentReceipts(
        controller=controller,
        purposes=policies.purposes,
        classes=classes,
        catalog=vault.catalog,
        signer=lambda: vault.signer,
        clock=clock,
    )


def _is_page(url: str) -> bool:
    if not 0 < len(url) <= MAX_URL or not url.isascii() or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    plain = parts.username is None and " " not in url
    return parts.scheme == "https" and bool(host) and plain
