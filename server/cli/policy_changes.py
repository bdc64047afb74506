"""`allod policy propose | approve | activate | …`: the steps, each in its own name."""

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from pdp.bundle.bundle import load
from pdp.change.proposal import Proposal
from pdp.change.shadow import divergences
from server.auth.principals import Scope
from server.cli.auth import TokenFileOption, acting
from server.cli.console import Console
from server.cli.options import HomeOption, JsonOption, opened
from server.faces.policy_changes_schemas import (
    DivergenceResponse,
    ProposalResponse,
    ProposalsResponse,
    Proposed,
)
from server.faces.workbench_schemas import ActivationRecordResponse
from server.http.admission import legal

NumberArgument = Annotated[int, typer.Argument(min=1, help="The proposal's number.")]
ReasonOption = Annotated[
    str, typer.Option(help="Why: one line, which goes into the public ledger.")
]

_WAY_BACK: Final = (
    "see allod policy history; the way back: allod policy rollback DIGEST --reason …"
)


def add_to(app: typer.Typer) -> None:
    """Put the commands into an application."""
    app.command("propose")(propose)
    app.command("approve")(approve)
    app.command("withdraw")(withdraw)
    app.command("activate")(activate)
    app.command("rollback")(roll_back)
    app.command("proposals")(proposals)
    app.command("shadow")(shadow)


def propose(
    policies: Annotated[Path, typer.Argument(help="A folder of policies.")],
    *,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check policies, say what they would change, and propose them."""
    voice = Console(as_json=as_json)
    bundle = load(policies)
    with (
        acting(home, token_file, legal(Scope.POLICIES_PROPOSE)) as (house, by),
        voice.progress("checking, and counting what would change"),
    ):
        proposal, examined = house.governing.activator.propose(bundle, by=by)
    for line in examined.lines():
        voice.say(line)
    _say(voice, proposal)
    shown = ProposalResponse.of(proposal)
    voice.give(Proposed(proposal=shown, changes=examined.lines()))


def approve(
    number: NumberArgument,
    *,
    widening: Annotated[
        bool, typer.Option("--widening", help="Approve that it opens something.")
    ] = False,
    reason: ReasonOption = "",
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say yes to a proposal of somebody else's."""
    voice = Console(as_json=as_json)
    with (
        acting(home, token_file, legal(Scope.POLICIES_APPROVE)) as (house, by),
        house.vault_db.write() as session,
    ):
        proposal = house.governing.proposals.approve(
            session,
            number,
            by=by,
            widening=widening,
            reason=reason,
        )
    _tell(voice, proposal)


def withdraw(
    number: NumberArgument,
    *,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a proposal back."""
    voice = Console(as_json=as_json)
    with (
        acting(home, token_file, legal(Scope.POLICIES_PROPOSE)) as (house, by),
        house.vault_db.write() as session,
    ):
        proposal = house.governing.proposals.withdraw(session, number, by=by)
    _tell(voice, proposal)


def activate(
    number: NumberArgument,
    *,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check an approved proposal again, on every engine, and put it in force."""
    voice = Console(as_json=as_json)
    with (
        acting(home, token_file, legal(Scope.POLICIES_ACTIVATE)) as (house, by),
        voice.progress("checking on every engine"),
    ):
        done = house.governing.activator.activate(number, by=by)
    voice.say(f"in force: {done.digest}, entry {done.entry}", style="green")
    voice.say("a server that runs follows within two seconds")
    voice.say(f"next: {_WAY_BACK}")
    voice.give(ActivationRecordResponse.of(done))


def roll_back(
    digest: Annotated[str, typer.Argument(help="As `allod policy history` lists it.")],
    *,
    reason: ReasonOption,
    token_file: TokenFileOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to policies that were in force; at once, where that opens nothing."""
    voice = Console(as_json=as_json)
    with (
        acting(home, token_file, legal(Scope.POLICIES_ACTIVATE)) as (house, by),
        voice.progress("checking on every engine"),
    ):
        proposal = house.governing.activator.roll_back(digest, by=by, reason=reason)
    _tell(voice, proposal)


def proposals(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List what was proposed, the newest first."""
    voice = Console(as_json=as_json)
    with opened(home) as house, house.vault_db.read() as session:
        listed = house.governing.proposals.list(session)
    for each in listed:
        _say(voice, each)
    voice.give(ProposalsResponse(items=[*map(ProposalResponse.of, listed)]))


def shadow(
    number: NumberArgument, *, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Say what an approved proposal would have decided otherwise, in the shadow."""
    voice = Console(as_json=as_json)
    with opened(home) as house, house.vault_db.read() as session:
        proposal = house.governing.proposals.get(session, number)
        found = divergences(session, proposal.digest, proposal.base)
    for each, records in found:
        voice.say(f"{records:>8,}  {each.purpose} {each.action}: {each.would_be}")
        voice.say(f"{'':10}instead of {each.enforced}")
        voice.say(f"{'':10}{each.question}")
    voice.say(f"{len(found)} classes differ", style="bold")
    voice.say(f"next: {_next(proposal)}")
    items = [
        {
            **DivergenceResponse.of(*each).model_dump(),
            "question": json.loads(each[0].question),
        }
        for each in found
    ]
    voice.answer({"ok": True, "items": items})


def _tell(voice: Console, proposal: Proposal) -> None:
    _say(voice, proposal)
    shown = ProposalResponse.of(proposal)
    voice.answer({"ok": True, "proposal": shown.model_dump(mode="json")})


def _say(voice: Console, proposal: Proposal) -> None:
    word = " and opens something" if proposal.widens else ""
    voice.say(
        f"proposal {proposal.number} by {proposal.proposer}: {proposal.state}{word}",
        style="bold",
    )
    voice.say(f"    {proposal.digest}")
    for each in proposal.approvals:
        what = f"the widening: {each.reason}" if each.widening else "it"
        voice.say(f"    {each.approver} approved {what}")
    voice.say(f"    next: {_next(proposal)}")


def _next(proposal: Proposal) -> str:
    number = proposal.number
    if proposal.state == "active":
        return _WAY_BACK
    if proposal.state != "open":
        return "propose it anew, if it is still wanted: allod policy propose FOLDER"
    if not proposal.lacking:
        return (
            f"allod policy activate {number}; "
            f"allod policy shadow {number} says what it would have changed"
        )
    flags = " --widening --reason …" if "widening" in proposal.lacking else ""
    return f"allod policy approve {number}{flags}, by another principal"
