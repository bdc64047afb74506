"""The shipped policies, and ways to damage a copy of them."""

import json
from functools import cache
from pathlib import Path

from pdp.bundle.bundle import TABLES, Bundle, digest_of, from_texts, load

POLICIES = Path(__file__).parents[2] / "policies"
# 27 million turns: far beyond the deadline on any machine.
ENDLESS = """package allod.legal.hold

installed := true

many := [number | some number in array.concat(ten, array.concat(ten, ten))]

ten := ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]

deny contains {"code": "hold.slow", "article": "", "fix": ""} if {
	some a in many
	some b in many
	some c in many
	some d in many
	some e in many
	concat("", [a, b, c, d, e]) == "never"
}
"""


@cache
def shipped() -> Bundle:
    return load(POLICIES)


def changed(path: str, old: str, new: str, *, bundle: Bundle | None = None) -> Bundle:
    texts = dict((bundle or shipped()).texts)
    assert old in texts[path], "the text to change is not there"
    texts[path] = texts[path].replace(old, new)
    return from_texts(texts)


def replaced(path: str, text: str) -> Bundle:
    return from_texts({**shipped().texts, path: text})


def without(path: str) -> dict[str, str]:
    return {name: text for name, text in shipped().texts.items() if name != path}


def unlisted_texts(texts: dict[str, str], path: str) -> dict[str, str]:
    """Take a file out of the manifest too, as somebody in a hurry would."""
    manifest = json.loads(texts[".manifest"])
    packages = manifest["metadata"]["packages"]
    manifest["metadata"]["packages"] = {
        package: file for package, file in packages.items() if file != path
    }
    return {**texts, ".manifest": json.dumps(manifest)}


def unlisted(texts: dict[str, str], path: str) -> Bundle:
    """The same, past the loader, which refuses it: for what an engine makes of it."""
    return unread(unlisted_texts(texts, path))


def unread(texts: dict[str, str]) -> Bundle:
    """Make a bundle of texts that no loader has looked at."""
    manifest = json.loads(texts[".manifest"])
    return Bundle(digest_of(texts), texts, json.loads(texts[TABLES]), manifest)


GATE = "gate/gate.rego"
# Policies that answer with what is no decision, and what the gate must say of each,
# whichever engine evaluates them.
BROKEN_DECISIONS: dict[str, tuple[Bundle, str]] = {
    "an allow that is text": (
        changed(GATE, '"allow": true,', '"allow": "true",'),
        "gate.not_boolean",
    ),
    "an unknown mask": (
        changed(
            "legal/masking.rego",
            "mask := data.tables.mask_order[max(places[class])]",
            'mask := "sparkle"',
        ),
        "gate.unknown_mask",
    ),
    "an unknown obligation": (
        changed(
            GATE,
            "[obligation | some obligation in obligations]",
            '[{"type": "four_eyes", "min": 2}]',
        ),
        "gate.unknown_obligation",
    ),
    "an unknown version": (
        changed(GATE, '"v": 1,\n\t"allow": true', '"v": 2,\n\t"allow": true'),
        "gate.unknown_version",
    ),
    "two values for one rule": (
        changed(
            "legal/hold.rego",
            "installed := true",
            "installed := true\n\ninstalled := 7 if input.v",
        ),
        "gate.engine_error",
    ),
}
