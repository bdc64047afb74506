"""Random changes of what a vault hands out: of bytes, lines, JSON, base64.

A change of bytes mostly ends at a signature. So JSON is bent as a value too, for
whoever has the key to sign.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{8,}={0,2}")
_NUMBER = re.compile(rb"\d+")
_EDGES: Final = (0, 1, -1, 2, 2**53 - 1, 2**53, 2**63, -(2**53))
_TEXTS: Final = ("", " ", "\n", "é", "\x7f", "\x00", "\u2028", "A", "\U0001f600")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


def mutated(rng: Random, data: bytes) -> bytes:
    """Change some bytes in one of the ways that there are."""
    return rng.choice(_WAYS)(rng, data)


def _flipped(rng: Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _cut(rng: Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randint(1, 3) :]


def _put(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    more = rng.choice(
        (rng.randbytes(1), b"\n", b" ", b"0", b"=", b"\r\n", b"\xef\xbb\xbf")
    )
    return data[:at] + more + data[at:]


def _ends(rng: Random, data: bytes) -> bytes:
    more = rng.choice((b"\n", b" ", b"\t", b"\0", b"\r\n", b"{}", b"\n\n"))
    return rng.choice((data + more, more + data, data[: -rng.randint(1, 4)]))


def _repeated(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    end = start + rng.randint(1, 40)
    return data[:end] + data[start:end] + data[end:]


def _lines(rng: Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(3):
        case 0:
            lines[at], lines[other] = lines[other], lines[at]
        case 1:
            lines.insert(other, lines[at])
        case _:
            del lines[at]
    return b"\n".join(lines)


def _respelled64(rng: Random, data: bytes) -> bytes:
    """Spell some base64 in another way that a lax reader takes for the same."""
    found = list(_BASE64.finditer(data))
    if not found:
        return _flipped(rng, data)
    at = rng.choice(found)
    text = at[0]
    ways = [
        text.rstrip(b"="),
        text + b"=",
        text.replace(b"+", b"-").replace(b"/", b"_"),
        text[:4] + b"\n" + text[4:],
        text[:4] + b" " + text[4:],
        _trailing(text),
    ]
    return data[: at.start()] + rng.choice(ways) + data[at.end() :]


def _trailing(text: bytes) -> bytes:
    """Set a bit of the last character that no byte uses."""
    bare = text.rstrip(b"=")
    if len(bare) % 4 == 0:
        return text
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = alphabet[alphabet.index(bare[-1]) ^ 1]
    return bare[:-1] + bytes([last]) + text[len(bare) :]


def _renumbered(rng: Random, data: bytes) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return _flipped(rng, data)
    at = rng.choice(found)
    more = rng.choice((b"0%s", b"+%s", b"-%s", b" %s", b"%s0", b"%s.0", b"%se0", b"-0"))
    text = more % at[0] if b"%s" in more else more
    return data[: at.start()] + text + data[at.end() :]


_WAYS: Final[tuple[Callable[[Random, bytes], bytes], ...]] = (
    *(_flipped, _cut, _put, _ends, _repeated),
    *(_lines, _respelled64, _renumbered),
)


def spelled(rng: Random, value: Any) -> bytes:
    """Write JSON in a way of its own, mostly one that still says the same."""
    text = json.dumps(
        _shuffled(rng, value) if rng.random() < 0.5 else value,
        ensure_ascii=rng.random() < 0.5,
        indent=rng.choice((None, None, 1)),
        separators=rng.choice((None, (",", ":"), (" , ", " : "))),
        sort_keys=rng.random() < 0.3,
    )
    return rng.choice(_SPELLINGS)(rng, text).encode("utf-8", "surrogatepass")


def _shuffled(rng: Random, value: Any) -> Any:
    if isinstance(value, Mapping):
        names = rng.sample(sorted(value), len(value))
        return {name: _shuffled(rng, value[name]) for name in names}
    if isinstance(value, list):
        return [_shuffled(rng, each) for each in value]
    return value


def _doubled(rng: Random, text: str) -> str:
    """Name a member twice."""
    found = list(re.finditer(r'"(\w+)"\s*:\s*', text))
    if not found:
        return text
    at = rng.choice(found)
    return f"{text[: at.start()]}{at[0]}null, {text[at.start() :]}"


def _escaped(rng: Random, text: str) -> str:
    places = [at for at, each in enumerate(text) if each.isalpha() and each.isascii()]
    if not places:
        return text
    at = rng.choice(places)
    return f"{text[:at]}\\u{ord(text[at]):04{rng.choice('xX')}}{text[at + 1 :]}"


def _inexact(rng: Random, text: str) -> str:
    found = list(re.finditer(r"(?<=[:\[,\s])\d+(?=[,}\]\s])", text))
    if not found:
        return text
    at = rng.choice(found)
    form = rng.choice(
        ("{}.0", "{}e0", "0{}", "-{}", "+{}", "{}E-0", "-0", "true", "NaN")
    )
    return text[: at.start()] + form.format(at[0]) + text[at.end() :]


def _lone(rng: Random, text: str) -> str:
    places = [at.end() for at in re.finditer('"', text)]
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + rng.choice((r"\ud800", r"\udc00\ud800", r"😀", "\t")) + text[at:]


def _nested(rng: Random, text: str) -> str:
    depth = rng.choice((20, 31, 32, 33, 2000))
    return text[:1] + '"x":' + "[" * depth + "]" * depth + "," + text[1:]


def _as_it_is(_: Random, text: str) -> str:
    return text


_SPELLINGS: Final[tuple[Callable[[Random, str], str], ...]] = (
    *(_as_it_is, _as_it_is, _doubled, _escaped),
    *(_inexact, _lone, _nested),
)


def bent(rng: Random, value: Any) -> Any:
    """Change one place of a JSON value."""
    if isinstance(value, Mapping) and value and rng.random() < 0.75:
        name = rng.choice(sorted(value))
        return {**value, name: bent(rng, value[name])}
    if isinstance(value, list) and value and rng.random() < 0.75:
        at = rng.randrange(len(value))
        return [*value[:at], bent(rng, value[at]), *value[at + 1 :]]
    return _changed(rng, value)


def _changed(rng: Random, value: Any) -> Any:  # noqa: PLR0911 - a kind of value, a line
    if rng.random() < 0.15:
        return rng.choice(
            (None, True, False, 1, "", [], {}, 1.5, 1e300, nest(29), nest(33))
        )
    match value:
        case bool() | None:
            return not value
        case int():
            return rng.choice((value + 1, value - 1, -value, *_EDGES))
        case str():
            return _retold(rng, value)
        case Mapping():
            return _members(rng, dict(value))
        case list():
            return rng.choice((value[1:], value + value[:1], value[::-1], [value]))
    return value


def nest(depth: int) -> Any:
    """Nest empty arrays."""
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


def _members(rng: Random, value: dict[str, Any]) -> dict[str, Any]:
    if value and rng.random() < 0.5:
        del value[rng.choice(sorted(value))]
        return value
    return {**value, rng.choice(("more", "v", "é", "\U0001f600", "\uffff")): 1}


def _retold(rng: Random, text: str) -> str:
    odd = rng.choice(_TEXTS)
    at = rng.randint(0, len(text))
    letter = rng.choice(_LETTERS)
    return rng.choice(
        (
            odd,
            text + odd,
            text[:at] + odd + text[at:],
            text[:at] + letter + text[at + 1 :],
            text.upper(),
            text[:-1],
            text + text,
            base64.b64encode(rng.randbytes(rng.choice((31, 32, 33)))).decode(),
            rng.randbytes(16).hex(),
        )
    )
