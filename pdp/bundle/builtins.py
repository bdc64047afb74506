"""The built-in functions that rules may call: the program's list, each with a reason.

A decision is remembered, compared and explained as a function of the question alone.
So a built-in is on the list if its value follows from its arguments, on every engine
alike. A bundle's own list may leave some of them out; it cannot add one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ALLOWED_BY_REASON: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "counts and compares what a question holds": frozenset(
            {"count", "max", "min", "sum", "sort"}
        ),
        "takes lists, sets and objects apart and puts them together": frozenset(
            {
                *("array.concat", "array.reverse", "intersection", "union"),
                *("object.get", "object.keys", "object.remove", "object.union"),
            }
        ),
        "tells of which type a value is, so that a wrong one is refused": frozenset(
            {
                *("is_array", "is_boolean", "is_null", "is_number"),
                *("is_object", "is_set", "is_string"),
            }
        ),
        "reads and writes words: codes, names of regions and classes": frozenset(
            {
                *("concat", "contains", "endswith", "format_int", "indexof"),
                *("lower", "replace", "split", "sprintf", "startswith", "substring"),
                *("trim", "trim_prefix", "trim_space", "trim_suffix", "upper"),
            }
        ),
    }
)
ALLOWED: Final = frozenset().union(*ALLOWED_BY_REASON.values())

# Where a name begins with one of these its value follows from something else than the
# question, or it does something besides giving a value.
NEVER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "time": "reads a clock, or a calendar that changes",
        "http": "asks a server",
        "net": "asks a server of names, or is about networks",
        "opa": "reads the engine's own environment",
        "rand": "is chance",
        "uuid": "is chance",
        "io": "reads tokens, whose validity depends on the time",
        "crypto": "reads certificates, whose validity depends on the time",
        "providers": "signs with the time",
        "rego": "reads the policies themselves",
        "print": "writes to the engine's log",
        "trace": "writes to the engine's log",
    }
)

# The first words of every dotted built-in of the two engines: a rule or an import of
# such a name would let one engine call the built-in and the other the rule.
NAMESPACES: Final = frozenset(
    {
        *("array", "base64", "base64url", "bits", "crypto", "glob", "graph"),
        *("graphql", "hex", "http", "internal", "io", "json", "net", "numbers"),
        *("object", "opa", "providers", "rand", "regex", "rego", "semver"),
        *("strings", "time", "units", "uri", "urlquery", "uuid", "yaml"),
    }
)


def why_not(name: str) -> str:
    """Say why rules may not call a built-in that is not on the list."""
    reason = NEVER.get(name.partition(".")[0])
    if reason is not None:
        return f"`{name}` {reason}, and a decision follows from the question alone"
    return f"`{name}` is not on the program's list of built-ins"
