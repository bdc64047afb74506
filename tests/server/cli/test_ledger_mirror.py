"""`allod ledger mirror`: a copy for anybody, checked with the home and without it."""

from pathlib import Path

from commands import allod
from houses import Scenario
from ledgers import change_a_letter

from server.cli.console import ExitCode


def test_a_copy_is_made_brought_up_and_checked(
    scenario: Scenario, tmp_path: Path
) -> None:
    folder, nowhere = tmp_path / "copy", tmp_path / "nowhere"
    ran = allod("ledger", "mirror", folder, "--home", scenario.home, "--json")
    size = scenario.house.log.publish().size
    assert ran.document == {"ok": True, "before": 0, "after": size}
    scenario.customer()
    scenario.idea("ada")
    grown = scenario.house.log.publish().size
    ran = allod("ledger", "mirror", folder, "--home", scenario.home, "--json")
    assert ran.document == {"ok": True, "before": size, "after": grown}
    for home in (scenario.home, nowhere):
        ran = allod("ledger", "mirror", folder, "--check", "--home", home, "--json")
        assert ran.code == ExitCode.OK
        assert ran.document["entries"] == grown


def test_a_copy_that_was_changed_is_named_by_its_entry(
    scenario: Scenario, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    size = scenario.house.log.publish().size
    allod("ledger", "mirror", folder, "--home", scenario.home)
    bundle = folder / f"tile/entries/000.p/{size}"
    change_a_letter(bundle)
    ran = allod(
        "ledger", "mirror", folder, "--check", "--home", scenario.home, "--json"
    )
    assert ran.code == ExitCode.NO
    (finding,) = ran.document["findings"]
    assert (finding["code"], finding["index"]) == ("entry.changed", size - 1)


def test_what_is_no_copy_is_not_checked(tmp_path: Path) -> None:
    ran = allod("ledger", "mirror", tmp_path, "--check", "--home", tmp_path / "none")
    assert ran.code != ExitCode.OK
    assert "holds no copy" in ran.err


def test_a_copy_holds_nothing_about_anybody(scenario: Scenario, tmp_path: Path) -> None:
    subject = scenario.customer("ada-who-is-4711")
    scenario.idea("ada-who-is-4711", title="A lid that stays on")
    scenario.house.log.publish()
    allod("ledger", "mirror", tmp_path / "copy", "--home", scenario.home)
    held = b"".join(
        path.read_bytes() for path in tmp_path.glob("copy/**/*") if path.is_file()
    )
    for private in (b"4711", b"A lid that", subject, subject.hex().encode()):
        assert private not in held
