"""Case files as people write them: YAML, read so that nothing means something else.

Words are text: `no` is the word no, not falsehood (the old YAML reading turned
`minor: no` into a boolean). A key twice, an unknown part, a row without a name or an
outcome is an error with file and line; nothing is skipped.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from kit.errors import AllodError
from kit.yaml_bounds import TooMuch, compose

FILE_PARTS = frozenset({"about", "given", "cases"})
ROW_PARTS = frozenset({"case", "when", "each", "then"})
MAX_VALUES = 10_000
"""How many names and values one file of cases may hold."""
FIX = "write it as the other cases do; policies/README.md shows a row"
_NUMBER = re.compile(r"-?[0-9]{1,9}")

Place = tuple[int, int]
"""Line and column, from 1."""


class CasesError(AllodError):
    """A case file cannot be understood; the message says where and what."""

    status, code, title = 422, "cases_malformed", "Case file cannot be read"

    def __init__(self, file: str, at: Place, message: str, fix: str = FIX) -> None:
        super().__init__(f"{file}:{at[0]}:{at[1]}: {message}", fix=fix)
        self.file, (self.line, self.column), self.message = file, at, message


@dataclass(frozen=True, slots=True)
class Row:
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


def read_rows(file: str, text: str) -> Iterator[Row]:
    """Read the rows of one case file.

    Raises:
        CasesError: the file is not what a case file must be.

    """
    root = _compose(file, text)
    reader = _Reader(file)
    parts = reader.nodes(root, FILE_PARTS, needed=FILE_PARTS)
    given = reader.mapping(parts["given"])
    places = dict(_places(parts["given"]))
    if not isinstance(parts["cases"], yaml.SequenceNode):
        raise CasesError(file, _at(parts["cases"]), "`cases` is a list")
    for node in parts["cases"].value:
        row = reader.nodes(node, ROW_PARTS, needed=frozenset({"case", "then"}))
        when = reader.mapping(row["when"]) if "when" in row else {}
        name, then = str(reader.value(row["case"])), reader.mapping(row["then"])
        found = places | {
            path: place
            for part in ("when", "each")
            for path, place in (_places(row[part]) if part in row else ())
        }
        found |= _places(row["then"], "then")
        line = _at(node)[0]
        for label, facts in reader.each(row.get("each")):
            whole = {**given, **when, **facts}
            yield Row(file, line, name + label, whole, then, found)


def _compose(file: str, text: str) -> yaml.Node:
    try:
        root = compose(text, nodes=MAX_VALUES)
    except TooMuch as error:
        mark = error.problem_mark
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise CasesError(file, at, str(error.problem)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise CasesError(file, at, f"not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise CasesError(file, (1, 1), "not YAML") from None
    if root is None:
        raise CasesError(file, (1, 1), "the file is empty")
    return root


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


class _Reader:
    """Turns YAML's nodes into plain values, by this module's own rules."""

    def __init__(self, file: str) -> None:
        self._file = file

    def nodes(
        self, node: yaml.Node, allowed: frozenset[str], *, needed: frozenset[str]
    ) -> dict[str, yaml.Node]:
        """Split a mapping into its parts, which must be the expected ones."""
        found = self._pairs(node)
        if strange := found.keys() - allowed:
            self._fail(node, f"no such part: {', '.join(sorted(strange))}")
        if missing := needed - found.keys():
            self._fail(node, f"missing part: {', '.join(sorted(missing))}")
        return found

    def mapping(self, node: yaml.Node) -> dict[str, Any]:
        """Read a mapping whole."""
        return {key: self.value(inner) for key, inner in self._pairs(node).items()}

    def each(self, node: yaml.Node | None) -> Iterator[tuple[str, dict[str, Any]]]:
        """Read a word and its values, one case for each; without it there is one."""
        if node is None:
            yield "", {}
            return
        pairs = list(self.mapping(node).items())
        if len(pairs) != 1 or not isinstance(pairs[0][1], list) or not pairs[0][1]:
            self._fail(node, "`each` names one word and a list of its values")
        ((word, values),) = pairs
        for value in values:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f" ({word}: {shown})", {word: value}

    def value(self, node: yaml.Node) -> Any:  # noqa: ANN401 - any YAML value
        """Read a node: text, whole numbers, true, false, null, lists and mappings."""
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(inner) for inner in node.value]
        if isinstance(node, yaml.ScalarNode) and node.style is None:
            if node.value in {"true", "false", "null"}:
                return {"true": True, "false": False, "null": None}[node.value]
            if _NUMBER.fullmatch(node.value):
                return int(node.value)
        return node.value

    def _pairs(self, node: yaml.Node) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._fail(node, "`name: value` lines are expected here")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value in found:
                self._fail(key, "the same name stands here twice")
            found[str(key.value)] = value
        return found

    def _fail(self, node: yaml.Node, message: str) -> NoReturn:
        raise CasesError(self._file, _at(node), message)
