"""Policies that an earlier program judged, under one that knows more.

A mask, a package of law, a column that each purpose has to fill and a word of what a
region's law may ask for: that is what the next release may bring. The home's policies
name none of it: they go on deciding, can be compared, changed and gone back to. Only
what is new has to have all that the program knows.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest
from bundles import shipped
from commands import Ran, allod

from kit.settings import Settings
from pdp.bundle import floor, regions
from pdp.bundle.bundle import MANIFEST, TABLES, Bundle, BundleError
from pdp.bundle.floor import GATE_FILE
from pdp.bundle.layout import tables_of
from pdp.change.activator import Activator
from pdp.decision import decision
from pdp.review import tables
from server.cli.console import ExitCode
from server.house.wiring import open_house

MASK, COLUMN, WORD = "year", "audited", "abroad"
PACKAGE, FILE = "allod.legal.later", "legal/later.rego"
LAW = f"""# METADATA
# title: A law that came with the newer program
# custom:
#   article: GDPR 5(1)
package {PACKAGE}

import rego.v1

installed := true
"""
SEPARATE = "separate_consent"
WHY = ("--reason", "the mask is not needed")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of an earlier program, and a program that knows more."""
    home = tmp_path_factory.mktemp("older") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Activator.__init__.__kwdefaults__, "generated", 100)
        patch.setenv("ALLOD_HOME", str(home))
        assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
        scopes = ("--scope", "policies:propose", "--scope", "policies:approve")
        scopes = (*scopes, "--scope", "policies:activate", "--json")
        for name in ("ann", "ben", "cat"):
            made = allod("token", "new", "staff", name, "--role", "legal", *scopes)
            (home.parent / f"{name}.token").write_text(str(made.document["token"]))
        _learn(patch)
        yield home


def _learn(patch: pytest.MonkeyPatch) -> None:
    """Have the program know a word more of each sort, wherever it holds them."""
    known = decision.MASK_ORDER
    bucket = known.index("bucket") + 1
    order = (*known[:bucket], MASK, *known[bucket:])
    what, words = regions.LISTS[SEPARATE]
    learnt = {
        "MASK_ORDER": (known, order),
        "MASKS": (decision.MASKS, frozenset(order)),
        "PACKAGES": (
            floor.PACKAGES,
            MappingProxyType({**floor.PACKAGES, PACKAGE: FILE}),
        ),
        "COLUMNS": (tables.COLUMNS, tables.COLUMNS | {COLUMN}),
        "FLAGS": (tables.FLAGS, (*tables.FLAGS, COLUMN)),
        "LISTS": (regions.LISTS, {**regions.LISTS, SEPARATE: (what, words | {WORD})}),
    }
    for module in [each for name, each in sys.modules.items() if name[:4] == "pdp."]:
        for name, (before, now) in learnt.items():
            if getattr(module, name, None) is before:
                patch.setattr(module, name, now)


def newer(folder: Path) -> Path:
    """Write the shipped policies with all that the program knows by now."""
    texts = dict(shipped().texts)
    for path in (TABLES, "tests/tables_test.rego"):
        texts[path] = re.sub(
            r'"bucket",\s*"city"', f'"bucket", "{MASK}", "city"', texts[path]
        )
    texts[TABLES] = texts[TABLES].replace('"right":', f'"{COLUMN}": false, "right":')
    texts[TABLES] = texts[TABLES].replace('"minor"]', f'"minor", "{WORD}"]')
    manifest = json.loads(texts[MANIFEST])
    manifest["metadata"]["packages"][PACKAGE] = FILE
    asked = "data.allod.legal.hold.installed"
    gate = texts[GATE_FILE].replace(asked, f"{asked}\n\tdata.{PACKAGE}.installed")
    texts |= {GATE_FILE: gate, MANIFEST: json.dumps(manifest, indent=2), FILE: LAW}
    for language, only in (("en", "only the year"), ("zh", "只显示年份")):
        name = f"texts/{language}.yaml"
        texts[name] = texts[name].replace("\nmasks:\n", f"\nmasks:\n  {MASK}: {only}\n")
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def policy(home: Path, who: str, *arguments: str | Path) -> Ran:
    return allod("policy", *arguments, "--token-file", home.parent / f"{who}.token")


def test_they_go_on_are_changed_and_gone_back_to(home: Path, tmp_path: Path) -> None:
    before = in_force(home)
    assert MASK not in before.tables["mask_order"]
    compared = allod("policy", "impact", "--policies", newer(tmp_path / "mine"))
    assert compared.code == ExitCode.OK, compared.err

    made = policy(home, "ann", "propose", newer(tmp_path / "mine"), "--json")
    assert made.code == ExitCode.OK, made.err
    agreed(home, "1")
    learnt = in_force(home).tables
    assert MASK in learnt["mask_order"]
    assert all(COLUMN in row for row in learnt["purposes"].values())
    assert WORD in learnt["regions"]["cn"][SEPARATE]

    back = policy(home, "ann", "rollback", before.digest, *WHY)
    assert back.code == ExitCode.OK, back.err
    agreed(home, "2")
    assert in_force(home).digest == before.digest


def agreed(home: Path, number: str) -> None:
    """Put a proposal in force that opens something, as three people do."""
    assert policy(home, "ben", "approve", number).code == ExitCode.OK
    assert (
        policy(home, "cat", "approve", number, "--widening", *WHY).code == ExitCode.OK
    )
    assert policy(home, "ann", "activate", number).code == ExitCode.OK


def test_what_is_new_has_all_that_the_program_knows(home: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    for path, text in shipped().texts.items():
        (mine / path).parent.mkdir(parents=True, exist_ok=True)
        (mine / path).write_text(text + "\n" * (path == "README.md"), "utf-8")
    refused = policy(home, "ann", "propose", mine)
    assert refused.code != ExitCode.OK
    assert f"does not list {PACKAGE} as {FILE}" in refused.err


def test_masks_out_of_their_order_are_no_older_ones(home: Path) -> None:
    first, second, *_ = decision.MASK_ORDER
    text = shipped().texts[TABLES]
    swapped = text.replace(f'"{first}", "{second}"', f'"{second}", "{first}"')
    assert swapped != text
    with pytest.raises(BundleError, match="not in their order"):
        tables_of(shipped().texts | {TABLES: swapped}, former=True)


def in_force(home: Path) -> Bundle:
    with open_house(Settings.read(home=str(home))) as house:
        return house.bundle
