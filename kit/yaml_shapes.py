"""YAML read into a pydantic model, each fault told with the place where it stands.

Nothing is guessed: a bare `no` or `2026-01-01` is no text, a key stands once, a key
that no model reads is a fault, and all faults are told at once. pydantic knows values
and no lines; so of each part of the text its place is kept, by the path on which
pydantic names it.

YAML is composed within bounds. A parser left to itself recurses once for each level,
looks ahead over all that is open, and unfolds an alias to any size: a page of brackets
takes half a minute. Here each event is counted before a node is made of it. Aliases are
refused by kind: a text without them means what it says.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

Path = tuple[str | int, ...]
T = TypeVar("T")

Text = Annotated[str, Field(min_length=1)]

_INTEGER: Final = re.compile(r"-?[0-9]{1,15}")
_TEXT: Final = "tag:yaml.org,2002:str"
_WHOLE: Final = "tag:yaml.org,2002:int"
_WORDS: Final[dict[str, Any]] = {"true": True, "false": False}
_CONSTANTS: Final = {**_WORDS, "null": None}
_SAID: Final = {
    "string_type": "write a text here, in quotes if YAML reads it otherwise",
    "string_too_short": "write a text here, in quotes if YAML reads it otherwise",
    "string_too_long": "at most {max_length} characters",
    "int_type": "write a whole number",
    "greater_than_equal": "write a whole number, {ge} or more",
    "less_than_equal": "write a whole number, {le} or less",
    "bool_type": "write true or false",
    "model_type": "write a mapping of at least one key and its value",
    "dict_type": "write a mapping of at least one key and its value",
    "list_type": "write a list of at least one item",
    "too_short": "write at least one here",
}


class Shape(BaseModel):
    """A mapping whose keys are known."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class At(NamedTuple):
    """A fault: line and column from 1, the path of the part, and what is wrong."""

    line: int
    column: int
    path: str
    message: str

    def told(self, name: str, *, column: bool = False) -> str:
        """Say it as `file:line: path: what`, with the column if it is wanted."""
        where = f"{self.line}:{self.column}" if column else str(self.line)
        path = f"{self.path}: " if self.path else ""
        return f"{name}:{where}: {path}{self.message}"


