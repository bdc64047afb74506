"""How a map says that a cell is read: its type, and the options that this one has."""

from typing import Final

from vault._catalog_yaml import Block
from vault.import_values import DEFAULT_ORDER, MARKS, CellType, Conversion, is_order

OPTIONS: Final = ("type", "order", "mark")
"""The keys of a field that say how its cell is read."""


def conversion(block: Block) -> Conversion:
    """Read how the cells of a field are read."""
    kind = block.choice("type", CellType.TEXT, CellType)
    found_order, mark = order(block), block.text("mark") or "."
    if block.node("order") is not None and kind is not CellType.DATE:
        block.fault("order", "only a date has an order")
    if block.node("mark") is not None and kind is not CellType.DECIMAL:
        block.fault("mark", "only a decimal has a mark")
    if mark not in MARKS:
        block.fault("mark", 'write "." or ","')
    return Conversion(kind, found_order, mark)


def order(block: Block) -> str:
    """Read in which order a date is written."""
    found = block.text("order") or DEFAULT_ORDER
    if is_order(found):
        return found
    block.fault("order", "write YYYY, MM and DD once each, as in DD.MM.YYYY")
    return DEFAULT_ORDER
