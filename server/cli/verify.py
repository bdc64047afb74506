"""`allod verify`: check what somebody holds in their hands. No server, no network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from server.cli.console import Console, ExitCode
from server.cli.options import HomeOption, JsonOption
from server.ops.verification import CANNOT_TELL, NotRecognised, NotVerified, verify

DEFAULT_POLICY: Final = "policy.txt"
DEFAULT_ROOTS: Final = "tsa.pem"
CHAIN: Final = "chain"


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("verify")(verify_)


def verify_(
    file: Annotated[
        Path,
        typer.Argument(
            help="A .tlog-proof, .cose, certificate, consent receipt, .zip. Or `chain`,"
            " and then a .zip.",
        ),
    ],
    archive: Annotated[
        Path | None,
        typer.Argument(help="After `chain`: the export whose chain is looked at."),
    ] = None,
    *,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="Whom you trust (C2SP tlog-policy). Without: policy.txt beside the"
            " file, which you should have from elsewhere than the file.",
        ),
    ] = None,
    tsa: Annotated[
        Path | None,
        typer.Option(
            help="For evidence: a PEM file with the time-stamping authority's root."
            " Without: tsa.pem beside the file, which you should have from elsewhere.",
        ),
    ] = None,
    proof: Annotated[
        list[Path] | None,
        typer.Option(
            help="For what was signed before witnesses cosigned it: the proof fetched"
            " since, from /v1/ledger/extension. As often as there are such.",
        ),
    ] = None,
    home: HomeOption = None,  # noqa: ARG001 - every command takes it; this needs none
    as_json: JsonOption = False,
) -> None:
    """Verify a receipt, a certificate, evidence, an export or its chain, offline."""
    voice = Console(as_json=as_json)
    chain, file = _asked(file, archive)
    trusted = policy or file.parent / DEFAULT_POLICY
    roots = tsa or file.parent / DEFAULT_ROOTS
    try:
        found = verify(file, trusted, roots, proof or (), chain=chain)
    except NotVerified as error:
        open_ = error.reason_code in CANNOT_TELL
        said = "COULD NOT BE VERIFIED" if open_ else "DOES NOT VERIFY"
        voice.say(f"{file.name} {said}: {error.detail}", style="bold red")
        why = {"code": error.reason_code, "why": error.detail, "file": error.file}
        voice.answer({"ok": False, "verified": False, **why})
        raise typer.Exit(ExitCode.NO) from None
    voice.say(f"{file.name} verifies: {found.kind}", style="bold green")
    for name, value in shown(found.facts):
        voice.say(f"  {name:<15} {value}")
    voice.say(f"  {'trusting':<15} {trusted}")
    voice.answer(
        {"ok": True, "verified": True, "kind": found.kind, "facts": dict(found.facts)}
    )


def _asked(first: Path, second: Path | None) -> tuple[bool, Path]:
    """Tell what to check: a file, whatever it is, or the chain of an export."""
    if second is None:
        return False, first
    if first != Path(CHAIN):
        raise NotRecognised("two files were named", fix="name one, or `chain FILE`")
    return True, second


def shown(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Put what verifying has shown into lines for people."""
    lines = []
    for name, value in facts.items():
        if isinstance(value, list):
            lines += [(name.replace("_", " "), str(each)) for each in value]
        elif not isinstance(value, dict):
            lines.append((name.replace("_", " "), str(value)))
    return lines
