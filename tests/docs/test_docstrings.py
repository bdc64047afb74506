"""What docstrings name is there: modules by their dotted names, errors under Raises."""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import ROOT

PACKAGES = (
    *("consent", "exports", "kit", "ledger", "pdp", "sdk/src/allod", "server", "vault"),
)
OWN = re.compile(r"`((?:consent|exports|kit|ledger|pdp|server|vault)(?:\.\w+)+)`")
FOREIGN = {"httpx", "sqlite3", "yaml"}
RAISES = re.compile(r"^Raises:\n((?:    .*\n?|\n)+)", re.MULTILINE)
NAMED = re.compile(r"^    (\w[\w., ]*):", re.MULTILINE)
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        found = sorted((ROOT / package).rglob("*.py"))
        yield from (path for path in found if "_sync" not in path.parts)


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8")) for path in _files()}


def docstrings(tree: ast.AST) -> Iterator[str]:
    for each in ast.walk(tree):
        if isinstance(each, Documented) and (text := ast.get_docstring(each)):
            yield text


def errors(text: str) -> Iterator[str]:
    """Give the errors that a docstring says are raised; those of others' without."""
    for section in RAISES.findall(text):
        for line in NAMED.findall(section):
            names = re.split(r", | or ", line)
            yield from (n for n in names if n.partition(".")[0] not in FOREIGN)


def is_there(name: str) -> bool:
    """Tell whether a dotted name leads to a module, or to what is defined in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                words = set(re.findall(r"\w+", path.read_text("utf-8")))
                return set(parts[length : length + 1]) <= words
    return ROOT.joinpath(*parts).is_dir()


def test_what_a_docstring_names_is_there(trees: dict[Path, ast.Module]) -> None:
    wrong = [
        (path.name, name)
        for path, tree in trees.items()
        for text in docstrings(tree)
        for name in OWN.findall(text)
        if not is_there(name)
    ]
    assert wrong == []


def test_an_error_that_a_docstring_names_is_a_class(
    trees: dict[Path, ast.Module],
) -> None:
    nodes = [each for tree in trees.values() for each in ast.walk(tree)]
    classes = {each.name for each in nodes if isinstance(each, ast.ClassDef)}
    wrong = [
        (path.name, name)
        for path, tree in trees.items()
        for text in docstrings(tree)
        for name in errors(text)
        if name not in classes and not hasattr(builtins, name)
    ]
    assert wrong == []


def test_a_name_that_is_gone_is_found() -> None:
    assert is_there("kit.clock.Clock")
    assert is_there("vault.gate")
    assert not is_there("kit.watch")
    assert not is_there("kit.clock.Watch")
    said = "Do it.\n\nRaises:\n    Refused, Gone: it is.\n        Or: was.\n\n"
    assert list(errors(said)) == ["Refused", "Gone"]
