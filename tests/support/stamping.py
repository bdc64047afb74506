"""A house that has its checkpoints stamped by a real authority over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from authorities import Authority, Served, serving
from clocks import ManualClock
from houses import Scenario, settle

from kit.settings import Settings
from server.house.wiring import open_house


@contextmanager
def stamped_house(
    home: Path, authority: Authority, clock: ManualClock
) -> Iterator[tuple[Scenario, Served]]:
    settle(home, clock)
    settings = Settings(home=home, tsa_chain=authority.folder / "chain.pem")
    with serving(authority.answer) as served:
        settings = settings.model_copy(update={"tsa_url": served.url})
        with open_house(settings, clock=clock) as house:
            yield Scenario(house, clock, home), served
