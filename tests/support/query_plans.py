"""Which statements the program makes, and how SQLite would answer each.

Whatever a connection of the program executes is noted with the function it comes from.
What the story of a test does not reach is called by its signature, with anything.
"""

import ast
import re
import sqlite3
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

import pytest
from source_rules import PACKAGES, ROOT

from kit.db import Database, ReadSession, WriteSession

ADAPTERS: Final = ("vault/_internal/sqlite", "ledger/sqlite", "server/auth/sqlite")
_EXECUTES: Final = frozenset({"execute", "executemany"})
_SCAN: Final = re.compile(
    r"SCAN (?!CONSTANT ROW|\(|\d)(\w+)(?: USING (?:COVERING )?INDEX (\w+))?"
)
_PARTIAL: Final = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE ?"
_ANYTHING: Final[Mapping[object, object]] = {
    bytes: b"i" * 16,
    str: "main",
    int: 1,
    bool: False,
    type(None): None,
}


class Statement(NamedTuple):
    """A statement as it was made, what was bound to it, and where it comes from."""

    sql: str
    bound: Any
    where: str


@dataclass
class Noted:
    """The statements that were made, and the lines that made them."""

    statements: dict[str, Statement] = field(default_factory=dict)
    lines: set[tuple[str, int]] = field(default_factory=set)

    def note(self, sql: str, bound: Any) -> None:
        """Note a statement that the program makes; what a test asks is not."""
        frames = list(_of_the_program(sys._getframe(1)))
        if frames:
            file = _file(frames[0])
            self.lines.add((file, frames[0].f_lineno))
            inside = [each for each in frames if _file(each) == file]
            asked = [_method(each.f_code.co_qualname) for each in inside]
            public = (each for each in asked if "_" not in (each[0], each[_at(each)]))
            where = next(public, asked[0])
            self.statements.setdefault(sql, Statement(sql, bound, where))


def _method(qualname: str) -> str:
    return qualname.partition(".<locals>")[0]


def _at(name: str) -> int:
    """Tell where the last part of a dotted name begins."""
    return name.rfind(".") + 1


def _of_the_program(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT):
            # By what is the program's own: what it is installed with may lie here too.
            package = _file(frame).partition("/")[0]
            if package in PACKAGES and package != "kit":
                yield frame
        frame = frame.f_back


def _file(frame: FrameType) -> str:
    return Path(frame.f_code.co_filename).relative_to(ROOT).as_posix()


def noting(monkeypatch: pytest.MonkeyPatch) -> Noted:
    """Note from now on what every new connection is asked."""
    noted = Noted()

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, bound: Any = ()) -> "Cursor":
            noted.note(sql, bound)
            return super().execute(sql, bound)

        def executemany(self, sql: str, rows: Iterable[Any]) -> "Cursor":
            kept = list(rows)
            noted.note(sql, kept[0] if kept else ())
            return super().executemany(sql, kept)

    class Connection(sqlite3.Connection):
        def cursor(self, _: Any = None) -> Any:
            return super().cursor(Cursor)

        def execute(self, *asked: Any) -> Any:
            return self.cursor().execute(*asked)

        def executemany(self, *asked: Any) -> Any:
            return self.cursor().executemany(*asked)

    connect = partial(sqlite3.connect, factory=Connection)
    monkeypatch.setattr("kit.db.sqlite3.connect", connect)
    return noted


def call_anyhow(adapter: object, session: WriteSession | None) -> None:
    """Call an adapter's methods with anything: those that take a session, or others."""
    for name in dir(type(adapter)):
        method = getattr(adapter, name)
        if name.startswith("_") or not callable(method):
            continue
        hints = typing.get_type_hints(method)
        hints.pop("return", None)
        if any(map(_is_session, hints.values())) is (session is not None):
            # What is made up may fit nothing; `unreached` tells what came of it.
            with suppress(Exception):
                _exhaust(method(**{k: _any(h, session) for k, h in hints.items()}))


def _is_session(hint: Any) -> bool:
    kinds = (hint, *typing.get_args(hint))
    return WriteSession in kinds or ReadSession in kinds


def _exhaust(found: object) -> None:
    if isinstance(found, Iterator):
        list(found)


def _any(hint: Any, session: WriteSession | None) -> Any:
    if _is_session(hint):
        return session
    inner = [each for each in typing.get_args(hint) if isinstance(each, type | object)]
    origin = typing.get_origin(hint)
    if origin is None:
        return _ANYTHING[hint] if hint in _ANYTHING else _made(hint, session)
    if origin in {typing.Union, types.UnionType}:
        return _any(inner[0], session)
    return _many(origin, inner, session)


def _many(origin: Any, inner: list[Any], session: WriteSession | None) -> Any:
    if origin is tuple:
        return tuple(_any(each, session) for each in inner if each is not ...)
    if issubclass(origin, Mapping):
        return {_any(inner[0], session): _any(inner[1], session)}
    if issubclass(origin, set):
        return {_any(inner[0], session)}
    if issubclass(origin, Iterable):
        return [_any(inner[0], session)]
    return lambda: _any(inner[-1], session)  # what is called gives one


def _made(hint: Any, session: WriteSession | None) -> Any:
    hints = typing.get_type_hints(hint)
    return hint(**{key: _any(each, session) for key, each in hints.items()})


def scanned(database: Database, statement: Statement) -> set[str]:
    """Name the tables of which a statement reads every row.

    An index that holds some rows alone is there to be read whole. A condition that
    nothing fulfils leaves no search in the plan, and reads nothing.
    """
    if "IN ()" in statement.sql:
        return set()
    reader = database.reader()
    plan = reader.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.bound)
    found = [each for row in plan.fetchall() for each in _SCAN.findall(row[-1])]
    partial_ones = {row[0] for row in reader.execute(_PARTIAL, ("%) WHERE %",))}
    whole = {alias for alias, index in found if index not in partial_ones}
    return {_table(alias, statement.sql) for alias in whole}


def _table(alias: str, sql: str) -> str:
    named = re.search(rf"\b(?:FROM|JOIN|,)\s+(\w+)(?:\s+AS)?\s+{alias}\b", sql)
    return named.group(1) if named else alias


def unreached(noted: Noted) -> list[str]:
    """Name the calls of the adapters that made no statement."""
    return [
        f"{name}:{line}"
        for folder in ADAPTERS
        for path in sorted((ROOT / folder).glob("*.py"))
        for name in [path.relative_to(ROOT).as_posix()]
        for line, end in _calls(path)
        if not any(n == name and line <= at <= end for n, at in noted.lines)
    ]


def _calls(path: Path) -> Iterator[tuple[int, int]]:
    for each in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr in _EXECUTES
        ):
            yield each.lineno, each.end_lineno or each.lineno