class MisshapenError(Exception):
    """The text is not of the shape; `faults` are in the order of their lines."""

    def __init__(self, faults: Iterator[At]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("the text is not of the shape")


class Placed(NamedTuple, Generic[T]):
    """What was read, and the node of each of its parts, by the path to it."""

    value: T
    nodes: Mapping[Path, yaml.Node]


def shaped(data: bytes, shape: type[T], *, context: object = None) -> T:
    """Read a text into a model, or a mapping or list of such.

    `context` is handed to the model's own checks.

    Raises:
        MisshapenError: it is no YAML, or of another shape.

    """
    return _read(_FoundShape(), _composed(data, MAX_NODES), shape, context).value


def shaped_words(text: str, shape: type[T], *, most: int) -> Placed[T]:
    """Read a text of at most so many values, in which `no` is the word no.

    So is all that YAML would make something else of, but true, false, null and whole
    numbers that are not in quotes.

    Raises:
        MisshapenError: as for `shaped`.

    """
    data = text.encode("utf-8", "surrogatepass")
    return _read(_FoundShape(words=True), _composed(data, most), shape, None)


def _read(
    found: "_FoundShape", root: yaml.Node | None, shape: type[T], context: object
) -> Placed[T]:
    value = found.value(root, ())
    if found.faults:
        raise MisshapenError(iter(found.faults))
    adapter = TypeAdapter(shape)
    try:
        read = adapter.validate_python(value, strict=True, context=context)
        return Placed(read, found.values)
    except ValidationError as error:
        raise MisshapenError(
            _told(each, found, shape)
            for each in error.errors(include_url=False, include_input=False)
        ) from None


def _composed(data: bytes, most: int) -> yaml.Node | None:
    try:
        return compose(data.decode("utf-8"), nodes=most)
    except UnicodeDecodeError:
        message = "write the file in UTF-8"
    except TooMuch as error:
        raise MisshapenError(iter([_marked(error, str(error.problem))])) from None
    except yaml.MarkedYAMLError as error:
        what = "this is not YAML; look at the indentation"
        raise MisshapenError(iter([_marked(error, what)])) from None
    except yaml.YAMLError:
        message = "the file holds a character that YAML forbids"
    raise MisshapenError(iter([At(1, 1, "", message)]))


def _marked(error: yaml.MarkedYAMLError, message: str) -> At:
    mark = error.problem_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    return At(line + 1, column + 1, "", message)


@dataclass(slots=True)
class _FoundShape:
    """Plain values made of nodes; where each stands, and where its key does."""

    values: dict[Path, yaml.Node] = field(default_factory=dict)
    keys: dict[Path, yaml.Node] = field(default_factory=dict)
    faults: list[At] = field(default_factory=list)
    words: bool = False

    def value(self, node: yaml.Node | None, path: Path) -> object:
        """Read a node: texts, whole numbers, true and false, lists and mappings."""
        if node is not None:
            self.values[path] = node
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items = enumerate(node.value)
            return [self.value(each, (*path, number)) for number, each in items]
        return self._scalar(node)

    def at(self, path: Path, message: str, *, key: bool = False) -> At:
        """Say what is wrong at a path; what is not there, where its owner stands."""
        nodes, here = self.keys if key else self.values, path
        while here not in nodes and here:
            here = here[:-1]
        node = nodes.get(here) or self.values.get(())
        mark = node.start_mark if node else None
        line, column = (mark.line, mark.column) if mark else (0, 0)
        return At(line + 1, column + 1, _written(path), message)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in node.value:
            name = key.value if self.words else self._scalar(key)
            inner = (*path, str(name))
            if not isinstance(name, str) or not name:
                self.faults.append(self.at(path, _SAID["string_type"]))
                continue
            self.keys[inner] = key
            if name in found:
                self.faults.append(self.at(inner, "it stands here twice", key=True))
            found[name] = self.value(value, inner)
        return found

    def _scalar(self, node: yaml.Node | None) -> object:
        """Read a value as it is written; what YAML would make another of is none."""
        if not isinstance(node, yaml.ScalarNode):
            return None
        text = str(node.value)
        quoted = node.style is not None if self.words else node.tag == _TEXT
        if quoted:
            return text
        if _INTEGER.fullmatch(text) and (self.words or node.tag == _WHOLE):
            return int(text)
        return _CONSTANTS.get(text, text) if self.words else _WORDS.get(text)


def _told(error: Any, found: _FoundShape, shape: Any) -> At:  # noqa: ANN401 - pydantic's own
    path, kind, context = error["loc"], error["type"], error.get("ctx", {})
    if kind == "missing":
        return found.at(path[:-1], f"{path[-1]} is missing")
    if kind == "extra_forbidden":
        known = ", ".join(_fields(shape, path[:-1]))
        message = f"{path[-1]} means nothing here; known are {known}"
        return found.at(path, message, key=True)._replace(path=_written(path[:-1]))
    if kind == "value_error":
        return found.at(path, str(context["error"]))
    said = _SAID.get(kind)
    return found.at(path, said.format(**context) if said else error["msg"])


def _fields(shape: Any, path: Path) -> list[str]:  # noqa: ANN401 - a model, or a list of some
    """Name the keys that a shape has at a path."""
    for step in path:
        known = isinstance(shape, type) and issubclass(shape, BaseModel)
        shape = (
            shape.model_fields[str(step)].annotation if known else get_args(shape)[-1]
        )
    return list(shape.model_fields)


def _written(path: Path) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).lstrip(".")


MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 100
MAX_NODES: Final = 50_000

DEEP: Final = f"nested deeper than {MAX_DEPTH} levels"
LONG: Final = f"longer than {MAX_BYTES} bytes"
ALIAS: Final = "no aliases here; write it out"


class TooMuch(yaml.MarkedYAMLError):
    """The text is beyond a bound; `problem` says which, `problem_mark` where."""

    def __init__(self, problem: str, mark: Any = None) -> None:  # noqa: ANN401 - of either parser
        super().__init__(problem=problem, problem_mark=mark)


def compose(text: str, *, nodes: int = MAX_NODES) -> yaml.Node | None:
    """Compose one document of at most so many values; None for a text without any.

    Raises:
        TooMuch: it is too long, too deep or has too many values, or an alias.
        yaml.YAMLError: it is no YAML, or more than one document.

    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TooMuch(LONG)
    loader = _Counting(text, nodes)
    try:
        node: yaml.Node | None = loader.get_single_node()
    finally:
        loader.dispose()
    return node


class _Counting(yaml.SafeLoader):
    """Whoever composes takes every event by `get_event`, and so none uncounted."""

    def __init__(self, text: str, most: int) -> None:
        super().__init__(text)
        self._most = most
        self._depth = self._nodes = 0

    def get_event(self) -> yaml.Event:
        """Give the next event.

        Raises:
            TooMuch: it is an alias, or one more than a bound allows.

        """
        # PyYAML's stubs give its parser's methods no types.
        event: yaml.Event = super().get_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise TooMuch(ALIAS, event.start_mark)
        self._nodes += isinstance(event, yaml.NodeEvent)
        self._depth += isinstance(event, yaml.CollectionStartEvent)
        self._depth -= isinstance(event, yaml.CollectionEndEvent)
        if self._depth > MAX_DEPTH:
            raise TooMuch(DEEP, event.start_mark)
        if self._nodes > self._most:
            raise TooMuch(f"more than {self._most} values", event.start_mark)
        return event
