"""The policy guide is walked through as it is printed: the change and what it does."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from bundles import shipped
from clocks import ManualClock
from commands import Ran, allod
from documents import ROOT, document
from houses import lived_in

from pdp.change.activator import Activator
from pdp.review.explain import find_case
from server.cli.console import ExitCode

GUIDE = document("docs/policy-guide.md")
TRANSCRIPTS = re.findall(r"(?ms)^```\n\$ allod (.*?)\n(.*?)^```", GUIDE.text)

_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_SHORT = re.compile(r"\b([0-9a-f]{16})…")
CHANGES = [
    ("masks", "support", '"contact": "last4"', '"contact": "drop"'),
    (
        "purposes",
        "ugc.advertise",
        '"roles": ["marketing"]',
        '"roles": ["marketing", "product"]',
    ),
]
BASES = "input.resource.basis in asked.purpose.bases"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "mine"))


def test_the_change_of_the_guide_has_the_effect_that_it_prints(mine: Path) -> None:
    tables = mine / "tables" / "data.json"
    changed = json.loads(tables.read_text("utf-8"))
    assert changed["masks"]["support"]["contact"] == "last4"
    changed["masks"]["support"]["contact"] = "drop"
    tables.write_text(json.dumps(changed), "utf-8")

    (tested, printed), (explained, shown), *_ = TRANSCRIPTS
    ran = _run(tested, mine)
    assert ran.code == ExitCode.NO
    assert _printed(printed) <= set(ran.out.splitlines())
    assert _run(explained, mine).out.splitlines() == shown.splitlines()


def test_the_comparison_of_the_guide_says_what_it_prints(mine: Path) -> None:
    ((_, printed),) = (it for it in TRANSCRIPTS if it[0].startswith("policy diff"))
    tables = mine / "tables" / "data.json"
    text = tables.read_text("utf-8").replace('"contact": "last4"', '"contact": "drop"')
    tables.write_text(text, "utf-8")

    ran = allod("policy", "diff", ROOT / "policies", mine)

    assert ran.out.splitlines() == printed.splitlines()


@pytest.mark.slow
def test_the_impact_of_the_guide_is_what_three_customers_show(
    mine: Path, tmp_path: Path
) -> None:
    ((_, printed),) = (it for it in TRANSCRIPTS if it[0].startswith("policy impact"))
    tables = mine / "tables" / "data.json"
    text = tables.read_text("utf-8").replace('"contact": "last4"', '"contact": "drop"')
    tables.write_text(text, "utf-8")
    with lived_in(tmp_path / "home", ManualClock()) as scenario:
        for name in ("ada", "ben", "cy"):
            scenario.customer(name)
            scenario.profile(name)
        scenario.grant("ada")

        ran = allod("policy", "impact", "--policies", mine, "--home", scenario.home)

    assert ran.out.splitlines() == printed.splitlines()


def test_the_broken_rules_of_the_guide_are_found_as_it_prints(mine: Path) -> None:
    printed = [it[1] for it in TRANSCRIPTS if it[0].startswith("policy lint")]
    rules = mine / "legal" / "consent.rego"
    whole = rules.read_text("utf-8")
    withdrawn = 'input.resource.consent == "withdrawn"'
    last = '\tneeded\n\tinput.resource.consent == "objected"'
    breaks = [
        (withdrawn, withdrawn.replace("==", "= =")),
        (withdrawn, withdrawn.replace("consent", "consnt")),
        (last, last.replace("needed", f"not {BASES}")),
    ]
    for (old, new), shown in zip(breaks, printed, strict=True):
        assert whole.count(old) == 1
        rules.write_text(whole.replace(old, new), "utf-8")
        ran = allod("policy", "lint", "--policies", mine)
        assert (ran.code, ran.out.splitlines()) == (ExitCode.NO, shown.splitlines())
    assert allod("policy", "test", "--policies", mine).code == ExitCode.NO


def test_the_refusal_of_the_guide_is_the_one_that_is_given(mine: Path) -> None:
    (explained, shown) = TRANSCRIPTS[-1]
    assert "consent.withdrawn" in shown
    assert _run(explained, mine).out.splitlines() == shown.splitlines()


def test_the_question_of_the_guide_can_be_asked(tmp_path: Path, mine: Path) -> None:
    (question,) = re.findall(r"(?ms)^```json\n(\{\n  \"v\": 1.*?^\})", GUIDE.text)
    file = tmp_path / "question.json"
    file.write_text(question, "utf-8")
    ran = allod("policy", "explain", "--question", file, "--policies", mine, "--json")
    assert [each["code"] for each in ran.document["denials"]] == ["consent.withdrawn"]


def test_the_rows_that_the_guide_shows_are_those_of_the_tables() -> None:
    tables = json.loads((ROOT / "policies/tables/data.json").read_text("utf-8"))
    rows = re.findall(r"(?ms)^```json\n(\"[\w.]+\": \{\n.*?^\})", GUIDE.text)
    shown = json.loads("{" + ",".join(rows) + "}")
    assert set(shown) == {"support.case", "support"}
    assert shown["support"] == tables["masks"]["support"]
    assert shown["support.case"].items() <= tables["purposes"]["support.case"].items()


@pytest.mark.slow
def test_the_proposals_of_the_guide_go_as_it_prints(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Activator.__init__.__kwdefaults__, "generated", 100)
    monkeypatch.setenv("ALLOD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert allod("init", "--origin", "vault.test/allod").code == ExitCode.OK
    _make_tokens(tmp_path)
    changes = iter(CHANGES)
    told: dict[str, str] = {}
    for printed, shown in _transcripts_of("Propose it"):
        command = printed
        for short, digest in told.items():
            command = command.replace(f"{short}…", digest)
        if command.startswith("policy accept"):
            _change(mine, *next(changes))
        ran = allod(*shlex.split(command))
        said = ran.out + ran.err
        assert _settled(shown) <= _settled(said), command
        told |= dict(zip(_SHORT.findall(shown), _DIGEST.findall(said), strict=False))
    assert next(changes, None) is None


def _transcripts_of(heading: str) -> list[tuple[str, str]]:
    (part,) = re.findall(rf"(?ms)^## {heading}\n(.*?)^## ", GUIDE.text)
    return re.findall(r"(?ms)^```\n\$ allod (.*?)\n(.*?)^```", part)


def _make_tokens(folder: Path) -> None:
    """Make the tokens of the guide, each in the file that its commands name."""
    (block,) = re.findall(r"(?m)(?:^allod token new .*\n){2,}", GUIDE.text)
    for line in block.splitlines():
        words = shlex.split(line)[1:]
        token = allod(*words, "--json").document["token"]
        (folder / f"{words[3]}.token").write_text(token, "utf-8")


def _change(mine: Path, table: str, row: str, old: str, new: str) -> None:
    tables = mine / "tables" / "data.json"
    text = tables.read_text("utf-8")
    at = text.index(old, text.index(f'"{row}": {{', text.index(f'"{table}": {{')))
    tables.write_text(text[:at] + new + text[at + len(old) :], "utf-8")


def _settled(said: str) -> set[str]:
    """Give the lines, but for digests and times, and without what is left out."""
    for pattern in (_DIGEST, _SHORT, re.compile(r"\d{4}-\d\d-\d\dT[\d:]{8}Z")):
        said = pattern.sub("#", said)
    return set(said.splitlines()) - {"…"}


def _run(printed: str, mine: Path) -> Ran:
    named = {"mine": mine, "policies": mine}
    words = printed.split()
    folder = words.index("--policies") + 1
    words[folder] = str(named[words[folder]])
    return allod(*words)


def _printed(transcript: str) -> set[str]:
    """Give the lines of a transcript, but for what is left out and what is counted."""
    lines = transcript.splitlines()
    return {each for each in lines if each != "…" and "cases and tests" not in each}


def test_every_case_that_the_guide_says_to_try_can_be_explained() -> None:
    command = r"`allod policy explain (cases/\w+\.yaml:\d+)`"
    cited = set(re.findall(command, GUIDE.text))
    assert len(cited) > 10
    for each in cited:
        assert find_case(shipped(), each).expected
