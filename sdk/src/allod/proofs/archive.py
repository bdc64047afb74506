"""Exports: that an archive is whole, is what a log has signed, and was stamped.

In this order: every byte of the zip has its place; the manifest's signature; the digest
of the chain; no file too many and none too few; each digest; the customer's own chain
without a gap; each content against its entry, each entry's receipt up to a signed root;
and that the chain reaches to this very export. That the vault held nothing else cannot
be shown.

`verify_archive_chain` looks at the chain and its receipts alone, whatever became of the
rest. Either names the file at fault, and an entry by its position from 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from ._archive_chain import MAX_CHAIN_BYTES, ChainEntry, read_entries
from ._strict import canonical
from ._zip import Packed, content, read_through
from .checkpoint import Extension
from .errors import VerificationError
from .manifest import ManifestFile, VerifiedManifest, verify_manifest
from .policy import TrustPolicy
from .receipt import MAX_RECEIPT_BYTES, Receipt, verify_receipt

_CHAIN, _MANIFEST = "chain.json", "manifest.json"
_MAX_MANIFEST = 1 << 20


@dataclass(frozen=True, slots=True)
class VerifiedChain:
    """What the chain in an export has been shown to be.

    `entries` counts the customer's ledger entries, `proven` those whose content is in
    the archive, and `tree` is the size of the largest tree that receipts lead to.
    """

    entries: int
    proven: int
    tree: int


@dataclass(frozen=True, slots=True)
class VerifiedArchive:
    """What an export has been shown to be.

    `size` is in bytes, inflated, without the manifest; `entries`, `proven` and `tree`
    are those of a `VerifiedChain`.
    """

    log: str
    made_at: str
    files: int
    entries: int
    proven: int
    tree: int
    size: int


class _Archive:
    """An archive that was read through; none of its files is believed yet."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.files: Mapping[str, Packed] = read_through(file)

    def part(self, path: str, most: int) -> bytes:
        """Read one file whole.

        Raises:
            VerificationError: it is missing, longer than `most`, or does not unpack.

        """
        if path not in self.files:
            raise VerificationError(
                f"{path} is missing from the archive", code="file-missing", file=path
            )
        return content(self._file, self.files[path], most=most)

    def entries(self) -> Sequence[ChainEntry]:
        """Read the chain, of which each entry has its receipt in the archive."""
        with _in_file(_CHAIN):
            data = self.part(_CHAIN, MAX_CHAIN_BYTES)
            return read_entries(data, at_most=len(self.files))


def verify_archive(
    archive: IO[bytes], policy: TrustPolicy, proofs: Sequence[Extension] = ()
) -> VerifiedArchive:
    """Check an export (zip) offline, whole; the file has to be one that can seek.

    `proofs` lead from trees that witnesses had not seen to such that they had.

    Raises:
        ProvisionalError: the policy asks for witnesses, and too few had seen the tree
            of the newest receipts.
        VerificationError: something does not hold.
        OSError: it cannot be read.

    """
    opened = _Archive(archive)
    with _in_file(_MANIFEST):
        signed = verify_manifest(opened.part(_MANIFEST, _MAX_MANIFEST), policy)
        if _CHAIN not in signed.files:
            raise VerificationError("the manifest lists no chain")
    if _CHAIN in opened.files:
        _check_digest(opened.files, _CHAIN, signed.files[_CHAIN])
    entries = opened.entries()
    _check_files(opened.files, signed, entries)
    shown = _chain(opened, entries, policy, proofs)
    _check_reach(entries, signed.made_at)
    size = sum(each.size for path, each in opened.files.items() if path != _MANIFEST)
    return VerifiedArchive(
        log=signed.log,
        made_at=signed.made_at,
        files=len(opened.files),
        entries=shown.entries,
        proven=shown.proven,
        tree=shown.tree,
        size=size,
    )


