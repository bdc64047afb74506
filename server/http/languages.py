"""In which language a request is answered: what it accepts, and what the policies have.

The edge puts into each request's scope how to find the languages of the policies in
force; they are looked for only where something is said. `Accept-Language` is read as
RFC 9110, 12.5.4 has it; what cannot be read of it counts as not sent.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from kit.errors import Reason
from kit.languages import ANY, FALLBACK
from pdp.bundle.language import Language, Languages, Speaker
from pdp.decision.question import Kind
from server.http.admission import ADMITTED

LANGUAGES: Final = "allod.languages"
"""The scope's key under which the edge keeps how to find the languages."""

MAX_HEADER: Final = 1_000
MAX_RANGES: Final = 20
_RANGE: Final = re.compile(
    r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)"
    r"(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)
_UNSPOKEN: Final = Speaker(Language(FALLBACK), Language(FALLBACK), {})

Find = Callable[[], Languages]
Say = Callable[[Reason], str]
"""Says a reason in a language; nothing where there is no text."""


class Speaking:
    """Lets whatever answers a request find the languages that there are."""

    def __init__(self, app: ASGIApp, find: Find) -> None:
        self._app = app
        self._find = find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        scope[LANGUAGES] = self._find
        await self._app(scope, receive, send)


def speaker_of(scope: Mapping[str, Any]) -> Speaker:
    """Choose the language of an answer; where there is none, nobody is spoken to."""
    find: Find | None = scope.get(LANGUAGES)
    if find is None:
        return _UNSPOKEN
    lines = (value for name, value in scope["headers"] if name == b"accept-language")
    return find().speak(wanted(b",".join(lines)))


def saying(scope: Mapping[str, Any]) -> Say:
    """Say reasons to whoever made a request: to a customer, in a customer's words."""
    speaker = speaker_of(scope)
    asked = (bearer.principal.kind for bearer in scope.get(ADMITTED, {}).values())
    return speaker.to_customer if Kind.CUSTOMER in asked else speaker.to_staff


def saying_to_all(scope: Mapping[str, Any]) -> Say:
    """Say in a customer's words, whoever asks: one answer for what is not there."""
    return speaker_of(scope).to_customer


def unsaid(_: Reason) -> str:
    """Say nothing: for what is told to a program, which has the code."""
    return ""


def in_language(scope: Mapping[str, Any]) -> dict[str, str]:
    """Give the headers of an answer that is in a language, and would be in another."""
    tag = speaker_of(scope).tag
    return {"Content-Language": tag, "Vary": "Accept-Language"}


def wanted(header: bytes) -> Sequence[str]:
    """Read the languages that are accepted, the dearest first.

    A range with weight 0 is not wanted; it is not looked up, and so neither chosen.
    """
    if len(header) > MAX_HEADER:
        return ()
    ranges = list(_ranges(header.decode("latin-1").split(",")))[:MAX_RANGES]
    ranked = sorted(ranges, key=lambda each: -each[1])
    return [name for name, weight in ranked if weight > 0 and name != ANY]


def _ranges(parts: Iterable[str]) -> Iterator[tuple[str, float]]:
    for part in parts:
        found = _RANGE.fullmatch(part.strip(" \t"))
        if found is not None:
            yield found[1], float(found[2] or 1)
