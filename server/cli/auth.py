"""Commands that act in somebody's name: the ledger has to say whose.

Whoever may run a command here could do as they liked with the files. What a token
adds is a name for the record, and the same doors that the API has.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from kit.errors import NotFound, Unauthenticated
from kit.ids import parse_id
from server.auth.principals import ACCOUNT_CARE, OWN_ACCESS, Bearer, operating
from server.cli.options import opened
from server.house.house import House
from server.http.admission import Door
from vault import Question

MAX_TOKEN: Final = 256

TokenFileOption = Annotated[
    Path,
    typer.Option(
        "--token-file",
        envvar="ALLOD_TOKEN_FILE",
        help="A file that holds your token; the ledger tells your steps from others'.",
    ),
]


@contextmanager
def acting(
    home: Path | None, token_file: Path, door: Door
) -> Iterator[tuple[House, str]]:
    """Open the installation for somebody whom the door lets in; gives their name too.

    Raises:
        Unauthenticated: the file cannot be read, or holds no valid token.
        Refused: the token is valid, and does not permit this.

    """
    with _bearing(home, token_file, door) as (house, bearer):
        yield house, bearer.principal.name


@contextmanager
def caring(
    home: Path | None, token_file: Path, door: Door
) -> Iterator[tuple[House, Question]]:
    """Open the installation for somebody who acts about a customer; as `acting`.

    Raises:
        Unauthenticated: the file cannot be read, or holds no valid token.
        Refused: the token is valid, and does not permit this.

    """
    with _bearing(home, token_file, door) as (house, bearer):
        decided = house.decides_writes
        yield house, bearer.writes(ACCOUNT_CARE, decided=decided, request="")


@contextmanager
def _bearing(
    home: Path | None, token_file: Path, door: Door
) -> Iterator[tuple[House, Bearer]]:
    """Open the installation for the bearer of a token; as `acting`."""
    text = token_of(token_file)
    with opened(home) as house:
        yield house, door.admit(house.tokens, {"authorization": f"Bearer {text}"})


def operating_on(house: House, customer_id: str) -> Question:
    """Make the question of a command about one customer, for whoever runs it.

    Raises:
        NotFound: no such customer.

    """
    subject = house.customers.subject_of(customer_id)
    if subject is None:
        raise NotFound
    region = house.customers.standing(subject).region
    return operating(ACCOUNT_CARE, region=region)


def on_record(house: House, customer_id: str) -> bytes:
    """Find a customer whose right an operator exercises; they see that it was one.

    Raises:
        NotFound: no such customer.

    """
    question = operating_on(house, customer_id)
    subject = house.customers.subject_of(customer_id)
    if subject is None:
        raise NotFound
    house.vault.tickets.on_record(question, subject)
    return subject


@contextmanager
def righting(
    home: Path | None, customer_id: str, record: str
) -> Iterator[tuple[House, Question, bytes]]:
    """Open the installation for a customer's own right to one of their records.

    Gives their question and the record; they see that an operator used it.

    Raises:
        NotFound: no such customer, or no id of a record.

    """
    named = parse_id(record)
    with opened(home) as house:
        subject = on_record(house, customer_id)
        if named is None:
            raise NotFound
        region = house.customers.standing(subject).region
        bearer = Bearer.customer(subject, region=region)
        yield house, bearer.asks(OWN_ACCESS, action="write", request=""), named


def token_of(token_file: Path) -> str:
    """Read a token out of a file.

    Raises:
        Unauthenticated: the file cannot be read, or holds none.

    """
    try:
        return token_file.read_bytes()[:MAX_TOKEN].decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise Unauthenticated(
            "the file that --token-file names holds no token",
            fix="write a token from `allod token new` into it, readable by you alone",
        ) from None
