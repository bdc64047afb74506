"""Sealed records, and the one door to them.

What stands in `__all__` is all that `crm` and `exports` may take: the gate and the
intake, what they are asked with, and what they answer. None of it opens a vault, a
store or a key; `vault.open` does, for the server alone. What lies in `vault._internal`
is the vault's own. Ask with a `Question`, get a `Disclosure` or a `Refused`.
"""

from kit.errors import Refused
from vault.audit.access import Access
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import Catalog, Collection, Field, FieldType
from vault.customers.customers import Customers, RegisteredAs
from vault.customers.registration import NewCustomer
from vault.erasure.erasure import Erasure, ErasureState
from vault.erasure.erasure_ticket import Ticket
from vault.erasure.purging import Erasable
from vault.gate.aggregates import AggregateGroup, AggregateQuery, AggregateResult
from vault.gate.disclosure import Answer, Batch, Disclosure, Page
from vault.gate.following import Change, Changes
from vault.gate.gate import Gate
from vault.gate.question import Principal, Question
from vault.gate.selection import Filter, ListQuery
from vault.intake.intake import BatchEntry, Intake, Wanted
from vault.intake.sealing import content_bytes
from vault.intake.storing import Item, WriteResult
from vault.organisation.staff_actions import Act, Acts
from vault.proofs.openings import Stamped
from vault.proofs.receipts import EvidenceMaker, Receipts

__all__ = [
    "Access",
    "AccessLog",
    "Act",
    "Acts",
    "AggregateGroup",
    "AggregateQuery",
    "AggregateResult",
    "Answer",
    "Batch",
    "BatchEntry",
    "Catalog",
    "Change",
    "Changes",
    "Collection",
    "Customers",
    "Disclosure",
    "Erasable",
    "Erasure",
    "ErasureState",
    "EvidenceMaker",
    "Field",
    "FieldType",
    "Filter",
    "Gate",
    "Intake",
    "Item",
    "ListQuery",
    "NewCustomer",
    "Page",
    "Principal",
    "Question",
    "Receipts",
    "Refused",
    "RegisteredAs",
    "Stamped",
    "Ticket",
    "Wanted",
    "WriteResult",
    "content_bytes",
]
