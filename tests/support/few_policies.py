"""The shipped rules over small tables, so that all of it can be asked; and changes."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from bundles import replaced, shipped

from pdp.bundle.bundle import TABLES, Bundle, from_texts

PURPOSES = ("marketing.email", "support.case")
ROLES = ("customer", "marketing", "support")
Tables = dict[str, Any]


@cache
def few() -> Bundle:
    """Give two purposes and three roles out of those that ship."""
    tables = json.loads(shipped().texts[TABLES])
    tables["purposes"] = {name: tables["purposes"][name] for name in PURPOSES}
    tables["purposes"]["support.case"]["roles"] = ["support"]
    for table in ("roles", "masks"):
        tables[table] = {name: tables[table][name] for name in ROLES}
    tables["implied_roles"] = {"customer": "customer"}
    return replaced(TABLES, json.dumps(tables, indent=1))


def altered(change: Callable[[Tables], None], bundle: Bundle | None = None) -> Bundle:
    """Change the tables of a bundle."""
    base = bundle or few()
    tables = json.loads(base.texts[TABLES])
    change(tables)
    return from_texts({**base.texts, TABLES: json.dumps(tables, indent=1)})
