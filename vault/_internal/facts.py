"""Facts of a record, as they stand inside each of its envelopes (codec 2).

    body  = facts ‖ values as JSON
    facts = length(4) ‖ retained(1) ‖ retain_until(8) ‖ contributed(1) ‖ words
    words = framed(framed(*data classes), framed(*parts))      (kit.framing)

`length` is that of what follows it in the facts; integers are big endian. `retained`
is 1 where the record is kept until an instant (unix seconds, signed), and 0, with
eight zero bytes, where it is kept without limit. The data classes are those of the
record's row, in its order; the parts are the data classes that are sealed apart, sorted
(the main part is always there and not listed). Collection, record, version, part and
schema are bound by the envelope itself.

A decision is made on what the row says. Opened, the record says it too: a row that was
edited, a part that was taken away, added or put back does not agree, and nothing of the
record is given. The facts are compared as bytes, and never parsed.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from kit.errors import IntegrityFault
from kit.framing import framed

# No padding with `>`: 1 + 8 + 1 bytes; `q` is signed, for an instant before 1970.
_pack: Final = struct.Struct(">BqB").pack
_FIXED: Final = struct.calcsize(">BqB")
_LENGTH: Final = struct.Struct(">I")


class FactsError(IntegrityFault):
    """What a record says of itself is not what its row says, or is no fact at all."""


def facts(
    classes: tuple[str, ...],
    retain_until: int | None,
    contributed: int,
    parts: tuple[str, ...],
) -> bytes:
    """Write the facts of a record.

    Raises:
        FactsError: the row holds something else than a number in a number's place.

    """
    length, words = around(classes, parts)
    try:
        return length + fixed(retain_until, contributed) + words
    except (struct.error, TypeError):
        raise FactsError("a row's facts cannot be read") from None


def fixed(retain_until: int | None, contributed: int) -> bytes:
    """Write what of the facts differs from record to record of a class."""
    return _pack(retain_until is not None, retain_until or 0, contributed)


@lru_cache(maxsize=4_096)
def around(classes: tuple[str, ...], parts: tuple[str, ...]) -> tuple[bytes, bytes]:
    """Write what stands before and behind that, the same for all of a class."""
    words = framed(framed(*classes), framed(*parts))
    return _LENGTH.pack(_FIXED + len(words)), words


def sealed_parts(names: Sequence[str]) -> tuple[str, ...]:
    """Name the parts beside the main one as the facts list them."""
    return tuple(sorted(names)) if names else ()
