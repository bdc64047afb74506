"""An import that is taken back: what it made is gone, what is others' by now stays."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from by_hand import named
from clocks import ManualClock
from houses import CASE, HISTORY, Scenario, caring, lived_in, opened
from import_files import BOTH, FIRST, PURCHASES, lines, put, run
from reaching import WHY, care

from kit.errors import Conflict, Invalid, NotFound
from ledger.checks.audit import fsck
from server.auth.principals import operating
from vault import WriteResult
from vault._internal.blind_index import BlindIndex
from vault._internal.sqlite.identity import SqliteIdentity
from vault._internal.sqlite.made import SqliteMade
from vault.imports.import_report import ImportReport
from vault.imports.import_runs import Run, TakenBack

TABLE: Final = (
    FIRST
    + "c1,Ann,ann@example.org,2026-01-01,2\n"
    + "c2,Ben,ben@example.org,2026-01-02,3\n"
)
AGAIN: Final = "c1,Old,old@example.org,2026-02-02,2\n"
CROWD: Final = FIRST + "".join(
    f"c{n},N,c{n}@example.org,2026-01-01,1\n" for n in range(210)
)
RENEWING: Final = BOTH.replace("    each:", "    on_change: replace\n    each:")
IDEAS: Final = """\
version: 1
format: csv
header: true
customer: {columns: [id], region: eu, minor: "no"}
records:
  idea:
    fields:
      title: {column: title}
      text: {column: text}