def verify_archive_chain(
    archive: IO[bytes], policy: TrustPolicy, proofs: Sequence[Extension] = ()
) -> VerifiedChain:
    """Check the customer's own chain in an export up to signed roots, and no more.

    That it is not cut off at its end is for `verify_archive` to show, and so is what
    the other files say; they are read only to see that nothing hides between them.

    Raises:
        ProvisionalError: as `verify_archive`.
        VerificationError: it is broken; the message names the first entry at fault.
        OSError: it cannot be read.

    """
    opened = _Archive(archive)
    return _chain(opened, opened.entries(), policy, proofs)


@contextmanager
def _in_file(path: str) -> Iterator[None]:
    """Name the file in which something does not hold."""
    try:
        yield
    except VerificationError as error:
        raise error.at(file=path) from None


def _chain(
    opened: _Archive,
    entries: Sequence[ChainEntry],
    policy: TrustPolicy,
    proofs: Sequence[Extension],
) -> VerifiedChain:
    tree = 0
    for position, entry in enumerate(entries, start=1):
        try:
            data = opened.part(entry.path, MAX_RECEIPT_BYTES)
            tree = max(tree, _tree(entry, data, policy, proofs))
        except VerificationError as error:
            raise error.at(f"entry {position}", file=entry.path) from None
    proven = sum(entry.content is not None for entry in entries)
    return VerifiedChain(len(entries), proven, tree)


def _tree(
    entry: ChainEntry, data: bytes, policy: TrustPolicy, proofs: Sequence[Extension]
) -> int:
    shown = verify_receipt(data, policy, proofs)
    read = Receipt.parse(data)
    if (read.index, read.opening) != (entry.index, entry.opening.opening):
        raise VerificationError("a receipt is of another entry", code="other-entry")
    return shown.checkpoint.size


def _check_files(
    files: Mapping[str, Packed], signed: VerifiedManifest, entries: Sequence[ChainEntry]
) -> None:
    listed = dict(signed.files) | {each.path: each.receipt for each in entries}
    if len(listed) != len(signed.files) + len(entries) or _MANIFEST in listed:
        raise VerificationError("a file is listed twice")
    for path in sorted(listed.keys() - files.keys()):
        words = f"{path} was signed, and is missing from the archive"
        raise VerificationError(words, code="file-missing", file=path)
    for path in sorted(files.keys() - listed.keys() - {_MANIFEST}):
        words = f"{path} is in the archive, and was not signed"
        raise VerificationError(words, code="file-extra", file=path)
    for path, file in listed.items():
        _check_digest(files, path, file)
    if {each.when for each in files.values()} != {_dos(signed.made_at)}:
        raise VerificationError("a file has another date than the archive")


def _check_digest(files: Mapping[str, Packed], path: str, signed: ManifestFile) -> None:
    found = files[path]
    if (found.sha256, found.size) != (signed.sha256, signed.size):
        sizes = f"{signed.size} bytes were signed, {found.size} are there"
        what = "its content is another" if found.size == signed.size else sizes
        raise VerificationError(
            f"{path} is not the file that was signed: {what}",
            code="file-changed",
            file=path,
        )


def _dos(made_at: str) -> tuple[int, int]:
    """Write an instant as time and date of MS-DOS, as the files of a zip have it."""
    parts = (made_at[at : at + 2] for at in (5, 8, 11, 14, 17))
    month, day, hour, minute, second = map(int, parts)
    date = (int(made_at[:4]) - 1980) << 9 | month << 5 | day
    return hour << 11 | minute << 5 | second // 2, date


def _check_reach(entries: Sequence[ChainEntry], made_at: str) -> None:
    last = canonical({"v": 1, "made_at": made_at, "scope": "account"})
    if not any(
        each.content == last and each.opening.opening.kind == "export"
        for each in entries
    ):
        raise VerificationError(
            "the chain does not reach to this export", code="chain-cut", file=_CHAIN
        )
