"""`allod import`: a file becomes records, by a map."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from server.cli.options import HomeOption, JsonOption, opened
from server.cli.voice import ExitCode, Voice
from vault.imports import ImportReport

MAX_SAID = 10


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("import")(import_)


def import_(
    file: Annotated[Path, typer.Argument(help="The file; .xz and .gz are opened too.")],
    *,
    map_: Annotated[
        Path, typer.Option("--map", help="How its lines become records (YAML).")
    ],
    refused: Annotated[
        Path | None,
        typer.Option(help="Write the refused lines here: line, code, field. No value."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if a line was refused.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a file. What is there already is not written again; run it as you like."""
    voice = Voice(as_json=as_json)
    with opened(home) as house:
        plan = house.imports.read_map(map_)
        with voice.progress(f"importing {file.name}") as progress:
            report = house.imports.run(plan, file, progress=progress)
        house.log.publish()
    if refused is not None:
        lines = (json.dumps(each) + "\n" for each in _refusals(report))
        refused.write_text("".join(lines), encoding="utf-8")
    _say(voice, file, report)
    voice.answer({"ok": True, **_described(report)})
    if strict and report.refused:
        raise typer.Exit(ExitCode.NO)


def _say(voice: Voice, file: Path, report: ImportReport) -> None:
    if report.resumed_at:
        voice.say(f"An earlier import stopped behind line {report.resumed_at:,}.")
    voice.say(
        f"{file.name}: {report.lines:,} lines, {report.written:,} records written,"
        f" {report.already:,} there already, {report.customers:,} new customers,"
        f" {report.refused:,} refused."
    )
    for code, count in report.codes.most_common():
        voice.say(f"  refused {count:,} times: {code}")
    for each in report.refusals[:MAX_SAID]:
        where = f", field {each.field}" if each.field else ""
        voice.say(f"    line {each.line}: {each.code}{where}")
    if report.refused > MAX_SAID:
        voice.say("    … the others with --refused FILE")


def _described(report: ImportReport) -> dict[str, Any]:
    return {
        "lines": report.lines,
        "resumed_at": report.resumed_at,
        "written": report.written,
        "already": report.already,
        "customers": report.customers,
        "refused": report.refused,
        "codes": dict(report.codes),
        "refusals": _refusals(report),
    }


def _refusals(report: ImportReport) -> list[dict[str, object]]:
    return [
        {"line": each.line, "code": each.code, "field": each.field}
        for each in report.refusals
    ]
