"""The wall around the vault: what `crm` and `exports` may take through its door.

The import contracts hold modules, and a module lends whoever has it all that it has
imported. So here the names are held: those of `vault.__all__`, which is the one list.
"""

import ast
from collections.abc import Iterator
from typing import Final

from source_rules import ROOT, Rule, Source

OUTSIDE: Final = ("crm/", "exports/")


def the_vault_is_taken_from_by_name(source: Source) -> Iterator[int]:
    """With the `Keyring` and `open_kek` that `vault.open` holds, cleartext is read, and
    nobody was asked, no permit was minted, and the log says nothing."""
    for node in _nodes(source):
        for module, name in _taken(node):
            if module.partition(".")[0] == "vault":
                lent = module == "vault" and name in FACE
            else:
                lent = name not in INSIDE
            if not lent:
                yield _line(node)


def nothing_is_reached_into(source: Source) -> Iterator[int]:
    """The gate keeps a strongroom behind one underscore, and every class the names of
    its module behind two: whoever reaches in there needs no import at all."""
    for node in _nodes(source):
        if isinstance(node, ast.Attribute):
            found = _private(node) or node.attr in _REACHING
        elif isinstance(node, ast.Name):
            found = node.id in _REACHING
        elif isinstance(node, ast.MatchClass):
            found = any(each.startswith("_") for each in node.kwd_attrs)
        else:
            found = any(
                module in _REACHING or name in _REACHING or name.startswith("_")
                for module, name in _taken(node)
            )
        if found:
            yield _line(node)


def _nodes(source: Source) -> Iterator[ast.AST]:
    if source.lies_in(*OUTSIDE):
        yield from ast.walk(source.tree)


def _taken(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Give module and name of what is imported; a module as a whole has no name."""
    if isinstance(node, ast.Import):
        yield from ((each.name, "") for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from ((node.module or "", each.name) for each in node.names)


def _private(node: ast.Attribute) -> bool:
    """Tell whether an attribute is another's own: `gate._opener`, `Gate.__init__`."""
    owner = ast.unparse(node.value)
    return node.attr.startswith("_") and owner not in {"self", "cls", "super()"}


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _listed(path: str) -> frozenset[str]:
    """Read the `__all__` of a module, without importing it."""
    for node in ast.parse((ROOT / path).read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    raise LookupError(path)


def _classes(folder: str) -> frozenset[str]:
    files = (path.read_text("utf-8") for path in (ROOT / folder).rglob("*.py"))
    nodes = (node for text in files for node in ast.parse(text).body)
    return frozenset(node.name for node in nodes if isinstance(node, ast.ClassDef))


FACE: Final = _listed("vault/__init__.py")
INSIDE: Final = {"vault"} | _listed("vault/open.py") | _classes("vault/_internal")
WALL: Final[tuple[Rule, ...]] = (
    the_vault_is_taken_from_by_name,
    nothing_is_reached_into,
)
_REACHING: Final = {
    *("getattr", "vars", "globals", "locals", "attrgetter", "methodcaller"),
    *("modules", "gc", "inspect", "pickle"),
}
