"""A lawyer follows the guide as written, and what is added does what it says.

Every change is taken from the guide's own blocks, in their order, and made where the
words before them say; every command that it prints is run. Then customers are read.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from clocks import ManualClock
from commands import allod
from documents import ROOT, document
from houses import Scenario, opened

from kit.errors import Refused
from pdp.change.activator import Activator
from pdp.decision.question import Kind
from server.cli.console import ExitCode
from vault import Principal, Question

GUIDE = document("docs/policy-guide.md")
HEADING = "Add a purpose, a region, a language"
POST = Question(
    Principal(Kind.SERVICE, "poster", roles=("marketing",)), "marketing.post"
)
DIGEST = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Block:
    """One block of the section: its language, its text, the paragraph before it."""

    kind: str
    text: str
    before: str


def blocks() -> Iterator[Block]:
    (part,) = re.findall(rf"(?ms)^## {HEADING}\n(.*?)^## ", GUIDE.text)
    end = 0
    for found in re.finditer(r"(?ms)^```(\w*)\n(.*?)^```$", part):
        before = part[end : found.start()].strip().rpartition("\n\n")[2]
        yield Block(found[1], found[2], before)
        end = found.end()


class Lawyer:
    """Does what the guide says, in a copy of the policies and in a home."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mine = folder, folder / "mine"
        self.home = folder / "home"

    def follow(self, block: Block) -> None:
        """Make a block's change in the file that is named before it, or run it."""
        if block.kind == "":
            self._run(block.text)
            return
        ours = re.findall(r"`(mine/[\w./]+)`", block.before)
        theirs = re.findall(r"`(data/\w+\.yaml)`", block.before)
        if theirs:
            self._write_in_home(self.home / theirs[0], block.text)
        elif block.kind == "json":
            file = self.folder / (ours[0] if ours else "mine/tables/data.json")
            self._merge(file, json.loads(block.text))
        elif block.kind == "rego" and block.text.startswith("\t"):
            self._state(block.text)
        else:
            self._write(self.folder / ours[0], block.text)

    def _run(self, text: str) -> None:
        for command, shown in commands(text):
            if "DECISION" in command:
                continue
            ran = allod(*shlex.split(command))
            assert ran.code == ExitCode.OK, (command, ran.out, ran.err)
            printed = {line for line in shown if line != "…"}
            assert printed <= set(ran.out.splitlines()), (command, ran.out)
            if command.startswith("token new"):
                words = shlex.split(command)
                (self.folder / f"{words[3]}.token").write_text(ran.out, "utf-8")

    def _merge(self, file: Path, change: Mapping[str, Any]) -> None:
        whole = json.loads(file.read_text("utf-8"))
        merge(whole, change)
        file.write_text(json.dumps(whole, indent=2, ensure_ascii=False), "utf-8")

    def _state(self, line: str) -> None:
        gate = self.mine / "gate" / "gate.rego"
        text = gate.read_text("utf-8")
        assert text.count("intact if {\n") == 1
        gate.write_text(text.replace("intact if {\n", f"intact if {{\n{line}"), "utf-8")

    def _write(self, file: Path, text: str) -> None:
        """Put a section in its place of a file, or begin the file with it."""
        section, _, rest = text.partition("\n")
        if not file.exists():
            file.write_text(text, "utf-8")
            return
        before = file.read_text("utf-8")
        if file.parent.name == "cases":
            kept = before[: before.index(f"{section}\n")]
            file.write_text(f"{kept}{text}", "utf-8")
            return
        place = re.escape(rest.split(":")[0].strip())
        before = re.sub(rf'(?m)^  {place}: ""\n', "", before)
        assert before.count(f"\n{section}\n") == 1
        file.write_text(
            before.replace(f"\n{section}\n", f"\n{section}\n{rest}"), "utf-8"
        )

    def _write_in_home(self, file: Path, text: str) -> None:
        if not file.exists():
            file.write_text(text, "utf-8")
            return
        before = file.read_text("utf-8")
        place = before.index("    purposes:\n", before.index("  profile:\n"))
        end = place + len("    purposes:\n")
        file.write_text(before[:end] + text + before[end:], "utf-8")


def merge(into: dict[str, Any], change: Mapping[str, Any]) -> None:
    for name, value in change.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            merge(into[name], value)
        else:
            into[name] = value


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Give each command of a block, with the lines that it prints."""
    command, shown = "", list[str]()
    for line in text.splitlines():
        found = re.match(r"(?:\$ )?allod (.*)", line)
        if found:
            if command:
                yield command, shown
            command, shown = found[1], []
        else:
            shown.append(line)
    if command:
        yield command, shown


def test_what_a_lawyer_adds_by_the_guide_does_what_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Activator.__init__.__kwdefaults__, "generated", 100)
    monkeypatch.setenv("ALLOD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "policies", tmp_path / "mine")
    assert allod("init", "--origin", "vault.test/allod").code == ExitCode.OK
    lawyer = Lawyer(tmp_path)
    (tokens,) = re.findall(r"(?m)(?:^allod token new staff .*\n)+", GUIDE.text)
    lawyer.follow(Block("", tokens, ""))

    followed = [*blocks()]
    for each in followed:
        lawyer.follow(each)

    clock = ManualClock()
    clock.at = datetime.now(UTC).replace(microsecond=0)
    with opened(tmp_path / "home", clock) as scenario:
        refused = read_by_post(scenario)
    (_, shown) = next(
        each for each in commands(followed[-1].text) if "DECISION" in each[0]
    )
    words = ("policy", "explain", refused, "--for", "customer", "--lang", "fr")
    said = allod(*words).out.splitlines()
    assert [DIGEST.sub("#", line) for line in said] == [
        DIGEST.sub("#", line) for line in shown
    ]


def read_by_post(scenario: Scenario) -> str:
    """Read customers for the new purpose; gives the decision about the Swiss one."""
    for name, region in (("ada", "eu"), ("urs", "ch"), ("ben", "eu")):
        scenario.customer(name, region=region)
    records = {name: scenario.profile(name) for name in ("ada", "urs", "ben")}
    for name in ("ada", "urs"):
        scenario.grant(name, "marketing.post")
    shown = scenario.read(POST, "ada", records["ada"])
    assert shown.values["name"] == "Ada Example"
    with pytest.raises(Refused) as unasked:
        scenario.read(POST, "ben", records["ben"])
    assert [each.code for each in unasked.value.reasons] == ["consent.missing"]
    with pytest.raises(Refused) as swiss:
        scenario.read(POST, "urs", records["urs"])
    assert [each.code for each in swiss.value.reasons] == ["swiss.post"]
    french = scenario.house.languages.speak(["fr-CH"])
    assert french.tag == "fr"
    assert french.to_staff(swiss.value.reasons[0]).startswith("Pas de courrier")
    return swiss.value.decision_id


def test_the_section_has_each_of_its_parts() -> None:
    kinds = [each.kind for each in blocks()]
    assert {"", "json", "yaml", "rego"} == set(kinds)
    assert any("new-purpose" in each.text for each in blocks())
