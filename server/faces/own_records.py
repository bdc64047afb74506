"""All that is held about a customer, read through the gate, collection by collection.

One answer holds at most a thousand records; `next` tells where to read on.
"""

from collections.abc import Iterable
from typing import Any, Final

from kit.ids import ID_BYTES, parse_id
from server.faces.disclosures import disclosed
from vault.gate import Gate
from vault.question import Question

MOST: Final = 1_000
LAST: Final = b"\xff" * ID_BYTES


def own_page(
    gate: Gate, question: Question, names: Iterable[str], cursor: str
) -> dict[str, Any]:
    """Read on from a cursor; gives a page in the API's words."""
    begin, _, rest = cursor.partition(".")
    after = parse_id(rest) or b""
    items: list[dict[str, Any]] = []
    withheld, decision, following = 0, b"", None
    for name in sorted(name for name in names if name >= begin):
        page = gate.list_records(
            question,
            None,
            name,
            after=after if name == begin else b"",
            limit=MOST - len(items),
        )
        items += map(disclosed, page.items)
        withheld, decision = withheld + page.withheld, page.decision_id
        if page.following is not None or len(items) == MOST:
            following = f"{name}.{(page.following or LAST).hex()}"
            break
    return {
        "items": items,
        "withheld": withheld,
        "decision_id": decision.hex(),
        "next": following,
    }
