"""docs/cli.md lists the codes with which the verifier refuses, all and no others."""

import ast
import re
from collections.abc import Iterator

from documents import ROOT

PROOFS = ROOT / "sdk" / "src" / "allod" / "proofs"
PAGE = (ROOT / "docs" / "cli.md").read_text("utf-8")


def listed(head: str) -> set[str]:
    """The codes in the first column of a table."""
    table = PAGE[PAGE.index(head) :].partition("\n\n")[0]
    return {
        code
        for row in table.splitlines()[2:]
        for code in re.findall(r"`([^`]+)`", row.split("|")[1])
    }


def trees() -> Iterator[ast.Module]:
    for path in sorted(PROOFS.glob("*.py")):
        yield ast.parse(path.read_text("utf-8"))


def constants() -> dict[str, str]:
    """Names that modules of the verifier give to texts."""
    return {
        target.id: node.value.value
        for tree in trees()
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def raised() -> set[str]:
    """The codes that errors are made with: in a call, or as their class's own."""
    known, found = constants(), set[str]()
    for node in (each for tree in trees() for each in ast.walk(tree)):
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
            own = [each for each in node.body if isinstance(each, ast.Assign)]
            found |= {ast.literal_eval(each.value) for each in own}
        elif isinstance(node, ast.keyword) and node.arg == "code":
            value = node.value
            if isinstance(value, ast.Constant):
                found.add(value.value)
            elif isinstance(value, ast.Name) and value.id in known:
                found.add(known[value.id])
    return found - {""}


def test_every_code_of_a_refusal_is_on_the_page_and_no_other() -> None:
    assert raised() == listed("| `code` of `verify` |")


def test_a_code_that_the_verifier_passes_on_is_one_that_is_known() -> None:
    """What is neither a text nor a name of one would not be seen by the test above."""
    passed = {
        ast.unparse(node.value)
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "code"
        if not isinstance(node.value, ast.Constant)
    }
    assert passed <= constants().keys()
