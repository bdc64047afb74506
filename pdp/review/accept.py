"""After a change that was meant: cases that expect the old outcome, written anew.

One cell of a table is in many cases. Each of them is a sentence that somebody signed,
so none is changed unseen: what comes of it is a list to be read, old and new, and files
that differ in those lines and no others.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pdp.bundle.bundle import Bundle
from pdp.review.cases import CaseReport, Result

THEN: Final = re.compile(r"(\s+(?:- )?then: )\{.*\}\s*")
_REFUSED: Final = "refused: "
_ALLOWED: Final = re.compile(
    r"allowed: (?P<masks>[a-z0-9_, ]+?)(?:; groups of (?P<least>\d+) or more)?"
)


@dataclass(frozen=True, slots=True)
class RewrittenCase:
    """One line of a case file, as it was and as it now is; empty where it cannot be."""

    file: str
    line: int
    names: tuple[str, ...]
    before: str
    after: str


def accepted(
    bundle: Bundle, report: CaseReport
) -> tuple[dict[str, str], list[RewrittenCase]]:
    """Write the cases that failed anew; gives the files that change, and each line.

    A line is left as it is, and said so, where its cases came out differently from each
    other, where there was no decision, or where it is not written on one line.
    """
    failed: defaultdict[tuple[str, int], list[Result]] = defaultdict(list)
    for each in report.failed:
        if each.file in bundle.cases:
            failed[each.file, each.line].append(each)
    texts: dict[str, list[str]] = {}
    said = []
    for (file, first), results in sorted(failed.items()):
        lines = texts.setdefault(file, bundle.cases[file].splitlines(keepends=True))
        said.append(_accept(file, first, lines, results))
    changed = {each.file for each in said if each.after}
    return {file: "".join(texts[file]) for file in changed}, said


def _accept(
    file: str, first: int, lines: list[str], results: list[Result]
) -> RewrittenCase:
    names = tuple(each.name for each in results)
    place = next(_outcomes(lines, first), None)
    outcome = _written({each.got for each in results})
    if place is None or not outcome:
        return RewrittenCase(file, first, names, results[0].expected, "")
    found = THEN.fullmatch(lines[place])
    before = lines[place].strip()
    lines[place] = f"{found[1] if found else ''}{outcome}\n"
    return RewrittenCase(file, place + 1, names, before, lines[place].strip())


def _outcomes(lines: list[str], first: int) -> Iterator[int]:
    """Find the outcome of the row that begins on a line, if it has one of its own."""
    for place in range(first - 1, len(lines)):
        if place >= first and lines[place].lstrip().startswith("- case:"):
            return
        if THEN.fullmatch(lines[place]):
            yield place


def _written(got: set[str]) -> str:
    """Put an outcome into the words of a `then`; nothing if there is not one."""
    (one, *others) = got
    if others:
        return ""
    if one.startswith(_REFUSED):
        return "{refused: [" + one.removeprefix(_REFUSED) + "]}"
    allowed = _ALLOWED.fullmatch(one)
    if allowed is None:
        return ""
    masks = ", ".join(each.replace(" ", ": ") for each in allowed["masks"].split(", "))
    groups = f", groups: {allowed['least']}" if allowed["least"] else ""
    return "{allowed: {" + masks + "}" + groups + "}"
