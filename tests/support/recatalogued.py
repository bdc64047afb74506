"""A home whose catalogue is changed between two openings, as an operator would."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clocks import ManualClock
from houses import Scenario, opened

from kit.settings import Settings
from server.house.wiring import open_house
from vault.acceptance.resealing import Resealed

PLACE = Path("data") / "catalogue.yaml"


def rewrite(home: Path, *changes: tuple[str, str]) -> None:
    """Put one text in the place of another in a home's catalogue, change by change."""
    path = home / PLACE
    text = path.read_text("utf-8")
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")


def accept(home: Path, clock: ManualClock) -> Resealed:
    """Accept the catalogue that lies in a home."""
    with open_house(Settings(home=home), clock=clock, unaccepted=True) as house:
        return house.vault.acceptance.accept()


@contextmanager
def recatalogued(
    home: Path, clock: ManualClock, *changes: tuple[str, str]
) -> Iterator[Scenario]:
    """Open a home under a changed catalogue, once it is accepted."""
    rewrite(home, *changes)
    accept(home, clock)
    with opened(home, clock) as scenario:
        yield scenario
