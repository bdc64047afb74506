"""Where a demo lives: a home of its own, made anew each time, and never another's."""

import shutil
from pathlib import Path
from typing import Final

from kit.errors import CannotStart
from kit.home import READMES
from server.house.resources import shipped

MARK: Final = ".allod-demo"
OUT: Final = "out"

_MARK_TEXT: Final = (
    "This home was made by `allod demo`. The next run in this place removes it and\n"
    "begins again. Keep nothing here that you want to keep.\n"
)


def clear(home: Path) -> None:
    """Take away an earlier demo, so that a new one can be made in its place.

    Raises:
        CannotStart: something is there that no demo made. It is left as it is.

    """
    if _taken(home):
        raise CannotStart(
            "this place is taken, and not by a demo",
            fix="name another folder with --home",
        )
    try:
        for name in (*READMES, OUT):
            shutil.rmtree(home / name, ignore_errors=True)
        (home / MARK).unlink(missing_ok=True)
        home.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise CannotStart(
            "nothing can be written in this place",
            fix="name a folder of your own with --home",
        ) from None


def mark(home: Path) -> Path:
    """Say of a new home that a demo made it; gives the folder for what leaves it."""
    (home / MARK).write_text(_MARK_TEXT, encoding="utf-8")
    (home / OUT).mkdir(mode=0o700)
    return home / OUT


def _taken(home: Path) -> bool:
    if not home.exists() or (home / MARK).is_file():
        return False
    return not home.is_dir() or any(home.iterdir())


def real_data() -> Path | None:
    """Find the folder of real data beside a checkout, if there is one."""
    folder = shipped("policies").parent.parent / "shared" / "data"
    return folder if folder.is_dir() else None
