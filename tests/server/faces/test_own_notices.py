"""A home's own notices: published at its start, beside those that ship."""

from pathlib import Path

import pytest
from clocks import ManualClock
from houses import opened, settle

from consent import NoticesError
from kit.home import Home

OWN = "marketing.email:\n  en: May we write to you?\n  fr: Pouvons-nous vous écrire ?\n"


def test_a_home_publishes_its_own_texts_in_the_place_of_those_that_ship(
    tmp_path: Path,
) -> None:
    home, clock = tmp_path / "home", ManualClock()
    settle(home, clock)
    with opened(home, clock) as scenario, scenario.house.vault_db.read() as session:
        shipped = scenario.house.notices.current(session, "marketing.email")
    Home(home).notices.write_text(OWN, "utf-8")
    with opened(home, clock) as scenario, scenario.house.vault_db.read() as session:
        own = scenario.house.notices.current(session, "marketing.email")
        other = scenario.house.notices.current(session, "marketing.sms")
    assert [each.language for each in own] == ["en", "fr"]
    assert own[0].version == shipped[0].version + 1
    assert {each.language for each in other} == {"en", "zh"}


def test_a_file_that_holds_none_starts_nothing(tmp_path: Path) -> None:
    home, clock = tmp_path / "home", ManualClock()
    settle(home, clock)
    Home(home).notices.write_text("marketing.email: x\n", "utf-8")
    with pytest.raises(NoticesError, match=r"notices\.yaml"), opened(home, clock):
        raise AssertionError
