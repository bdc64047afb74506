"""Masks: what is left of a text when a decision does not leave it clear.

A decision names a mask for a whole data class; how it is drawn goes by the field
(`vault.gate.drawings`). The catalogue says it (`mask: {last4: iban}`), or the field's
type does. Where neither does, the field is left out, as by `drop`: a mask that is
unsure shows nothing. A mask works on text only; a value of another type under any mask
but `clear` is omitted and named as such.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from vault.catalog.fields import Field, FieldType
from vault.gate import drawings

Mask: TypeAlias = Callable[[str], str | None]

NONE: Final = "none"
TOKEN: Final = "token"  # noqa: S105 - the word of a decision
_LINE: Final = frozenset({FieldType.STRING})

# By mask and drawing: what fields it can be drawn of, and how.
DRAWINGS: Final[Mapping[str, Mapping[str, tuple[frozenset[FieldType], Mask]]]] = (
    MappingProxyType(
        {
            "last4": {
                "phone": (_LINE | {FieldType.PHONE}, drawings.phone),
                "iban": (_LINE, drawings.iban),
                "card": (_LINE, drawings.card),
                "code": (_LINE, drawings.code),
            },
            "initials": {"name": (_LINE, drawings.name)},
            "city": {
                "town": (_LINE, drawings.town),
                "address": (_LINE | {FieldType.TEXT}, drawings.address),
            },
            "bucket": {
                "year": (_LINE | {FieldType.DATE, FieldType.DATETIME}, drawings.year)
            },
            "handle": {"email": (_LINE | {FieldType.EMAIL}, drawings.mailbox)},
        }
    )
)

_BY_TYPE: Final[Mapping[tuple[str, FieldType], str]] = MappingProxyType(
    {
        ("last4", FieldType.PHONE): "phone",
        ("bucket", FieldType.DATE): "year",
        ("bucket", FieldType.DATETIME): "year",
        ("handle", FieldType.EMAIL): "email",
    }
)
_NO_TEXT: Final = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN})


def is_text(field: Field) -> bool:
    """Tell whether a field holds text, on which alone a mask works."""
    return field.type not in _NO_TEXT


def mask_of(field: Field, mask: str) -> Mask | None:
    """Give how a mask is drawn of a field; None where there is no drawing for it."""
    drawing = field.mask.get(mask) or _BY_TYPE.get((mask, field.type), NONE)
    found = DRAWINGS.get(mask, {}).get(drawing)
    return found and found[1]


def token(key: bytes) -> Mask:
    """Make the mask that turns equal texts into equal tokens, for one purpose only."""

    def _token(text: str) -> str:
        return "tok_" + hmac.digest(key, text.encode(), hashlib.sha256).hex()[:32]

    return _token
