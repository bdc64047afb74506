"""SECURITY.md prints the promises with the names of their tests: those are there."""

import ast
import re

import pytest
from source_rules import ROOT

PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.findall(r"\[(test_\w+)\]\(((?:sdk/)?tests/[\w/]+\.py)\)", PAGE)
LINKED = sorted(set(re.findall(r"\]\(((?:sdk/)?tests/[\w/]+\.py)\)", PAGE)))


def _defined(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in tree.body if isinstance(node, kinds)}


@pytest.mark.parametrize("path", LINKED)
def test_every_file_that_the_page_links_to_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(("test", "path"), NAMED, ids=[name for name, _ in NAMED])
def test_every_test_that_the_page_names_is_there(test: str, path: str) -> None:
    assert test in _defined(path)


@pytest.mark.parametrize("number", range(1, 10))
def test_every_promise_is_on_the_page(number: int) -> None:
    (section,) = re.findall(
        rf"^### P{number} .*?(?=^##)", PAGE, re.DOTALL | re.MULTILINE
    )
    assert "tests/" in section or "Not in force" in section
