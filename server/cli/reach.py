"""`allod assign | grant | hold | restrict | reach`: about one customer, with a name.

Each step but the last takes a token: what is done stands in the customer's own chain,
with who did it and why. Nobody widens their own reach.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from kit.clock import iso
from kit.errors import Fault, Invalid, NotFound
from kit.ids import parse_id
from server.auth.principals import Scope
from server.cli.auth import TokenFileOption, caring, operating_on
from server.cli.console import Console
from server.cli.options import HomeOption, JsonOption, UntilOption, instant, opened
from server.cli.org import CustomerArgument, StaffArgument
from server.faces.reach_schemas import GrantResponse, HoldResponse, ReachResponse
from server.http.admission import officer
from vault import Question
from vault.organisation.reach import ReachArrangements

ReasonOption = Annotated[
    str, typer.Option(help="Why; the customer finds it in their export.")
]
RecordOption = Annotated[
    str | None, typer.Option(help="One record's id. Without: all that is held.")
]

grant_app = typer.Typer(
    help="Let a colleague reach one customer for some days.", no_args_is_help=True
)
hold_app = typer.Typer(
    help="Keep what is evidence from change and erasure.", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    """Put the commands into an application."""
    app.command("reach")(reach)
    app.command("assign")(assign)
    app.command("restrict")(restrict)
    app.add_typer(grant_app, name="grant")
    app.add_typer(hold_app, name="hold")


@contextmanager
def _arranging(
    home: Path | None, token_file: Path, scope: Scope
) -> Iterator[tuple[ReachArrangements, Question]]:
    with caring(home, token_file, officer(scope)) as (house, question):
        yield house.vault.reach, question


def assign(
    staff: StaffArgument,
    customer: CustomerArgument,
    *,
    until: Annotated[
        str | None, typer.Option(help="When it ends, as in 2027-07-31T00:00:00Z.")
    ] = None,
    end: Annotated[bool, typer.Option("--end", help="End it now.")] = False,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a customer into a colleague's care until an instant, or out of it."""
    if end == (until is not None):
        raise Invalid("say either --until or --end", fix="see `--help`")
    scope = Scope.ASSIGNMENTS_WRITE
    with _arranging(home, token_file, scope) as (parts, question):
        if until is None:
            parts.assignments.unassign(question, customer, staff=staff)
        else:
            ends = instant(until)
            parts.assignments.assign(question, customer, staff=staff, until=ends)
    Console(as_json=as_json).done()


@grant_app.command("give")
def give(
    staff: StaffArgument,
    customer: CustomerArgument,
    *,
    purpose: Annotated[str, typer.Option(help="A purpose that is open to grants.")],
    until: UntilOption,
    reason: ReasonOption,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a colleague reach a customer for one purpose, for seven days at most."""
    voice = Console(as_json=as_json)
    with _arranging(home, token_file, Scope.GRANTS_WRITE) as (parts, question):
        given = parts.grants.give(
            question,
            customer,
            staff=staff,
            purpose=purpose,
            until=instant(until),
            reason=reason,
        )
    voice.say(f"grant {given.grant_id.hex()}, until {iso(given.until)}")
    voice.give(GrantResponse.of(given))


@grant_app.command("revoke")
def revoke(
    customer: CustomerArgument,
    grant_id: Annotated[str, typer.Argument(help="As `allod reach` shows it.")],
    *,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a grant before its time; it binds the next read."""
    with _arranging(home, token_file, Scope.GRANTS_WRITE) as (parts, question):
        parts.grants.revoke(question, customer, _id(grant_id))
    Console(as_json=as_json).done()


@hold_app.command("set")
def set_(
    customer: CustomerArgument,
    *,
    record: RecordOption = None,
    reason: ReasonOption,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a record as evidence, or all that is held and comes in later."""
    voice = Console(as_json=as_json)
    wanted = None if record is None else _id(record)
    with _arranging(home, token_file, Scope.HOLDS_WRITE) as (parts, question):
        hold = parts.holds.set(question, customer, record=wanted, reason=reason)
    voice.say(f"hold {hold.hold_id.hex()}")
    voice.give(HoldResponse.of(hold))


@hold_app.command("lift")
def lift(
    customer: CustomerArgument,
    hold_id: Annotated[str, typer.Argument(help="As `allod reach` shows it.")],
    *,
    reason: ReasonOption,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lift a hold; what no other hold keeps is free."""
    with _arranging(home, token_file, Scope.HOLDS_WRITE) as (parts, question):
        parts.holds.lift(question, customer, _id(hold_id), reason=reason)
    Console(as_json=as_json).done()


def restrict(
    customer: CustomerArgument,
    *,
    lift: Annotated[
        bool, typer.Option("--lift", help="Let it be used again; tell them before.")
    ] = False,
    told: Annotated[
        str | None,
        typer.Option(
            help="With --lift, for what the customer restricted: when they were told."
        ),
    ] = None,
    reason: ReasonOption,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep what is held about a customer, and keep it from use (GDPR 18)."""
    if told is not None and not lift:
        raise Invalid(
            "nothing is lifted of which the customer was told",
            faults=(Fault("/told", "give it with --lift"),),
        )
    told_at = None if told is None else instant(told)
    scope = Scope.RESTRICTIONS_WRITE
    with _arranging(home, token_file, scope) as (parts, question):
        if lift:
            parts.restrictions.lift(question, customer, reason=reason, told_at=told_at)
        else:
            parts.restrictions.restrict(question, customer, reason=reason)
    Console(as_json=as_json).done()


def reach(
    customer: CustomerArgument,
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who reaches a customer now, and what is held of theirs."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        parts = house.vault.reach
        subject = parts.acts.resolve(operating_on(house, customer), customer)
        state = house.customers.standing(subject).state
        found = ReachResponse.of(parts, state, customer)
    voice.table(
        "what", "how it stands", rows=list(_rows(found.model_dump(mode="json")))
    )
    voice.give(found)


def _rows(found: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in found.items():
        for each in value if isinstance(value, list) else [value]:
            told = " ".join(map(str, each.values())) if isinstance(each, dict) else each
            yield name, str(told)


def _id(text: str) -> bytes:
    found = parse_id(text)
    if found is None:
        raise NotFound
    return found