"""


class Crash(BaseException):
    """The process is gone."""


def take(scenario: Scenario, number: int = 1) -> TakenBack:
    taking_back = scenario.house.vault.righting.taking_back
    return taking_back.take(HISTORY, number, reason="the wrong file")


def bring(scenario: Scenario, content: str = TABLE, map_: str = BOTH) -> ImportReport:
    report = run(scenario.house.imports, scenario.home.parent, content, map_)
    assert report.refused == 0
    return report


def held(scenario: Scenario, name: str, collection: str = "purchase") -> list[str]:
    page = scenario.house.gate.list_records(CASE, name, collection)
    return [item.record.hex() for item in page.items]


def found(scenario: Scenario, email: str) -> int:
    try:
        return len(scenario.house.gate.find(CASE, "profile", "email", email).items)
    except NotFound:
        return 0


def rows(scenario: Scenario, table: str = "vault_record") -> int:
    find = f"SELECT count(*) FROM {table}"  # noqa: S608 - ours
    return int(scenario.house.vault_db.reader().execute(find).fetchone()[0])


def index_rows(scenario: Scenario) -> int:
    find = "SELECT count(*) FROM identity_index WHERE field LIKE 'profile.%'"
    return int(scenario.house.identity_db.reader().execute(find).fetchone()[0])


def whole(scenario: Scenario) -> None:
    assert fsck(scenario.house.log).clean
    assert named(scenario) == []


def test_what_it_made_is_gone_and_what_else_was_there_stays(scenario: Scenario) -> None:
    bring(scenario, FIRST + AGAIN.replace("2026", "2025"))
    scenario.customer("zoe")
    scenario.profile("zoe")
    before, index = held(scenario, "c1"), index_rows(scenario)
    bring(scenario, TABLE.replace("c1,Ann", "c3,Ann") + AGAIN)
    assert (found(scenario, "ann@example.org"), len(held(scenario, "c1"))) == (1, 2)

    taken = take(scenario, 2)
    assert (taken.removed, taken.before, taken.customers) == (5, False, 2)
    assert (dict(taken.stays), taken.codes) == ({}, {})
    assert held(scenario, "c1") == before
    assert [found(scenario, f"{who}@example.org") for who in ("ann", "old", "zoe")] == [
        *(0, 1, 1)
    ]
    for name in ("c2", "c3"):
        assert held(scenario, name) == held(scenario, name, "profile") == []
        assert scenario.subject(name)
    assert (rows(scenario), rows(scenario, "vault_imported")) == (3, 2)
    assert index_rows(scenario) == index
    whole(scenario)


def test_it_stands_in_the_access_log_of_each_as_a_write(scenario: Scenario) -> None:
    bring(scenario)
    before = len(scenario.writes("c1"))
    take(scenario)
    told = scenario.writes("c1")[before:]
    assert [each.outcome for each in told] == ["intended", "written"]
    assert {(e.principal, e.purpose) for e in told} == {("operator", "import.history")}
    assert told[0].collection == "profile,purchase"


def test_a_file_that_was_taken_back_comes_again(scenario: Scenario) -> None:
    first = bring(scenario)
    take(scenario)
    assert take(scenario).before
    again = bring(scenario)
    assert again.done == first.done._replace(customers=0)
    assert take(scenario).before
    assert (found(scenario, "ann@example.org"), len(held(scenario, "c1"))) == (1, 1)
    assert take(scenario, 2).removed == 4
    assert bring(scenario, TABLE.replace("c1", "d1").replace("c2", "d2")).customers == 2


def test_what_is_anothers_by_now_stays_and_is_counted(scenario: Scenario) -> None:
    names = ("changed", "held", "paused", "erased", "other")
    bring(scenario, FIRST + "".join(f"{n},{n},,2026-01-01,1\n" for n in names))
    righting = scenario.house.vault.righting
    record = bytes.fromhex(held(scenario, "changed", "profile")[0])
    righting.rectification.correct_own(
        scenario.own("changed"), record, {"name": "Mine"}
    )
    care(scenario).holds.set(caring("ann"), "held", reason=WHY)
    care(scenario).restrictions.restrict(caring("ann"), "paused", reason=WHY)
    scenario.house.erasure.erase(scenario.subject("erased"))

    foretold = righting.taking_back.check(1)
    taken = take(scenario)
    assert replace(foretold, done=True) == taken
    assert taken.removed == 3  # the other's two, and what was bought by one who changed
    assert dict(taken.stays) == {"changed": 1, "held": 2, "restricted": 2, "gone": 2}
    assert held(scenario, "changed", "profile") == [record.hex()]
    assert len(held(scenario, "held")) == 1
    assert held(scenario, "other") == held(scenario, "changed") == []
    assert take(scenario) == TakenBack(1, True, True, 3, taken.stays, 5)
    whole(scenario)


def test_a_contribution_stays_whether_or_not_its_author_allows_anything(
    scenario: Scenario,
) -> None:
    bring(scenario, "id,title,text\nada,A lamp,of paper\nbob,A cup,of clay\n", IDEAS)
    (record,) = held(scenario, "ada", "idea")
    scenario.license(
        "ada", WriteResult(bytes.fromhex(record), 1, "created"), "ugc.advertise"
    )
    taken = take(scenario)
    assert (taken.removed, dict(taken.stays)) == (0, {"contributed": 2})
    assert held(scenario, "ada", "idea") == [record]
    whole(scenario)


def test_what_an_import_replaced_stays_as_it_is_and_is_told(scenario: Scenario) -> None:
    bring(scenario, map_=RENEWING)
    bring(scenario, TABLE.replace("Ann", "Anna"), RENEWING)
    taken = take(scenario, 2)
    assert (taken.removed, dict(taken.stays)) == (0, {"replaced": 1})
    page = scenario.house.gate.list_records(CASE, "c1", "profile")
    assert page.items[0].values["name"] == "Anna"
    first = take(scenario, 1)
    assert (first.removed, dict(first.stays)) == (3, {"changed": 1})


def test_what_the_policies_refuse_stays_and_it_is_not_done(scenario: Scenario) -> None:
    bring(scenario)
    taking_back = scenario.house.vault.righting.taking_back
    question = operating("marketing.email", region="eu")
    taken = taking_back.take(question, 1, reason="the wrong purpose")
    assert (taken.done, taken.removed, dict(taken.stays)) == (False, 0, {"refused": 4})
    assert taken.codes.total() == 4
    assert len(held(scenario, "c1")) == 1
    assert (take(scenario).removed, held(scenario, "c1")) == (4, [])


def test_customers_of_many_regions_are_each_asked_about_from_where_they_are(
    scenario: Scenario,
) -> None:
    map_ = BOTH.replace("region: eu", "region: {column: where}")
    table = "id,where,name,email,day,sum\n" + "".join(
        f"r{n},{region},N,,2026-01-01,1\n"
        for n, region in enumerate(("eu", "cn", "eu", "cn"))
    )
    bring(scenario, table, map_)
    assert take(scenario).removed == 8


def test_what_nobody_imported_or_without_a_reason_is_refused(
    scenario: Scenario,
) -> None:
    bring(scenario)
    with pytest.raises(NotFound):
        take(scenario, 2)
    taking_back = scenario.house.vault.righting.taking_back
    with pytest.raises(Invalid):
        taking_back.take(HISTORY, 1, reason=" ")
    assert len(held(scenario, "c1")) == 1


def test_an_import_under_way_ends_where_it_is_taken_back(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: int) -> None:
        taken.append(take(scenario))

    taken: list[TakenBack] = []
    folder = scenario.home.parent
    plan = scenario.house.imports.read_map(put(folder / "map", PURCHASES))
    file = put(folder / "file", lines(2_500))
    with pytest.raises(Conflict) as refused:
        scenario.house.imports.run(HISTORY, plan, file, progress=stop)
    assert refused.value.reason_code == "import.taken_back"
    assert (taken[0].removed, rows(scenario)) == (999, 0)
    again = scenario.house.imports.run(HISTORY, plan, file)
    assert (again.resumed_at, again.written, rows(scenario)) == (0, 2_500, 2_500)


POINTS: dict[str, tuple[type, str, int]] = {
    "before a lot is committed": (SqliteMade, "remove", 0),
    "before the index forgets": (BlindIndex, "indexing", 0),
    "before the names are free": (SqliteMade, "forget", 0),
    "between lots": (SqliteMade, "remove", 1),
    "before the logs are cut": (SqliteIdentity, "truncate_log", 0),
    "before it is said": (SqliteMade, "end", 0),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_step_is_gone_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    home, clock = tmp_path / "home", ManualClock()
    owner, name, after = POINTS[point]
    with lived_in(home, clock) as scenario:
        bring(scenario, CROWD)
        scenario.customer("zoe")
        scenario.profile("zoe")
        index = index_rows(scenario)
    with (
        suppress(Crash),
        opened(home, clock) as scenario,
        monkeypatch.context() as patch,
    ):
        patch.setattr(owner, name, _dying(owner, name, after))
        take(scenario)
        raise AssertionError  # it is taken back in more steps than that
    with opened(home, clock) as scenario:
        assert [each.state for each in runs(scenario)] == ["taking back"]
        assert take(scenario).removed == 420
        assert (rows(scenario), rows(scenario, "vault_imported")) == (1, 0)
        assert index_rows(scenario) == index - 210
        assert found(scenario, "zoe@example.org") == 1
        assert [each.state for each in runs(scenario)] == ["taken back"]
        whole(scenario)


def _dying(owner: type, name: str, after: int) -> Any:
    real, calls = getattr(owner, name), []

    def die(*given: Any, **more: Any) -> Any:
        calls.append(name)
        if len(calls) > after:
            raise Crash
        return real(*given, **more)

    return die


def runs(scenario: Scenario) -> list[Run]:
    return scenario.house.vault.righting.taking_back.known()
