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

FILE_PARTS = frozenset({"about", "given", "cases"})
ROW_PARTS = frozenset({"case", "when", "each", "then"})
_NUMBER = re.compile(r"-?[0-9]{1,9}")


class CasesError(AllodError):
    """A case file cannot be understood; the message says where and what."""

    status, code, title = 422, "cases_malformed", "Case file cannot be read"

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file, self.line = file, line


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


def read_rows(file: str, text: str) -> Iterator[Row]:
    """Read the rows of one case file.

    Raises:
        CasesError: the file is not what a case file must be.

    """
    root = _compose(file, text)
    reader = _Reader(file)
    parts = reader.nodes(root, FILE_PARTS, needed=FILE_PARTS)
    given = reader.mapping(parts["given"])
    if not isinstance(parts["cases"], yaml.SequenceNode):
        raise CasesError(file, _line(parts["cases"]), "`cases` is a list")
    for node in parts["cases"].value:
        row = reader.nodes(node, ROW_PARTS, needed=frozenset({"case", "then"}))
        when = reader.mapping(row["when"]) if "when" in row else {}
        name, then = str(reader.value(row["case"])), reader.mapping(row["then"])
        for label, facts in reader.each(row.get("each")):
            yield Row(file, _line(node), name + label, {**given, **when, **facts}, then)


def _compose(file: str, text: str) -> yaml.Node:
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            # An alias can hold itself, or unfold to any size.
            if isinstance(event, yaml.AliasEvent):
                raise CasesError(file, _line(event), "no aliases here; write it out")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CasesError(file, line, f"not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise CasesError(file, 1, "not YAML") from None
    if root is None:
        raise CasesError(file, 1, "the file is empty")
    return root


def _line(at: yaml.Node | yaml.Event) -> int:
    return at.start_mark.line + 1 if at.start_mark else 1


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
        raise CasesError(self._file, _line(node), message)
