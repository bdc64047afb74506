"""Policies as an editor on Windows saves them are told as such, and as nothing else."""

from pathlib import Path

import pytest
from bundles import shipped
from commands import allod

from pdp.bundle.bundle import TABLES, from_texts
from pdp.bundle.layout import BundleError
from pdp.review.lint import MARK, ill_saved, lint
from server.cli.console import ExitCode

LINT = ("policy", "lint", "--policies")


def written(folder: Path, change: dict[str, str]) -> Path:
    for path, text in {**shipped().texts, **change}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())
    return folder


def windows(path: str) -> str:
    return shipped().texts[path].replace("\n", "\r\n")


def test_policies_as_they_ship_are_well_saved() -> None:
    assert ill_saved(shipped()) == []


@pytest.mark.parametrize("path", sorted(shipped().texts))
def test_line_ends_of_windows_are_found_in_every_file_of_a_bundle(path: str) -> None:
    bundle = from_texts({**shipped().texts, path: windows(path)})
    (found,) = lint(bundle)
    assert (found.file, found.line, found.rule) == (path, 1, "line-ends")


@pytest.mark.parametrize(
    "path", ["gate/gate.rego", "cases/cells_roles.yaml", "README.md"]
)
def test_a_byte_order_mark_is_found(path: str) -> None:
    bundle = from_texts({**shipped().texts, path: MARK + shipped().texts[path]})
    (found,) = lint(bundle)
    assert (found.place, found.rule) == (f"{path}:1:1", "byte-order-mark")


def test_the_command_names_each_file_and_what_to_do(tmp_path: Path) -> None:
    rules = [path for path in shipped().modules if path.startswith("legal/")]
    folder = written(tmp_path, {path: windows(path) for path in rules})
    ran = allod(*LINT, folder)
    assert ran.code == ExitCode.NO
    *lines, last = ran.out.splitlines()
    assert [line.split(":")[0] for line in lines] == rules
    assert all(
        line.endswith("end as on Windows (CR LF); save it with line ends LF")
        for line in lines
    )
    assert last == f"{len(rules)} findings"


def test_tables_that_begin_with_a_mark_are_said_to(tmp_path: Path) -> None:
    changed = {TABLES: MARK + shipped().texts[TABLES]}
    ran = allod(*LINT, written(tmp_path, changed))
    assert ran.code == ExitCode.USAGE
    assert "begins with a byte-order mark" in ran.err
    assert "what to do: save the file as UTF-8 without a byte-order mark" in ran.err
    with pytest.raises(BundleError, match="byte-order mark"):
        from_texts({**shipped().texts, **changed})
