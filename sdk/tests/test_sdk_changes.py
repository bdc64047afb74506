"""The SDK follows a whole house: what it keeps, what it drops, where it begins anew."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from allod import AsyncAllod, Gone, RecordChange
from callers import Callers, calling
from clocks import ManualClock
from houses import lived_in

PROFILE = {"name": "Ada Example", "phone": "+4915112345678"}


@pytest.fixture
async def callers(tmp_path: Path) -> AsyncIterator[Callers]:
    with lived_in(tmp_path / "home", ManualClock()) as scenario:
        async with calling(scenario) as callers:
            yield callers


def client(callers: Callers, headers: dict[str, str]) -> AsyncAllod:
    token = headers["Authorization"].partition(" ")[2]
    return AsyncAllod("http://127.0.0.1", token=token, http_client=callers.client)


async def told(
    mailer: AsyncAllod, position: str
) -> tuple[tuple[RecordChange, ...], str]:
    page = await mailer.changes("profile", purpose="marketing.email", after=position)
    assert not page.more
    return page.items, page.position


async def test_a_consumer_keeps_what_it_may_and_drops_the_rest(
    callers: Callers,
) -> None:
    helpdesk = client(callers, callers.service("support"))
    await helpdesk.customers.register(
        "c-1042", region="eu", minor="no", purpose="service.registration"
    )
    mailer = client(callers, callers.service("marketing", name="mailer"))
    customer = client(callers, callers.customer("c-1042"))
    begun = await mailer.changes("profile", purpose="marketing.email")
    await helpdesk.records.add("c-1042", "profile", PROFILE, purpose="support.case")
    await customer.me.grant("marketing.email", notice_version=1, language="en")
    (shown,), position = await told(mailer, begun.position)
    assert shown.shown is not None
    assert shown.shown.values["name"] == PROFILE["name"]
    assert PROFILE["name"] not in repr(shown)
    await customer.me.withdraw("marketing.email")
    (gone,), position = await told(mailer, position)
    assert (gone.what, gone.person, gone.record) == (
        *("gone", shown.person),
        shown.record,
    )
    await customer.me.erase()
    (erased,), _ = await told(mailer, position)
    assert (erased.what, erased.person) == ("erased", shown.person)


async def test_where_it_begins_anew_comes_with_the_error(callers: Callers) -> None:
    helpdesk = client(callers, callers.service("support"))
    await helpdesk.customers.register(
        "c-1042", region="eu", minor="no", purpose="service.registration"
    )
    await helpdesk.records.add("c-1042", "profile", PROFILE, purpose="support.case")
    with pytest.raises(Gone) as gone:
        await helpdesk.changes("profile", purpose="support.case", after="yesterdays")
    assert gone.value.code == "changes.resync"
    page = await helpdesk.changes(
        "profile", purpose="support.case", after=gone.value.position
    )
    assert [each.what for each in page.items] == ["shown"]
