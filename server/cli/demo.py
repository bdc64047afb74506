"""`allod demo`: the whole story once, each thing it says checked on the spot."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from kit.errors import AllodError, CannotStart
from kit.settings import Settings
from server.cli.console import Console, ExitCode
from server.cli.options import JsonOption
from server.demo.context import DemoContext
from server.demo.place import clear, mark, real_data
from server.demo.story import ToldChapter, tell
from server.house.init import found_house
from server.house.wiring import open_house

DEFAULT_HOME: Final = Path("allod-demo")


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("demo")(demo)


def demo(
    *,
    home: Annotated[
        Path,
        typer.Option(
            envvar="ALLOD_HOME",
            help="Where to make the demo's home; it is kept to be looked at.",
        ),
    ] = DEFAULT_HOME,
    data: Annotated[
        Path | None,
        typer.Option(
            help="A folder with cdnow_master.txt.xz. Without it, and without a"
            " ../shared/data beside a checkout, the data that ships is used.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the whole story once, in a home of its own, in less than a minute."""
    voice = Console(as_json=as_json)
    if data is not None and not data.is_dir():
        raise CannotStart("there is no such folder of data", fix="correct --data")
    with _unwarned():
        context, told = _told(voice, home, data or real_data())
    _end(voice, context, told)


@contextmanager
def _unwarned() -> Iterator[None]:
    """Keep quiet that the key has no passphrase: that is part of what a demo is."""
    log = logging.getLogger("vault")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _told(
    voice: Console, home: Path, data: Path | None
) -> tuple[DemoContext, list[ToldChapter]]:
    clear(home)
    settings = Settings.read(home=home)
    found_house(settings, origin="demo.invalid/allod")
    out = mark(home)
    with open_house(settings) as house:
        context = DemoContext(
            house=house, out=out, data=data, say=voice.say, progress=voice.progress
        )
        try:
            told = tell(context, lambda title: voice.say(f"\n{title}", "bold cyan"))
        except AllodError as error:
            voice.fail(error)
            raise typer.Exit(ExitCode.NO) from None
    return context, told


def _end(voice: Console, context: DemoContext, told: list[ToldChapter]) -> None:
    seconds = sum(each.seconds for each in told)
    voice.say(f"\nAll of it held. {seconds:.1f} s.", "bold green")
    voice.say(f"The home, to look at: {context.home}")
    for path in context.made:
        voice.say(f"  {path}")
    voice.say(f"Check them yourself: allod verify {context.made[-1]}")
    voice.answer(
        {
            "ok": True,
            "home": str(context.home),
            "seconds": round(seconds, 3),
            "steps": [
                {"title": each.title, "seconds": round(each.seconds, 3)}
                for each in told
            ],
            "out": [str(path) for path in context.made],
        }
    )
