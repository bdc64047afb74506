"""`allod policy`: what the rules say, for those who answer for them."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from kit.canonical import parse
from kit.clock import from_unix, iso
from kit.errors import Invalid
from kit.home import Home
from kit.settings import Settings
from pdp.activations import activations
from pdp.bundle import Bundle, installed, load
from pdp.cases import Report, run
from pdp.diff import Effect, diff
from pdp.explain import Explanation, Ground, explain, find_case
from pdp.lint import Finding, lint
from server.cli.options import HomeOption, JsonOption, opened
from server.cli.voice import ExitCode, Voice
from server.shipped import shipped

MAX_QUESTION: Final = 1 << 16
DIGEST: Final = re.compile(r"[0-9a-f]{64}")

app = typer.Typer(help="Test, compare and explain the policies.", no_args_is_help=True)

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--policies",
        help="A folder of policies. Without: those in force in the home, or, where"
        " there is no home, those that ship with the program.",
    ),
]


@app.command("test")
def run_tests(
    *,
    policies: FolderOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lint the rules, then run every case and every Rego test, with coverage."""
    voice = Voice(as_json=as_json)
    bundle = _bundle(policies, home)
    with voice.progress("running the cases"):
        findings = lint(bundle)
        report = run(bundle)
    passed = report.passed and not findings
    _say_test(voice, report, findings)
    voice.answer({"ok": passed, **_described(report, findings)})
    if not passed:
        raise typer.Exit(ExitCode.NO)


