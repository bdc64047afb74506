"""The chain in an export: read within bounds, without a gap, each text proven.

    {"v": 1, "entries": [{index, opening, content, receipt: {path, sha256, size}}]}

Each entry has its receipt in the archive, so there are no more of them than files.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ._strict import canonical, json_object, member, only
from .errors import VerificationError
from .manifest import ManifestFile, read_file
from .opening import FullOpening, verify_chain

MAX_CHAIN_BYTES = 1 << 28

_MAX_ENTRY_BYTES = 1 << 20
_MAX_VALUES = 64  # JSON values in an entry; an honest one has about twenty
_ENTRY = frozenset({"index", "opening", "content", "receipt"})
# A whole string is one token, so a comma inside one does not count.
_DIVIDERS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{,]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """One entry of a customer's chain, and where its receipt lies."""

    index: int
    opening: FullOpening
    content: bytes | None
    path: str
    receipt: ManifestFile


def read_entries(data: bytes, *, at_most: int) -> Sequence[ChainEntry]:
    """Read a chain, and check that it has no gap and that each content is proven.

    What is longer than `at_most` entries can be is refused before it is parsed.

    Raises:
        VerificationError: it is none, an entry is missing, or a content was not
            stamped; the message names the first entry at fault.

    """
    _check_bounds(data, at_most)
    value = json_object(data, most=MAX_CHAIN_BYTES)
    only(value, frozenset({"v", "entries"}))
    if member(value, "v", int) != 1:
        raise VerificationError("the chain is of an unsupported version: expected 1")
    entries = list[ChainEntry]()
    for position, each in enumerate(member(value, "entries", list), start=1):
        try:
            entries.append(_entry(each))
        except VerificationError as error:
            raise error.at(f"entry {position}") from None
    verify_chain(entry.opening for entry in entries)
    _check_told(entries)
    return entries


def _check_bounds(data: bytes, at_most: int) -> None:
    values = 0
    for token in _DIVIDERS.finditer(data):
        values += len(token[0]) == 1 and token[0] != b'"'
        if values > at_most * _MAX_VALUES:
            break
    if len(data) > at_most * _MAX_ENTRY_BYTES or values > at_most * _MAX_VALUES:
        raise VerificationError(
            "the chain is longer than the receipts in the archive allow",
            code="too-long",
        )


def _entry(value: object) -> ChainEntry:
    if not isinstance(value, dict):
        raise VerificationError("it is no entry of a chain")
    only(value, _ENTRY)
    path, receipt = read_file(value["receipt"])
    return ChainEntry(
        member(value, "index", int),
        FullOpening.parse(canonical(member(value, "opening", dict))),
        None if value["content"] is None else _octets(member(value, "content", str)),
        path,
        receipt,
    )


def _octets(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise VerificationError("its content is no text") from None


def _check_told(entries: Sequence[ChainEntry]) -> None:
    """Check that contents are those stamped, and places in the log those of a chain."""
    before = -1
    for position, entry in enumerate(entries, start=1):
        try:
            if entry.content is not None:
                entry.opening.verify_content(entry.content)
        except VerificationError as error:
            raise error.at(f"entry {position}") from None
        if entry.index <= before:
            raise VerificationError(
                f"entry {position} is not after the one before it in the log:"
                f" {before}, and then {entry.index}",
                code="chain-order",
            )
        before = entry.index
