"""P1: nothing personal can be read from the disk, a log or a temporary file.

Canaries are planted through every way in and every way out, refused ones included;
then every file that the installation made is searched for them, while it is open, and
again when it is closed. The positive control finds each canary however it is written.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from asking import WAYS, ask
from canaries import Finding, planted_in, search, spellings
from clocks import ManualClock
from houses import CAMPAIGN, CASE, HISTORY, MARKETING, Scenario, lived_in, opened
from talkative import talkative

from kit.errors import AllodError, Invalid
from pdp.decision.question import Kind
from server.auth.principals import Bearer
from vault import Item, Principal, Question

CANARIES = {
    "customer id": "canary-customer-7f3a91",
    "name": "Käthe Kanarienvögelchen",
    "email": "kathe.canary@nightingale.example",
    "phone": "+4915199887766",
    "city": "Kanarienstadt an der Oder",
    "topic": "canary husbandry weekly",
    "idea title": "A cage without a door for canaries",
    "idea text": "给金丝雀一个没有门的笼子",
    "ticket subject": "canary ticket about a feather",
    "ticket text": "my canary does not sing on Tuesdays",
    "health": "allergic to canary down, severe",
    "first version": "the name before it was changed",
    "idempotency key": "order-canary-2026-000117",
    "searched for": "nobody.canary@nowhere.example",
    "refused value": "canary value that fits no field",
    "refused field": "canary_field_of_nobody",
    "refused id": "canary\x01customer\x02id",
    "imported id": "imported-canary-000042",
    "imported name": "Imported Canary Fancier",
    "imported mail": "fancier@canary-import.example",
    "imported phone": "+4915155443322",
    "imported junk": "line that is no canary record",
}
PROFILE = {"city": "city", "newsletter_topics": "topic"}
PROFILE |= {name: name for name in ("name", "email", "phone")}
TICKET = {"subject": "ticket subject", "text": "ticket text", "health": "health"}
MAP = """
version: 1
format: csv
header: true
customer:
  columns: [id]
  region: eu
  minor: unknown
records:
  profile:
    each: customer
    fields:
      name: {column: name}
      email: {column: mail}
      phone: {column: phone}
