"""Places in the change feed as callers hold them, and the handles of who is in it.

A position is sealed, for what stands in it says how much happens in the vault. It opens
only for the question that it was given for: the same principal with the same roles, the
same purpose and collection, the same policies, the same catalogue. Under others another
part of the records may be shown, and no row of the feed would say so. Whatever does not
open is therefore answered alike: begin anew.

A handle is a keyed hash under a key of its consumer: two consumers cannot find out whom
they both know, and who was erased can still be named to each.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import Final

from kit.errors import Resync
from kit.framing import framed
from kit.ids import ID_BYTES
from vault._internal.aead import Aead, Unsealable, derive
from vault._internal.ports.changes import Lapse
from vault.gate.question import Principal, Question

CHANGES: Final = "changes"
"""The named secret of positions and handles."""

MAX_POSITION: Final = 256
NONE: Final = bytes(ID_BYTES)
_PACKED: Final = Struct(">QQ16s16s16s16s16s?")


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """A place in the feed: what has been told lies behind it.

    `number` and `mark` are the feed's; `lapse` is the last of what began or ended of
    itself. `subject` and `record` name where it stopped amid the records: of one
    person, or, while `filling`, of all.
    """

    number: int
    mark: bytes
    lapse: Lapse
    subject: bytes = NONE
    record: bytes = NONE
    filling: bool = False

    @property
    def amid(self) -> tuple[bytes, bytes]:
        """The record that was told last; nothing before the first."""
        return (b"", b"") if self.subject == NONE else (self.subject, self.record)


class FeedPositions:
    """Seals and opens positions, and makes handles, under one named secret."""

    def __init__(self, secret: Callable[[str], bytes]) -> None:
        self._secret = secret

    def seal(self, question: Question, bound: bytes, place: FeedPlace) -> str:
        """Write a place down for a caller; `bound` is what else must not change."""
        packed = _PACKED.pack(
            *(place.number, place.lapse.until, place.lapse.subject),
            *(place.lapse.record, place.mark, place.subject, place.record),
            place.filling,
        )
        sealed = self._aead().seal(packed, _bound(question, bound))
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, question: Question, bound: bytes, position: str) -> FeedPlace:
        """Read a position.

        Raises:
            Resync: it is none that was given here, for this question, as things are.

        """
        try:
            padded = position + "=" * (-len(position) % 4)
            sealed = urlsafe_b64decode(padded.encode("ascii"))
            packed = self._aead().open(sealed, _bound(question, bound))
        except (ValueError, Unsealable):
            raise Resync from None
        number, until, whose, which, mark, subject, record, filling = _PACKED.unpack(
            packed
        )
        lapse = Lapse(until, whose, which)
        return FeedPlace(number, mark, lapse, subject, record, filling)

    def handles(self, principal: Principal) -> "Handles":
        """Give what names persons and records to one consumer."""
        label = framed("allod/handle/v1", principal.kind.value, principal.name)
        return Handles(derive(self._secret(CHANGES), label))

    def _aead(self) -> Aead:
        return Aead(derive(self._secret(CHANGES), b"allod/position/v1"))


@dataclass(frozen=True, slots=True)
class Handles:
    """Names of persons and records that mean something to one consumer alone."""

    key: bytes

    def person(self, subject: bytes) -> str:
        """Name a person."""
        return self._of(framed("person", subject))

    def record(self, subject: bytes, record: bytes) -> str:
        """Name a record."""
        return self._of(framed("record", subject, record))

    def _of(self, what: bytes) -> str:
        return hmac.digest(self.key, what, hashlib.sha256)[:ID_BYTES].hex()


def _bound(question: Question, more: bytes) -> bytes:
    principal, fields = question.principal, question.fields
    return framed(
        "allod/position/v1",
        principal.kind.value,
        principal.name,
        framed(*sorted(principal.roles)),
        principal.region,
        principal.assurance,
        question.purpose,
        question.action,
        b"" if fields is None else framed(*sorted(fields)),
        more,
    )
