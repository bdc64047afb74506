"""One class, one name: a reader who meets a name knows which class is meant."""

import ast
from collections import defaultdict
from collections.abc import Iterable

from source_rules import Source, product

# An adapter may be called as its port's other adapters are: a folder per database.
ADAPTERS = ("vault/_internal/sqlite/", "ledger/sqlite/", "server/auth/sqlite/")


def twice(sources: Iterable[Source]) -> dict[str, list[str]]:
    """Give the class names that more than one file defines, with the files."""
    found = defaultdict(list)
    for source in sources:
        if not source.lies_in(*ADAPTERS):
            for node in ast.walk(source.tree):
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(source.path)
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def test_no_class_name_is_defined_twice() -> None:
    assert twice(product()) == {}


def test_a_name_that_two_files_define_is_found() -> None:
    one = Source("kit/x.py", "class A: pass")
    other = Source("pdp/x.py", "class A: pass")
    assert twice([one, other]) == {"A": ["kit/x.py", "pdp/x.py"]}
    nested = Source("pdp/x.py", "def f():\n    class A: pass")
    assert twice([one, nested]) == {"A": ["kit/x.py", "pdp/x.py"]}
    adapter = Source("ledger/sqlite/x.py", "class A: pass")
    assert twice([one, adapter]) == {}
