"""P4, for the ledger: what an erasure takes away, and what it leaves as it was.

Of the erased, neither payload nor salt nor customer id is in any file: databases and
their logs, tiles, mirror, the program's log. Their number, which is random, is where
it has to be: in the order that keeps them erased, in the fence, in the access log. Of
everybody else, each receipt is the same to the byte, and verifies.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from canaries import search
from clocks import ManualClock
from houses import CASE, Scenario, lived_in, opened
from one_verifier import verify_receipt
from talkative import talkative

from ledger.checks.audit import fsck
from ledger.formats.merkle import verify_consistency
from ledger.formats.receipt import Receipt
from vault.proofs.openings import Stamped

ERASED = "canary-of-the-erased-5b1e"
OTHERS = ("another-customer-1", "another-customer-2", "another-customer-3")
IDEA_TEXT = "What only the erased one ever thought of"


@dataclass
class Before:
    """What there was before the erasure; `receipts` are the others', by index."""

    subject: bytes
    openings: list[Stamped]
    own: list[str]
    receipts: dict[int, str]
    note: str
    size: int
    public: dict[str, bytes]
    accesses: int = 0
    new: dict[int, str] = field(default_factory=dict)
    again: dict[int, str] = field(default_factory=dict)


def live(scenario: Scenario) -> None:
    """Have everybody do something by turns, so that their entries lie mixed."""
    for name in (ERASED, *OTHERS):
        scenario.customer(name)
    for _ in range(3):
        for name in (*OTHERS, ERASED):
            text = IDEA_TEXT if name == ERASED else "Something else"
            idea = scenario.idea(name, text=text)
            scenario.license(name, idea, "ugc.display")
            scenario.read(CASE, name, scenario.profile(name))
    for name in (ERASED, *OTHERS):
        scenario.grant(name)
    scenario.house.log.publish()


def seen(scenario: Scenario) -> Before:
    signed = scenario.house.log.latest()
    assert signed is not None
    own = list(scenario.house.receipts.of_subject(scenario.subject(ERASED)))
    return Before(
        subject=scenario.subject(ERASED),
        openings=[stamped for stamped, _ in own],
        own=[receipt.encode() for _, receipt in own],
        receipts=receipts_of_others(scenario),
        note=signed.note,
        size=signed.checkpoint.size,
        public=public_files(scenario),
    )


def receipts_of_others(
    scenario: Scenario, *, under: Before | None = None
) -> dict[int, str]:
    """Make every receipt of the others, under an older checkpoint if one is given."""
    return {
        stamped.index: (again(scenario, stamped, under) if under else receipt).encode()
        for name in OTHERS
        for stamped, receipt in scenario.house.receipts.of_subject(
            scenario.subject(name)
        )
    }


def again(scenario: Scenario, stamped: Stamped, under: Before) -> Receipt:
    path = scenario.house.log.inclusion(stamped.index, under.size)
    opening = stamped.opening.opening
    return Receipt(stamped.index, tuple(path), under.note, opening)


