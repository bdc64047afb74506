"""`allod import`: a file becomes records, by a map."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer

from server.auth.principals import operating
from server.cli.console import Console, ExitCode
from server.cli.files import new_file
from server.cli.options import HomeOption, JsonOption, opened
from server.cli.sampling import show_sample
from vault.imports.encodings import shows_itself
from vault.imports.import_report import Doubtful, ImportReport, Refusal

MAX_SAID: Final = 10
IMPORT_PURPOSE: Final = "import.history"


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
        typer.Option(
            help="Write all refused lines here: line, code, field, what is wanted."
        ),
    ] = None,
    purpose: Annotated[
        str, typer.Option(help="What the records are imported for.")
    ] = IMPORT_PURPOSE,
    check: Annotated[
        bool, typer.Option("--check", help="Say what would come of it; write nothing.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if a line was refused.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a file. What is there already is not written again; run it as you like."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        plan = house.imports.read_map(map_)
        if check or not shows_itself(plan.layout.encoding):
            show_sample(voice, file, plan.layout)
        bar = voice.progress(f"{'checking' if check else 'importing'} {file.name}")
        run = house.imports.check if check else house.imports.run
        with _telling(refused) as tell, bar as progress:
            question = operating(purpose, region=plan.regions[0])
            report = run(question, plan, file, progress=progress, tell=tell)
        if not check:
            house.log.publish()
    if check:
        voice.say("Nothing is written; it would be:")
    _say(voice, file, report, checked=check)
    described = _described(report)
    if check:
        del described["customers"]
    voice.answer({"ok": True, "checked": check, **described})
    if strict and report.refused:
        raise typer.Exit(ExitCode.NO)


@contextmanager
def _telling(path: Path | None) -> Iterator[Callable[[Refusal], None] | None]:
    if path is None:
        yield None
        return
    with new_file(path) as file:
        yield lambda refusal: _write(file, refusal)


def _write(file: IO[bytes], refusal: Refusal) -> None:
    file.write(json.dumps(_refusal(refusal)).encode() + b"\n")


def _say(voice: Console, file: Path, report: ImportReport, *, checked: bool) -> None:
    if report.resumed_at:
        voice.say(f"An earlier import stopped behind line {report.resumed_at:,}.")
    done = report.done
    voice.say(
        f"{file.name}, read as {report.encoding}: {report.lines:,} lines:"
        f" {done.written:,} written,"
        f" {done.already:,} there already, {done.refused:,} refused,"
        f" {done.skipped:,} skipped."
    )
    # Who would be new is not counted by a trial: it makes nobody known.
    new = "" if checked else f"; {done.customers:,} new customers"
    voice.say(
        f"  {done.records_written:,} records written, {done.records_replaced:,}"
        f" replaced, {done.records_already:,} there already,"
        f" {done.records_refused:,} refused{new}."
    )
    if report.overlaps:
        voice.say(
            f"  Lines of this file came in before. Records of"
            f" {', '.join(report.by_line)} have no id in the map: a line that was"
            " corrected since is a second record."
        )
    for code, count in report.codes.most_common():
        voice.say(f"  refused {count:,} times: {code}")
    for each in report.refusals[:MAX_SAID]:
        where = f", field {each.field}" if each.field else ""
        where += f" of {each.collection}" if each.collection else ""
        wants = f": {each.wants}" if each.wants else ""
        voice.say(f"    {_place(each)}: {each.code}{where}{wants}")
    if report.codes.total() > MAX_SAID:
        voice.say("    … the others with --refused FILE")
    for name, found in sorted(report.doubtful.items()):
        place = f"field {name}, {_lines(found)}"
        voice.say(f"  doubtful, and kept, {found.records:,} times: {place}")


def _described(report: ImportReport) -> dict[str, Any]:
    done = report.done
    return {
        "lines": report.lines,
        "encoding": report.encoding,
        "resumed_at": report.resumed_at,
        "written": done.written,
        "already": done.already,
        "refused": done.refused,
        "skipped": done.skipped,
        "records": {
            "written": done.records_written,
            "replaced": done.records_replaced,
            "already": done.records_already,
            "refused": done.records_refused,
        },
        "customers": done.customers,
        "corrected_is_second": [*report.by_line] if report.overlaps else [],
        "codes": dict(report.codes),
        "refusals": [_refusal(each) for each in report.refusals],
        "doubtful": {
            name: {"records": each.records, "lines": each.lines}
            for name, each in sorted(report.doubtful.items())
        },
    }


def _lines(doubtful: Doubtful) -> str:
    """Name the lines of the first, and say if there are more."""
    named = ", ".join(f"{line:,}" for line in doubtful.lines)
    more = ", …" if doubtful.records > len(doubtful.lines) else ""
    return f"{'line' if doubtful.records == 1 else 'lines'} {named}{more}"


def _place(refusal: Refusal) -> str:
    if refusal.last > refusal.line:
        return f"lines {refusal.line:,} to {refusal.last:,}"
    return f"line {refusal.line}"


def _refusal(refusal: Refusal) -> dict[str, object]:
    """Describe a refusal, with what there is of collection, last line and wants."""
    said: dict[str, object] = {
        "line": refusal.line,
        "code": refusal.code,
        "field": refusal.field,
    }
    if refusal.collection:
        said["collection"] = refusal.collection
    if refusal.last > refusal.line:
        said["last"] = refusal.last
    if refusal.wants:
        said["wants"] = refusal.wants
    return said
