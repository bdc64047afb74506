"""Exports: that an archive is whole, is what a log has signed, and was stamped.

In this order: every byte of the zip has its place; the manifest's signature; no file
too many and none too few; each digest; the customer's own chain without a gap; each
content against its entry, each entry's receipt up to a signed root; and that the chain
reaches to this very export. That the vault held nothing else cannot be shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from ._strict import canonical, json_object, member, only
from ._zip import Packed, content, read_through
from .errors import VerificationError
from .extension import Extension
from .manifest import ManifestFile, VerifiedManifest, read_file, verify_manifest
from .opening import FullOpening, verify_chain
from .policy import TrustPolicy
from .receipt import MAX_RECEIPT_BYTES, Receipt, verify_receipt

MAX_CHAIN_BYTES = 1 << 28

_CHAIN, _MANIFEST = "chain.json", "manifest.json"
_MAX_MANIFEST = 1 << 20
_ENTRY = frozenset({"index", "opening", "content", "receipt"})


@dataclass(frozen=True, slots=True)
class VerifiedArchive:
    """What an export has been shown to be.

    `entries` counts the customer's ledger entries, `proven` those whose content is in
    the archive, and `tree` is the size of the largest tree that receipts lead to.
    """

    log: str
    made_at: str
    files: int
    entries: int
    proven: int
    tree: int


@dataclass(frozen=True, slots=True)
class _Entry:
    index: int
    opening: FullOpening
    content: bytes | None
    path: str
    receipt: ManifestFile


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
    files = read_through(archive)
    signed = _manifest(archive, files, policy)
    entries = _entries(_part(archive, files, _CHAIN, MAX_CHAIN_BYTES))
    _check_files(files, signed, entries)
    verify_chain(entry.opening for entry in entries)
    _check_told(entries, signed.made_at)
    tree = 0
    for entry in entries:
        receipt = _part(archive, files, entry.path, MAX_RECEIPT_BYTES)
        tree = max(tree, _tree(entry, receipt, policy, proofs))
    proven = sum(entry.content is not None for entry in entries)
    return VerifiedArchive(
        signed.log, signed.made_at, len(files), len(entries), proven, tree
    )


def _part(
    archive: IO[bytes], files: Mapping[str, Packed], path: str, most: int
) -> bytes:
    if path not in files:
        raise VerificationError(f"{path} is missing from the archive")
    return content(archive, files[path], most=most)


def _manifest(
    archive: IO[bytes], files: Mapping[str, Packed], policy: TrustPolicy
) -> VerifiedManifest:
    return verify_manifest(_part(archive, files, _MANIFEST, _MAX_MANIFEST), policy)


def _entries(data: bytes) -> list[_Entry]:
    value = json_object(data, most=MAX_CHAIN_BYTES)
    only(value, frozenset({"v", "entries"}))
    if member(value, "v", int) != 1:
        raise VerificationError("the chain is not one of version 1")
    return [_entry(each) for each in member(value, "entries", list)]


def _entry(value: object) -> _Entry:
    if not isinstance(value, dict):
        raise VerificationError("an entry of the chain is none")
    only(value, _ENTRY)
    path, receipt = read_file(value["receipt"])
    return _Entry(
        member(value, "index", int),
        FullOpening.parse(canonical(member(value, "opening", dict))),
        None if value["content"] is None else _text(value),
        path,
        receipt,
    )


def _text(value: Mapping[str, Any]) -> bytes:
    text: str = member(value, "content", str)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise VerificationError("a content of the chain is no text") from None


def _check_files(
    files: Mapping[str, Packed], signed: VerifiedManifest, entries: Sequence[_Entry]
) -> None:
    listed = dict(signed.files) | {each.path: each.receipt for each in entries}
    if len(listed) != len(signed.files) + len(entries) or _MANIFEST in listed:
        raise VerificationError("the archive's lists name a file twice")
    if files.keys() != listed.keys() | {_MANIFEST}:
        raise VerificationError("the archive holds other files than were signed")
    for path, file in listed.items():
        if (files[path].sha256, files[path].size) != (file.sha256, file.size):
            raise VerificationError(f"{path} is not the file that was signed")
    if {each.when for each in files.values()} != {_dos(signed.made_at)}:
        raise VerificationError("a file has another date than the archive")


def _dos(made_at: str) -> tuple[int, int]:
    """Write an instant as time and date of MS-DOS, as the files of a zip have it."""
    parts = (made_at[at : at + 2] for at in (5, 8, 11, 14, 17))
    month, day, hour, minute, second = map(int, parts)
    date = (int(made_at[:4]) - 1980) << 9 | month << 5 | day
    return hour << 11 | minute << 5 | second // 2, date


def _check_told(entries: Sequence[_Entry], made_at: str) -> None:
    before, last = -1, canonical({"v": 1, "made_at": made_at, "scope": "account"})
    for entry in entries:
        if entry.content is not None:
            entry.opening.verify_content(entry.content)
        if entry.index <= before:
            raise VerificationError("the chain is not in the log's order")
        before = entry.index
    if not any(
        each.content == last and each.opening.opening.kind == "export"
        for each in entries
    ):
        raise VerificationError("the chain does not reach to this export")


def _tree(
    entry: _Entry, data: bytes, policy: TrustPolicy, proofs: Sequence[Extension]
) -> int:
    shown = verify_receipt(data, policy, proofs)
    read = Receipt.parse(data)
    if (read.index, read.opening) != (entry.index, entry.opening.opening):
        raise VerificationError(f"{entry.path} is the receipt of another entry")
    return shown.checkpoint.size
