"""An attack that reads cleartext without a question, a permit or a line in the log.

It takes the parts that it needs from modules of the vault that have imported them, in
every way that Python has, and it works: who is in the process has what is in it. What
refuses it, before it ever runs, are the contract of the vault's door, which sees
modules, and the rules of the wall, which see names.
"""

import runpy
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from contracts import broken, copied, linted
from houses import PROFILE, Scenario
from source_rules import RULES, Source
from wall_rules import FACE, WALL

import vault

DOOR = "The vault is entered by its door"
PARTS = {
    "open_kek": "vault.open",
    "identity_store": "vault.foundations",
    "Keyring": "vault.proofs.openings",
    "Envelope": "vault.proofs.openings",
    "Codec": "vault.intake.sealing",
}
SEALED = "SELECT subject, record, version, schema_version, sealed FROM vault_record"
READ = """
def read(home, database, rows):
    key = open_kek(home, None)
    keyring = Keyring.open(identity_store(database), key)
    for subject, record, version, schema, sealed in rows:
        envelope = Envelope("profile", schema=schema, codec=Codec.FACTS)
        yield envelope.open(keyring.main(subject), record, version, sealed)
"""


def _of_its_parent(module: str, name: str) -> str:
    parent, _, own = module.rpartition(".")
    return f"from {parent} import {own} as m\n{name} = m.{name}"


def _of_the_package(module: str, name: str) -> str:
    return f"import vault as v\n{name} = v.{module.partition('.')[2]}.{name}"


def _by_its_text(module: str, name: str) -> str:
    found = f"getattr(vault.{module.partition('.')[2]}, '{name}')"
    return f"from vault import Gate\nimport vault\n{name} = {found}"


def _seen_by_a_class(module: str, name: str) -> str:
    bring = "Gate.__init__.__globals__['__builtins__']['__import__']"
    found = f"{bring}('{module}', fromlist=['x']).{name}"
    return f"from vault import Gate\n{name} = {found}"


def _late(module: str, name: str) -> str:
    body = f"    from {module} import {name}\n    return {name}"
    return f"def late():\n{body}\n{name} = late()"


WAYS: dict[str, Callable[[str, str], str]] = {
    "the name": lambda module, name: f"from {module} import {name}",
    "the name, late": _late,
    "the module": lambda module, name: f"import {module}\n{name} = {module}.{name}",
    "the module of its parent": _of_its_parent,
    "the package": _of_the_package,
    "its text": _by_its_text,
    "what is loaded": lambda module, name: (
        f"import sys\n{name} = sys.modules['{module}'].{name}"
    ),
    "what a class can see": _seen_by_a_class,
    "the loader": lambda module, name: (
        f"import importlib as i\n{name} = i.import_module('{module}').{name}"
    ),
}
OPENING = (
    *("vault._internal", "vault.open", "vault.container", "vault.vault"),
    *("vault.keys", "vault.foundations", "vault.succession"),
)
BY_MODULE = ("the name", "the name, late", "the module", "the module of its parent")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Plant the attack in both packages, every way that names a module."""
    folder = copied(tmp_path_factory.mktemp("attacked"))
    for package in ("crm", "exports"):
        for number, way in enumerate(BY_MODULE):
            (folder / package / f"attack_{number}.py").write_text(_attack(way))
    return linted(folder)


def _attack(way: str) -> str:
    taken = "\n".join(WAYS[way](module, name) for name, module in PARTS.items())
    return f'"""An attack."""\n{taken}\n{READ}'


@pytest.mark.parametrize("way", WAYS)
def test_the_attack_works_and_leaves_no_trace_by(
    way: str, scenario: Scenario, tmp_path: Path
) -> None:
    scenario.customer()
    scenario.profile()
    file = tmp_path / "attack.py"
    file.write_text(_attack(way))
    rows = scenario.house.vault_db.reader().execute(SEALED).fetchall()
    read = runpy.run_path(str(file))["read"]
    clear = b"".join(read(scenario.house.home, scenario.house.identity_db, rows))
    assert PROFILE["name"].encode() in clear
    assert scenario.reads() == []


@pytest.mark.parametrize("package", ["crm", "exports"])
@pytest.mark.parametrize("way", WAYS)
def test_a_rule_refuses_every_part_of_it_by(way: str, package: str) -> None:
    for name, module in PARTS.items():
        source = Source(f"{package}/attack.py", WAYS[way](module, name))
        assert any(list(rule(source)) for rule in (*RULES, *WALL)), (module, name)


@pytest.mark.parametrize("package", ["crm", "exports"])
@pytest.mark.parametrize("way", BY_MODULE)
@pytest.mark.parametrize("module", sorted(set(PARTS.values())))
def test_the_contract_refuses(said: str, module: str, way: str, package: str) -> None:
    attack = f"{package}.attack_{BY_MODULE.index(way)}"
    assert f"- {attack} -> {module} (l." in said


def test_the_attack_breaks_the_contract_of_the_door_alone(said: str) -> None:
    assert broken(said) == {DOOR}


def test_the_server_is_refused_none_of_it() -> None:
    source = Source("server/x.py", _attack("the name"))
    assert not any(list(rule(source)) for rule in WALL)


@pytest.mark.parametrize("name", sorted(FACE))
def test_the_door_gives_nothing_that_opens(name: str) -> None:
    given = getattr(vault, name)
    assert not isinstance(given, ModuleType)
    assert not given.__module__.startswith(OPENING)


def test_the_list_that_the_rule_reads_is_the_one_that_python_reads() -> None:
    assert set(vault.__all__) == FACE
