"""`allod policy explain --for customer`: a decision in words that can be sent."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kit.clock import SystemClock, iso
from kit.errors import Invalid
from kit.languages import TAG
from server.cli.console import Console
from server.cli.options import opened
from server.ops.letters import DAY, letter_of


class Reader(StrEnum):
    """Who is to read an explanation."""

    LEGAL = "legal"
    CUSTOMER = "customer"


ReaderOption = Annotated[
    Reader,
    typer.Option(
        "--for",
        help="Whom it is for: `customer` gives sentences that can be sent to the"
        " person, without rules, lines and names.",
    ),
]
LanguageOption = Annotated[
    str | None,
    typer.Option(
        "--lang",
        help="With `--for customer`: the language, by its tag, as in zh. English where"
        " the policies have no texts in it.",
    ),
]
LetterOption = Annotated[
    str | None,
    typer.Option(
        "--customer",
        help="With `--for customer`: whom it is sent to, where a decision was about"
        " several.",
    ),
]


def require_fitting(
    reader: Reader, language: str | None, customer: str | None, *, made: bool
) -> None:
    """Check that what was given goes together.

    Raises:
        Invalid: it does not, or the language is no tag.

    """
    if reader is Reader.LEGAL and (language or customer):
        raise Invalid(
            "only what is for the customer is in a language",
            fix="give --for customer, or leave --lang and --customer out",
        )
    if customer and not made:
        raise Invalid(
            "only a decision that was made is about somebody",
            fix="leave --customer out, or name the decision by its id",
        )
    if language and not TAG.fullmatch(language):
        raise Invalid("that is no language tag", fix="write it as in en, zh or de-AT")


def past_letter(
    home: Path | None, decision: str, wanted: list[str], customer: str | None
) -> str:
    """Write about a decision that was made in a home."""
    with opened(home) as house:
        return letter_of(house, decision, wanted, customer)


def say_letter(voice: Console, text: str) -> None:
    """Print a letter, as it can be sent."""
    voice.say(text)
    voice.answer({"ok": True, "text": text})


def today() -> str:
    """Give the date, for the letter about a question that nobody asked yet."""
    return iso(SystemClock().now())[:DAY]
