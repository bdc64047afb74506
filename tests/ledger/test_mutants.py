"""Every small mistake one could make in the tree's code is caught by one short check.

Each comparison, operator and constant of `ledger.formats.merkle`, which makes proofs,
and of the verifier's own `merkle` is changed in turn. A mutant that passes the check
is either listed here, with the reason why it cannot matter, or the check is too weak.
"""

import ast
import copy
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from allod import proofs
from allod.proofs import VerificationError, verify_inclusion
from ledgers import leaves, naive_root

from ledger.formats import merkle

HOUSE = Path(merkle.__file__).read_text(encoding="utf-8")
VERIFIER = Path(proofs.__file__).with_name("merkle.py").read_text(encoding="utf-8")
SOURCES = pytest.mark.parametrize(
    "source", [HOUSE, VERIFIER], ids=["house", "verifier"]
)
LEAVES = leaves(14)
ROOTS = [naive_root(LEAVES[:size]) for size in range(15)]
DEADLINE = 0.3

Change = Callable[[ast.AST], None]
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
}


class Endless(Exception):
    """A mutant that would run for ever is caught as well."""


def changes(node: ast.AST) -> Iterator[Change]:
    """Give the ways to get this one node wrong."""
    match node:
        case ast.Compare(ops=ops):
            for at, operator in enumerate(ops):
                if type(operator) in COMPARISONS:
                    yield partial(_compare, at)
        case ast.BinOp(op=operator) if type(operator) in OPERATORS:
            yield partial(_set, "op", OPERATORS[type(operator)]())
        case ast.BoolOp(op=operator):
            other = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield partial(_set, "op", other)
        case ast.UnaryOp(op=ast.Not()):
            yield partial(_set, "op", ast.UAdd())
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            yield partial(_set, "value", value + 1)


def _set(name: str, value: object, node: ast.AST) -> None:
    setattr(node, name, value)


def _compare(at: int, node: ast.AST) -> None:
    assert isinstance(node, ast.Compare)
    node.ops[at] = COMPARISONS[type(node.ops[at])]()


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Give each mutant of the module with a name for it."""
    tree = ast.parse(source)
    for number, node in enumerate(ast.walk(tree)):
        for change in changes(node):
            mutant = copy.deepcopy(tree)
            target = list(ast.walk(mutant))[number]
            before = ast.unparse(target)
            change(target)
            line = getattr(target, "lineno", 0)
            yield f"line {line}: {before} -> {ast.unparse(target)}", mutant


def sound(module: dict[str, Any]) -> bool:
    """Judge an implementation: all proofs of small trees, right ones and wrong ones."""
    try:
        if "CompactRange" in module:
            return _builds(module) and _judges(
                {"verify_inclusion": verify_inclusion} | module
            )
        hashed = module["leaf_hash"](b"") == merkle.leaf_hash(b"")
        return hashed and _judges(vars(merkle) | module)
    except Exception:  # noqa: BLE001 - however a mutant fails, it was caught
        return False


def _builds(m: dict[str, Any]) -> bool:
    tree, seen = m["CompactRange"](), {}
    for leaf in LEAVES:
        tree.append(leaf, lambda *node: seen.update({node[:2]: node[2]}))
        size = tree.size
        again = m["CompactRange"].read(size, lambda *place: seen[place])
        if not tree.root() == again.root() == ROOTS[size]:
            return False
    empty = m["root"](0, lambda *place: seen[place]) == ROOTS[0]
    return bool(empty and m["leaf_hash"](b"") == merkle.leaf_hash(b"")) and not any(
        _accepts(m["ProofError"], m["CompactRange"], *bad)
        for bad in ((2, []), (-1, []), (1, [b"short"]), (-1, [ROOTS[0]]))
    )


def _judges(m: dict[str, Any]) -> bool:
    """Compare every verdict with that of the definition."""
    return all(
        _accepts((m["ProofError"], VerificationError), m[name], *attempt) is right
        for name, attempt, right in _attempts(m)
    )


def _attempts(m: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, ...], bool]]:
    read = _reader
    for size in range(1, 15):
        for index in range(size):
            path = m["inclusion_path"](size, index, read)
            yield from _inclusions(index, size, path)
        for before in range(1, size + 1):
            path = m["consistency_path"](before, size, read)
            yield from _consistencies(before, size, path)
    for bad in ((0, 0), (5, 5), (5, -1)):
        yield "inclusion_path", (*bad, read), False
    for bad in ((0, 5), (6, 5)):
        yield "consistency_path", (*bad, read), False


def _inclusions(
    index: int, size: int, path: list[bytes]
) -> Iterator[tuple[str, tuple[Any, ...], bool]]:
    leaf, root = LEAVES[index], ROOTS[size]
    for claimed in range(-1, size + 2):
        attempt = (leaf, claimed, size, path, root)
        yield "verify_inclusion", attempt, claimed == index
    for wrong in _wrong(path):
        yield "verify_inclusion", (leaf, index, size, wrong, root), False
    yield "verify_inclusion", (leaf[1:], index, size, path, root), False
    yield "verify_inclusion", (leaf, index, size, path, ROOTS[0]), False


def _consistencies(
    before: int, size: int, path: list[bytes]
) -> Iterator[tuple[str, tuple[Any, ...], bool]]:
    roots = ROOTS[before], ROOTS[size]
    yield "verify_consistency", (before, size, path, *roots), True
    yield "verify_consistency", (0, size, path, *roots), False
    yield "verify_consistency", (size + 1, size, path, *roots), False
    yield "verify_consistency", (before, size, path, ROOTS[0], roots[1]), False
    yield "verify_consistency", (before, size, path, roots[0], ROOTS[0]), False
    for wrong in _wrong(path):
        yield "verify_consistency", (before, size, wrong, *roots), False


def _wrong(path: list[bytes]) -> Iterator[list[bytes]]:
    yield [*path, ROOTS[0]]
    for at in range(len(path)):
        yield path[:at] + path[at + 1 :]
        yield [*path[:at], ROOTS[0], *path[at + 1 :]]
        yield [*path[:at], path[at][1:], *path[at + 1 :]]


def _reader(level: int, index: int) -> bytes:
    start, end = index << level, (index + 1) << level
    if not 0 <= start < end <= len(LEAVES):
        raise LookupError
    return naive_root(LEAVES[start:end])


def _accepts(error: Any, call: Any, *attempt: Any) -> bool:
    try:
        call(*attempt)
    except error:
        return False
    return True


def _stop(_: int, __: FrameType | None) -> None:
    raise Endless


def _survives(mutant: ast.Module) -> bool:
    module: dict[str, Any] = {"__name__": "mutant", "__package__": "allod.proofs"}
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, DEADLINE)
    try:
        exec(compile(mutant, "mutant", "exec"), module)  # noqa: S102 - our own source
        return sound(module)
    except Exception:  # noqa: BLE001 - a mutant that cannot even be loaded
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@SOURCES
def test_the_code_as_it_is_is_sound(source: str) -> None:
    assert _survives(ast.parse(source))


@SOURCES
def test_no_mutant_survives(source: str) -> None:
    found = [(name, _survives(mutant)) for name, mutant in mutants(source)]
    assert len(found) > 40
    assert [name for name, survived in found if survived] == []