"""


@dataclass(frozen=True)
class Lived:
    """What a thief could take away, and what was handed out on purpose."""

    disk: Path
    out: Path
    handed: dict[str, str]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    disk, out = tmp_path_factory.mktemp("disk"), tmp_path_factory.mktemp("out")
    with _everything_on(disk):
        yield Lived(disk, out, _live(disk, out, ManualClock()))


@contextmanager
def _everything_on(disk: Path) -> Iterator[None]:
    """Keep logs, at their most talkative, and temporary files on the searched disk."""
    (disk / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch, talkative(disk / "program.log"):
        patch.setattr(tempfile, "tempdir", str(disk / "tmp"))
        yield


def _live(disk: Path, out: Path, clock: ManualClock) -> dict[str, str]:
    home, who = disk / "home", CANARIES["customer id"]
    with lived_in(home, clock) as scenario:
        _write(scenario, who)
        _be_refused(scenario, who, disk / "errors.txt")
        _import(scenario, out)
        _read(scenario, who)
        token = _token(scenario, who)
        export = b"".join(scenario.house.exports.write(scenario.subject(who)))
        (out / "account.zip").write_bytes(export)
        assert _searched(disk) == [], "while it is open, with what is not checkpointed"
        ordered = scenario.house.erasure.erase(scenario.subject(who))
        certificate = scenario.house.erasure.certificate(ordered.order_id)
        (disk / "certificate.json").write_text(json.dumps(certificate))
        _import(scenario, out)
    with opened(home, clock) as scenario:
        scenario.customer("somebody else")
    return {"token": token, "erasure secret": ordered.secret}


def _values(fields: dict[str, str], **changed: str) -> dict[str, str]:
    return {field: CANARIES[canary] for field, canary in fields.items()} | changed


def _write(scenario: Scenario, who: str) -> None:
    scenario.customer(who)
    intake, key = scenario.house.intake, CANARIES["idempotency key"]
    first = _values(PROFILE, name=CANARIES["first version"])
    written = intake.put(HISTORY, who, Item("profile", first, key))
    intake.put(HISTORY, who, Item("profile", first, key))
    intake.update(
        HISTORY, who, written.record, _values(PROFILE), version=written.version
    )
    intake.put(HISTORY, who, Item("ticket", _values(TICKET), f"{key}-2"))
    idea = {"title": CANARIES["idea title"], "text": CANARIES["idea text"]}
    contributed = scenario.put(who, "idea", idea)
    scenario.license(who, contributed, "ugc.display")
    scenario.grant(who)


def _be_refused(scenario: Scenario, who: str, told: Path) -> None:
    """Write what is refused in every way, and keep what each refusal says."""
    wrong, field = CANARIES["refused value"], CANARIES["refused field"]
    intake, key = scenario.house.intake, CANARIES["idempotency key"]
    ticket = _values(TICKET)
    attempts: list[Callable[[], object]] = [
        lambda: intake.put(HISTORY, who, Item("profile", {"name": 7, "email": wrong})),
        lambda: intake.put(
            HISTORY, who, Item("profile", {"name": "x", "phone": wrong})
        ),
        lambda: intake.put(HISTORY, who, Item("profile", {"name": "x", field: wrong})),
        lambda: intake.put(HISTORY, who, Item("profile", {"name": wrong * 100})),
        lambda: intake.put(
            HISTORY, who, Item("ticket", {"subject": wrong, "status": wrong})
        ),
        lambda: intake.put(
            HISTORY, who, Item("idea", {"title": "x", "text": wrong * 9999})
        ),
        lambda: intake.put(
            HISTORY, who, Item("ticket", {**ticket, "text": wrong}, f"{key}-2")
        ),
        lambda: intake.put(HISTORY, who, Item(wrong, {})),
        lambda: intake.put(HISTORY, wrong, Item("profile", _values(PROFILE))),
        lambda: scenario.register(CANARIES["refused id"]),
        lambda: scenario.put("somebody", "profile", _values(PROFILE)),
    ]
    lines = []
    for attempt in attempts:
        with pytest.raises(AllodError) as refusal:
            attempt()
        error = refusal.value
        faults = error.faults if isinstance(error, Invalid) else ()
        lines.append(repr((str(error), error.reason_code, error.fix, faults)))
    told.write_text("\n".join(lines), "utf-8")


def _import(scenario: Scenario, out: Path) -> None:
    source, plan = out / "people.csv", out / "people.yaml"
    imported = ("imported id", "imported name", "imported mail", "imported phone")
    again = ("customer id", "name", "email", "phone")
    rows = [[CANARIES[name] for name in names] for names in (imported, again)]
    rows.append([CANARIES["imported junk"]])
    lines = ["id,name,mail,phone", *(",".join(row) for row in rows)]
    source.write_text("\n".join(lines) + "\n", "utf-8")
    plan.write_text(MAP, "utf-8")
    scenario.house.imports.run(HISTORY, scenario.house.imports.read_map(plan), source)


def _read(scenario: Scenario, who: str) -> None:
    own = Principal(Kind.CUSTOMER, "customer", subject=scenario.subject(who))
    page = scenario.house.gate.list_records(
        Question(own, "self.access"), None, "profile"
    )
    assert {each.values["name"] for each in page.items} == {CANARIES["name"]}
    written = scenario.profile(who)
    for question in (CASE, CAMPAIGN, replace(CASE, principal=MARKETING)):
        for way in WAYS:
            ask(way, scenario, question, written, who)
    for address in ("email", "searched for"):
        with suppress(AllodError):
            scenario.house.gate.find(CAMPAIGN, "profile", "email", CANARIES[address])


def _token(scenario: Scenario, who: str) -> str:
    bearer = Bearer.customer(scenario.subject(who), region="eu")
    with scenario.house.vault_db.write() as session:
        return scenario.house.tokens.mint(session, bearer, life=timedelta(days=1))


def _searched(disk: Path) -> list[Finding]:
    return search(disk, CANARIES)


def test_no_canary_surfaces_in_any_file_that_the_house_made(lived: Lived) -> None:
    assert search(lived.disk, CANARIES) == []


def test_neither_a_token_nor_an_erasures_secret_is_on_the_disk(lived: Lived) -> None:
    assert search(lived.disk, lived.handed) == []


def test_every_store_log_and_folder_was_searched(lived: Lived) -> None:
    names = {path.name for path in lived.disk.rglob("*") if path.is_file()}
    assert {"vault.db", "audit.db", "identity.db", "root.key"} <= names
    assert {"program.log", "errors.txt", "checkpoint", "certificate.json"} <= names
    assert (lived.disk / "program.log").stat().st_size > 0
    assert (lived.disk / "errors.txt").stat().st_size > 0


def test_the_canaries_are_in_what_was_delivered(lived: Lived) -> None:
    inside = {each.canary for each in search(lived.out, CANARIES, skip=["people.csv"])}
    assert {"customer id", "name", "email", "phone", "health", "idea text"} <= inside


@pytest.mark.parametrize("packed", [".plain", ".gz", ".xz", ".zip"])
def test_each_canary_is_found_however_it_is_written(
    tmp_path: Path, packed: str
) -> None:
    planted_in(tmp_path / "planted", CANARIES)
    found = {
        (each.canary, each.encoding)
        for each in search(tmp_path / "planted", CANARIES)
        if packed in each.file
    }
    wanted = {(name, e) for name, value in CANARIES.items() for e in spellings(value)}
    assert found == wanted


def test_a_canary_in_the_name_of_a_file_is_found(tmp_path: Path) -> None:
    (tmp_path / CANARIES["idempotency key"]).mkdir()
    found = search(tmp_path, {"key": CANARIES["idempotency key"]})
    assert {each.file for each in found} == {"its name"}


def test_a_canary_too_short_to_mean_anything_is_refused() -> None:
    with pytest.raises(ValueError, match="six"):
        spellings("Ada")
