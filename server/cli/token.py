"""`allod token`: mint, list and revoke what callers show at the door."""

from datetime import timedelta
from typing import Annotated

import typer

from kit.clock import iso
from kit.errors import Invalid, NotFound
from pdp.decision.question import Kind
from server.auth.principals import BY_NAME, SCOPES_OF, Bearer, Scope
from server.cli.auth import operating_on
from server.cli.console import Console
from server.cli.options import HomeOption, JsonOption, opened
from server.house.house import House
from vault.gate.question import Principal
from vault.organisation.staff_actions import Acting

app = typer.Typer(help="Mint, list and revoke bearer tokens.", no_args_is_help=True)


@app.command()
def new(
    kind: Annotated[Kind, typer.Argument(help="Who will carry it.")],
    name: Annotated[
        str,
        typer.Argument(
            help="What the access log will say. For a customer: their customer id."
        ),
    ],
    *,
    role: Annotated[
        list[str] | None, typer.Option(help="A role; may be given again.")
    ] = None,
    purpose: Annotated[
        list[str] | None, typer.Option(help="A purpose; may be given again.")
    ] = None,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            help="A call; may be given again. Without: all of the kind, except those"
            " that have to be asked for by name: an OPA server's `bundle:read`, and"
            " what changes the policies, and `customers:readmit`."
        ),
    ] = None,
    region: Annotated[str, typer.Option(help="Where the caller is.")] = "eu",
    assurance: Annotated[
        int, typer.Option(min=1, max=3, help="How surely the caller is known.")
    ] = 1,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it lasts.")] = 30,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Mint a token. Its text is shown once, here, and kept nowhere."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        life, roles = timedelta(days=days), tuple(role or ())
        house.vault.words.require_region(region)
        house.vault.words.require_roles(kind, roles)
        purposes = _known(house, purpose or [])
        if kind is Kind.CUSTOMER:
            text = _for_customer(house, name, region, life)
        else:
            principal = Principal(
                kind,
                name,
                roles=roles,
                region=region,
                assurance=assurance,
            )
            scopes = tuple(sorted(scope or SCOPES_OF[kind] - BY_NAME))
            bearer = Bearer(principal, purposes, scopes)
            with house.vault_db.write() as session:
                text = house.tokens.mint(session, bearer, life=life)
        expires = iso(house.clock.now() + life)
        try:
            voice.say(text)
            voice.warn("this is shown once; whoever has it is let in until it expires")
            told = {"token": text, "kind": kind.value, "expires": expires}
            voice.answer({"ok": True, **told})
        except BaseException:
            # Nobody was told it: it is not left good for a month.
            with house.vault_db.write() as session:
                house.tokens.revoke_text(session, text)
            raise


@app.command("list")
def list_(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the tokens: what they are good for, never their text."""
    voice = Console(as_json=as_json)
    with opened(home) as house, house.vault_db.read() as session:
        found = house.tokens.list(session)
    items = [
        {
            "kind": each.bearer.principal.kind.value,
            "name": each.bearer.principal.name,
            "roles": list(each.bearer.principal.roles),
            "purposes": list(each.bearer.purposes),
            "expires": iso(each.expires),
            "revoked": None if each.revoked is None else iso(each.revoked),
            "entry": each.entry,
        }
        for each in found
    ]
    heads = ("kind", "name", "roles", "expires", "revoked", "entry")
    rows = [tuple(_cell(item[head]) for head in heads) for item in items]
    voice.table(*heads, rows=rows)
    voice.answer({"ok": True, "items": items})


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="Every live token of this name ends.")],
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke tokens by name. The next call with one of them is refused."""
    voice = Console(as_json=as_json)
    with opened(home) as house, house.vault_db.write() as session:
        count = house.tokens.revoke(session, name)
    if not count:
        raise NotFound("no live token is of that name")
    voice.say(f"{count} revoked")
    voice.answer({"ok": True, "revoked": count})


def _for_customer(house: House, customer_id: str, region: str, life: timedelta) -> str:
    """Mint a customer's token; they see that an operator made one."""

    def mint(acting: Acting) -> str:
        bearer = Bearer.customer(acting.subject, region=region)
        return house.tokens.mint(acting.session, bearer, life=life)

    try:
        question = operating_on(house, customer_id)
        return house.vault.reach.acts.about(question, customer_id, mint)
    except NotFound:
        raise NotFound(
            "no customer is registered under that id; register them first"
        ) from None


def _known(house: House, purposes: list[str]) -> tuple[str, ...]:
    unknown = sorted(set(purposes) - house.purposes.names)
    if unknown:
        raise Invalid(
            "there is no purpose of that name",
            code="purpose.unknown",
            fix=f"use some of: {', '.join(sorted(house.purposes.names))}",
        )
    return tuple(sorted(set(purposes)))


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