@app.command("explain")
def explain_(
    case: Annotated[
        str | None,
        typer.Argument(help="A case: cases/FILE.yaml:LINE, or words of its name."),
    ] = None,
    *,
    question: Annotated[
        Path | None,
        typer.Option(help="A whole question as JSON, instead of a case."),
    ] = None,
    policies: FolderOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a question comes out as it does: each reason with its file and line."""
    voice = Voice(as_json=as_json)
    bundle = _bundle(policies, home)
    if (case is None) == (question is None):
        raise Invalid("name either a case or a question", fix="see `--help`")
    if question is not None:
        asked: Any = _question(question)
    else:
        found = find_case(bundle, case or "")
        asked = found.question
        voice.say(f"{found.file}:{found.line}  {found.name}", style="bold")
    explained = explain(bundle, asked)
    _say_explanation(voice, explained)
    voice.answer({"ok": True, **_explained(explained)})


@app.command("lint")
def lint_(
    *,
    policies: FolderOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check rules and tables: what stands where, and what to write instead."""
    voice = Voice(as_json=as_json)
    findings = lint(_bundle(policies, home))
    _say_findings(voice, findings)
    voice.say(f"{len(findings)} findings", style="bold")
    voice.answer({"ok": not findings, "findings": [*map(asdict, findings)]})
    if findings:
        raise typer.Exit(ExitCode.NO)


@app.command("diff")
def diff_(
    old: Annotated[str, typer.Argument(help="A folder of policies, or a digest.")],
    new: Annotated[str, typer.Argument(help="What it is compared with.")],
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say in words what the second policies change in the first."""
    voice = Voice(as_json=as_json)
    changes = diff(_named(old, home), _named(new, home))
    for each in changes:
        place = f"{each.file}:{each.line}" if each.line else each.file
        style = {Effect.OPENS: "red", Effect.CLOSES: "green"}.get(each.effect, "")
        voice.say(f"{each.effect:8}{place}  {each.words}", style=style)
    opening = sum(each.effect is Effect.OPENS for each in changes)
    voice.say(f"{len(changes)} changes, {opening} of them open something", "bold")
    voice.answer({"ok": True, "changes": [*map(asdict, changes)]})


@app.command("history")
def history(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the policies that were in force in a home, newest first."""
    voice = Voice(as_json=as_json)
    with opened(home) as house:
        listed = [
            (iso(from_unix(each.at)), each) for each in activations(house.vault_db)
        ]
    for at, each in listed:
        voice.say(f"{each.number:>4}  {at}  {each.digest}  entry {each.entry}")
    items = [{**asdict(each), "at": at} for at, each in listed]
    voice.answer({"ok": True, "items": items})


def _named(name: str, home: Path | None) -> Bundle:
    if DIGEST.fullmatch(name):
        return installed(Home(Settings.read(home=home).home).policies, name)
    return load(Path(name))


def _bundle(folder: Path | None, home: Path | None) -> Bundle:
    if folder is not None:
        return load(folder)
    if Home(Settings.read(home=home).home).exists:
        with opened(home) as house:
            return house.bundle
    return load(shipped("policies"))


def _question(path: Path) -> Any:  # noqa: ANN401 - any JSON; the gate itself judges it
    try:
        data = path.read_bytes()[:MAX_QUESTION]
    except OSError:
        raise Invalid("the question cannot be read", fix="name a JSON file") from None
    value = parse(data)
    if not isinstance(value, dict):
        raise Invalid("a question is a JSON object", fix="see docs/policy-guide.md")
    return value


def _say_test(voice: Voice, report: Report, findings: list[Finding]) -> None:
    _say_findings(voice, findings)
    for result in report.failed:
        voice.say(f"{result.file}:{result.line}: {result.name}", style="red")
        voice.say(f"    expected {result.expected}\n    got      {result.got}")
    for folder in ("gate", "legal"):
        voice.say(f"coverage of {folder}/  {report.percent(folder):5.1f} %")
    for file in report.coverage:
        if file.idle:
            lines = ", ".join(map(str, file.idle))
            voice.say(f"    {file.file}: never ran {lines}")
    voice.say(
        f"{len(report.results)} cases and tests, {len(report.failed)} failed,"
        f" {len(findings)} findings; policies {report.digest[:16]}…",
        style="bold",
    )


def _say_findings(voice: Voice, findings: list[Finding]) -> None:
    for each in findings:
        place = f"{each.file}:{each.line}:{each.column}"
        voice.say(f"{place}: {each.message}; {each.instead}", style="red")


def _described(report: Report, findings: list[Finding]) -> dict[str, Any]:
    return {
        "digest": report.digest,
        "run": len(report.results),
        "failed": [
            {
                "file": each.file,
                "line": each.line,
                "name": each.name,
                "expected": each.expected,
                "got": each.got,
            }
            for each in report.failed
        ],
        "findings": [
            {"file": each.file, "line": each.line, "message": each.message}
            for each in findings
        ],
        "coverage": {each: report.percent(each) for each in ("gate", "legal")},
    }


def _say_explanation(voice: Voice, explained: Explanation) -> None:
    voice.say(explained.outcome, style="green" if explained.allowed else "red")
    for ground in explained.permits:
        voice.say(f"  allows: {ground.code}  {ground.file}:{ground.line}")
    for ground in explained.denials:
        voice.say(f"  denies: {ground.code} ({ground.article})")
        voice.say(f"          {ground.file}:{ground.line}  {ground.title}")
        voice.say(f"          what would help: {ground.fix}")
    for mask in explained.masks:
        voice.say(f"  {mask.data_class}: {mask.mask}")
        for cell in mask.cells:
            voice.say(f"          {cell}")


def _explained(explained: Explanation) -> dict[str, Any]:
    return {
        "allowed": explained.allowed,
        "outcome": explained.outcome,
        "permits": [_ground(each) for each in explained.permits],
        "denials": [_ground(each) for each in explained.denials],
        "masks": [
            {"class": each.data_class, "mask": each.mask, "cells": list(each.cells)}
            for each in explained.masks
        ],
    }


def _ground(ground: Ground) -> dict[str, Any]:
    return {
        "code": ground.code,
        "article": ground.article,
        "fix": ground.fix,
        "title": ground.title,
        "file": ground.file,
        "line": ground.line,
    }
