"""The ledger under libraries that nobody here wrote: Go's own, and Trillian's heirs'.

`tests/interop/go` uses golang.org/x/mod/sumdb and, of transparency-dev, merkle and
formats, unmodified. The newer checkpoint bears a second signature, by ML-DSA-44: sumdb
passes over it, formats verifies it. The program is handed what an outsider gets: the
static tree of the mirror, an older checkpoint, a proof between the two, receipts, the
log's keys. Each tampering is named by the checks that refuse it; proofs are always put
to both libraries.
"""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from go_programs import built
from ledgers import AT, ORIGIN, LedgerHouse, seed, signer, stamped

from ledger.formats.commitment import Opening
from ledger.formats.note import sign
from ledger.formats.signing import ML_DSA_44, Cosigner
from ledger.formats.tiles import encode_bundle, parse_bundle
from ledger.log import Log

PROGRAM = Path(__file__).parent / "go"
OLDER, NEWER = 300, 700
PLACES = (0, 255, 256, 299, 511, 512, 698, 699)
PATHS = {"consistency, tlog", "consistency, merkle"}
ENTRIES = {"root", "tiles", "leaves"}
SECOND = Cosigner(ORIGIN, seed("second"), ML_DSA_44)

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(PROGRAM, tmp_path_factory.mktemp("built"))


def written(work: Path, *, salted: bytes = b"") -> Path:
    """Write a log of ours, and lay out what an outsider gets of it."""
    house, folder = LedgerHouse(work / "house"), work / "outside"
    openings = []
    for size in (OLDER, NEWER):
        if size == NEWER:
            house.log.rekey([signer()], [SECOND], [])
        made = [stamped(b"%s %d" % (salted, n)) for n in range(len(openings), size)]
        openings += [opening.opening for _, opening in made]
        house.add([entry for entry, _ in made])
        house.log.publish()
        if size == OLDER:
            folder.mkdir()
            (folder / "older").write_text(note_of(house.log))
            early = house.log.receipt(17, openings[17]).encode()
    path = house.log.consistency(OLDER, NEWER)
    (folder / "consistency").write_text("\n".join(map(b64, path)))
    (folder / "vkey").write_text(signer().verifier.vkey)
    (folder / "second").write_text(SECOND.verifier.vkey)
    shutil.copytree(house.mirror_folder / "ledger", folder / "log")
    lay_receipts(house.log, folder / "receipts", openings)
    (folder / "receipts" / "early").write_text(early)
    house.close()
    return folder


def lay_receipts(log: Log, folder: Path, openings: list[Opening]) -> None:
    folder.mkdir()
    for index in PLACES:
        receipt = log.receipt(index, openings[index])
        (folder / f"receipt {index}").write_text(receipt.encode())


