"""One person's look-up in the access log, as the people and the scans grow.

    python benchmarks/who_looked.py [--people N …] [--scans N …] [--rounds N]

A log of its own: scans over all the people, a thousand to a page; a thousand reads in
batches of 100; and of ten persons twenty reads of their own. Those look up who looked,
as they would be shown it, by the index and, in turn, by the statement that looks into
every row, as it was before there was one. Both must show the same. Then what the index
costs whoever writes: a page of a scan, and a batch that names 100, with and without it,
in turns. Wall clock and CPU, medians.
"""

import argparse
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from probe import machine

from exports.subject_data import access_document
from kit.clock import SystemClock
from kit.db import Database
from kit.schema import AUDIT
from server.house import tables as _every_table  # noqa: F401 - declares them
from vault._internal.ports.access_log import AccessRow
from vault._internal.sqlite.access_log import _INSERT, _SINCE, SqliteAccessStore
from vault.audit.access import Access
from vault.audit.access_log import AccessLog

PAGE, BATCH, BATCHES, OWN, ASKING, WRITES = 1_000, 100, 1_000, 20, 10, 100
BEFORE = (
    f"SELECT {', '.join(AccessRow._fields)} FROM audit_event"  # noqa: S608 - columns
    " WHERE subject = :subject OR (subject IS NULL AND instr(subjects, :subject) > 0)"
    " ORDER BY at, lane, seq"
)
EVENT = Access(
    principal_kind="service",
    principal="bench",
    purpose="support.case",
    action="read",
    revision="r" * 64,
    decision=bytes(16),
    outcome="disclosed",
    collection="visit",
    fields="name,note,phone,topic",
)

Shown: TypeAlias = list[dict[str, Any]]
Times: TypeAlias = tuple[float, float]


class BareStore(SqliteAccessStore):
    """Writes rows and looks for them, as before there was an index."""

    def insert(self, rows: list[AccessRow], scans: Mapping[int, bytes]) -> None:
        """Make rows durable, and enter nobody."""
        del scans
        with self._database.write_plain() as connection:
            connection.executemany(_INSERT, rows)
        place = rows[0].lane, rows[0].seq
        if connection.execute(_SINCE, place).fetchall() != rows:
            raise SystemExit("the rows are not there")


def opened(path: Path) -> Database:
    """Make an empty access log."""
    database = Database(path)
    with database.write() as session:
        AUDIT.create_all(session.connection())
    return database


def naming(subjects: Sequence[bytes], scan: bytes = b"") -> Access:
    """Speak of one record of each of some persons."""
    return replace(
        EVENT,
        decision=secrets.token_bytes(16),
        subjects=b"".join(subjects),
        records=secrets.token_bytes(16 * len(subjects)),
        versions=(1).to_bytes(4, "big") * len(subjects),
        disclosed=len(subjects),
        scan=scan,
    )


def scanned(log: AccessLog, people: Sequence[bytes]) -> None:
    """Scan everybody, page by page."""
    scan = secrets.token_bytes(16)
    for at in range(0, len(people), 50 * PAGE):
        some = people[at : at + 50 * PAGE]
        log.append_all(
            [naming(some[i : i + PAGE], scan) for i in range(0, len(some), PAGE)]
        )


def batch(people: Sequence[bytes], number: int) -> Access:
    """Read a hundred persons from everywhere at once."""
    step = len(people) // BATCH
    return naming([people[(i * step + number) % len(people)] for i in range(BATCH)])


