"""Which policies a command is about: a folder, a digest, or those in force."""

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from kit.home import Home
from kit.settings import Settings
from pdp.bundle import Bundle, installed, load
from server.cli.options import opened
from server.shipped import shipped

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
        BundleError: there are none, or they are not whole.

    """
    if DIGEST.fullmatch(name):
        return installed(Home(Settings.read(home=home).home).policies, name)
    return load(Path(name))


def chosen(folder: Path | None, home: Path | None) -> Bundle:
    """Open a folder, else what is in force in the home, else what ships.

    Raises:
        BundleError: the folder is no whole bundle.

    """
    if folder is not None:
        return load(folder)
    if Home(Settings.read(home=home).home).exists:
        with opened(home) as house:
            return house.bundle
    return load(shipped("policies"))
