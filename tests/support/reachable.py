"""Finds code without a door: what no route, command or start-up code leads to.

By names alone. A definition is reached when what is reached uses its name, or a module
does as it is loaded. Routes and commands are where people come in: a definition with a
decorator is a door. Two definitions of one name hide each other, so what is listed is
unreached, and what is not listed may be.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from source_rules import Source

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
# These change what a definition is, and lead nobody to it.
NO_DOORS: Final = {
    *("property", "cached_property", "classmethod", "staticmethod"),
    *("dataclass", "cache", "lru_cache", "wraps", "overload", "override", "final"),
    *("contextmanager", "asynccontextmanager", "total_ordering"),
}
# A framework calls what is overridden of these, by names of its own.
FRAMEWORKS: Final = {
    *("HttpToolsProtocol", "Server", "APIRoute", "FastAPI", "Request"),
    *("TyperGroup", "RichConsole", "BaseSettings", "Collector"),
    *("BufferedIOBase", "RawIOBase", "NodeVisitor", "SafeLoader"),
}


def unreached(sources: Iterable[Source], doors: Iterable[str] = ()) -> list[str]:
    """List the definitions that nothing leads to, as `path name`.

    Each of the doors is such a pair, entered in a way that names do not show.
    """
    return built(sources).unreached(doors)


def built(sources: Iterable[Source]) -> "Building":
    """Look at all sources once, for those who try several sets of doors."""
    building = Building()
    for source in sources:
        building.add(source.path, source.tree.body, owner="")
    return building


class Building:
    """Which definition stands where, and whose names each of them uses.

    The owner "" is the modules themselves: what they use as they are loaded.
    """

    def __init__(self) -> None:
        self._places: list[tuple[str, str]] = []
        self._uses: dict[str, set[str]] = defaultdict(set)

    def add(self, path: str, body: list[ast.stmt], *, owner: str) -> None:
        for node in body:
            if isinstance(node, Definition):
                self._define(path, node, owner)
            elif not _is_only_named(node):
                self._uses[owner] |= _names(node)

    def unreached(self, doors: Iterable[str] = ()) -> list[str]:
        entered = set(doors)
        reached: set[str] = set()
        waiting = {"", *(each[1] for each in self._places if " ".join(each) in entered)}
        while waiting:
            reached |= waiting
            used = {name for each in waiting for name in self._uses.get(each, ())}
            waiting = used - reached
        lost = [each for each in self._places if each[1] not in reached]
        return sorted(f"{path} {name}" for path, name in lost)

    def _define(self, path: str, node: Definition, owner: str) -> None:
        # What the language itself calls belongs to its class.
        name = owner if owner and node.name.startswith("__") else node.name
        if name != owner:
            self._places.append((path, name))
        if _is_table(node):
            self._uses[""].add(name)
        for decorator in node.decorator_list:
            self._uses[name] |= _names(decorator)
            if _last(decorator) not in NO_DOORS:
                self._uses[""].add(name)
        if not isinstance(node, ast.ClassDef):
            self._uses[name] |= _names(node)
            return
        bases = {each for base in node.bases for each in _names(base)}
        self._uses[name] |= bases
        if bases & FRAMEWORKS:
            methods = (each for each in node.body if isinstance(each, Definition))
            self._uses[name] |= {method.name for method in methods}
        self.add(path, node.body, owner=name)


def _is_table(node: Definition) -> bool:
    """Tell whether a class is a table, which the migrations and stores know by name."""
    keywords = node.keywords if isinstance(node, ast.ClassDef) else []
    return any(each.arg == "table" for each in keywords)


def _is_only_named(node: ast.stmt) -> bool:
    """Tell whether a statement names what it does not use: an import, `__all__`."""
    if isinstance(node, ast.Assign):
        return any(_last(target) == "__all__" for target in node.targets)
    return isinstance(node, ast.Import | ast.ImportFrom)


def _names(node: ast.AST) -> set[str]:
    """Give the names that a piece of code uses; those in a short text count too."""
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
        elif isinstance(each, ast.Constant) and len(str(each.value)) < _A_SENTENCE:
            found |= set(re.findall(r"[A-Za-z_]\w+", str(each.value)))
    return found


def _last(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return _last(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


_A_SENTENCE: Final = 60