def lived(log: AccessLog, people: Sequence[bytes]) -> list[bytes]:
    """Have batches read, and some persons' own records; gives those persons."""
    log.append_all([batch(people, number) for number in range(BATCHES)])
    asking = people[:: len(people) // ASKING][:ASKING]
    one = {"records": bytes(16), "versions": bytes(4), "disclosed": 1}
    log.append_all(
        [replace(EVENT, subject=each, **one) for each in asking for _ in range(OWN)]
    )
    return list(asking)


def by_index(log: AccessLog, subject: bytes) -> Shown:
    """Show a person who looked."""
    return [access_document(*each, subject) for each in log.of_subject(subject)]


def by_every_row(database: Database, subject: bytes) -> Shown:
    """Show the same by looking into every row."""
    found = database.reader().execute(BEFORE, {"subject": subject})
    rows = ((row[2], Access(*row[3:-2])) for row in found)
    return [access_document(*it, subject) for it in rows if subject in it[1].about]


def timed(work: Callable[[], object]) -> Times:
    """Give the seconds of wall clock and of the process's CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def medians(times: Sequence[Times]) -> Times:
    """Give the median of each."""
    wall, cpu = zip(*times, strict=True)
    return statistics.median(wall), statistics.median(cpu)


def compare(
    log: AccessLog, database: Database, asking: Sequence[bytes], rounds: int
) -> tuple[int, Times, Times]:
    """Look up in turns; gives how many events each found, and the medians."""
    ours, theirs = [], []
    found: list[Shown] = []

    def look(way: Callable[[], Shown]) -> Times:
        return timed(lambda: found.append(way()))

    for number in range(rounds):
        subject = asking[number % len(asking)]
        ours.append(look(partial(by_index, log, subject)))
        theirs.append(look(partial(by_every_row, database, subject)))
        if found[-1] != found[-2]:
            raise SystemExit("the two do not show the same")
    return len(found[-1]), medians(ours), medians(theirs)


def grown(people: int, scans: Sequence[int], rounds: int) -> None:
    """Print the figures of one size, scan by scan."""
    subjects = sorted(secrets.token_bytes(16) for _ in range(people))
    with tempfile.TemporaryDirectory() as folder:
        database = opened(Path(folder) / "audit.db")
        log = AccessLog(SqliteAccessStore(database), SystemClock())
        asking, done = lived(log, subjects), 0
        for wanted in sorted(scans):
            while done < wanted:
                scanned(log, subjects)
                done += 1
            shown(people, wanted, database, compare(log, database, asking, rounds))
        log.close()
        database.close()


def shown(
    people: int, scans: int, database: Database, result: tuple[int, Times, Times]
) -> None:
    """Print one row."""
    found, (wall, cpu), (wall_before, cpu_before) = result
    size = database.path.stat().st_size + Path(f"{database.path}-wal").stat().st_size
    print(
        f"{people:>9,} people {scans:>3} scans {size / 1e6:>8.1f} MB {found:>4} events"
        f"  index {wall * 1e3:9.2f} ms (CPU {cpu * 1e3:9.2f})"
        f"  every row {wall_before * 1e3:9.2f} ms (CPU {cpu_before * 1e3:9.2f})"
    )


def writes(people: int) -> Iterator[tuple[str, Times, Times]]:
    """Write with and without the index, in turns, to logs that hold a scan each."""
    subjects = sorted(secrets.token_bytes(16) for _ in range(people))
    with tempfile.TemporaryDirectory() as folder:
        databases = [opened(Path(folder) / f"{name}.db") for name in ("with", "bare")]
        kinds = (SqliteAccessStore, BareStore)
        logs = [
            AccessLog(kind(database), SystemClock())
            for kind, database in zip(kinds, databases, strict=True)
        ]
        for log in logs:
            lived(log, subjects)
            scanned(log, subjects)
        scan = secrets.token_bytes(16)
        told = {
            "a page of 1,000": [naming(subjects[:1] * PAGE, scan)] * WRITES,
            "a batch that names 100": [batch(subjects, 7 * n) for n in range(WRITES)],
        }
        for what, events in told.items():
            times: list[list[Times]] = [[], []]
            for it in events:
                for log, taken in zip(logs, times, strict=True):
                    taken.append(timed(partial(log.append, it)))
            yield what, medians(times[0]), medians(times[1])
        for each in (*logs, *databases):
            each.close()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--people", type=int, nargs="*", default=[1_000, 10_000, 100_000]
    )
    parser.add_argument("--scans", type=int, nargs="*", default=[1, 5, 20])
    parser.add_argument("--rounds", type=int, default=20)
    chosen = parser.parse_args()
    print(machine(Path(tempfile.gettempdir())))
    for people in chosen.people:
        grown(people, chosen.scans, chosen.rounds)
    for what, ours, bare in writes(max(chosen.people)):
        print(
            f"{what}: {ours[0] * 1e3:.2f} ms (CPU {ours[1] * 1e3:.2f}),"
            f" without the index {bare[0] * 1e3:.2f} ms (CPU {bare[1] * 1e3:.2f})"
        )


if __name__ == "__main__":
    main()
