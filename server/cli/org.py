"""`allod org`: the units, who holds them, which customers are in them.

Whoever holds a unit reaches the customers in it and below it. So each step that
changes anything takes a token, whose name stands behind it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from kit.clock import iso
from server.auth.principals import Scope
from server.cli.auth import TokenFileOption, acting, caring
from server.cli.console import Console
from server.cli.options import HomeOption, JsonOption, UntilOption, instant, opened
from server.faces.reach_schemas import OrganisationResponse
from server.house.house import House
from server.http.admission import officer
from vault.organisation.org_yaml import load
from vault.organisation.organisation import Organisation, Post, Unit

app = typer.Typer(help="Units, posts and placements.", no_args_is_help=True)

UnitArgument = Annotated[str, typer.Argument(help="The unit's name.")]
StaffArgument = Annotated[
    str, typer.Argument(help="A member of staff, by the name in their tokens.")
]
CustomerArgument = Annotated[str, typer.Argument(help="The customer's id.")]

OFFICER: Final = officer(Scope.ORG_WRITE)


def _org(house: House) -> Organisation:
    return house.vault.reach.organisation


@contextmanager
def _arranging(
    home: Path | None, token_file: Path, *, as_json: bool
) -> Iterator[tuple[Organisation, str]]:
    """Give the units to somebody who may change them, and say when it is done."""
    with acting(home, token_file, OFFICER) as (house, by):
        yield _org(house), by
    Console(as_json=as_json).done()


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Units within units, as YAML.")],
    *,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add what a file names, and move what stands elsewhere; all or nothing.

    What the file does not name stays as it is.
    """
    voice = Console(as_json=as_json)
    with acting(home, token_file, OFFICER) as (house, by):
        wanted = load(file, now=house.clock.now(), by=by)
        _org(house).arrange(wanted, by=by)
    units, posts = len(wanted.units), len(wanted.posts)
    voice.say(f"{units} units and {posts} posts stand as the file says")
    voice.answer({"ok": True, "units": units, "posts": posts})


@app.command()
def show(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show the units, and the posts that have not ended."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        chart = _org(house).chart()
    for depth, unit in chart.walk():
        held = [each for each in chart.posts if each.unit == unit.name]
        named = ", ".join(f"{each.staff} until {iso(each.until)}" for each in held)
        line = f"{'  ' * depth}{unit.name} ({unit.kind})"
        voice.say(f"{line}: {named}" if named else line)
    voice.give(OrganisationResponse.of(chart))


@app.command("set")
def set_(
    unit: UnitArgument,
    *,
    kind: Annotated[str, typer.Option(help="What it is: campus, grade, shop…")],
    within: Annotated[
        str | None, typer.Option(help="The unit above it. Without: none.")
    ] = None,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a unit, or move it with everything below it."""
    with _arranging(home, token_file, as_json=as_json) as (org, by):
        org.set_unit(Unit(unit, kind, within), by=by)


@app.command()
def remove(
    unit: UnitArgument,
    *,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a unit that nothing is in, and the posts there."""
    with _arranging(home, token_file, as_json=as_json) as (org, by):
        org.remove_unit(unit, by=by)


@app.command()
def post(
    staff: StaffArgument,
    unit: UnitArgument,
    *,
    until: UntilOption,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a colleague hold a unit until an instant."""
    with _arranging(home, token_file, as_json=as_json) as (org, by):
        org.post(Post(staff, unit, instant(until)), by=by)


@app.command()
def unpost(
    staff: StaffArgument,
    unit: UnitArgument,
    *,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a unit from somebody; it binds their next read."""
    with _arranging(home, token_file, as_json=as_json) as (org, by):
        org.unpost(staff, unit, by=by)


@app.command()
def place(
    customer: CustomerArgument,
    unit: UnitArgument,
    *,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a customer into a unit; they may be in several."""
    with caring(home, token_file, OFFICER) as (house, question):
        _org(house).place(question, customer, unit)
    Console(as_json=as_json).done()


@app.command()
def displace(
    customer: CustomerArgument,
    unit: UnitArgument,
    *,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a customer out of a unit."""
    with caring(home, token_file, OFFICER) as (house, question):
        _org(house).displace(question, customer, unit)
    Console(as_json=as_json).done()