def public_files(scenario: Scenario) -> dict[str, bytes]:
    public = scenario.house.log.mirror.public
    return {
        path.relative_to(public).as_posix(): path.read_bytes()
        for path in public.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disk")


@pytest.fixture(scope="module")
def before(disk: Path) -> Before:
    clock = ManualClock()
    with talkative(disk / "program.log"):
        with lived_in(disk / "home", clock) as scenario:
            live(scenario)
            before = seen(scenario)
            scenario.house.erasure.erase(before.subject)
            before.again = receipts_of_others(scenario, under=before)
            before.new = receipts_of_others(scenario)
            assert leaks(disk, before) == {}, "while it is open, with its logs"
        with opened(disk / "home", clock) as scenario:
            reader = scenario.house.audit_db.reader()
            ((before.accesses,),) = reader.execute(
                "SELECT count(*) FROM audit_event WHERE subject = ?", (before.subject,)
            ).fetchall()
    return before


def secrets(before: Before) -> Iterator[tuple[str, bytes]]:
    """Give what the erasure has to take away, but for the customer's number."""
    for number, stamped in enumerate(before.openings):
        opening = stamped.opening
        yield f"payload {number}", opening.payload
        yield f"salt {number}", opening.salt
        yield f"salt of content {number}", opening.salt_c
        yield f"salt of link {number}", opening.salt_l
        if opening.link.record is not None:
            yield f"record {number}", opening.link.record


def spelled(value: bytes) -> set[bytes]:
    """Give the ways in which bytes may lie in a file, a receipt's among them."""
    encoded = base64.b64encode(value)
    escaped = json.dumps(value.decode("latin-1"), ensure_ascii=False)[1:-1]
    plain = {value, encoded, escaped.encode("latin-1")}
    hexed = {value.hex().encode(), value.hex().upper().encode()}
    twice = {
        base64.b64encode(bytes(offset) + each)[4:-4]
        for each in plain
        for offset in range(3)
    }
    urls = {each.translate(bytes.maketrans(b"+/", b"-_")) for each in twice}
    return plain | hexed | twice | urls


def files(disk: Path) -> dict[str, bytes]:
    found = {p.relative_to(disk).as_posix(): p for p in disk.rglob("*") if p.is_file()}
    return {name: path.read_bytes() for name, path in found.items()}


def leaks(disk: Path, before: Before) -> Mapping[str, str]:
    """Name each file that holds a secret of the erased, and which."""
    contents = files(disk)
    found = {
        file: name
        for name, secret in secrets(before)
        for needle in spelled(secret)
        for file, data in contents.items()
        if needle in data
    }
    known = {"customer id": ERASED, "what they wrote": IDEA_TEXT}
    return found | {each.file: each.canary for each in search(disk, known)}


def test_of_the_erased_no_payload_salt_record_or_id_is_in_any_file(
    disk: Path, before: Before
) -> None:
    assert len(before.openings) == 7
    assert leaks(disk, before) == {}


def test_every_store_tile_mirror_and_log_was_searched(
    disk: Path, before: Before
) -> None:
    names = set(files(disk))
    assert {f"home/data/{name}.db" for name in ("vault", "audit")} <= names
    assert {"home/keys/identity.db", "program.log"} <= names
    assert "home/mirror/ledger/checkpoint" in names
    assert any(name.startswith("home/mirror/ledger/tile/0/") for name in names)
    assert any(name.startswith("home/mirror/ledger/tile/entries/") for name in names)
    assert files(disk)["program.log"]


def test_what_is_searched_for_is_found_where_it_is(
    disk: Path, before: Before, tmp_path: Path
) -> None:
    for number, (_, secret) in enumerate(secrets(before)):
        for spelling, needle in enumerate(spelled(secret)):
            (tmp_path / f"{number}-{spelling}").write_bytes(b"x" + needle + b"y")
    planted = len(list(tmp_path.iterdir()))
    assert len(leaks(tmp_path, before)) == planted
    (tmp_path / "receipt").write_text(before.own[0])
    assert "receipt" in leaks(tmp_path, before)


def test_the_number_of_the_erased_is_where_it_has_to_be_and_nowhere_else(
    disk: Path, before: Before
) -> None:
    subject = before.subject
    spellings = (subject, subject.hex().encode())
    counted = {
        name: sum(map(data.count, spellings)) for name, data in files(disk).items()
    }
    there = {name: count for name, count in counted.items() if count}
    (order,) = (name for name in there if name.startswith("home/mirror/orders/"))
    assert there == {
        # The order, how far it has come, and the index that it is found by; and, for
        # thirty days, the row that tells followers, in an index too.
        "home/data/vault.db": 5,
        "home/keys/identity.db": 1,  # the fence
        "home/data/audit.db": 2 * before.accesses,  # each with its index
        order: 1,
    }


def test_every_other_receipt_is_the_same_to_the_byte_and_verifies(
    disk: Path, before: Before
) -> None:
    assert len(before.receipts) == 7 * len(OTHERS)
    assert before.again == before.receipts
    with opened(disk / "home", ManualClock()) as scenario:
        policy = scenario.house.log.policy
        for index, text in (*before.receipts.items(), *before.new.items()):
            assert verify_receipt(text, policy).index == index


def test_the_copies_that_the_erased_took_away_verify_for_ever(
    disk: Path, before: Before
) -> None:
    with opened(disk / "home", ManualClock()) as scenario:
        for text in before.own:
            assert verify_receipt(text, scenario.house.log.policy).payload


def test_the_public_tree_has_only_grown(disk: Path, before: Before) -> None:
    with opened(disk / "home", ManualClock()) as scenario:
        assert fsck(scenario.house.log).clean
        now, signed = public_files(scenario), scenario.house.log.latest()
        older = scenario.house.log.policy.accept(before.note).checkpoint
        assert signed is not None
        newer = signed.checkpoint
        proof = scenario.house.log.consistency(older.size, newer.size)
        verify_consistency(older.size, newer.size, proof, older.root, newer.root)
    for path, data in before.public.items():
        if path != "checkpoint":
            assert now[path] == data
