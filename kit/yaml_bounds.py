"""YAML composed within bounds that are kept while it is read.

A parser left to itself recurses once for each level, looks ahead over all that is open,
and unfolds an alias to any size: a page of brackets takes half a minute. Here
the events are counted as they come, before a node is made of any. Aliases are refused
by kind: a text without them means what it says.
"""

from typing import Any, Final

import yaml

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 100
MAX_NODES: Final = 50_000

DEEP: Final = f"nested deeper than {MAX_DEPTH} levels"
LONG: Final = f"longer than {MAX_BYTES} bytes"
ALIAS: Final = "no aliases here; write it out"


class TooMuch(yaml.MarkedYAMLError):
    """The text is beyond a bound; `problem` says which, `problem_mark` where."""

    def __init__(self, problem: str, mark: Any = None) -> None:  # noqa: ANN401 - of either parser
        super().__init__(problem=problem, problem_mark=mark)


def compose(text: str, *, nodes: int = MAX_NODES) -> yaml.Node | None:
    """Compose one document of at most so many values; None for a text without any.

    Raises:
        TooMuch: it is too long, too deep or has too many values, or an alias.
        yaml.YAMLError: it is no YAML, or more than one document.

    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TooMuch(LONG)
    _require_bounded(text, nodes)
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return node


def _require_bounded(text: str, most: int) -> None:
    depth = nodes = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise TooMuch(ALIAS, event.start_mark)
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise TooMuch(DEEP, event.start_mark)
        if nodes > most:
            raise TooMuch(f"more than {most} values", event.start_mark)
