"""Whether a store's live schema is the one that the migrations make, object by object.

A trigger can undo a deletion while SQLite reports it as done; a view, an index, another
conflict clause can make a question mean something else. So before anything is read
from a store, what `sqlite_schema` holds must equal what the same revisions make in
memory: nothing more, less or other. The texts are compared as they are. Building all
three takes some 40 ms and is done once per process; digests kept in the source would be
a second truth to look after.
"""

from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from kit.errors import CannotStart
from kit.readonly import looked_at
from kit.sqlite import Unreadable
from server.house.migrations import MigratedStore, found_revision, made_in_memory

# What ANALYZE leaves: it weighs plans, and changes no answer.
_STATISTICS: Final = {
    ("table", "sqlite_stat1"): "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
    ("table", "sqlite_stat4"): "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
}
DIFFERS: Final = "schema.differs"
_ALL: Final = "SELECT type, name, tbl_name, sql, rootpage FROM sqlite_schema"
_SHOWN: Final = 64


class _Object(NamedTuple):
    table: str
    sql: str | None


_Objects = dict[tuple[str, str], _Object]


def require_as_built(store: MigratedStore, scripts: Path) -> None:
    """Check that a store's schema is what the revisions up to its own make.

    Raises:
        CannotStart: an object is there that they do not make, or is missing, or says
            something else; the message names the store and the object.

    """
    live, shared = _live(store)
    anywhere = MigratedStore(store.name, Path(), store.metadata)
    built = _built(anywhere, scripts, found_revision(store.path))
    for each in sorted(live.keys() | built.keys()):
        if not _expected(each, live.get(each), built.get(each)):
            raise _not_as_built(store, each, _difference(each, live, built))
    if shared:
        raise _not_as_built(store, shared, "lies in another's pages")


def _expected(
    which: tuple[str, str], live: _Object | None, built: _Object | None
) -> bool:
    if built is None and live is not None:
        return live.sql == _STATISTICS.get(which, "")
    return live == built


def _difference(which: tuple[str, str], live: _Objects, built: _Objects) -> str:
    if which not in built:
        return "was added"
    return "is missing" if which not in live else "was changed"


def _not_as_built(
    store: MigratedStore, which: tuple[str, str], what: str
) -> CannotStart:
    kind, name = which
    # Whoever planted it chose its name: nothing of it steers a terminal.
    shown = "".join(c if c.isascii() and c.isprintable() else "?" for c in name)
    return CannotStart(
        f"the schema of {store.name}.db is not this program's:"
        f" the {kind} {shown[:_SHOWN]} {what}",
        code=DIFFERS,
        fix="find out who changed it; then restore the file from a backup, or take the"
        " change back with the sqlite3 program, and run `allod doctor`",
    )


def _live(store: MigratedStore) -> tuple[_Objects, tuple[str, str] | None]:
    """Read a store's objects, and find one that lies where another does."""
    try:
        with looked_at(store.path) as connection:
            rows = connection.execute(_ALL).fetchall()
    except Unreadable:
        raise CannotStart(
            f"the schema of {store.name}.db cannot be read",
            fix="restore the file from a backup",
        ) from None
    roots = Counter(root for *_, root in rows if root)
    shared = ((kind, name) for kind, name, *_, root in rows if roots[root] > 1)
    return _objects(rows), next(shared, None)


def _objects(rows: list[tuple[str, str, str, str | None, int]]) -> _Objects:
    return {(kind, name): _Object(table, sql) for kind, name, table, sql, _ in rows}


@lru_cache(maxsize=16)
def _built(store: MigratedStore, scripts: Path, revision: str | None) -> _Objects:
    if revision is None:
        return {}
    with made_in_memory(store, scripts, revision) as connection:
        rows = connection.exec_driver_sql(_ALL).all()
    return _objects([tuple(row) for row in rows])
