"""Every command of `allod`, with the import that brings it.

An import stands in a function, so that it is done for the command that is called and
for no other. A new command is a line beside the import of its module: its name, and
what the list of commands says of it, which is the first line of its own help.
"""

from typing import Final

import typer

from server.cli.shelf import Listing, brings, shelf

PROGRAM: Final[Listing] = {}
POLICY: Final[Listing] = {}
LEDGER: Final[Listing] = {}


@brings(
    PROGRAM,
    {"init": "Make an installation: stores, root key, ledger, policies, catalogue."},
)
def _init(app: typer.Typer) -> None:
    from server.cli import init

    init.add_to(app)


@brings(
    PROGRAM,
    {
        "upgrade": "Bring a home that an older program wrote to what this one reads "
        "and writes."
    },
)
def _upgrade(app: typer.Typer) -> None:
    from server.cli import upgrade

    upgrade.add_to(app)


@brings(PROGRAM, {"serve": "Start the server, on 127.0.0.1:8080 unless set otherwise."})
def _serve(app: typer.Typer) -> None:
    from server.cli import serve

    serve.add_to(app)


@brings(
    PROGRAM,
    {"demo": "Tell the whole story once, in a home of its own, in less than a minute."},
)
def _demo(app: typer.Typer) -> None:
    from server.cli import demo

    demo.add_to(app)


@brings(
    PROGRAM,
    {
        "import": "Import a file. What is there already is not written again; run "
        "it as you like.",
        "imports": "List imports, and take one back: what it made goes again.",
    },
)
def _import(app: typer.Typer) -> None:
    from server.cli import import_, imports

    import_.add_to(app)
    imports.add_to(app)


@brings(
    PROGRAM,
    {
        "verify": "Verify a receipt, a certificate, evidence, an export or its "
        "chain, offline."
    },
)
def _verify(app: typer.Typer) -> None:
    from server.cli import verify

    verify.add_to(app)


@brings(
    PROGRAM,
    {"export": "Write all that is held about a customer into one signed archive."},
)
def _export(app: typer.Typer) -> None:
    from server.cli import export

    export.add_to(app)


@brings(PROGRAM, {"rights": "Say no for a customer who asked at the counter."})
def _rights(app: typer.Typer) -> None:
    from server.cli import rights

    app.add_typer(rights.app, name="rights")


@brings(
    PROGRAM,
    {
        "erase": "Erase a customer for good, and write the certificate that says so.",
        "erasure": "List erasures, fetch a certificate again.",
    },
)
def _erase(app: typer.Typer) -> None:
    from server.cli import erase

    erase.add_to(app)


@brings(
    PROGRAM,
    {
        "correct": "Correct what a customer is registered with; it binds the next "
        "read.",
        "remove": "Remove one contributed item from the live store, at its author's "
        "word.",
        "rectify": "Correct fields of a record, at the word of whom it is about (GDPR "
        "16).",
    },
)
def _correct(app: typer.Typer) -> None:
    from server.cli import correct, rectify, remove

    correct.add_to(app)
    remove.add_to(app)
    rectify.add_to(app)


@brings(
    PROGRAM,
    {
        "reach": "Show who reaches a customer now, and what is held of theirs.",
        "assign": "Put a customer into a colleague's care until an instant, or out "
        "of it.",
        "restrict": "Keep what is held about a customer, and keep it from use (GDPR "
        "18).",
        "grant": "Let a colleague reach one customer for some days.",
        "hold": "Keep what is evidence from change and erasure.",
    },
)
def _reach(app: typer.Typer) -> None:
    from server.cli import reach

    reach.add_to(app)


@brings(
    PROGRAM,
    {
        "restore": "Go on where orders in the mirror are lost, when two principals "
        "say so."
    },
)
def _restore(app: typer.Typer) -> None:
    from server.cli import restore

    restore.add_to(app)


@brings(
    PROGRAM,
    {
        "doctor": "Check files, modes, disks, tables, pragmas, keys, policies, "
        "ledger and mirror."
    },
)
def _doctor(app: typer.Typer) -> None:
    from server.cli import doctor

    doctor.add_to(app)


@brings(PROGRAM, {"catalogue": "What is kept about customers, and what may use it."})
def _catalogue(app: typer.Typer) -> None:
    from server.cli import catalogue

    app.add_typer(catalogue.app, name="catalogue")


