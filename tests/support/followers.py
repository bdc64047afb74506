"""A consumer that follows a collection: what it keeps, and what a scan shows beside."""

from collections.abc import Iterable, Mapping
from typing import Any

from houses import CASE, Scenario

from kit.errors import Resync
from vault import Change, Question
from vault.gate.positions import FeedPositions, Handles

Kept = dict[tuple[str, str], Mapping[str, Any]]


def handles(scenario: Scenario, question: Question) -> Handles:
    """Give what names persons and records to a consumer."""
    positions: FeedPositions = scenario.house.gate._follows.positions
    return positions.handles(question.principal)


def what(told: Iterable[Change]) -> list[str]:
    """Give what was told of each record, in a word."""
    return [each.what for each in told]


def granted(scenario: Scenario, *names: str) -> None:
    """Let people be there who have a profile, and have said yes to letters."""
    for name in names:
        scenario.customer(name)
        scenario.profile(name)
        scenario.grant(name)


class Follower:
    """A consumer: what it was shown and not told to drop, and where it is."""

    def __init__(
        self,
        scenario: Scenario,
        question: Question = CASE,
        collection: str = "profile",
        *,
        whole: bool = False,
    ) -> None:
        self.scenario = scenario
        self.question = question
        self.collection = collection
        self.kept: Kept = {}
        self.erased: set[str] = set()
        self.begun_anew = 0
        begun = scenario.house.gate.follow(question, collection, whole=whole)
        self.position = begun.position

    def page(self, limit: int = 100) -> tuple[tuple[Change, ...], bool]:
        """Take one page, as a consumer does: its effects and the position together."""
        try:
            page = self.scenario.house.gate.follow(
                self.question, self.collection, self.position, limit=limit
            )
        except Resync as resync:
            self.begun_anew += 1
            self.kept.clear()
            self.position = resync.position
            return (), True
        for each in page.items:
            self._take(each)
        self.position = page.position
        return page.items, page.more

    def poll(self, limit: int = 100) -> list[Change]:
        """Take all that there is."""
        told: list[Change] = []
        more = True
        while more:
            items, more = self.page(limit)
            told += items
        return told

    def shown_now(self) -> Kept:
        """Give what a scan for the same question shows, under the same names."""
        name = handles(self.scenario, self.question)
        shown: Kept = {}
        for page in self.scenario.house.gate.scan(self.question, self.collection):
            for each in page.items:
                subject = self.scenario.subject(each.customer_id)
                key = name.person(subject), name.record(subject, each.record)
                shown[key] = each.values
        return shown

    def _take(self, each: Change) -> None:
        if each.record is None:
            self.erased.add(each.person)
            self.kept = {k: v for k, v in self.kept.items() if k[0] != each.person}
        elif each.disclosure is None:
            self.kept.pop((each.person, each.record), None)
        else:
            self.kept[each.person, each.record] = dict(each.disclosure.values)


def at_the_place_of(follower: Follower) -> Follower:
    """Give another consumer of the same name that is at the same place."""
    other = Follower(follower.scenario, follower.question, follower.collection)
    other.position, other.kept = follower.position, dict(follower.kept)
    return other
