"""Looking for planted values in every file of a folder, however they are written.

Independent of the product on purpose: it shares no code with what it checks. Looked
for are the encodings of promise P1: UTF-8, UTF-16 in both orders, base64 (both
alphabets) at its three offsets, hexadecimal in both cases, URL-encoded, and as JSON
escapes; in the files as they lie and, for gzip, zip and xz, in what is inside.
"""

import base64
import gzip
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, quote_plus

SHORTEST = 6
DEEPEST = 4
GZIP, ZIP, XZ = b"\x1f\x8b\x08", b"PK\x03\x04", b"\xfd7zXZ\x00"


@dataclass(frozen=True, slots=True)
class Finding:
    """A canary that surfaced: its name, never its value."""

    file: str
    canary: str
    encoding: str


def search(
    folder: Path,
    canaries: Mapping[str, str],
    skip: Iterable[str] = (),
) -> list[Finding]:
    """Search every file under a folder, but for what lies under the paths in `skip`.

    A name can be canary too: of a file or a folder.
    """
    needles = [
        (name, encoding, needle)
        for name, value in canaries.items()
        for encoding, needle in spellings(value).items()
    ]
    skipped, findings = tuple(skip), []
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        if any(place == each or place.startswith(f"{each}/") for each in skipped):
            continue
        layers = [("its name", place.encode())]
        if path.is_file():
            layers += _layers(place, path.read_bytes())
        findings += [
            Finding(where, name, encoding)
            for where, data in layers
            for name, encoding, needle in needles
            if needle in data
        ]
    return findings


def spellings(value: str) -> dict[str, bytes]:
    """Give each way in which a value may stand in a file.

    Raises:
        ValueError: it is so short that it would be found by chance.

    """
    if len(value.encode()) < SHORTEST:
        raise ValueError("a canary needs at least six bytes")
    plain = value.encode()
    found = {
        "utf-8": plain,
        "utf-16-le": value.encode("utf-16-le"),
        "utf-16-be": value.encode("utf-16-be"),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        "url": quote(value, safe="").encode(),
        "url, lower case": _lower_escapes(quote(value, safe="")).encode(),
        "form": quote_plus(value).encode(),
        "json": json.dumps(value)[1:-1].encode(),
    }
    for offset in range(3):
        middle = _middle(plain, offset)
        found[f"base64 at {offset}"] = middle
        found[f"base64url at {offset}"] = middle.translate(_URL_SAFE)
    return found


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _middle(plain: bytes, offset: int) -> bytes:
    """Encode bytes that begin `offset` bytes into a group of three.

    What the neighbours have a say in is cut off at both ends.
    """
    whole = base64.b64encode(bytes(offset) + plain)
    first = -(-offset * 8 // 6)
    last = (offset + len(plain)) * 8 // 6
    return whole[first:last]


def _lower_escapes(text: str) -> str:
    head, *rest = text.split("%")
    return "%".join([head, *(each[:2].lower() + each[2:] for each in rest)])


def _layers(place: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Give a file's bytes, and those of every archive that it is or begins."""
    yield place, data
    if depth == DEEPEST:
        return
    for inner, content in _inside(data):
        yield from _layers(f"{place} > {inner}", content, depth + 1)


def _inside(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(GZIP):
        yield "gzip", _as_far_as_it_goes(zlib.decompressobj(31), data)
    if data.startswith(XZ):
        yield "xz", _as_far_as_it_goes(lzma.LZMADecompressor(), data)
    if ZIP in data:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for name in archive.namelist():
                    yield name, name.encode() + b"\n" + archive.read(name)
        except (zipfile.BadZipFile, NotImplementedError, OSError):
            # Four bytes that chance to be a zip's mark are no archive; the data that
            # holds them is searched as it lies. `NotImplementedError` is zipfile's own
            # word for a method of compression that it does not know.
            return


class _Stream(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...


def _as_far_as_it_goes(stream: _Stream, data: bytes) -> bytes:
    """Inflate a stream that may have been cut off."""
    try:
        return stream.decompress(data)
    except (zlib.error, lzma.LZMAError, EOFError):
        return b""


def planted_in(folder: Path, canaries: Mapping[str, str]) -> None:
    """Plant each canary in each way, plainly and packed, for the positive control."""
    folder.mkdir(parents=True)
    for name, value in canaries.items():
        for encoding, needle in spellings(value).items():
            data = b"before " + needle + b" after"
            path = folder / f"{name} {encoding}".replace("/", "_")
            path.with_suffix(".plain").write_bytes(data)
            path.with_suffix(".gz").write_bytes(gzip.compress(data))
            path.with_suffix(".xz").write_bytes(lzma.compress(data))
            with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
                info = zipfile.ZipInfo("inside.txt")
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, data)