@brings(PROGRAM, {"token": "Mint, list and revoke bearer tokens."})
def _token(app: typer.Typer) -> None:
    from server.cli import token

    app.add_typer(token.app, name="token")


@brings(PROGRAM, {"keys": "List, show and rotate the keys."})
def _keys(app: typer.Typer) -> None:
    from server.cli import keys

    app.add_typer(keys.app, name="keys")


@brings(PROGRAM, {"org": "Units, posts and placements."})
def _org(app: typer.Typer) -> None:
    from server.cli import org

    app.add_typer(org.app, name="org")


@brings(
    POLICY,
    {
        "test": "Lint the rules, then run every case and every Rego test, with "
        "coverage.",
        "explain": "Say why a question comes out as it does: each reason with its "
        "file and line.",
        "lint": "Check rules and tables: what stands where, and what to write instead.",
        "diff": "Say in words what the second policies change in the first.",
    },
)
def _policies(app: typer.Typer) -> None:
    from server.cli import policy

    app.add_typer(policy.app)


@brings(
    POLICY,
    {
        "impact": "Count who would gain and who would lose, on the records that the "
        "home holds."
    },
)
def _impact(app: typer.Typer) -> None:
    from server.cli import impact

    impact.add_to(app)


@brings(
    POLICY, {"history": "List the policies that were in force in a home, newest first."}
)
def _policy_history(app: typer.Typer) -> None:
    from server.cli import policy_history

    policy_history.add_to(app)


@brings(
    POLICY,
    {
        "propose": "Check policies, say what they would change, and propose them.",
        "approve": "Say yes to a proposal of somebody else's.",
        "withdraw": "Take a proposal back.",
        "activate": "Check an approved proposal again, on every engine, and put it "
        "in force.",
        "rollback": "Go back to policies that were in force; at once, where that "
        "opens nothing.",
        "proposals": "List what was proposed, the newest first.",
        "shadow": "Say what an approved proposal would have decided otherwise, in "
        "the shadow.",
    },
)
def _policy_changes(app: typer.Typer) -> None:
    from server.cli import policy_changes

    policy_changes.add_to(app)


@brings(
    POLICY,
    {
        "accept": "Let the cases that fail expect what the policies now say. Read "
        "every line."
    },
)
def _accept(app: typer.Typer) -> None:
    from server.cli import accept

    accept.add_to(app)


@brings(
    POLICY,
    {
        "new-purpose": "Begin a purpose in a copy of the policies, closed in every "
        "column.",
        "doctor": "Say what keeps a purpose from being used: in its row, and around "
        "it.",
    },
)
def _policy_purposes(app: typer.Typer) -> None:
    from server.cli import policy_purposes

    policy_purposes.add_to(app)


@brings(PROGRAM, {"policy": "Test, compare and explain the policies."})
def _policy(app: typer.Typer) -> None:
    _group(app, "policy", PROGRAM, POLICY)


@brings(
    LEDGER,
    {
        "fsck": "Check entries, tiles, head, every checkpoint and the mirror; then "
        "the rows.",
        "restore": "Append, after data/ was restored, the entries that only the "
        "mirror still has.",
        "extension": "Write the cosigned proof for what was signed before witnesses "
        "saw its tree.",
        "mirror": "Bring a complete public copy of the ledger in DIR up to date, or "
        "check it.",
        "succeed": "Let the ledger go on under a new name and key, after its key "
        "was stolen.",
    },
)
def _ledgers(app: typer.Typer) -> None:
    from server.cli import ledger

    app.add_typer(ledger.app)


@brings(
    LEDGER,
    {
        "audit": "Check that a log is what it signed, and has only grown since the "
        "last audit.",
        "compare": "Tell whether two views are of one history of a log.",
    },
)
def _audit(app: typer.Typer) -> None:
    from server.cli import audit

    audit.add_to(app)


@brings(PROGRAM, {"ledger": "Look after the ledger."})
def _ledger(app: typer.Typer) -> None:
    _group(app, "ledger", PROGRAM, LEDGER)


@brings(PROGRAM, {"witness": "Be a witness of other people's logs."})
def _witness(app: typer.Typer) -> None:
    from server.cli import witness

    app.add_typer(witness.app, name="witness")


def _group(app: typer.Typer, name: str, within: Listing, commands: Listing) -> None:
    help_ = within[name].says
    group = typer.Typer(cls=shelf(commands), help=help_, no_args_is_help=True)
    app.add_typer(group, name=name)
