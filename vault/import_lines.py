"""Lines of a file as the map reads them: whose each is, or why that cannot be said."""

from collections.abc import Iterable
from typing import NamedTuple

from kit.errors import Invalid
from vault.births import Births
from vault.import_map import ImportMap
from vault.import_map_customer import BIRTH_DATE
from vault.import_values import Unfit
from vault.line_readers import Row


class Line(NamedTuple):
    """A row, and whose it is by the map; or why that cannot be said, and where."""

    row: Row
    customer: str = ""
    region: str = ""
    minor: str = ""
    birth_date: str | None = None
    fault: str = ""
    place: str = ""


def read_line(plan: ImportMap, births: Births, row: Row) -> Line:
    """Read whose a row is."""
    if row.fault:
        return Line(row, fault=row.fault)
    try:
        new = plan.newcomer(row.cells)
        if new.birth_date is not None:
            births.day(new.birth_date)
        return Line(row, plan.customer_id(row.cells), *new)
    except Unfit as unfit:
        fault, place = (*unfit.args, "")[:2]
    except Invalid as impossible:
        fault, place = impossible.reason_code, BIRTH_DATE
    return Line(row, fault=fault, place=place)


def born(lines: Iterable[Line]) -> dict[str, str]:
    """Give the birth date of each customer: that of their first line that has one."""
    found: dict[str, str] = {}
    for each in lines:
        if each.birth_date is not None:
            found.setdefault(each.customer, each.birth_date)
    return found
