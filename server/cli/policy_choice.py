"""Which policies a command is about: a folder, a digest, or those in force."""

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from kit.errors import Invalid
from kit.home import Home
from kit.settings import Settings
from pdp.bundle.bundle import Bundle, BundleError, installed, load
from server.cli.options import opened
from server.house.resources import shipped

DIGEST: Final = re.compile(r"[0-9a-f]{64}")

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--policies",
        help="A folder of policies. Without: those in force in the home, or, where"
        " there is no home, those that ship with the program.",
    ),
]


def named(name: str, home: Path | None) -> Bundle:
    """Open policies by a digest, in the home, or by their folder.

    Raises:
        Invalid: the folder is no whole bundle; the words say where.
        BundleError: what is installed under the digest is not whole.

    """
    if DIGEST.fullmatch(name):
        return installed(Home(Settings.read(home=home).home).policies, name)
    return _written(Path(name))


def chosen(folder: Path | None, home: Path | None) -> Bundle:
    """Open a folder, else what is in force in the home, else what ships.

    Raises:
        Invalid: the folder is no whole bundle; the words say where.

    """
    if folder is not None:
        return _written(folder)
    if Home(Settings.read(home=home).home).exists:
        with opened(home) as house:
            return house.bundle
    return load(shipped("policies"))


def _written(folder: Path) -> Bundle:
    """Open what somebody is writing: not whole is not damaged, it is not finished."""
    try:
        return load(folder)
    except BundleError as error:
        raise Invalid(error.detail, code=error.code, fix=error.fix) from None
