"""`allod ledger mirror`: a copy for anybody, checked with the home and without it."""

from pathlib import Path

from commands import allod
from houses import Story
from ledgers import change_a_letter

from server.cli.console import ExitCode


def test_a_copy_is_made_brought_up_and_checked(story: Story, tmp_path: Path) -> None:
    folder, nowhere = tmp_path / "copy", tmp_path / "nowhere"
    ran = allod("ledger", "mirror", folder, "--home", story.home, "--json")
    size = story.house.log.publish().size
    assert ran.document == {"ok": True, "before": 0, "after": size}
    story.customer()
    story.idea("ada")
    grown = story.house.log.publish().size
    ran = allod("ledger", "mirror", folder, "--home", story.home, "--json")
    assert ran.document == {"ok": True, "before": size, "after": grown}
    for home in (story.home, nowhere):
        ran = allod("ledger", "mirror", folder, "--check", "--home", home, "--json")
        assert ran.code == ExitCode.OK
        assert ran.document["entries"] == grown


def test_a_copy_that_was_changed_is_named_by_its_entry(
    story: Story, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    size = story.house.log.publish().size
    allod("ledger", "mirror", folder, "--home", story.home)
    bundle = folder / f"tile/entries/000.p/{size}"
    change_a_letter(bundle)
    ran = allod("ledger", "mirror", folder, "--check", "--home", story.home, "--json")
    assert ran.code == ExitCode.NO
    (finding,) = ran.document["findings"]
    assert (finding["code"], finding["index"]) == ("entry.changed", size - 1)


def test_what_is_no_copy_is_not_checked(tmp_path: Path) -> None:
    ran = allod("ledger", "mirror", tmp_path, "--check", "--home", tmp_path / "none")
    assert ran.code != ExitCode.OK
    assert "holds no copy" in ran.err


def test_a_copy_holds_nothing_about_anybody(story: Story, tmp_path: Path) -> None:
    subject = story.customer("ada-who-is-4711")
    story.idea("ada-who-is-4711", title="A lid that stays on")
    story.house.log.publish()
    allod("ledger", "mirror", tmp_path / "copy", "--home", story.home)
    held = b"".join(
        path.read_bytes() for path in tmp_path.glob("copy/**/*") if path.is_file()
    )
    for private in (b"4711", b"A lid that", subject, subject.hex().encode()):
        assert private not in held