def note_of(log: Log) -> str:
    signed = log.latest()
    assert signed is not None
    return signed.note


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a second history of the same sizes under the same key."""
    return written(tmp_path_factory.mktemp("fork"), salted=b"another")


def checked(program: Path, folder: Path) -> dict[str, str]:
    done = subprocess.run(
        [program, folder], capture_output=True, timeout=60, check=False
    )
    found: dict[str, str] = json.loads(done.stdout)
    assert done.returncode == int(any(found.values())), done.stderr
    return found


def refused(program: Path, folder: Path) -> set[str]:
    return {check for check, wrong in checked(program, folder).items() if wrong}


@pytest.fixture
def copy(outside: Path, tmp_path: Path) -> Path:
    return shutil.copytree(outside, tmp_path / "copy")


def bend(path: Path, place: int = -1, bits: int = 1) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= bits
    path.write_bytes(data)


def test_go_verifies_all_that_we_write(program: Path, outside: Path) -> None:
    found = checked(program, outside)
    assert set(found.values()) == {""}
    names = [*(f"receipt {index}" for index in PLACES), "early"]
    parts = ("", ", checkpoint", ", tlog", ", merkle")
    receipts = {name + part for name in names for part in parts}
    once = {"checkpoint", "second", "older", "entries"}
    assert set(found) == once | ENTRIES | PATHS | receipts


@pytest.mark.parametrize(
    ("tile", "expected"),
    [
        ("tile/0/000", {"tiles", "leaves"}),
        ("tile/0/002.p/188", {"tiles", "leaves"}),
        ("tile/1/000.p/2", {"tiles", "leaves"}),
        ("tile/entries/000", ENTRIES),
        ("tile/entries/002.p/188", ENTRIES),
    ],
)
def test_one_bit_of_a_tile_is_found(
    program: Path, copy: Path, tile: str, expected: set[str]
) -> None:
    bend(copy / "log" / tile)
    assert refused(program, copy) == expected


def test_entries_that_changed_places_are_found(program: Path, copy: Path) -> None:
    bundle = copy / "log/tile/entries/001"
    first, second, *rest = parse_bundle(bundle.read_bytes(), 256)
    bundle.write_bytes(encode_bundle([second, first, *rest]))
    assert refused(program, copy) == ENTRIES


def test_a_bundle_that_broke_off_is_found(program: Path, copy: Path) -> None:
    bundle = copy / "log/tile/entries/001"
    bundle.write_bytes(bundle.read_bytes()[:-1])
    assert refused(program, copy) == {"entries"}


def test_a_tile_at_the_place_of_another_is_found(program: Path, copy: Path) -> None:
    shutil.copy(copy / "log/tile/0/000", copy / "log/tile/0/001")
    assert refused(program, copy) == {"tiles", "leaves"}


def test_a_checkpoint_of_another_history_is_found(
    program: Path, copy: Path, another: Path
) -> None:
    shutil.copy(another / "log/checkpoint", copy / "log/checkpoint")
    assert refused(program, copy) == ENTRIES - {"tiles"} | PATHS


def test_an_older_checkpoint_of_another_history_is_found(
    program: Path, copy: Path, another: Path
) -> None:
    shutil.copy(another / "older", copy / "older")
    assert refused(program, copy) == PATHS


@pytest.mark.parametrize("line", [1, 2, 4])
def test_a_changed_line_of_a_checkpoint_is_found(
    program: Path, copy: Path, line: int
) -> None:
    checkpoint = copy / "log/checkpoint"
    lines = checkpoint.read_text().split("\n")
    old = lines[line]
    new = {"7": "8", "A": "B"}.get(old[-5:-4] or old[0], "A")
    changed = old[:-5] + new + old[-4:] if len(old) > 5 else new + old[1:]
    checkpoint.write_text("\n".join([*lines[:line], changed, *lines[line + 1 :]]))
    assert refused(program, copy) == {"checkpoint"}


def test_a_second_signature_that_is_not_the_keys_is_refused_and_no_more(
    program: Path, copy: Path
) -> None:
    checkpoint = copy / "log/checkpoint"
    text, lines = checkpoint.read_text().split("\n\n")
    first, second, _ = lines.split("\n")
    assert len(second.encode()) == 3268
    other = Cosigner(ORIGIN, seed("another second"), ML_DSA_44).line(text + "\n", AT)
    untrue = SECOND.line(f"{ORIGIN}\n701\n{text[-44:]}\n", AT)
    for line in (other, untrue, ""):
        checkpoint.write_text(f"{text}\n\n{first}\n{line}")
        assert refused(program, copy) == {"second"}


@pytest.mark.parametrize("size", ["0700", "+700", "700 "])
def test_a_size_that_is_not_spelled_the_one_way_is_refused(
    program: Path, copy: Path, size: str
) -> None:
    root = (copy / "log/checkpoint").read_text().split("\n")[2]
    note = sign(f"{ORIGIN}\n{size}\n{root}\n", [signer()])
    (copy / "log/checkpoint").write_text(note)
    assert refused(program, copy) == {"checkpoint"}


def test_another_key_of_the_same_name_verifies_nothing(
    program: Path, copy: Path
) -> None:
    (copy / "vkey").write_text(signer(text="another key").verifier.vkey)
    assert refused(program, copy) == {"checkpoint"}


def swap_two(path: Path) -> None:
    lines = path.read_text().split("\n")
    path.write_text("\n".join([lines[1], lines[0], *lines[2:]]))


def lose_one(path: Path) -> None:
    path.write_text("\n".join(path.read_text().split("\n")[1:]))


def repeat_one(path: Path) -> None:
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines, lines[-1]]))


@pytest.mark.parametrize("change", [swap_two, lose_one, repeat_one])
def test_another_proof_between_checkpoints_is_refused_by_both(
    program: Path, copy: Path, change: Callable[[Path], None]
) -> None:
    change(copy / "consistency")
    assert refused(program, copy) == PATHS


BOTH = {"receipt 256, tlog", "receipt 256, merkle"}


@pytest.mark.parametrize("index", ["257", "0", "700", "-1"])
def test_a_receipt_for_another_index_is_refused_by_both(
    program: Path, copy: Path, index: str
) -> None:
    _reword(copy, "index 256", f"index {index}")
    assert refused(program, copy) == BOTH


def _reword(copy: Path, old: str, new: str) -> None:
    path = copy / "receipts/receipt 256"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("payload", "{}"),
        ("time", AT + 60),
        ("type", "operator"),
        ("salt", b64(bytes(32))),
    ],
)
def test_a_receipt_with_another_opening_is_refused_by_both(
    program: Path, copy: Path, member: str, value: object
) -> None:
    path = copy / "receipts/receipt 256"
    extra = path.read_text().split("\n")[1].removeprefix("extra ")
    opening = {**json.loads(base64.b64decode(extra)), member: value}
    _reword(copy, extra, b64(json.dumps(opening).encode()))
    assert refused(program, copy) == BOTH


def test_a_salt_with_a_zero_byte_more_is_refused(program: Path, copy: Path) -> None:
    path = copy / "receipts/receipt 256"
    extra = path.read_text().split("\n")[1].removeprefix("extra ")
    opening = json.loads(base64.b64decode(extra))
    opening["salt"] = b64(base64.b64decode(opening["salt"]) + b"\0")
    _reword(copy, extra, b64(json.dumps(opening).encode()))
    assert refused(program, copy) == {"receipt 256"}


def test_a_path_with_two_siblings_swapped_is_refused_by_both(
    program: Path, copy: Path
) -> None:
    first, second = (copy / "receipts/receipt 256").read_text().split("\n")[3:5]
    _reword(copy, f"{first}\n{second}\n", f"{second}\n{first}\n")
    assert refused(program, copy) == BOTH


@pytest.mark.parametrize("other", ["older", "fork"])
def test_a_receipt_under_another_checkpoint_is_refused_by_both(
    program: Path, copy: Path, another: Path, other: str
) -> None:
    notes = {"older": copy / "older", "fork": another / "log/checkpoint"}
    path = copy / "receipts/receipt 256"
    head, _, _ = path.read_text().partition("\n\n")
    path.write_text(f"{head}\n\n{notes[other].read_text()}")
    assert refused(program, copy) == BOTH
