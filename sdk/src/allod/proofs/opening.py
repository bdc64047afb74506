"""Full openings: what a customer's export carries beside each receipt.

A receipt opens an entry; the full opening also opens what the payload commits to: the
content itself, and the entry's place in the customer's own chain, which no receipt
gives away. The chain shows that nothing was left out of the export.
"""

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NoReturn

from ._strict import canonical, json_object, member, only, unbase64
from .entry import (
    COMMITMENT_BYTES,
    SALT_BYTES,
    Opening,
    content_commit,
    link_commit,
    open_entry,
)
from .errors import VerificationError

_MEMBERS = frozenset({"v", "salt", "payload", "salt_c", "salt_l", "link"})
_LINK = frozenset({"subject", "seq", "prev", "record"})
_ID_DIGITS = 32

MAX_CHAIN = 1_000_000
"""How many entries of one customer are looked at."""


@dataclass(frozen=True, slots=True)
class FullOpening:
    """An entry about a customer, opened whole; its link is shown to be the stamped one.

    `seq` counts the customer's entries from 1; `prev` is the commitment of the entry
    before it.
    """

    opening: Opening
    salt_content: bytes = field(repr=False)
    subject: str = field(repr=False)
    seq: int
    prev: bytes | None
    record: str | None = field(repr=False)

    @classmethod
    def parse(cls, data: bytes) -> "FullOpening":
        """Read an opening, and check that its payload commits to its link.

        Raises:
            VerificationError: malformed, or the payload commits to another link.

        """
        source = json_object(data)
        only(source, _MEMBERS)
        if canonical(source) != data or member(source, "v", int) != 1:
            raise VerificationError(
                "the opening is of an unsupported version: expected 1"
            )
        payload = member(source, "payload", str).encode()
        at = member(json_object(payload), "at", int)
        opening = open_entry("subject", at, _salt(source, "salt"), payload)
        link = member(source, "link", dict)
        found = link_commit(_salt(source, "salt_l"), canonical(link))
        _same(opening, "link_commit", found)
        return _linked(opening, _salt(source, "salt_c"), link)

    def verify_content(self, content: bytes) -> None:
        """Check that this content is what was stamped.

        Raises:
            VerificationError: it is not.

        """
        found = content_commit(self.salt_content, content)
        _same(self.opening, "content_commit", found)


def verify_chain(openings: Iterable[FullOpening]) -> int:
    """Check that these are all of one customer's entries from the first on, in order.

    Gives how many there are. That none is missing at the end is for the log to show.

    Raises:
        VerificationError: one is missing, out of order or somebody else's; the
            message says which of the three, and names the first entry at fault.

    """
    chain = list(islice(openings, MAX_CHAIN + 1))
    if len(chain) > MAX_CHAIN:
        words = f"the chain has more than {MAX_CHAIN} entries"
        raise VerificationError(words, code="too-long")
    owners = Counter(each.subject for each in chain).most_common(1)
    prev = None
    for position, each in enumerate(chain, start=1):
        if each.subject != owners[0][0]:
            raise _foreign(position)
        if each.seq != position:
            _misplaced(each, position, chain)
        if each.prev != prev:
            raise _foreign(position)
        prev = each.opening.entry.commitment
    return len(chain)


def _foreign(position: int) -> VerificationError:
    words = f"entry {position} is of another chain"
    return VerificationError(words, code="chain-foreign")


def _misplaced(found: FullOpening, position: int, chain: list[FullOpening]) -> NoReturn:
    later = (each.seq for each in chain[position:])
    there = f"number {found.seq} stands there"
    if found.seq < position or position in later:
        words = f"entry {position} is out of the chain's order: {there}"
        raise VerificationError(words, code="chain-order")
    words = f"the chain has a gap before entry {position}: {there}"
    raise VerificationError(words, code="chain-gap")


def _linked(opening: Opening, salt: bytes, link: Mapping[str, Any]) -> FullOpening:
    only(link, _LINK)
    seq = member(link, "seq", int)
    if seq < 1 or (link["prev"] is None) != (seq == 1):
        raise VerificationError("only the first link has none before it")
    prev = None
    if link["prev"] is not None:
        prev = unbase64(member(link, "prev", str), length=COMMITMENT_BYTES)
    record = None if link["record"] is None else identifier(link, "record")
    return FullOpening(opening, salt, identifier(link, "subject"), seq, prev, record)


def identifier(source: Mapping[str, Any], name: str) -> str:
    """Take an id: 32 hexadecimal digits.

    Raises:
        VerificationError: it is missing, or none.

    """
    text: str = member(source, name, str)
    if len(text) != _ID_DIGITS or set(text) - set("0123456789abcdef"):
        raise VerificationError("an id is not 32 hexadecimal digits")
    return text


def _salt(source: Mapping[str, Any], name: str) -> bytes:
    return unbase64(member(source, name, str), length=SALT_BYTES)


def _same(opening: Opening, name: str, found: bytes) -> None:
    claimed = unbase64(member(opening.statement, name, str), length=COMMITMENT_BYTES)
    if not hmac.compare_digest(claimed, found):
        words = "its payload commits to another " + name.removesuffix("_commit")
        raise VerificationError(words, code="chain-altered")
