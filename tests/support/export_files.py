"""The files that people bring, as their programs exported them, and a home for them."""

import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest
from commands import allod
from recatalogued import PLACE

FILES: Final = Path(__file__).parents[3] / "shared" / "data" / "exports"
MAPS: Final = Path(__file__).parents[1] / "vault" / "maps"

_PURPOSES: Final = """
    schema: 1
    retention: none
    padding: 128
    purposes:
      self.access: legal_obligation
      self.export: legal_obligation
      import.history: contract
    fields:
"""
_FIELDS: Final = {
    "subscription": {
        "months": "type: integer, required: true",
        "contract": "type: string, enum: [monthly, yearly, two_years], required: true",
        "monthly": "type: number, required: true",
        "total": "type: number, required: true",
        "senior": "type: boolean",
        "left": "type: boolean",
    },
    "visit": {"day": "type: date, required: true"},
    "order": {
        "number": "type: string, required: true",
        "placed": "type: datetime, required: true",
        "cancelled": "type: datetime",
        "currency": "type: string, max: 3, required: true",
        "status": "type: string, enum: [paid, paid_back]",
    },
    "partner": {
        "kind": "type: string, enum: [company, person]",
        "buys": "type: boolean",
        "sells": "type: boolean",
    },
    "membership": {
        "ended": "type: date",
        "one": "type: date",
        "two": "type: date",
    },
    "account": {"since": "type: datetime", "until": "type: datetime"},
}


def export_file(name: str) -> Path:
    """Give a real file; the test skips where there is none, and fails so on CI."""
    file = FILES / name
    if not file.exists():
        assert not os.environ.get("CI"), "shared/data/exports is missing"
        pytest.skip(f"shared/data/exports/{name} is missing")
    return file


def fitting_home(home: Path) -> Path:
    """Make a home whose catalogue has a collection for what each file holds."""
    assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
    catalogue = home / PLACE
    text = catalogue.read_text("utf-8")
    for name, fields in _FIELDS.items():
        text += f"\n  {name}:\n    title: {name}{_PURPOSES}"
        for field, declared in fields.items():
            text += f"      {field}: {{{declared}, class: transaction}}\n"
    catalogue.write_text(text, encoding="utf-8")
    assert allod("catalogue", "accept", "--yes", "--home", home).code == 0
    return home


def imported(home: Path, map_: str, file: Path) -> dict[str, Any]:
    """Import a file by one of the maps and give the report."""
    ran = allod(
        "import", "--home", home, "--map", MAPS / f"{map_}.yaml", file, "--json"
    )
    assert ran.code == 0, ran.err
    return ran.document


def exported(home: Path, customer: str) -> dict[str, Any]:
    """Give what a customer's export holds: their registration and their records."""
    archive = home.parent / "export.zip"
    archive.unlink(missing_ok=True)
    ran = allod("export", customer, "--out", archive, "--home", home)
    assert ran.code == 0, ran.err
    with zipfile.ZipFile(archive) as opened:
        found = {"registration": json.loads(opened.read("registration.json"))}
        for name in opened.namelist():
            if re.fullmatch(r"records/\w+\.json", name):
                held = json.loads(opened.read(name))
                found[held["collection"]] = [each["values"] for each in held["records"]]
    return found
