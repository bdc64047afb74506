"""What may be stamped: three types of entry in clear, and the kinds behind them.

The type of an entry is public and says little on purpose, or the log's rhythm would
tell what customers do. The kind is in the payload, under the commitment. A package
that stamps something new declares its kind once, when it is imported.
"""

import re
from enum import StrEnum

_KIND = re.compile(r"[a-z]+(?:[._][a-z]+)*")


class EntryType(StrEnum):
    """The public type of an entry; the list is closed."""

    SUBJECT = "subject"
    ERASURE = "erasure"
    OPERATOR = "operator"


_declared: dict[str, EntryType] = {
    "contribution": EntryType.SUBJECT,
    "contribution.updated": EntryType.SUBJECT,
    "authorization": EntryType.SUBJECT,
    "consent": EntryType.SUBJECT,
    "export": EntryType.SUBJECT,
    "erasure": EntryType.ERASURE,
    "policy.activated": EntryType.OPERATOR,
    "key.created": EntryType.OPERATOR,
    "lane.head": EntryType.OPERATOR,
}


def declare(kind: str, entry_type: EntryType) -> None:
    """Add a kind. Declaring it again as the same type changes nothing.

    Raises:
        ValueError: not a kind's name, or already of another type.

    """
    if not is_kind(kind) or _declared.get(kind, entry_type) is not entry_type:
        raise ValueError("a kind has one name, in small letters, and one type")
    _declared[kind] = entry_type


def declared() -> dict[str, EntryType]:
    """List the kinds that this program may stamp."""
    return dict(_declared)


def is_kind(text: str) -> bool:
    """Tell whether the text could name a kind, be it declared here or elsewhere."""
    return bool(_KIND.fullmatch(text))


def require(kind: str, entry_type: EntryType) -> None:
    """Check that a kind is declared as this type.

    Raises:
        ValueError: it is not.

    """
    if _declared.get(kind) is not entry_type:
        raise ValueError("this kind is not declared for this type of entry")
