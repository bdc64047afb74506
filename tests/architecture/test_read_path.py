"""The way of a read: how many files of the product a warm point read goes through.

Counted over HTTP, from the request to the answer, in every thread that takes part: the
files of which a function is entered. Who reads the code behind one answer opens these.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from callers import calling
from clocks import ManualClock
from houses import lived_in
from source_rules import PACKAGES, ROOT

MOST_FILES = 43
MOST_IN_THE_VAULT = 22
NAME = "c-1042"


class Entered:
    """The files of the product of which a function was entered while it was on."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self._on = False

    def profile(self, frame: FrameType, event: str, _arg: object) -> None:
        if not self._on or event != "call":
            return
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT):
            name = path.relative_to(ROOT)
            if name.parts[0] in PACKAGES:
                self.files.add(name.as_posix())

    @contextmanager
    def counting(self) -> Iterator[None]:
        self._on = True
        try:
            yield
        finally:
            self._on = False


@pytest.fixture
def entered() -> Iterator[Entered]:
    """Watch this thread, and each that begins from here on: a house's are later."""
    entered = Entered()
    before, before_all = sys.getprofile(), threading.getprofile()
    sys.setprofile(entered.profile)
    threading.setprofile(entered.profile)
    yield entered
    sys.setprofile(before)
    # Its stub takes no None, which is what it gives where nothing was set.
    threading.setprofile(before_all)  # type: ignore[arg-type]


async def test_a_warm_point_read_goes_through_few_files(
    entered: Entered, tmp_path: Path, clock: ManualClock
) -> None:
    with lived_in(tmp_path / "home", clock) as scenario:
        scenario.register(NAME)
        record = scenario.profile(NAME).record.hex()
        path = f"/v1/customers/{NAME}/records/{record}"
        async with calling(scenario) as callers:
            who = callers.service()
            await callers.get(path, who, purpose="support.case")
            with entered.counting():
                answer = await callers.get(path, who, purpose="support.case")
    assert answer.json()["masks"] == {"phone": "last4"}
    files = sorted(entered.files)
    # The door, the look-up, the event that another thread writes, and the mask.
    assert {
        "server/http/admission.py",
        "vault/_internal/customer_lookup.py",
        "vault/_internal/sqlite/access_log.py",
        "vault/gate/drawings.py",
    } <= entered.files
    assert len(files) <= MOST_FILES, files
    inside = [each for each in files if each.startswith("vault/")]
    assert len(inside) <= MOST_IN_THE_VAULT, inside
