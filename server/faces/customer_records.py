"""All that is held about a customer, read through the gate, collection by collection.

One answer holds at most a thousand records; `next` tells where to read on.
"""

from collections.abc import Sequence
from typing import Any, Final

from kit.errors import Fault, Invalid
from kit.ids import ID_BYTES, parse_id
from server.faces.disclosures import disclosed
from vault.gate.gate import Gate
from vault.gate.question import Question
from vault.gate.selection import ALL, ListQuery

MOST: Final = 1_000
LAST: Final = b"\xff" * ID_BYTES


def own_page(
    gate: Gate,
    question: Question,
    names: Sequence[str],
    cursor: str,
    wish: ListQuery = ALL,
) -> dict[str, Any]:
    """Read on from a cursor; gives a page in the API's words.

    Raises:
        Invalid: a wish does not fit the collection, or there are several of them.

    """
    begin, _, rest = cursor.partition(".")
    after = parse_id(rest) or b""
    items: list[dict[str, Any]] = []
    withheld, damaged, undecided, decision, following = 0, 0, 0, b"", None
    if wish.fields and len(names) > 1:
        fault = Fault("/collection", "name the one that is filtered or sorted")
        raise Invalid("fields are those of one collection", faults=(fault,))
    ahead = sorted(name for name in names if name >= begin)
    for name in ahead:
        page = gate.list_records(
            question,
            None,
            name,
            wish,
            after=after if name == begin else b"",
            limit=MOST - len(items),
        )
        items += map(disclosed, page.items)
        withheld, damaged = withheld + page.withheld, damaged + page.damaged
        undecided += page.undecided
        decision = page.decision_id
        full = len(items) == MOST and name != ahead[-1]
        if page.following is not None or full:
            following = f"{name}.{(page.following or LAST).hex()}"
            break
    return {
        "items": items,
        "withheld": withheld,
        "damaged": damaged,
        "undecided": undecided,
        "decision_id": decision.hex(),
        "next": following,
    }
