"""Sealed records, and the one door to them.

`open_vault` gives a `Vault`; its `gate` is the only way to cleartext, its `intake`
the only way in. Ask with a `Question`, get a `Disclosure` or a `Refused`. What lies
in `vault._internal` is the vault's own: nobody else may import it.
"""

from kit.errors import Refused
from vault._internal.row_macs import RowMacs
from vault.access_log import Access, AccessLog
from vault.aggregates import Counting, Group, Numbers
from vault.assembly import (
    change_passphrase,
    create_vault,
    open_ledger,
    open_vault,
)
from vault.catalog import Catalog
from vault.customers import Customers, Standing
from vault.disclosure import Answer, Batch, Disclosure, Page
from vault.doors import Stores, Vault
from vault.erasable import Erasable
from vault.erasure import Erasure, ErasureState
from vault.erasure_ticket import Ticket
from vault.evidence import EvidenceMaker
from vault.gate import Gate
from vault.imports import Imports
from vault.intake import Entry, Intake, Wanted
from vault.keys import Key, Keys, KeyState
from vault.observed import Observed
from vault.policies import InForce, Policies
from vault.question import Principal, Question
from vault.reach import Reach
from vault.receipts import Receipts
from vault.registration import NewCustomer, Registration
from vault.selection import Filter, Wish
from vault.storing import Item, Written
from vault.succession import succeed

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
