"""Files of the operator's, saved on Windows, say what they say elsewhere."""

import codecs
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent.notices import read_notices
from pdp.review.case_yaml import read_rows
from server.house.resources import seed, shipped
from vault.catalog.catalog import Catalog
from vault.imports import import_map_yaml
from vault.organisation import org_yaml

Save = Callable[[bytes], Path]

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ORG = b"version: 1\nunits:\n  - unit: school\n    kind: school\n"
CASES = shipped("policies") / "cases" / "cells_roles.yaml"


@pytest.fixture(params=["line ends", "mark", "both"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Save:
    """Give a function that saves bytes as an editor on Windows would."""

    def save(data: bytes) -> Path:
        if request.param != "mark":
            data = data.replace(b"\n", b"\r\n")
        if request.param != "line ends":
            data = codecs.BOM_UTF8 + data
        file = tmp_path / "saved.yaml"
        file.write_bytes(data)
        return file

    return save


def test_a_catalogue_is_taken(saved: Save) -> None:
    plain = seed("catalogue.yaml")
    assert Catalog.load(saved(plain.read_bytes())) == Catalog.load(plain)


def test_an_import_map_is_taken(saved: Save) -> None:
    plain, catalog = seed("maps/profiles.yaml"), Catalog.load(seed("catalogue.yaml"))
    known = {"regions": ("us",)}
    again = import_map_yaml.load(saved(plain.read_bytes()), catalog, **known)
    first = import_map_yaml.load(plain, catalog, **known)
    assert replace(again, text=first.text) == first


def test_an_organisation_is_taken(saved: Save) -> None:
    assert org_yaml.load(saved(ORG), now=NOW, by="ann").units


def test_notices_are_taken(saved: Save) -> None:
    plain = seed("notices.yaml")
    assert read_notices(saved(plain.read_bytes())) == read_notices(plain)


def test_cases_read_alike_so_that_lint_can_say_how_they_are_saved(saved: Save) -> None:
    text = saved(CASES.read_bytes()).read_bytes().decode()
    again = [row.facts for row in read_rows("cases/a.yaml", text)]
    assert again == [row.facts for row in read_rows("cases/a.yaml", CASES.read_text())]
