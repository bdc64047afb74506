"""A purpose begun in a copy of the policies: a row that is closed in every column.

Whoever fills it in opens what they mean to, cell by cell. Beside the row there is a
file of cases, which says so far that nobody may use it, and a place for its title in
each language. What is not filled in is found by lint; what was there is not changed.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from kit.errors import Conflict, Fault, Invalid
from kit.languages import FALLBACK
from pdp.bundle.bundle import TABLES, Bundle, from_texts
from pdp.bundle.language_source import FOLDER, tag_of
from pdp.bundle.positions import Positions
from pdp.decision.decision import Decision
from pdp.engines.regorus import Workbench
from pdp.review.cases import answer

NAME: Final = re.compile(r"(?=.{3,64}\Z)[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
CLOSED: Final[Mapping[str, Any]] = {
    "title": "",
    "article": "",
    "channel": "",
    "right": False,
    "bases": [],
    "roles": [],
    "actions": [],
    "reach": [],
    "classes": [],
    "masks": {},
    "ugc": "",
    "contributions": "closed",
    "minors": "guardian",
    "direct_marketing": True,
    "restricted": "closed",
    "retention": "within",
    "special": [],
    "assurance": 1,
    "cohort": 0,
}
"""A row in which every column is as closed as it can be."""
_SECTION: Final = re.compile(r"(?m)^purposes:[ \t]*(#.*)?\n")


def begun(bundle: Bundle, name: str) -> dict[str, str]:
    """Begin a purpose; gives the files that change or are new, by path.

    Raises:
        Invalid: the name is none for a purpose.
        Conflict: there is such a purpose, or a file of its cases.

    """
    if not NAME.fullmatch(name):
        fault = Fault("/name", "AREA.WHAT in small letters, as in marketing.post")
        raise Invalid("that is no name of a purpose", faults=(fault,))
    cases = f"cases/cells_{name.replace('.', '_')}.yaml"
    if name in bundle.tables["purposes"] or cases in bundle.texts:
        raise Conflict(
            "there is a purpose of that name, or a file of its cases",
            code="purpose.exists",
            fix="give it another name; nothing was changed",
        )
    files = {TABLES: _with_row(bundle.texts[TABLES], bundle.tables["purposes"], name)}
    for path, text in bundle.texts.items():
        if path.startswith(FOLDER) and tag_of(path) != FALLBACK:
            files[path] = _with_title(text, name)
    changed = from_texts({**bundle.texts, **files})
    return {**files, cases: _cases(changed, name)}


def _with_row(text: str, purposes: Mapping[str, Any], name: str) -> str:
    """Write a row behind the last one, and leave every other byte as it is."""
    last = [*purposes][-1]
    line, column = Positions(text).value(("purposes", last))
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: line - 1])) + column - 1
    _, end = json.JSONDecoder().raw_decode(text, start)
    row = {**CLOSED, "channel": name.partition(".")[0]}
    cells = ",\n".join(
        f"      {json.dumps(column)}: {json.dumps(cell)}"
        for column, cell in row.items()
    )
    return f"{text[:end]},\n    {json.dumps(name)}: {{\n{cells}\n    }}{text[end:]}"


def _with_title(text: str, name: str) -> str:
    """Make a place for the title; lint asks for it until somebody writes one."""
    place = f'  {name}: ""\n'
    found = _SECTION.search(text)
    if found is None:
        return f"{text.rstrip()}\n\npurposes:\n{place}"
    return f"{text[: found.end()]}{place}{text[found.end() :]}"


def _cases(bundle: Bundle, name: str) -> str:
    """Write the first case: as the row is, whoever asks is refused."""
    question = _question(bundle, name)
    with Workbench(bundle, coverage=False) as bench:
        decision = answer(bench, question)
    codes = [each.code for each in _reasons(decision)]
    return _CASES.format(
        name=name,
        region=question["principal"]["region"],
        codes=", ".join(dict.fromkeys(codes)),
    )


def _reasons(decision: Decision | str) -> tuple[Any, ...]:
    if isinstance(decision, str) or decision.allow:
        raise Invalid(
            "the policies do not refuse a purpose whose row is closed",
            fix="run `allod policy test` on them, and mend what it finds",
        )
    return decision.reasons


def _question(bundle: Bundle, name: str) -> dict[str, Any]:
    region = next(iter(bundle.tables["residency"]))
    return {
        "v": 1,
        "action": "read",
        "purpose": name,
        "principal": {"kind": "service", "roles": [], "region": region, "assurance": 1},
        "resource": {
            "collection": "profile",
            "classes": ["identity"],
            "reach": "in_scope",
            "region": region,
            "state": "active",
            "minor": "no",
            "retention": "within",
            "hold": False,
            "basis": "contract",
            "consent": "granted",
            "ugc": "none",
        },
    }


_CASES: Final = """\
about: {name}; say here what it is for, and try each cell of its row in the table

# What every case below starts from. A case says under `when` what is otherwise.
given:
  purpose: {name}
  action: read
  kind: service
  roles: []
  from: {region}
  assurance: 1
  collection: profile
  classes: [identity]
  reach: in_scope
  region: {region}
  state: active
  minor: no
  retention: within
  hold: false
  basis: contract
  consent: granted
  ugc: none

# One that is allowed, and one for each way to refuse, when the row is filled in.
cases:
  - case: Nobody may use {name} as it was begun
    then: {{refused: [{codes}]}}
"""
