"""How a map says that a cell is read: its type, and the options that this one has."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from vault.catalog.yaml_nodes import Block, Source
from vault.imports.import_conversion import CellType, Conversion
from vault.imports.import_dates import (
    DEFAULT_ORDER,
    DateStyle,
    Fold,
    TimeOfDay,
    has_short_year,
    is_order,
)
from vault.imports.import_numbers import (
    GROUPINGS,
    MARKS,
    MAX_UNIT,
    Groups,
    Negative,
    NumberStyle,
)
from vault.imports.import_values import Scalar, UnfitCell

DATE_OPTIONS: Final = ("order", "century", "time")
OPTIONS: Final = (
    "type",
    *DATE_OPTIONS,
    "zone",
    "fold",
    "mark",
    "grouping",
    "groups",
    "negative",
    "unit",
    "words",
)
"""The keys of a field that say how its cell is read."""

_LAST_CENTURY: Final = 9900
_NUMBERS: Final = (CellType.INTEGER, CellType.DECIMAL)
_TIMES: Final = (CellType.DATE, CellType.INSTANT)
_OF: Final = {
    "order": _TIMES,
    "century": _TIMES,
    "time": (CellType.DATE,),
    "zone": _TIMES,
    "fold": _TIMES,
    "mark": _NUMBERS,
    "grouping": _NUMBERS,
    "groups": _NUMBERS,
    "negative": _NUMBERS,
    "unit": _NUMBERS,
}


def conversion(source: Source, block: Block) -> Conversion:
    """Read how the cells of a field are read."""
    kind = block.choice("type", CellType.TEXT, CellType)
    for option, types in _OF.items():
        if block.node(option) is not None and kind not in types:
            block.fault(option, f"only a field of type {' or '.join(types)} has it")
    numbers = _number_style(source, block, kind)
    plain = Conversion(kind, numbers, date_style(source, block))
    words = block.node("words")
    if words is None:
        return plain
    chosen = _values(source, words, block.path("words"), plain)
    return Conversion(kind, numbers, plain.dates, chosen)


def date_style(source: Source, block: Block) -> DateStyle:
    """Read how days and times are written."""
    orders = tuple(_orders(source, block)) or (DEFAULT_ORDER,)
    time = block.choice("time", TimeOfDay.REFUSE, TimeOfDay)
    fold = block.choice("fold", Fold.REFUSE, Fold)
    zone = block.node("zone")
    if zone is not None and time is TimeOfDay.IGNORE:
        block.fault("time", "write either a zone, or that the time is ignored")
    if zone is None and block.node("fold") is not None:
        block.fault("fold", "only clocks of a `zone` show a time twice")
    return DateStyle(orders, _century(block, orders), time, _zone(block), fold)


def _century(block: Block, orders: Iterable[str]) -> int | None:
    century = block.integer("century", 0, low=1, high=_LAST_CENTURY)
    short = any(has_short_year(order) for order in orders)
    if short and block.node("century") is None:
        block.fault("order", "a year of two digits needs `century`, such as 2000")
    if century and not short:
        block.fault("century", "no year of `order` has two digits")
    return century or None


def _orders(source: Source, block: Block) -> list[str]:
    node = block.node("order")
    nodes = [] if node is None else [node]
    if isinstance(node, yaml.SequenceNode):
        nodes = block.items("order")
    orders = [source.text(each, block.path("order")) or DEFAULT_ORDER for each in nodes]
    for order in orders:
        if not is_order(order):
            block.fault(
                "order",
                "write year, month and day once each, as in DD.MM.YYYY; M and D"
                " need signs around them",
            )
    return [order for order in orders if is_order(order)]


def _zone(block: Block) -> ZoneInfo | None:
    name = block.text("zone")
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        block.fault("zone", "this system's tz database has no such zone; one is UTC")
        return None


def _number_style(source: Source, block: Block, kind: CellType) -> NumberStyle:
    mark = _sign(source, block, "mark", MARKS)
    grouping = _sign(source, block, "grouping", GROUPINGS)
    meant = mark or ("." if kind is CellType.DECIMAL else "")
    if grouping and grouping == meant:
        block.fault("grouping", "it cannot be the mark, which is `.` if none is said")
    unit = block.text("unit")
    if len(unit) > MAX_UNIT or any(each.isdigit() for each in unit):
        block.fault("unit", f"write at most {MAX_UNIT} characters, and no digit")
    return NumberStyle(
        mark,
        grouping,
        block.choice("groups", Groups.THREES, Groups),
        block.choice("negative", Negative.LEADING, Negative),
        unit,
    )


def _sign(source: Source, block: Block, key: str, choices: Collection[str]) -> str:
    node = block.node(key)
    return "" if node is None else source.choice(node, block.path(key), choices) or ""


def _values(
    source: Source, node: yaml.Node, path: str, plain: Conversion
) -> Mapping[str, Scalar]:
    """Read the words of a column, each with a value of the column's type."""
    read, found = plain.plain(), {}
    for said, _, value in source.pairs(node, path, literal=True):
        if not said.strip():
            source.fault(value, path, "an empty cell is no value, and means nothing")
        text = value.value if isinstance(value, yaml.ScalarNode) else None
        try:
            found[said.strip()] = read(text)
        except UnfitCell:
            source.fault(value, f"{path}.{said}", "it is not what `type` says")
    return found
