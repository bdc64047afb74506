"""Every byte of an archive has its place: two ways to read it find the same files."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import pytest
from allod.proofs import VerificationError, _zip
from allod.proofs._zip import content, read_through
from archives import HandMade, ledger_in, pack, unpack
from forgeries import FORGERIES, forged, member
from hypothesis import example, given
from hypothesis import strategies as st
from one_verifier import verify_archive, verify_own_chain
from streaming import streamed

from ledger.formats.trust_policy import TrustPolicy

FILES = {"README.txt": b"Yours.\n", "records/idea.json": b"true\n" * 9, "empty": b""}
SMALL = pack(FILES)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandMade]:
    ledger = ledger_in(tmp_path_factory.mktemp("layout"))
    yield HandMade(ledger)
    ledger.close()


@pytest.fixture(scope="module")
def archive(made: HandMade) -> bytes:
    return pack(made.sealed())


def accepted(data: bytes, policy: TrustPolicy) -> bool:
    try:
        verify_archive(data, policy)
    except VerificationError:
        return False
    return True


@pytest.mark.parametrize("forge", FORGERIES)
def test_an_archive_with_a_byte_more_is_refused(
    made: HandMade, archive: bytes, forge: Callable[[bytes], bytes]
) -> None:
    assert accepted(archive, made.policy)
    assert forge(archive) != archive
    assert not accepted(forge(archive), made.policy)
    with pytest.raises(VerificationError):
        verify_own_chain(forge(archive), made.policy)


def test_the_forged_file_is_what_a_stream_would_have_written(archive: bytes) -> None:
    bent = forged(archive)
    assert dict(streamed(bent))["records/idea.json"] == b"forged"
    assert unpack(bent) == unpack(archive)


def test_files_with_their_sizes_in_front_are_not_ours(made: HandMade) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as other:
        for path, data in made.sealed().items():
            other.writestr(path, data)
    assert not accepted(sink.getvalue(), made.policy)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_another_packing_is_refused(made: HandMade, method: int) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as other:
        for path, data in made.sealed().items():
            other.writestr(path, data)
    assert not accepted(sink.getvalue(), made.policy)


def test_what_stands_after_the_end_of_the_deflated_data_is_found() -> None:
    hidden = member("records/idea.json", b"forged")
    squeezing = zlib.compressobj(wbits=-15)
    packed = squeezing.compress(b"true") + squeezing.flush()
    for more in (b"\0", hidden):
        both = packed + more
        crc, when = zlib.crc32(b"true"), (0, 0x21)
        one = _zip.Packed("a", when, 0, len(both), 4, crc, "")
        head = _zip._HEADER.pack(b"PK\3\4", 20, 8, 8, *when, 0, 0, 0, 1, 0)
        after = _zip._AFTER.pack(b"PK\7\x08", crc, len(both), 4)
        data = head + b"a" + both + after
        data += _zip._directory([one], len(data))
        with pytest.raises(VerificationError, match="a is damaged"):
            read_through(io.BytesIO(data))


def test_an_archive_is_of_the_time_that_it_says(made: HandMade) -> None:
    whole = made.sealed()
    assert accepted(pack(whole), made.policy)
    (when,) = {each.when for each in read_through(io.BytesIO(pack(whole))).values()}
    date, other = struct.pack("<2H", *when), struct.pack("<2H", 0, 0x5B21)
    later = pack(whole).replace(date, other)
    assert len(read_through(io.BytesIO(later))) == len(whole)
    assert not accepted(later, made.policy)


def contents(data: bytes, *, most: int) -> dict[str, bytes]:
    file = io.BytesIO(data)
    found = read_through(file)
    return {path: content(file, each, most=most) for path, each in found.items()}


EDITS = st.tuples(st.integers(0, len(SMALL)), st.binary(max_size=3), st.integers(0, 3))


@given(EDITS)
@example((len(SMALL), b"\0", 0))
@example((0, b"", 0))
def test_whatever_is_read_of_edited_bytes_two_ways_of_reading_agree(
    edit: tuple[int, bytes, int],
) -> None:
    at, new, cut = edit
    data = SMALL[:at] + new + SMALL[at + cut :]
    try:
        files = contents(data, most=99)
    except VerificationError:
        return
    assert dict(streamed(data)) == files == unpack(data)
    assert len(streamed(data)) == len(files)


@given(st.data())
def test_no_byte_of_an_export_can_be_changed_so_that_readers_differ(
    made: HandMade, archive: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(archive)))
    new, cut = data.draw(st.binary(max_size=2)), data.draw(st.integers(0, 2))
    bent = archive[:at] + new + archive[at + cut :]
    if accepted(bent, made.policy):
        assert dict(streamed(bent)) == unpack(bent) == unpack(archive)
