"""What the commands about policies print, in words and as JSON."""

from typing import Any

from pdp.cases import Report
from pdp.explain import Explanation, Ground
from pdp.findings import Finding
from server.cli.voice import Voice


def say_test(voice: Voice, report: Report, findings: list[Finding]) -> None:
    """Print how lint, cases, tests and coverage came out."""
    say_findings(voice, findings)
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


def say_findings(voice: Voice, findings: list[Finding]) -> None:
    """Print findings as `file:line:column`, what is wrong, and what to write."""
    for each in findings:
        place = f"{each.file}:{each.line}:{each.column}"
        voice.say(f"{place}: {each.message}; {each.instead}", style="red")


def described(report: Report, findings: list[Finding]) -> dict[str, Any]:
    """Give the same as JSON."""
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


def say_explanation(voice: Voice, found: Explanation) -> None:
    """Print why a question came out as it did."""
    voice.say(found.outcome, style="green" if found.allowed else "red")
    for ground in found.permits:
        voice.say(f"  allows: {ground.code}  {ground.file}:{ground.line}")
    for ground in found.denials:
        voice.say(f"  denies: {ground.code} ({ground.article})")
        voice.say(f"          {ground.file}:{ground.line}  {ground.title}")
        voice.say(f"          what would help: {ground.fix}")
    for mask in found.masks:
        voice.say(f"  {mask.data_class}: {mask.mask}")
        for cell in mask.cells:
            voice.say(f"          {cell}")


def explained(found: Explanation) -> dict[str, Any]:
    """Give the same as JSON."""
    return {
        "allowed": found.allowed,
        "outcome": found.outcome,
        "permits": [_ground(each) for each in found.permits],
        "denials": [_ground(each) for each in found.denials],
        "masks": [
            {"class": each.data_class, "mask": each.mask, "cells": list(each.cells)}
            for each in found.masks
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
