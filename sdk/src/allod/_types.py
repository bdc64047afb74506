"""What the API answers, as values: frozen, and quiet about personal data.

A field that holds or names a person is left out of `repr`, so that a value which ends
up in a log takes nothing with it.
"""

import json
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from allod._decode import decode, each
from allod._errors import Reason
from allod._json import as_object

Minor: TypeAlias = Literal["yes", "no", "unknown"]
"""Whether a customer is a minor, as far as the controller knows."""

MeasureKind: TypeAlias = Literal["count", "sum", "mean"]
"""What is said of a group of records."""

Filter: TypeAlias = tuple[str, str, str | float | bool]
"""A field, how it is compared (eq, ne, lt, le, gt, ge), and with what."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What the author of a contributed item allows, and until when."""

    status: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One record, as one decision lets this caller see it.

    `masks` names the fields that are not shown in clear and how each was changed;
    `omitted` names those that are not shown at all. `undeclared` is what a customer is
    given of fields of their own that the vault's catalogue no longer declares.
    """

    customer_id: str = field(repr=False)
    record_id: str
    version: int
    collection: str
    values: Mapping[str, Any] = field(repr=False)
    masks: Mapping[str, str]
    omitted: tuple[str, ...]
    authorization: Authorization | None
    decision_id: str
    undeclared: Mapping[str, Any] = field(default_factory=dict, repr=False)


AsyncDisclosures: TypeAlias = AsyncGenerator[Disclosure, None]
Disclosures: TypeAlias = Generator[Disclosure, None, None]


@dataclass(frozen=True, slots=True)
class Page:
    """Some disclosures; `withheld` counts the records that the policies kept back.

    `damaged` counts those that are not as they were sealed, and are not given;
    `undecided` those among the withheld with a word that the policies do not know.
    `next` goes into `after` to read on; None when there is nothing more.
    """

    items: tuple[Disclosure, ...]
    withheld: int
    decision_id: str
    next: str | None = None
    damaged: int = 0
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A group of records, by the values they have in common, and its number.

    `key` holds None for a field that the records lack; `value` is None for the mean of
    nothing.
    """

    key: Mapping[str, Any]
    value: float | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers about groups; `withheld_groups` counts those that are too small.

    `damaged` counts records that are not as they were sealed, `undecided` those with a
    word that the policies do not know; both are in no group.
    """

    groups: tuple[Group, ...]
    withheld_groups: int
    decision_id: str
    damaged: int = 0
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether a field holds the value that was asked about."""

    matches: bool
    decision_id: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """One item of a batch that was not disclosed, and why."""

    status: int
    code: str
    detail: str
    reasons: tuple[Reason, ...] = ()
    text: str = ""


def _answer(value: object) -> Disclosure | Withheld:
    source = as_object(value)
    if "error" in source:
        return decode(Withheld, as_object(source["error"]))
    return decode(Disclosure, source)


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers to a batch, in the order of its items."""

    items: tuple[Disclosure | Withheld, ...] = field(metadata={"read": each(_answer)})
    decision_id: str


@dataclass(frozen=True, slots=True)
class ScanEnd:
    """How a scan ended: the records disclosed, those kept back, those damaged.

    `undecided` counts those kept back that have a word the policies do not know.
    """

    disclosed: int
    withheld: int
    damaged: int = 0
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who was given data: for what, and when last."""

    name: str
    purpose: str
    last: datetime


@dataclass(frozen=True, slots=True)
class Corrected:
    """A record's new version; `recipients` were given data before, and are told.

    `doubtful` names fields with an e-mail address or telephone number that nobody can
    have as it is written; it was kept.
    """

    record_id: str
    version: int
    recipients: tuple[Recipient, ...]
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that a removal leaves, and the article that lets it."""

    what: str
    article: str


@dataclass(frozen=True, slots=True)
class Removal:
    """An item that is gone from the live store.

    `state` is `waiting` while its sealed bytes still stand in a log of the store.
    `finality` says whether a renewal of the key is scheduled, which erases all copies.
    """

    record_id: str
    state: str
    removed_at: datetime
    finality: str
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A record that is on disk; `index` is its entry in the ledger, if it has one.

    `doubtful` names fields with an e-mail address or telephone number that nobody can
    have as it is written; it was kept.
    """

    record_id: str
    version: int
    index: int | None = None
    authorization: Authorization | None = None
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody asked for the customer's data: who, what for, and what came of it.

    `fields` names what was asked for, never what it held. `title` is what the purpose
    is called and `texts` say the reasons, in the client's language.
    """

    at: datetime
    principal_kind: str
    principal: str
    purpose: str
    action: str
    outcome: str
    collection: str
    fields: tuple[str, ...]
    reasons: tuple[str, ...]
    decision_id: str
    title: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What a customer sees of their own registration."""

    customer_id: str = field(repr=False)
    region: str
    minor: str
    birth_date: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Roster:
    """Some customers, how many within reach were withheld, and where to read on."""

    items: tuple[Profile, ...]
    withheld: int
    decision_id: str
    next: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure; with `id` and `secret` its certificate can be had without a token.

    The secret is given once, in the answer to the request: keep it. The certificate's
    bytes never change. It is `provisional` until the quorum of the log's witnesses has
    cosigned; fetched again it then has the cosigned `proof` beside it.
    """

    state: str
    id: str | None = field(default=None, metadata={"member": "erasure_id"})
    secret: str | None = field(default=None, repr=False)
    certificate: Mapping[str, Any] | None = None
    provisional: bool = False
    proof: str | None = field(default=None, repr=False)

    def file(self) -> bytes:
        """Give the certificate and its proof as the file that verifiers read.

        Raises:
            ValueError: there is no certificate yet.

        """
        if self.certificate is None:
            raise ValueError("the erasure has no certificate yet")
        beside = {} if self.proof is None else {"proof": self.proof}
        return json.dumps({**self.certificate, **beside}, indent=1).encode()


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The path from a leaf to a root (RFC 9162, 2.1.3)."""

    index: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """The path from an older root to a newer one (RFC 9162, 2.1.4)."""

    size1: int = field(metadata={"member": "from"})
    size2: int = field(metadata={"member": "to"})
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One file of the active policies."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies that decide now, by their digest."""

    digest: str
    files: tuple[PolicyFile, ...]


@dataclass(frozen=True, slots=True)
class Purpose:
    """One thing that data may be used for, and on which grounds."""

    name: str
    title: str
    article: str
    bases: tuple[str, ...]
    channel: str


@dataclass(frozen=True, slots=True)
class CaseFault:
    """A case of the policies that did not come out as it says."""

    file: str
    name: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Cases:
    """How the policies' own cases come out; `coverage` is in percent of their lines."""

    total: int
    failed: int
    coverage: float
    faults: tuple[CaseFault, ...]
