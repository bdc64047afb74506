"""What the commands about policies print, in words and as JSON."""

from collections.abc import Sequence
from typing import Any, Final

from kit.clock import from_unix, iso
from pdp.bundle.findings import Finding
from pdp.review.cases import THRESHOLDS, CaseReport
from pdp.review.checks import Trial
from pdp.review.counterfactuals import Counterfactual
from pdp.review.explain import Explanation, RuleMatch
from server.cli.console import Console
from server.faces.workbench_schemas import ExplanationResponse, TrialResponse
from server.ops.decisions import PastDecision

SHOWN: Final = 4


def say_test(voice: Console, report: CaseReport) -> None:
    """Print how cases, tests and coverage came out."""
    for result in report.failed:
        voice.say(f"{result.file}:{result.line}: {result.name}", style="red")
        voice.say(f"    expected {result.expected}\n    got      {result.got}")
    for folder, least in THRESHOLDS.items():
        short = f", at least {least:.1f} % are needed" if folder in report.thin else ""
        voice.say(f"coverage of {folder}/  {report.percent(folder):5.1f} %{short}")
    for file in report.coverage:
        if file.idle:
            lines = ", ".join(map(str, file.idle))
            voice.say(f"    {file.file}: never ran {lines}")


def summary(trial: Trial) -> str:
    """Give the last line: how many of what, and the digest of the policies."""
    ran = "the cases could not be run"
    if trial.report is not None:
        failed = len(trial.report.failed)
        ran = f"{len(trial.report.results)} cases and tests, {failed} failed"
    digest = f"policies {trial.digest[:16]}…"
    return f"{ran}, {len(trial.findings)} findings; {digest}"


def say_findings(voice: Console, findings: Sequence[Finding]) -> None:
    """Print findings as `file:line:column`, what is wrong, and what to write."""
    for each in findings:
        voice.say(f"{each.place}: {each.message}; {each.instead}", style="red")


def older_trial(shown: TrialResponse) -> dict[str, Any]:
    """Give what `policy test` says by names of its own, until 0.2."""
    measured = {each.folder: each.percent for each in shown.coverage}
    return {
        "failed": [each.model_dump() for each in shown.failures],
        "coverage": {**dict.fromkeys(THRESHOLDS, 0.0), **measured},
        "idle": {each.file: each.lines for each in shown.idle},
    }


def say_turns(
    voice: Console, turning: Sequence[Counterfactual], *, allowed: bool
) -> None:
    """Print which facts would each turn the answer by themselves."""
    if not turning:
        voice.say("  no other value of a single fact would change it")
        return
    other = "refused" if allowed else "allowed"
    voice.say(f"  it would be {other} if one of these were otherwise:")
    for each in turning:
        named, more = each.instead[:SHOWN], len(each.instead) - SHOWN
        values = " or ".join([*named, f"{more} others"] if more > 0 else named)
        voice.say(f"          {each.fact}: {values} (instead of {each.now})")


def say_past(voice: Console, decision: PastDecision) -> None:
    """Print what can still be said of a decision."""
    at = iso(from_unix(decision.at))
    voice.say(f"{at}  {decision.outcome}", style="bold")
    voice.say(f"  {decision.kind} asked to {decision.action} for {decision.purpose}")
    voice.say(f"  by policies {decision.digest[:16]}…")
    for ground in decision.recalled.denials:
        _say_denial(voice, ground)
    for role in decision.recalled.roles:
        voice.say(f"  as {role.role} it would be shown by these cells, the strictest:")
        for cell in role.cells:
            voice.say(f"          {cell}")
    for unknown in decision.recalled.unknown:
        voice.say(f"  cannot be known any more: {unknown}")


def older_past(shown: ExplanationResponse) -> dict[str, Any]:
    """Give what is said of a past decision by names of the command's own, until 0.2."""
    past = shown.past.model_dump(mode="json") if shown.past else {}
    roles = [{"role": each.name, "cells": each.cells} for each in shown.cells]
    return {**past, "roles": roles}


def say_explanation(voice: Console, found: Explanation) -> None:
    """Print why a question came out as it did."""
    voice.say(found.outcome, style="green" if found.allowed else "red")
    for ground in found.permits:
        voice.say(f"  allows: {ground.code}  {ground.file}:{ground.line}")
    for ground in found.denials:
        _say_denial(voice, ground)
    for mask in found.masks:
        voice.say(f"  {mask.data_class}: {mask.mask}")
        for cell in mask.cells:
            voice.say(f"          {cell}")


def _say_denial(voice: Console, ground: RuleMatch) -> None:
    voice.say(f"  denies: {ground.code} ({ground.article})")
    voice.say(f"          {ground.file}:{ground.line}  {ground.title}")
    voice.say(f"          what would help: {ground.fix}")


def older_explanation(shown: ExplanationResponse) -> dict[str, Any]:
    """Give what `policy explain` says by names of its own, until 0.2."""
    masks = [
        {"class": each.name, "mask": each.mask, "cells": each.cells}
        for each in shown.cells
    ]
    return {"masks": masks}
