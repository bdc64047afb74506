"""A YAML text read node by node, so that each fault can be told with its line.

Nothing is guessed: a bare `no` or `2026-01-01` is not a text, a key stands once, a
key that nobody reads is a fault. All faults are collected; a node that is not what
was wanted reads as None, and the reading goes on.
"""

from collections.abc import Collection, Iterator
from enum import StrEnum
from operator import itemgetter
from typing import Final, TypeVar

import yaml

from kit.canonical import MAX_DIGITS
from kit.yaml_shapes import TooMuch, compose

Word = TypeVar("Word", bound=StrEnum)

_TEXT: Final = "tag:yaml.org,2002:str"
_INTEGER: Final = "tag:yaml.org,2002:int"
_BOOLEAN: Final = {"true": True, "false": False}


class Source:
    """One YAML text, and the faults found in it so far."""

    def __init__(self, name: str, *, columns: bool = False) -> None:
        self._name = name
        self._columns = columns
        self._faults: list[tuple[int, int, str]] = []

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults in the order of their lines, each as `file:line: field: what`.

        With `columns`, as `file:line:column: field: what`.
        """
        return tuple(
            f"{self._name}:{line}:{f'{column}:' if self._columns else ''} {message}"
            for line, column, message in sorted(self._faults, key=itemgetter(0))
        )

    def fault(self, node: yaml.Node | None, path: str, message: str) -> None:
        """Note what is wrong at a node; without one, with the text as a whole."""
        mark = None if node is None else node.start_mark
        self._note(mark, f"{path}: {message}" if path else message)

    def _note(self, mark: yaml.Mark | None, message: str) -> None:
        line, column = (0, 0) if mark is None else (mark.line, mark.column)
        self._faults.append((line + 1, column + 1, message))

    def compose(self, data: bytes) -> yaml.Node | None:
        """Read the text as one document."""
        try:
            node = compose(data.decode("utf-8"))
        except UnicodeDecodeError:
            self.fault(None, "", "write the file in UTF-8")
        except TooMuch as error:
            self._note(error.problem_mark, str(error.problem))
        except yaml.MarkedYAMLError as error:
            self._note(error.problem_mark, "this is not YAML; look at the indentation")
        except yaml.YAMLError:
            self.fault(None, "", "the file holds a character that YAML forbids")
        else:
            return node
        return None

    def pairs(
        self, node: yaml.Node | None, path: str, *, literal: bool = False
    ) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        """Walk a mapping: each key, the key's own node, the value's node.

        With `literal`, keys are words as they are written, also the empty one.
        """
        if not isinstance(node, yaml.MappingNode) or not node.value:
            self.fault(node, path, "write a mapping of at least one key and its value")
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = self.literal(key, path) if literal else self.text(key, path)
            if name is None:
                continue
            if name in seen:
                self.fault(key, f"{path}.{name}".lstrip("."), "it stands here twice")
            seen.add(name)
            yield name, key, value

    def block(
        self,
        node: yaml.Node | None,
        path: str,
        *,
        required: Collection[str],
        optional: Collection[str] = (),
    ) -> "Block":
        """Read a mapping whose keys are known."""
        found: dict[str, yaml.Node] = {}
        for name, key, value in self.pairs(node, path):
            if name in required or name in optional:
                found[name] = value
            else:
                known = ", ".join((*required, *optional))
                self.fault(key, path, f"{name} means nothing here; known are {known}")
        if isinstance(node, yaml.MappingNode):
            for name in required:
                if name not in found:
                    self.fault(node, path, f"{name} is missing")
        return Block(self, path, found)

    def sequence(self, node: yaml.Node, path: str) -> list[yaml.Node]:
        """Read a list of at least one item."""
        if isinstance(node, yaml.SequenceNode) and node.value:
            return list(node.value)
        self.fault(node, path, "write a list of at least one item")
        return []

    def text(self, node: yaml.Node, path: str) -> str | None:
        """Read a text that is not empty."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _TEXT and node.value:
            return str(node.value)
        self.fault(
            node, path, "write a text here, in quotes if YAML reads it otherwise"
        )
        return None

    def literal(self, node: yaml.Node, path: str) -> str | None:
        """Read a word as it is written, whatever YAML makes of it: `2`, `NULL`."""
        a_word = isinstance(node, yaml.ScalarNode) and (node.value or node.tag == _TEXT)
        if a_word:
            return str(node.value)
        self.fault(node, path, "write a word here, in quotes if it is empty")
        return None

    @staticmethod
    def is_word(node: yaml.Node) -> bool:
        """Whether a node is a text, and no number or anything else."""
        return isinstance(node, yaml.ScalarNode) and node.tag == _TEXT

    def integer(self, node: yaml.Node, path: str, *, low: int, high: int) -> int | None:
        """Read a whole number from `low` to `high`."""
        if isinstance(node, yaml.ScalarNode) and node.tag == _INTEGER:
            digits = node.value.removeprefix("-")
            if digits.isdecimal() and len(digits) <= MAX_DIGITS:
                value = int(node.value)
                if low <= value <= high:
                    return value
        self.fault(node, path, f"write a whole number from {low} to {high}")
        return None

    def boolean(self, node: yaml.Node, path: str) -> bool | None:
        """Read true or false, written so."""
        if isinstance(node, yaml.ScalarNode) and node.value in _BOOLEAN:
            return _BOOLEAN[node.value]
        self.fault(node, path, "write true or false")
        return None

    def choice(
        self, node: yaml.Node, path: str, choices: Collection[str]
    ) -> str | None:
        """Read one of a few words."""
        if isinstance(node, yaml.ScalarNode) and node.value in choices:
            return str(node.value)
        self.fault(node, path, f"write one of: {', '.join(choices)}")
        return None


