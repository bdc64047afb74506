"""Rules for what speaks to a database: its errors, its columns, its rows.

A second database stands behind the same ports one day; what knows the first one by
more than its adapter would have to be looked for in the whole house.
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from source_rules import ADAPTERS, Rule, Source


def a_drivers_errors_stay_with_it(source: Source) -> Iterator[int]:
    """Whoever catches a driver's error knows the database behind the port; with another
    one nothing is caught, and what was put into words is a fault of the house."""
    if source.lies_in("kit/", *ADAPTERS):
        return
    for node in ast.walk(source.tree):
        text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        module = node.module if isinstance(node, ast.ImportFrom) else ""
        if module == "sqlalchemy.exc" or _ERROR.match(text):
            yield int(getattr(node, "lineno", 0))


def an_insert_names_its_columns(source: Source) -> Iterator[int]:
    """Without names a column that is added, or made in another place, takes the value
    of its neighbour, and SQLite, which lets a column hold anything, says nothing."""
    for node in ast.walk(source.tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and _NAMELESS.search(text):
            yield node.lineno


def a_row_is_taken_apart_by_names(source: Source) -> Iterator[int]:
    """`row[4]` says nothing to a reader, and something else after the next column."""
    if not _STATEMENT.search(source.text):
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Subscript) or not isinstance(
            node.slice, ast.Constant
        ):
            continue
        numbered = isinstance(node.slice.value, int)
        if numbered and _ROW.search(ast.unparse(node.value)):
            yield node.lineno


ROWS: Final[tuple[Rule, ...]] = (
    a_drivers_errors_stay_with_it,
    an_insert_names_its_columns,
    a_row_is_taken_apart_by_names,
)

_ERROR: Final = re.compile(r"sqlite3\.\w*Error$")
_NAMELESS: Final = re.compile(r"\bINTO \w+ (?:AS \w+ )?(?:VALUES|SELECT)\b")
_STATEMENT: Final = re.compile(r"\b(SELECT|PRAGMA)\b")
_ROW: Final = re.compile(r"(^|\.)(row|rows\[0\]|fetchone\(\)|fetchall\(\)\[0\])$")
