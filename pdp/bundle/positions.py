"""Where each value of a JSON text stands: line and column by its path.

Python's parser forgets places. This one keeps them and nothing else: it walks over
the tokens of a text that a strict parser has read, or has refused for its names.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

from pdp.bundle.findings import place_of

Path = tuple[str | int, ...]

_TOKEN: Final = re.compile(r'[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+', re.DOTALL)


@dataclass(slots=True)
class _Open:
    """An object or a list whose end has not come: what its next value is called."""

    path: Path
    next: str | int | None


class Positions:
    """The places of one text's values and names."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._values: dict[Path, int] = {}
        self._names: dict[Path, int] = {}
        self._twice: int | None = None
        self._open: list[_Open] = []
        for token in _TOKEN.finditer(text):
            self._take(token[0], token.start())

    @property
    def twice(self) -> tuple[int, int] | None:
        """The place of the first name that stands in its object already."""
        return None if self._twice is None else place_of(self._text, self._twice)

    def value(self, path: Path) -> tuple[int, int]:
        """Give line and column of a value; of what is around it if it is absent."""
        while path and path not in self._values:
            path = path[:-1]
        return place_of(self._text, self._values.get(path, 0))

    def name(self, path: Path) -> tuple[int, int]:
        """Give line and column of a member's name; where there is none, as `value`."""
        if path in self._names:
            return place_of(self._text, self._names[path])
        return self.value(path)

    def _take(self, mark: str, start: int) -> None:
        inside = self._open[-1] if self._open else None
        if mark in "}]":
            self._open = self._open[:-1]
        elif mark == ",":
            if inside and inside.next is not None:
                inside.next = inside.next + 1 if isinstance(inside.next, int) else None
        elif inside and inside.next is None:
            inside.next = self._named(inside.path, mark, start)
        elif mark != ":":
            self._begun(inside, mark, start)

    def _named(self, path: Path, mark: str, start: int) -> str:
        name = str(json.loads(mark)) if mark.startswith('"') else mark
        if (*path, name) in self._names and self._twice is None:
            self._twice = start
        self._names.setdefault((*path, name), start)
        return name

    def _begun(self, inside: _Open | None, mark: str, start: int) -> None:
        path: Path = ()
        if inside is not None and inside.next is not None:
            path = (*inside.path, inside.next)
        self._values.setdefault(path, start)
        if mark in "{[":
            self._open.append(_Open(path, None if mark == "{" else 0))