class Block:
    """The values of one mapping, read by key.

    What is absent or faulty reads as the default: the fault is noted, and a text with
    a fault is never used.
    """

    def __init__(self, source: Source, path: str, nodes: dict[str, yaml.Node]) -> None:
        self._source = source
        self._path = path
        self._nodes = nodes

    def node(self, key: str) -> yaml.Node | None:
        """Give the value's node, if the key is there."""
        return self._nodes.get(key)

    def path(self, key: str) -> str:
        """Say where a value stands, for a fault."""
        return f"{self._path}.{key}" if self._path else key

    def fault(self, key: str, message: str) -> None:
        """Note what is wrong with the value of a key."""
        self._source.fault(self._nodes.get(key), self.path(key), message)

    def text(self, key: str) -> str:
        """Read a text; empty by default."""
        node = self._nodes.get(key)
        return (node and self._source.text(node, self.path(key))) or ""

    def flag(self, key: str) -> bool:
        """Read true or false; false by default."""
        node = self._nodes.get(key)
        return bool(node and self._source.boolean(node, self.path(key)))

    def integer(self, key: str, default: int, *, low: int, high: int) -> int:
        """Read a whole number from `low` to `high`."""
        node = self._nodes.get(key)
        if node is None:
            return default
        value = self._source.integer(node, self.path(key), low=low, high=high)
        return default if value is None else value

    def choice(self, key: str, default: Word, choices: type[Word]) -> Word:
        """Read one of an enumeration's words."""
        node = self._nodes.get(key)
        if node is None:
            return default
        word = self._source.choice(node, self.path(key), tuple(choices))
        return default if word is None else choices(word)

    def items(self, key: str) -> list[yaml.Node]:
        """Read a list; empty by default."""
        node = self._nodes.get(key)
        return [] if node is None else self._source.sequence(node, self.path(key))

    def pairs(self, key: str) -> list[tuple[str, yaml.Node, yaml.Node]]:
        """Read a mapping whose keys are not known beforehand; empty by default."""
        node = self._nodes.get(key)
        if node is None:
            return []
        return list(self._source.pairs(node, self.path(key)))
