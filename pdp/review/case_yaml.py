"""Case files as people write them: YAML, read so that nothing means something else.

Words are text: `no` is the word no, not falsehood (the old YAML reading turned
`minor: no` into a boolean). A key twice, an unknown part, a row without a name or an
outcome is an error with file and line; nothing is skipped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, Field

from kit.errors import AllodError
from kit.yaml_shapes import MisshapenError, Path, Shape, shaped_words

MAX_VALUES = 10_000
"""How many names and values one file of cases may hold."""
FIX = "write it as the other cases do; policies/README.md shows a row"

Place = tuple[int, int]
"""Line and column, from 1."""


class CasesError(AllodError):
    """A case file cannot be understood; the message says where and what."""

    status, code, title = 422, "cases_malformed", "Case file cannot be read"

    def __init__(self, file: str, at: Place, message: str, fix: str = FIX) -> None:
        super().__init__(f"{file}:{at[0]}:{at[1]}: {message}", fix=fix)
        self.file, (self.line, self.column), self.message = file, at, message


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case: its facts are the file's `given` with the row's `when` laid over.

    A row with `each: {word: [value, …]}` is as many cases as there are values, all with
    the same outcome; each has its value in its name.
    """

    file: str
    line: int
    name: str
    facts: Mapping[str, Any]
    then: Mapping[str, Any]
    places: Mapping[tuple[str, ...], Place]
    """Where each word and each of its values stands; what is in `then`, under it."""

    def place(self, *path: str) -> Place:
        """Give line and column of a word or a value; of the row if it has none."""
        return self.places.get(path, (self.line, 1))


def _one_word(each: dict[str, Any]) -> dict[str, Any]:
    values = list(each.values())
    if len(values) != 1 or not isinstance(values[0], list) or not values[0]:
        raise ValueError("`each` names one word and a list of its values")
    return each


class _Case(Shape):
    case: Any
    when: dict[str, Any] = Field(default_factory=dict)
    each: Annotated[dict[str, Any], AfterValidator(_one_word)] | None = None
    then: dict[str, Any]


class _File(Shape):
    about: Any
    given: dict[str, Any]
    cases: list[_Case]


@lru_cache(maxsize=64)
def read_rows(file: str, text: str) -> tuple[CaseRow, ...]:
    """Read the rows of one case file; lint, trial and comparison ask for the same.

    Raises:
        CasesError: the file is not what a case file must be.

    """
    return tuple(_rows(file, text))


def _rows(file: str, text: str) -> Iterator[CaseRow]:
    try:
        read, nodes = shaped_words(text, _File, most=MAX_VALUES)
    except MisshapenError as error:
        first = error.faults[0]
        message = f"{first.path}: {first.message}" if first.path else first.message
        raise CasesError(file, (first.line, first.column), message) from None
    for number, case in enumerate(read.cases):
        at: Path = ("cases", number)
        places = dict(_places(nodes["given",]))
        for part in ("when", "each"):
            if (*at, part) in nodes:
                places |= _places(nodes[*at, part])
        places |= _places(nodes[*at, "then"], "then")
        for label, facts in _each(case):
            whole = {**read.given, **case.when, **facts}
            line, name = _at(nodes[at])[0], f"{case.case}{label}"
            yield CaseRow(file, line, name, whole, case.then, places)


def _each(case: _Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give a word's values, one case for each; without it there is one."""
    if case.each is None:
        yield "", {}
        return
    ((word, values),) = case.each.items()
    for value in values:
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        yield f" ({word}: {shown})", {word: value}


def _at(node: yaml.Node | yaml.Event) -> Place:
    mark = node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _places(node: yaml.Node, *path: str) -> Iterator[tuple[tuple[str, ...], Place]]:
    """Say where the names and the values of a mapping stand."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, str(key.value)), _at(key)
            yield from _places(value, *path, str(key.value))
    elif isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            yield from _places(inner, *path)
    else:
        yield (*path, str(node.value)), _at(node)
