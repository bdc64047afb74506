"""Sealed records, and the one door to them.

`open_vault` gives a `Vault`; its `gate` is the only way to cleartext, its `intake`
the only way in. Ask with a `Question`, get a `Disclosure` or a `Refused`. What lies
in `vault._internal` is the vault's own: nobody else may import it.
"""

from kit.errors import Refused
from vault._internal.row_macs import RowMacs
from vault.audit.access_log import Access, AccessLog
from vault.catalog.catalog import Catalog
from vault.customers.customers import Customers, Standing
from vault.customers.registration import NewCustomer, Registration
from vault.erasure.erasable import Erasable
from vault.erasure.erasure import Erasure, ErasureState
from vault.erasure.erasure_ticket import Ticket
from vault.gate.aggregates import Counting, Group, Numbers
from vault.gate.disclosure import Answer, Batch, Disclosure, Page
from vault.gate.gate import Gate
from vault.gate.observed import Observed
from vault.gate.policies import InForce, Policies
from vault.gate.question import Principal, Question
from vault.gate.selection import Filter, Wish
from vault.imports.imports import Imports
from vault.intake.intake import Entry, Intake, Wanted
from vault.intake.storing import Item, Written
from vault.keys.keys import Key, Keys, KeyState
from vault.open import (
    change_passphrase,
    create_vault,
    open_ledger,
    open_vault,
)
from vault.organisation.reach import Reach
from vault.proofs.evidence import EvidenceMaker
from vault.proofs.receipts import Receipts
from vault.succession import succeed
from vault.vault import Stores, Vault

__all__ = [
    "Access",
    "AccessLog",
    "Answer",
    "Batch",
    "Catalog",
    "Counting",
    "Customers",
    "Disclosure",
    "Entry",
    "Erasable",
    "Erasure",
    "ErasureState",
    "EvidenceMaker",
    "Filter",
    "Gate",
    "Group",
    "Imports",
    "InForce",
    "Intake",
    "Item",
    "Key",
    "KeyState",
    "Keys",
    "NewCustomer",
    "Numbers",
    "Observed",
    "Page",
    "Policies",
    "Principal",
    "Question",
    "Reach",
    "Receipts",
    "Refused",
    "Registration",
    "RowMacs",
    "Standing",
    "Stores",
    "Ticket",
    "Vault",
    "Wanted",
    "Wish",
    "Written",
    "change_passphrase",
    "create_vault",
    "open_ledger",
    "open_vault",
    "succeed",
]
