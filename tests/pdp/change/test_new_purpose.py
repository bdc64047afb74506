"""A purpose begun: closed in every column; and what is in the way of one."""

import json
import shutil
from pathlib import Path

import pytest
from bundles import POLICIES, shipped
from commands import allod
from few_policies import altered

from kit.errors import Conflict, Invalid
from pdp.bundle.bundle import TABLES, from_texts
from pdp.change.diff import ChangeEffect, diff
from pdp.change.new_purpose import CLOSED, begun
from pdp.review.cases import run
from pdp.review.lint import lint
from pdp.review.reachable import Around, left_out, obstacles
from pdp.review.tables import COLUMNS
from server.cli.console import ExitCode

POST = "marketing.post"
CASES = "cases/cells_marketing_post.yaml"


def test_a_row_is_begun_with_every_column_closed() -> None:
    files = begun(shipped(), POST)
    assert files.keys() == {TABLES, CASES, "texts/zh.yaml"}
    tables = json.loads(files[TABLES])
    row = tables["purposes"].pop(POST)
    assert row == {**CLOSED, "channel": "marketing"}
    assert row.keys() == COLUMNS
    assert tables == json.loads(shipped().texts[TABLES])


def test_what_was_there_keeps_every_byte() -> None:
    files = begun(shipped(), POST)
    for path in (TABLES, "texts/zh.yaml"):
        before, after = shipped().texts[path], files[path]
        gone = [each for each in before.splitlines() if each not in after.splitlines()]
        assert (gone, len(after) > len(before)) == ([], True)


def test_nobody_may_use_it_and_its_case_says_so() -> None:
    bundle = from_texts({**shipped().texts, **begun(shipped(), POST)})
    report = run(bundle)
    assert report.failed == ()
    assert any(each.file == CASES for each in report.results)


def test_lint_asks_for_what_is_not_written_yet() -> None:
    bundle = from_texts({**shipped().texts, **begun(shipped(), POST)})
    said = [f"{each.file}: {each.message}" for each in lint(bundle)]
    assert said == [
        f"{TABLES}: purpose {POST}: title is empty",
        f"{TABLES}: purpose {POST}: article is empty",
        f"{TABLES}: purpose {POST}: bases is empty",
        "texts/zh.yaml: a text is expected here",
    ]


def test_a_language_without_titles_gets_a_place_for_them() -> None:
    german = "reasons:\n  consent.missing: {title: Keine, customer: Sie fehlt.}\n"
    bundle = from_texts({**shipped().texts, "texts/de.yaml": german})
    written = begun(bundle, POST)["texts/de.yaml"]
    assert written == f'{german}\npurposes:\n  {POST}: ""\n'


@pytest.mark.parametrize(
    "name", ["", "post", "Marketing.post", "a.b.c", "../x.y", "a.b\n", "a" * 64 + ".b"]
)
def test_a_name_that_is_none_begins_nothing(name: str) -> None:
    with pytest.raises(Invalid):
        begun(shipped(), name)


@pytest.mark.parametrize("name", ["support.case", "billing.and"])
def test_what_is_there_is_not_written_over(name: str) -> None:
    taken = from_texts({**shipped().texts, "cases/cells_billing_and.yaml": "x"})
    with pytest.raises(Conflict):
        begun(taken, name)


def test_the_command_writes_into_the_copy_and_says_what_is_left(tmp_path: Path) -> None:
    mine = Path(shutil.copytree(POLICIES, tmp_path / "mine"))
    words = ("policy", "new-purpose", POST, "--policies", mine)
    ran = allod(*words)
    assert ran.code == ExitCode.OK
    assert f"wrote {CASES}" in ran.out
    assert f"allod policy doctor {POST}" in ran.out
    before = {path: path.read_bytes() for path in mine.rglob("*") if path.is_file()}
    assert allod(*words).code == ExitCode.CONFLICT
    assert before == {path: path.read_bytes() for path in before}
    assert allod("policy", "lint", "--policies", mine).code == ExitCode.NO


