"""What somebody writes who has the log's key, and means to deceive with it.

Documents are signed, entries stamped and hashed as they should be, whatever they say:
all that is left to refuse them is their form.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any, Final

import format_artefacts as true
from format_judges import Question
from format_mutations import bent, spelled
from paper_log import Key, PaperLog, b64, plain_json, root_of

from kit.canonical import canonical
from kit.errors import Malformed

LOG: Final = Key(true.ORIGIN, "allod test log key")
WITNESS: Final = Key("witness.example/w1", "w1", kind=4)
SECOND: Final = Key(true.ORIGIN, "second", kind=6)
NO_QUORUM: Final = f"log {LOG.vkey}\nquorum none\n"
W1, PQ = f"witness w1 {WITNESS.vkey}\n", f"witness pq {SECOND.vkey}\n"
POLICIES: Final = (
    NO_QUORUM,
    f"log {SECOND.vkey}\nquorum none\n",
    f"log {LOG.vkey}\n{W1}quorum w1\n",
    f"log {LOG.vkey}\n{PQ}quorum pq\n",
    f"log {LOG.vkey}\n{W1}{PQ}group both all w1 pq\nquorum both\n",
    f"log {LOG.vkey}\n{W1}{PQ}group one any w1 pq\nquorum one\n",
)


def asked(sort: str, data: bytes, policy: str = NO_QUORUM, **more: bytes) -> Question:
    return Question(sort, {"policy": policy.encode(), "data": data, **more})


@cache
def a_log() -> true.Log:
    """Give the true log, made once."""
    return true.a_log()


def signed_as(context: str, document: Any) -> dict[str, Any]:
    try:
        body = canonical(document)
    except Malformed:
        body = plain_json(document)
    note = LOG.line(f"{context}\n{body.decode()}\n")
    return {"document": document, "note": note}


def note_of(leaves: list[bytes]) -> str:
    text = f"{true.ORIGIN}\n{len(leaves)}\n{b64(root_of(leaves))}\n"
    return f"{text}\n{LOG.line(text)}"


def paper(size: int = 6) -> PaperLog:
    """Give the true log on paper, with more entries behind it if need be."""
    log, made = PaperLog(LOG), a_log()
    openings = {index: opening.opening for index, opening, _ in made.chain}
    openings |= {3: made.operator, 4: made.erasure.opening}
    for index in range(6):
        one = openings[index]
        log.openings.append((str(one.type), one.at, one.salt, one.payload))
    for _ in range(6, size):
        log.stamp("more", {"facts": {}}, "operator")
    return log


def bend_opening(rng: Random, log: PaperLog, index: int) -> None:
    """Stamp something else at a place, as it should be stamped."""
    sort, at, salt, payload = log.openings[index]
    said = json.loads(payload)
    match rng.randrange(5):
        case 0:
            sort = rng.choice(("subject", "operator", "erasure", "other", ""))
        case 1:
            salt = rng.choice((salt[:31], salt + b"\0", b""))
        case 2:
            at = said["at"] = rng.choice((0, -1, 1, 2**53 - 1, 2**53, 2**63))
        case _:
            said = bent(rng, said)
    whole = isinstance(said, Mapping) and rng.random() < 0.7
    payload = plainly(said) if whole else spelled(rng, said)
    log.openings[index] = (sort, at, salt, payload)


def plainly(said: Any) -> bytes:
    try:
        return canonical(said)
    except Malformed:
        return plain_json(said)


def opening_bytes(rng: Random, log: PaperLog, index: int) -> bytes:
    said: Any = log.opening(index)
    if rng.random() < 0.2:
        said = bent(rng, said)
    return spelled(rng, said) if rng.random() < 0.2 else plainly(said)


def relinked(rng: Random, said: dict[str, Any]) -> dict[str, Any]:
    """Bend an opening's link or payload, and commit to what it is then."""
    said = {**said, "link": bent(rng, said["link"])} if rng.random() < 0.7 else said
    payload = json.loads(said["payload"])
    salt = base64.b64decode(said["salt_l"])
    message = b"allod/link/v1\n" + plainly(said["link"])
    payload["link_commit"] = b64(_hmac(salt, message))
    if rng.random() < 0.3:
        payload = bent(rng, payload)
    return {**said, "payload": plainly(payload).decode()}


def _hmac(salt: bytes, message: bytes) -> bytes:
    return hmac.digest(salt, message, "sha256")
