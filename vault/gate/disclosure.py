"""Disclosures: cleartext that went through the gate, with what was done to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kit.errors import AllodError


class Disclosure(NamedTuple):
    """One record as this caller may see it for this purpose.

    `masks` names the mask of each field that is not clear; `omitted` the fields that
    are left out: by decision, because their type cannot be masked, or because the
    catalogue no longer declares them. To the person whom the record is about such a
    field is given, in `undeclared`, for it is still held.
    `schema` is the version of the declaration that the record was written by.
    """

    customer_id: str
    record: bytes
    version: int
    collection: str
    values: Mapping[str, Any]
    masks: Mapping[str, str]
    omitted: tuple[str, ...]
    decision_id: bytes
    authorization: str = "none"
    undeclared: Mapping[str, Any] = {}
    schema: str = ""


Answer = Disclosure | AllodError


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers to a batch, in its order; one not disclosed is its error."""

    answers: tuple[Answer, ...]
    decision_id: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Some disclosures of one decision, and how many records were withheld.

    `damaged` counts those that were allowed and did not open as they were sealed;
    `undecided` those among the withheld whose words the policies do not know.
    """

    items: tuple[Disclosure, ...]
    withheld: int
    decision_id: bytes
    following: bytes | None = None
    reasons: tuple[str, ...] = field(default=())
    damaged: int = 0
    undecided: int = 0
