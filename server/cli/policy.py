"""`allod policy`: what the rules say, for those who answer for them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from kit.canonical import parse
from kit.errors import Invalid
from pdp.bundle.bundle import Bundle
from pdp.change.diff import ChangeEffect
from pdp.review.checks import tried
from pdp.review.counterfactuals import turns
from pdp.review.explain import explain, find_case
from pdp.review.letter import rehearsed
from pdp.review.lint import lint
from server.cli.console import Console, ExitCode
from server.cli.letters import (
    LanguageOption,
    LetterOption,
    Reader,
    ReaderOption,
    past_letter,
    require_fitting,
    say_letter,
    today,
)
from server.cli.options import HomeOption, JsonOption, opened
from server.cli.policy_choice import FolderOption, chosen, named
from server.cli.policy_output import (
    older_explanation,
    older_past,
    older_trial,
    say_explanation,
    say_findings,
    say_past,
    say_test,
    say_turns,
    summary,
)
from server.faces.workbench_schemas import (
    ChangesResponse,
    ExplanationResponse,
    LintResponse,
    TrialResponse,
)
from server.ops.decisions import past_decision

MAX_QUESTION: Final = 1 << 16
DECISION: Final = re.compile(r"[0-9a-f]{32}")

app = typer.Typer()


@app.command("test")
def run_tests(
    *,
    policies: FolderOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lint the rules, then run every case and every Rego test, with coverage."""
    voice = Console(as_json=as_json)
    bundle = chosen(policies, home)
    with voice.progress("running the cases"):
        trial = tried(bundle)
    say_findings(voice, trial.findings)
    if trial.report is not None:
        say_test(voice, trial.report)
    voice.say(summary(trial), style="bold")
    shown = TrialResponse.of(trial)
    voice.give(shown, ok=trial.passed, **older_trial(shown))
    if not trial.passed:
        raise typer.Exit(ExitCode.NO)


@app.command("explain")
def explain_(
    case: Annotated[
        str | None,
        typer.Argument(
            help="A case: cases/FILE.yaml:LINE, or words of its name. Or the id of a"
            " decision that was made in the home."
        ),
    ] = None,
    *,
    question: Annotated[
        Path | None,
        typer.Option(help="A whole question as JSON, instead of a case."),
    ] = None,
    reader: ReaderOption = Reader.LEGAL,
    language: LanguageOption = None,
    customer: LetterOption = None,
    policies: FolderOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a question comes out as it does: each reason with its file and line."""
    voice = Console(as_json=as_json)
    if (case is None) == (question is None):
        raise Invalid("name either a case or a question", fix="see `--help`")
    made = case is not None and DECISION.fullmatch(case) is not None
    require_fitting(reader, language, customer, made=made)
    wanted = [language] if language else []
    if made and reader is Reader.CUSTOMER:
        say_letter(voice, past_letter(home, case or "", wanted, customer))
    elif made:
        _say_made(voice, home, case or "")
    else:
        bundle = chosen(policies, home)
        named, asked = _asked(bundle, case, question)
        if reader is Reader.CUSTOMER:
            say_letter(voice, rehearsed(bundle, asked, wanted, today()))
        else:
            _say_asked(voice, bundle, named, asked)


def _say_asked(
    voice: Console, bundle: Bundle, named: str, asked: Mapping[str, Any]
) -> None:
    if named:
        voice.say(named, style="bold")
    answer, turning = explain(bundle, asked), turns(bundle, asked)
    say_explanation(voice, answer)
    say_turns(voice, turning, allowed=answer.allowed)
    shown = ExplanationResponse.of(bundle.digest, answer, turning)
    voice.give(shown, allowed=answer.allowed, **older_explanation(shown))


def _say_made(voice: Console, home: Path | None, decision: str) -> None:
    with opened(home) as house:
        found = past_decision(house, decision)
    say_past(voice, found)
    shown = ExplanationResponse.of_past(found)
    voice.give(shown, **older_past(shown))


def _asked(
    bundle: Bundle, case: str | None, question: Path | None
) -> tuple[str, Mapping[str, Any]]:
    """Give the question that is explained; of a case, how it is called, too."""
    if question is not None:
        return "", _question(question)
    found = find_case(bundle, case or "")
    return f"{found.file}:{found.line}  {found.name}", found.question


@app.command("lint")
def lint_(
    *,
    policies: FolderOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check rules and tables: what stands where, and what to write instead."""
    voice = Console(as_json=as_json)
    bundle = chosen(policies, home)
    findings = lint(bundle)
    say_findings(voice, findings)
    voice.say(f"{len(findings)} findings", style="bold")
    voice.give(LintResponse.of(bundle.digest, findings), ok=not findings)
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
    voice = Console(as_json=as_json)
    shown = ChangesResponse.of(named(old, home), named(new, home))
    for each in shown.changes:
        place = f"{each.file}:{each.line}" if each.line else each.file
        style = {ChangeEffect.OPENS: "red", ChangeEffect.CLOSES: "green"}.get(
            ChangeEffect(each.effect), ""
        )
        voice.say(f"{each.effect:8}{place}  {each.words}", style=style)
    opening = sum(each.effect == ChangeEffect.OPENS for each in shown.changes)
    voice.say(f"{len(shown.changes)} changes, {opening} of them open something", "bold")
    voice.give(shown)


def _question(path: Path) -> Any:  # noqa: ANN401 - any JSON; the gate itself judges it
    try:
        data = path.read_bytes()[:MAX_QUESTION]
    except OSError:
        raise Invalid("the question cannot be read", fix="name a JSON file") from None
    value = parse(data)
    if not isinstance(value, dict):
        raise Invalid("a question is a JSON object", fix="see docs/policy-guide.md")
    return value
