"""`allod ledger audit` and `compare`: the auditors' own program, started from here.

`server.ops.verification` starts it in a process of its own. Auditors run the same
program without any of this: `python -m allod.proofs`.
"""

from pathlib import Path
from typing import Annotated

import typer

from server.cli.console import Answered
from server.cli.options import HomeOption, JsonOption
from server.ops.verification import run_verifier

PolicyOption = Annotated[
    Path,
    typer.Option(
        help="Whom you trust (C2SP tlog-policy), from elsewhere than the log."
    ),
]
EvidenceOption = Annotated[
    Path, typer.Option(help="Where evidence of a split view goes.")
]


def add_to(app: typer.Typer) -> None:
    """Put the commands into the group `ledger`."""
    app.command("audit")(audit)
    app.command("compare")(compare)


def audit(
    log: Annotated[
        str, typer.Argument(help="The log's address, or a folder that mirrors it.")
    ],
    *,
    policy: PolicyOption,
    state: Annotated[
        Path | None, typer.Option(help="What was seen last; it is made if it is new.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Hash from the first entry on.")
    ] = False,
    evidence: EvidenceOption = Path("split-view.json"),
    home: HomeOption = None,  # noqa: ARG001 - every command takes it; this needs none
    as_json: JsonOption = False,
) -> None:
    """Check that a log is what it signed, and has only grown since the last audit."""
    options = ["--full"] if full else []
    options += ["--state", str(state)] if state else []
    _run("audit", [log], policy, evidence, options, as_json=as_json)


def compare(
    first: Annotated[
        str, typer.Argument(help="An address, a folder, or a checkpoint's file.")
    ],
    second: Annotated[str, typer.Argument(help="Likewise.")],
    *,
    policy: PolicyOption,
    evidence: EvidenceOption = Path("split-view.json"),
    home: HomeOption = None,  # noqa: ARG001 - every command takes it; this needs none
    as_json: JsonOption = False,
) -> None:
    """Tell whether two views are of one history of a log."""
    _run("compare", [first, second], policy, evidence, [], as_json=as_json)


def _run(
    verb: str,
    views: list[str],
    policy: Path,
    evidence: Path,
    options: list[str],
    *,
    as_json: bool,
) -> None:
    common = ["--policy", str(policy), "--evidence", str(evidence), *options]
    common += ["--json"] if as_json else []
    done = run_verifier(verb, *common, "--", *views)
    typer.echo(done.stdout, nl=False)
    if done.returncode:
        raise Answered(done.returncode)
