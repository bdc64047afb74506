"""The program that reads in bulk: scans, and numbers about groups, for one caller.

It opens the same home as the server that started it, reads through its own gate, writes
its own lane of the access log, and gives a piece each time it is asked for one. Every
piece is checked again right before it is given (vault/gate/sheets.py). Where nobody
asks for five seconds, it forgets all that is open, and reads it anew if somebody still
does.
"""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from kit.errors import AllodError
from kit.secret import harden
from kit.settings import Settings
from pdp.decision.question import Kind
from server.faces.disclosures import disclosed, json_line, numbered
from server.house.house import House
from server.house.passphrase import passphrase
from server.house.wiring import open_house
from server.http.errors import problem
from server.roles import frames
from vault import Disclosure, Principal, Question
from vault.gate.aggregates import AggregateQuery
from vault.gate.sheets import Sheet

PATIENCE_SECONDS: Final = 5.0
"""How long cleartext waits for a reader before it is forgotten."""
LONGEST_SECONDS: Final = 330
NICENESS: Final = 10


class RunningScan:
    """A scan under way: its pieces, and the page that they are of."""

    def __init__(self, house: House, question: Question, collection: str) -> None:
        self._sheets = house.gate.sheets(question, collection)
        self._sheet: Sheet | None = None
        self._told = Counter[str](disclosed=0, withheld=0, damaged=0, undecided=0)

    def pieces(self) -> Iterator[bytes]:
        """Give lines in pieces; the last says how many there were."""
        for sheet in self._sheets:
            self._sheet = sheet
            yield from filter(None, sheet.pieces(_line))
            self._told.update(
                disclosed=sheet.shown,
                withheld=sheet.withheld,
                damaged=sheet.damaged,
                undecided=sheet.undecided,
            )
        self._sheet = None
        yield json_line({"end": True, **self._told})

    def forget(self) -> None:
        """Let go of all cleartext that nobody has asked for."""
        if self._sheet is not None:
            self._sheet.forget()


class Count:
    """Numbers about groups: one piece, and no cleartext that waits."""

    def __init__(
        self,
        house: House,
        question: Question,
        collection: str,
        counting: AggregateQuery,
    ) -> None:
        self._numbers = partial(house.gate.aggregate, question, collection, counting)

    def pieces(self) -> Iterator[bytes]:
        """Give the answer in the API's words."""
        yield json_line(numbered(self._numbers()))

    def forget(self) -> None:
        """Do nothing: what is waited for is being counted."""


def _line(disclosure: Disclosure) -> bytes:
    return json_line(disclosed(disclosure))


def asked_of(house: House, asked: dict[str, Any]) -> RunningScan | Count:
    """Begin what the server asks for."""
    named = asked["principal"] | {"kind": Kind(asked["principal"]["kind"])}
    principal = Principal(**named | {"roles": tuple(named["roles"])})
    question = Question(principal, asked["purpose"], request=asked["request"])
    if (counting := asked.get("counting")) is None:
        return RunningScan(house, question, asked["collection"])
    wanted = AggregateQuery(**counting | {"group_by": tuple(counting["group_by"])})
    return Count(house, question, asked["collection"], wanted)


def serve(work: RunningScan | Count) -> None:
    """Give a piece for each pull; an error is the last one."""
    pieces, out = work.pieces(), sys.stdout.buffer
    for _ in frames.pulls(PATIENCE_SECONDS, work.forget):
        try:
            piece = next(pieces, b"")
        except AllodError as error:
            piece = _told(error)
        frames.give(out, piece)


def _told(error: AllodError) -> bytes:
    return json_line({"error": problem(error, "").model_dump(exclude_none=True)})


def main() -> int:
    """Be the child: a question on standard input, then pulls; frames out."""
    harden()
    # Whoever waits for a point read goes before whoever reads everything.
    os.nice(NICENESS)
    # The server ends this process; where that was killed, its own alarm does.
    signal.alarm(LONGEST_SECONDS)
    asked = json.loads(frames.question())
    try:
        settings = Settings.read(home=Path(asked["home"]))
        with open_house(settings, passphrase=passphrase(), recover=False) as house:
            serve(asked_of(house, asked))
    except AllodError as error:
        frames.give(sys.stdout.buffer, _told(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
