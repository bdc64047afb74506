"""Archives for tests: packed, unpacked, and one made by hand on a small ledger."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clocks import ManualClock
from ledgers import LedgerHouse, signer

from exports.archive import Archive
from exports.chain import ChainEntry, export_content, receipt_path
from exports.formats import listing
from exports.manifest import Listed, sign_manifest
from kit.clock import unix
from kit.ids import new_id
from ledger.formats.entries import Link, SubjectOpening, subject_entry
from ledger.formats.signing import Signer
from ledger.formats.trust_policy import TrustPolicy


def pack(files: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """Zip files in their order, as an export does."""
    return b"".join(packed(files)[0])


def packed(
    files: Mapping[str, bytes] | Iterable[tuple[str, bytes]],
) -> tuple[list[bytes], list[Listed]]:
    archive, chunks, lines = Archive(ManualClock().now()), [], []
    named = files.items() if isinstance(files, Mapping) else files
    for path, data in named:
        adding = archive.add(path, [data])
        while True:
            try:
                chunks.append(next(adding))
            except StopIteration as end:
                lines.append(end.value)
                break
    chunks += archive.close()
    return chunks, lines


def unpack(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@dataclass
class HandMade:
    """A customer's files on a ledger of their own, to be bent and signed again."""

    ledger: LedgerHouse
    subject: bytes = field(default_factory=new_id)
    record: bytes = field(default_factory=new_id)

    @property
    def policy(self) -> TrustPolicy:
        return self.ledger.log.policy

    def stamp(self) -> list[tuple[int, SubjectOpening, bytes]]:
        now = self.ledger.clock.now()
        stamped: list[tuple[int, SubjectOpening, bytes]] = []
        for kind, record, content in (
            ("contribution", self.record, b'{"title":"Lid"}'),
            ("consent", None, b'{"act":"granted"}'),
            ("export", None, export_content(now)),
        ):
            prev = stamped[-1][1].commitment if stamped else None
            entry, opening = subject_entry(
                Link(self.subject, len(stamped) + 1, prev, record),
                kind=kind,
                at=unix(now),
                content=content,
                granularity=60,
            )
            (index,) = self.ledger.add([entry])
            stamped.append((index, opening, content))
        self.ledger.append(2)
        self.ledger.log.publish()
        return stamped

    def files(self) -> dict[str, bytes]:
        """All files but chain and manifest, which `seal` makes."""
        return {
            "README.txt": b"Yours.\n",
            "records/idea.json": b'{"records":[]}\n',
            "policy.txt": self.policy.encode().encode(),
        }

    def sealed(self) -> dict[str, bytes]:
        files, entries = self.files(), []
        for index, opening, content in self.stamp():
            path = receipt_path(opening)
            receipt = self.ledger.log.receipt(index, opening.opening)
            files[path] = receipt.encode().encode()
            entries.append(ChainEntry(index, opening, content, line(path, files)))
        return self.signed(files, entries)

    def signed(
        self,
        files: dict[str, bytes],
        entries: Iterable[ChainEntry],
        by: Signer | None = None,
    ) -> dict[str, bytes]:
        documents = [entry.document() for entry in entries]
        files["chain.json"] = b"".join(listing({"v": 1}, "entries", documents))
        apart = ("receipts/", "manifest.json")
        listed = [line(path, files) for path in files if not path.startswith(apart)]
        now = self.ledger.clock.now()
        manifest = sign_manifest(listed, made_at=now, signer=by or signer())
        return {**files, "manifest.json": manifest}


def line(path: str, files: Mapping[str, bytes]) -> Listed:
    _, (made,) = packed({path: files[path]})
    return made


def ledger_in(folder: Path) -> LedgerHouse:
    folder.mkdir(parents=True, exist_ok=True)
    return LedgerHouse(folder)
