"""What a command does not need does not keep it waiting: it is not even imported."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from documents import ROOT

from server.cli.commands import LEDGER, POLICY, PROGRAM
from server.cli.shelf import Later, Listing

HEAVY = {
    *("alembic", "fastapi", "jinja2", "limits", "prometheus_client"),
    *("sqlalchemy", "sqlmodel", "starlette"),
    *("uvicorn", "uvloop"),
}
LISTINGS = (PROGRAM, POLICY, LEDGER)

_IMPORTED = """
import sys
from server.cli.program import run
try:
    run(sys.argv[1:])
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), sep="\\n")
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("policy", "--help"),
        ("verify", "--help"),
        ("verify", "NOTHING"),
        ("policy", "lint", "--policies", str(ROOT / "policies")),
        ("policy", "diff", str(ROOT / "policies"), str(ROOT / "policies")),
    ],
    ids=" ".join,
)
def test_a_command_that_opens_no_home_imports_neither_server_nor_database(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    assert HEAVY & _imported(*arguments, at=tmp_path) == set()


def test_the_list_of_what_is_heavy_is_what_a_server_needs(tmp_path: Path) -> None:
    needed = _imported("serve", "--home", str(tmp_path), at=tmp_path)
    assert needed >= {"sqlalchemy", "fastapi", "alembic", "uvicorn"}


@pytest.mark.parametrize("listing", LISTINGS, ids=["allod", "policy", "ledger"])
def test_the_list_says_of_each_command_what_the_command_says_of_itself(
    listing: Listing,
) -> None:
    for each in listing.values():
        assert each.says == _first(_brought(each)[each.name].help)


@pytest.mark.parametrize("listing", LISTINGS, ids=["allod", "policy", "ledger"])
def test_a_command_that_a_module_brings_is_listed(listing: Listing) -> None:
    """One that is not would be imported, and never found."""
    brought = {name for each in listing.values() for name in _brought(each)}
    assert brought == set(listing)


def _brought(command: Later) -> dict[str, Any]:
    app = typer.Typer()
    command.add(app)
    return dict(typer.main.get_group(app).commands)


def _first(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())


def _imported(*arguments: str, at: Path) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", _IMPORTED, *arguments],
        cwd=at,
        env={"PYTHONPATH": str(ROOT), "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stdout.splitlines())
