"""Ledgers on real parts: a database, a mirror, fixed keys, and a naive tree beside."""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from clocks import ManualClock

from kit.db import Database
from kit.schema import VAULT
from kit.secret import Secret
from ledger import _rows  # noqa: F401 - declares the tables
from ledger.checks.audit import LedgerReport
from ledger.files.mirror import Mirror
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.commitment import Entry, Opening
from ledger.formats.entries import Link, SubjectOpening, subject_entry
from ledger.formats.entry_kinds import EntryType
from ledger.formats.merkle import leaf_hash, node_hash
from ledger.formats.signing import Signer
from ledger.log import Log
from ledger.ports import Pace

ORIGIN = "ledger.example/acme"
AT = 1_795_348_800
SUBJECT = bytes(range(16))
ARCHIVE = Path(__file__).parents[3] / "shared" / "vectors" / "rfc6962.tar.xz"


def seed(text: str) -> Secret:
    return Secret(hashlib.sha256(text.encode()).digest())


def signer(name: str = ORIGIN, text: str = "allod test log key") -> Signer:
    return Signer(name, seed(text))


def first_bad(report: LedgerReport) -> int | None:
    """Give the lowest index that a finding names."""
    named = [each.index for each in report.findings if each.index is not None]
    return min(named, default=None)


def naive_root(leaves: list[bytes]) -> bytes:
    """The tree as RFC 6962, section 2.1, defines it, and no faster."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node_hash(naive_root(leaves[:middle]), naive_root(leaves[middle:]))


def entry(number: int, entry_type: EntryType = EntryType.SUBJECT) -> Entry:
    return Entry(entry_type, AT, hashlib.sha256(b"entry %d" % number).digest())


def entries(count: int, first: int = 0) -> list[Entry]:
    return [entry(number) for number in range(first, first + count)]


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(each.encode()) for each in entries(count)]


def change_a_letter(bundle: Path) -> None:
    """Put another letter of base64 into the last entry of a bundle's file."""
    data = bundle.read_bytes()
    letter = b"B" if data[-5:-4] == b"A" else b"A"
    bundle.write_bytes(data[:-5] + letter + data[-4:])


def stamped(content: bytes = b"an idea", seq: int = 1) -> tuple[Entry, SubjectOpening]:
    prev = None if seq == 1 else bytes(32)
    link = Link(SUBJECT, seq, prev, bytes(16))
    return subject_entry(
        link, kind="contribution", at=AT + 59, content=content, granularity=60
    )


@dataclass
class LedgerHouse:
    """One log with its database and mirror; `again` opens it a second time."""

    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.mirror_folder.mkdir(parents=True, exist_ok=True)
        self.database = Database(self.folder / "vault.db")
        with self.database.write() as session:
            VAULT.create_all(session.connection())
        self.log = self.again()

    @property
    def mirror_folder(self) -> Path:
        return self.folder / "mirror"

    def again(self, mirror: Mirror | None = None, pace: Pace | None = None) -> Log:
        return Log(
            self.database,
            signer=signer(),
            mirror=mirror or Mirror(self.mirror_folder),
            clock=self.clock,
            pace=pace or Pace(),
        )

    def append(self, count: int) -> list[int]:
        first = self.size
        return self.add(entries(count, first))

    def add(self, new: list[Entry]) -> list[int]:
        with self.database.write() as session:
            return self.log.append(session, new)

    def published(self, count: int) -> Checkpoint:
        self.append(count)
        return self.log.publish()

    def contribute(self) -> tuple[int, Opening]:
        new, opening = stamped()
        (index,) = self.add([new])
        return index, opening.opening

    @property
    def size(self) -> int:
        row = self.database.reader().execute("SELECT size FROM ledger_head").fetchone()
        return 0 if row is None else int(row[0])

    def bodies(self) -> list[bytes]:
        sql = "SELECT body FROM ledger_entry ORDER BY idx"
        return [body for (body,) in self.database.reader().execute(sql)]

    def tamper(self, sql: str, *values: object) -> None:
        with self.database.write() as session:
            session.connection().exec_driver_sql(sql, values)

    def close(self) -> None:
        self.database.close()


def public_vectors(kind: str) -> Iterator[tuple[str, bytes]]:
    """Give name and JSON of each vector of transparency-dev/merkle."""
    if not ARCHIVE.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("shared/vectors/rfc6962.tar.xz is missing on CI")
        pytest.skip("shared/vectors/rfc6962.tar.xz is not here")
    with tarfile.open(ARCHIVE) as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member)
            if f"/{kind}/" in member.name and member.name.endswith(".json") and file:
                yield member.name, file.read()
