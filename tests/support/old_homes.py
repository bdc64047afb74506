"""Homes that earlier releases made (`tests/homes/`), copied to where a test may write.

`homes/make_home.py` says what was done in each of them.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from clocks import ManualClock

HOMES = Path(__file__).parents[1] / "homes"
RELEASES = sorted(path.name for path in HOMES.iterdir() if path.is_dir())
"""All of them, each named after the release and the version of what it writes."""
FIRST_RELEASE = "0.1.0-v1"
"""From before there were orders of all kinds, and rows that are vouched for."""


@dataclass(frozen=True)
class OldHome:
    """One release's home, and what its people took away."""

    release: str
    home: Path

    @property
    def out(self) -> Path:
        return HOMES / self.release / "out"

    @cached_property
    def said(self) -> dict[str, Any]:
        text = (HOMES / self.release / "expected.json").read_text(encoding="utf-8")
        said: dict[str, Any] = json.loads(text)
        return said

    def record(self, name: str) -> bytes:
        return bytes.fromhex(self.said["records"][name])

    def subject(self, name: str) -> bytes:
        return bytes.fromhex(self.said["subjects"][name])

    def clock(self) -> ManualClock:
        """Stand still a day after the home was made: what it granted is in force."""
        clock = ManualClock()
        clock.at = datetime.fromisoformat(self.said["made_at"])
        clock.advance(days=1)
        return clock


def unpacked(release: str, folder: Path) -> OldHome:
    """Copy a release's home, with the modes that git does not keep."""
    home = Path(shutil.copytree(HOMES / release / "home", folder))
    for path in (home, *home.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return OldHome(release, home)
