"""The policy commands that change nothing: test, lint, diff, history, explain."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import allod
from old_homes import RELEASES, unpacked

from pdp.bundle.bundle import load
from pdp.review.cases import read_cases
from pdp.review.explain_past import Recalled, RoleCells
from server.cli.console import ExitCode
from server.cli.policy_output import older_past
from server.faces.workbench_schemas import ExplanationResponse, FailureResponse
from server.house.resources import shipped
from server.ops.decisions import PastDecision


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("commands") / "home"
    assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ALLOD_HOME", str(home))
        yield home


def test_policy_test_runs_the_active_bundle(home: Path) -> None:
    ran = allod("policy", "test", "--json")
    assert ran.code == ExitCode.OK
    assert ran.document["run"] > 100
    assert ran.document["failures"] == ran.document["findings"] == []
    assert ran.document["passed"] is True
    assert ran.document["coverage"]["gate"] == 100


def test_policy_test_fails_a_bundle_that_lawyers_would_not_sign(
    tmp_path: Path,
) -> None:
    folder = Path(shutil.copytree(shipped("policies"), tmp_path / "policies"))
    rule = folder / "legal" / "minors.rego"
    text = rule.read_text(encoding="utf-8")
    rule.write_text(text.replace('== "yes"', '== "never"'), encoding="utf-8")

    ran = allod("policy", "test", "--policies", folder)
    told = allod("policy", "test", "--policies", folder, "--json").document

    assert ran.code == ExitCode.NO
    assert "expected" in ran.out
    assert (told["ok"], told["passed"]) == (False, False)
    assert told["failures"][0].keys() == FailureResponse.model_fields.keys()
    assert told["failed"] == told["failures"], "what they were called before"


def test_policy_lint_says_where_and_what_to_write(home: Path, tmp_path: Path) -> None:
    assert allod("policy", "lint").code == ExitCode.OK
    folder = edited(tmp_path, '"contact": "last4"', '"contact": "blurred"')

    ran = allod("policy", "lint", "--policies", folder)

    assert ran.code == ExitCode.NO
    assert "tables/data.json:" in ran.out
    assert "there is no mask `blurred`; use one of: bucket" in ran.out


def test_policy_diff_takes_a_digest_or_a_folder(home: Path, tmp_path: Path) -> None:
    folder = edited(tmp_path, '"contact": "last4"', '"contact": "clear"')
    digest = load(shipped("policies")).digest

    ran = allod("policy", "diff", digest, folder)
    told = allod("policy", "diff", digest, folder, "--json")

    assert ran.code == ExitCode.OK
    assert "support: contact is shown clear instead of last4" in ran.out
    assert "1 changes, 1 of them open something" in ran.out
    assert told.document["changes"][0]["effect"] == "opens"


def test_policy_history_names_the_entry_of_each_activation(home: Path) -> None:
    digest = load(shipped("policies")).digest

    (only,) = allod("policy", "history", "--json").document["items"]

    assert (only["number"], only["digest"]) == (1, digest)
    assert only["at"].endswith("Z")
    assert f"entry {only['entry']}" in allod("policy", "history").out


@pytest.mark.parametrize("release", RELEASES)
def test_policy_history_needs_neither_an_upgrade_nor_a_key(
    tmp_path: Path, release: str
) -> None:
    old = unpacked(release, tmp_path / "home")
    for key in (old.home / "keys").glob("*.key"):
        key.unlink()
    ran = allod("policy", "history", "--home", old.home, "--json")
    changes = 2 if "policies" in old.said else 1
    assert sorted(each["number"] for each in ran.document["items"]) == list(
        range(1, changes + 1)
    )


def test_a_home_whose_list_is_gone_is_said_to_be_unfit(tmp_path: Path) -> None:
    old = unpacked(RELEASES[0], tmp_path / "home")
    (old.home / "data" / "vault.db").write_bytes(b"no database")
    ran = allod("policy", "history", "--home", old.home)
    assert ran.code in {ExitCode.CANNOT_START, ExitCode.UNAVAILABLE}
    assert "what to do: " in ran.err


def edited(folder: Path, old: str, new: str) -> Path:
    copy = folder / "mine"
    shutil.copytree(shipped("policies"), copy)
    tables = copy / "tables" / "data.json"
    tables.write_text(tables.read_text("utf-8").replace(old, new), "utf-8")
    return copy


def test_policy_explain_names_file_and_line(home: Path) -> None:
    cases = read_cases(load(shipped("policies")))
    case = next(each for each in cases if each.expected == "refused: consent.missing")
    ran = allod("policy", "explain", f"{case.file}:{case.line}")
    assert ran.code == ExitCode.OK
    assert "denies: consent.missing (GDPR 6(1)(a); PIPL 13(1))" in ran.out
    assert "legal/consent.rego:" in ran.out


def test_policy_explain_takes_a_whole_question(home: Path, tmp_path: Path) -> None:
    question = tmp_path / "question.json"
    question.write_text("{}", encoding="utf-8")
    ran = allod("policy", "explain", "--question", question, "--json")
    assert ran.code == ExitCode.OK
    assert ran.document["allowed"] is False
    assert ran.document.keys() >= ExplanationResponse.model_fields.keys()
    assert allod("policy", "explain").code == ExitCode.USAGE
    assert allod("policy", "explain", "no such case").code == ExitCode.NOT_FOUND


def test_policy_explain_says_what_the_api_says_and_by_its_older_names_too(
    home: Path,
) -> None:
    cases = read_cases(load(shipped("policies")))
    case = next(each for each in cases if each.expected.startswith("allowed: "))
    ran = allod("policy", "explain", f"{case.file}:{case.line}", "--json")
    cells, masks = ran.document["cells"], ran.document["masks"]
    assert masks
    assert [each["name"] for each in cells] == [each["class"] for each in masks]
    assert [each["cells"] for each in cells] == [each["cells"] for each in masks]


def test_a_past_decision_is_told_by_both_names() -> None:
    past = PastDecision(
        at=0,
        outcome="refused",
        kind="service",
        purpose="support.case",
        action="read",
        digest="d",
        recalled=Recalled((), (RoleCells("support", ("x: y",)),), ("the hour",)),
    )
    shown = ExplanationResponse.of_past(past)
    told = shown.model_dump(mode="json")
    assert told["past"]["at"] == "1970-01-01T00:00:00Z"
    assert told["cells"] == [{"name": "support", "mask": None, "cells": ["x: y"]}]
    assert older_past(shown) == {
        **told["past"],
        "roles": [{"role": "support", "cells": ["x: y"]}],
    }


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("legal/hold.rego", ":= true", ":= := true", "legal/hold.rego:10:14: "),
        ("legal/hold.rego", ":= true", ":= nowhere", "legal/hold.rego:10:14: "),
        (".manifest", '"legal/ugc.rego"', '"legal/u.rego"', ".manifest:22:7: "),
        ("tables/data.json", '"title"', '"title', "tables/data.json:4:16: "),
        ("tables/data.json", '"cn": ["cn"]', '"cn": ["mars"]', "no region `mars`"),
        ("cases/support.yaml", "[support]", "[suport]", "cases/support.yaml:7:11: "),
        ("cases/support.yaml", "cases:", "cases: [", "cases/support.yaml:"),
    ],
)
def test_bad_policies_are_placed_with_a_remedy_and_change_nothing(
    home: Path, tmp_path: Path, path: str, old: str, new: str, said: str
) -> None:
    before = allod("policy", "history").out
    folder = Path(shutil.copytree(shipped("policies"), tmp_path / "mine"))
    text = (folder / path).read_text("utf-8")
    assert old in text
    (folder / path).write_text(text.replace(old, new, 1), "utf-8")
    for command in ("lint", "test"):
        ran = allod("policy", command, "--policies", folder)
        assert ran.code in {ExitCode.NO, ExitCode.USAGE}
        assert said in ran.out + ran.err
    assert allod("policy", "history").out == before
