"""`allod policy accept`: after a change that was meant, write the cases anew."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kit.home import write_durably
from pdp.review.accept import accepted
from pdp.review.cases import run
from server.cli.console import Console, ExitCode
from server.cli.options import HomeOption, JsonOption
from server.cli.policy_choice import chosen


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("accept")(accept)


def accept(
    policies: Annotated[Path, typer.Argument(help="A folder of policies of yours.")],
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the cases that fail expect what the policies now say. Read every line."""
    voice = Console(as_json=as_json)
    bundle = chosen(policies, home)
    with voice.progress("running the cases"):
        report = run(bundle)
    texts, lines = accepted(bundle, report)
    for file, text in texts.items():
        write_durably(policies / file, text.encode(), mode=0o644)
    left = [each for each in lines if not each.after]
    for each in lines:
        style = "" if each.after else "red"
        voice.say(f"{each.file}:{each.line}: {'; '.join(each.names)}", style=style)
        voice.say(f"    was    {each.before}")
        voice.say(f"    is now {each.after or 'as it was: write this one by hand'}")
    written = len(lines) - len(left)
    voice.say(f"{written} outcomes written, {len(left)} left to you", style="bold")
    voice.say("next: read each; rename the rows whose names no longer hold")
    voice.say(f"then: allod policy test --policies {policies}")
    voice.answer({"ok": not left, "items": [asdict(each) for each in lines]})
    if left:
        raise typer.Exit(ExitCode.NO)
