"""There is no code without a door: what is defined is reached, or says why not."""

from collections.abc import Iterable
from functools import cache

import pytest
from reachable import Building, built, unreached
from source_rules import Source, product

# What is entered in a way that names do not show.
DOORS = {
    "crm/database.py open_crm": "the CRM's fence; the CRM is not there yet",
    "kit/line.py makefile": "http.client reads from what stands in for a socket",
    "kit/line.py sendall": "http.client writes to what stands in for a socket",
    "pdp/engines/engine_child.py do_coverage": "a message names it",
    "pdp/engines/engine_child.py do_decide": "a message names it",
    "pdp/engines/engine_child.py do_evaluate": "a message names it",
    "pdp/engines/engine_child.py do_load": "a message names it",
    "pdp/engines/engine_child.py do_parse": "a message names it",
    "pdp/engines/engine_child.py do_revision": "a message names it",
    "pdp/engines/process.py pid": "tests kill the engine by it",
}
PLANTED = {
    "a function": "def lonely(): pass",
    "a method": "class Known:\n    def lonely(self): pass\nKnown()",
    "a class": "class lonely: pass",
    "what only itself calls": "def lonely(): lonely()",
    "a property": "class Known:\n    @property\n    def lonely(self): pass\nKnown()",
    "what is only exported": "def lonely(): pass\n__all__ = ['lonely']",
    "what is only imported": "from a import lonely\ndef lonely(): pass",
}
REACHED = {
    "a call": "def known(): pass\nknown()",
    "a route": "@app.get('/')\ndef known(): pass",
    "a table": "class Known(SQLModel, table=True): pass",
    "a name in a text": "def known(): pass\ngetattr(x, 'known')",
    "an override of a framework": "class A(FastAPI):\n    def known(self): pass\nA()",
}


@cache
def house() -> Building:
    return built(product())


def missed(text: str, doors: Iterable[str] = ()) -> list[str]:
    return unreached([Source("kit/x.py", text)], doors)


def test_every_definition_is_reached() -> None:
    assert house().unreached(DOORS) == []


@pytest.mark.parametrize("door", DOORS)
def test_an_exception_is_one_still(door: str) -> None:
    others = DOORS.keys() - {door}
    assert door in house().unreached(others)


@pytest.mark.parametrize("what", PLANTED)
def test_code_without_a_door_is_found(what: str) -> None:
    assert missed(PLANTED[what]) == ["kit/x.py lonely"]


@pytest.mark.parametrize("what", REACHED)
def test_code_with_a_door_is_not_listed(what: str) -> None:
    assert missed(REACHED[what]) == []


def test_what_leads_nowhere_keeps_nothing_alive() -> None:
    text = "def lonely(): other()\ndef other(): pass"
    assert missed(text) == ["kit/x.py lonely", "kit/x.py other"]
    assert missed(text, ["kit/x.py lonely"]) == []