def test_a_new_purpose_counts_as_opening() -> None:
    bundle = from_texts({**shipped().texts, **begun(shipped(), POST)})
    words = [
        each for each in diff(shipped(), bundle) if each.effect is ChangeEffect.OPENS
    ]
    assert [each.words for each in words] == [f"there is a new purpose, {POST}"]


WHOLE = Around(
    bound={"support.case": {"contract"}, "marketing.email": {"consent"}},
    noticed={"marketing.email"},
    roles={"support", "marketing"},
    purposes={"support.case", "marketing.email"},
)


def ways(around: Around, **cells: object) -> list[str]:
    bundle = altered(lambda tables: tables["purposes"]["support.case"].update(cells))
    found = obstacles(bundle, around)
    return [each.what for each in found if each.about == "support.case"]


def test_a_purpose_that_can_be_used_has_nothing_in_its_way() -> None:
    assert ways(WHOLE) == []


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"roles": []}, "no role may use it"),
        ({"actions": []}, "nothing may be done for it"),
        ({"reach": []}, "it is open to no way of reaching anybody"),
        ({"classes": []}, "it needs no class of data, so nothing is ever shown"),
        ({"bases": ["consent"]}, "it is bound on contract, and its row lists consent"),
        ({"roles": ["marketing"]}, None),
        (
            {"bases": ["legitimate_interests"]},
            "the law of cn has none of its lawful bases",
        ),
    ],
)
def test_what_its_row_lacks_is_named(cells: dict[str, object], said: str) -> None:
    found = ways(WHOLE, **cells)
    assert (said in found) if said else found == []


@pytest.mark.parametrize(
    ("around", "said"),
    [
        (Around(noticed=WHOLE.noticed, roles=WHOLE.roles), "no collection is bound"),
        (
            Around(bound=WHOLE.bound, roles={"support"}),
            "no token is for this purpose",
        ),
        (Around(bound=WHOLE.bound), "no token has a role that it is open to: support"),
        (
            Around(bound={"support.case": {"consent"}}, roles={"support"}),
            "there is no notice to show before somebody consents",
        ),
    ],
)
def test_what_is_missing_around_it_is_named(around: Around, said: str) -> None:
    assert any(each.startswith(said) for each in ways(around))


def test_a_token_is_of_a_kind_that_may_have_the_role() -> None:
    found = obstacles(shipped(), Around())
    for purpose, kind, role in (
        ("legal.claims", "staff", "legal"),
        ("support.case", "service", "support"),
    ):
        wanted = f"allod token new {kind} NAME --role {role} --purpose {purpose}"
        assert wanted in [it.mend for it in found if it.about == purpose]


def test_what_the_law_of_a_region_closes_is_named() -> None:
    bound = {"analytics.aggregate": {"legitimate_interests", "public_task"}}
    found = obstacles(shipped(), Around(bound=bound))
    assert [it.what for it in found if "law of" in it.what] == [
        "the law of cn closes what is bound on legitimate_interests"
    ]


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"9(2)(f)"}, None),
        ({"9(2)(f)", "none"}, "bound under none, its row lists 9(2)(f)"),
        ({"9(2)(a)"}, "bound under 9(2)(a), its row lists 9(2)(f)"),
    ],
)
def test_special_categories_without_their_condition_are_named(
    conditions: set[str], said: str | None
) -> None:
    around = Around(conditions={"legal.claims": conditions, "support.case": {"none"}})
    found = [it for it in obstacles(shipped(), around) if "special" in it.what]
    assert [it.about for it in found] == (["legal.claims"] if said else [])
    assert all(it.what.endswith(str(said)) for it in found)
    older = {key: it for key, it in shipped().tables.items() if key != "regions"}
    assert left_out(older, around) == {}


def test_a_purpose_without_a_case_or_a_title_is_named() -> None:
    texts = {p: t for p, t in shipped().texts.items() if not p.startswith("cases/")}
    texts["texts/de.yaml"] = "reasons: {}\n"
    found = {(each.about, each.what) for each in obstacles(from_texts(texts), WHOLE)}
    assert ("support.case", "no case is about it") in found
    assert ("support.case", "it has no title in de") in found
    assert ("de", "consent.missing is said in English") in found
    assert not any(about == "zh" for about, _ in found)
