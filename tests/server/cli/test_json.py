"""With --json each command says one object, whose `ok` is what its exit code says.

The commands are the program's own, found by walking it, each with nothing that it needs
and with something for all that it asks for; in no home at all and in one that is whole.
"""

import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from clocks import ManualClock
from commands import Ran, allod, program
from houses import lived_in

# What is not run here, each with its reason.
LEFT_OUT = {
    "serve": "answers until it is told to stop",
    "witness serve": "likewise",
    "demo": "tells a long story, in a test of its own",
}
KNOWN = {"customer": "ada", "staff": "kim", "unit": "north", "kind": "service"}


def _leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(words), command
        return
    for name, below in command.commands.items():
        yield from _leaves(below, (*words, name))


COMMANDS = dict(_leaves(program()))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("json") / "home"
    with lived_in(home, ManualClock()) as scenario:
        scenario.customer()
        scenario.profile()
    return home


def _agrees(ran: Ran, words: list[Any]) -> None:
    assert ran.out.count("\n") == 1, (words, ran.out, ran.err)
    document = json.loads(ran.out)
    assert document["ok"] is (ran.code == 0), (words, ran.code, document)
    assert "Traceback" not in ran.err
    if "error" in document:
        assert {"code", "detail", "fix"} <= set(document["error"])


def _value(parameter: Any, folder: Path) -> str:
    kind = parameter.bare_type
    if isinstance(kind, type) and issubclass(kind, Enum):
        return str(next(iter(kind)).value)
    if kind is int:
        return "1"
    if kind is Path:
        return str(folder / parameter.name)
    return KNOWN.get(parameter.name, "2027-07-31T00:00:00Z")


def _filled(command: Any, folder: Path) -> list[str]:
    words = []
    for each in command.params:
        if each.required:
            option = [] if each.param_type_name == "argument" else [each.opts[0]]
            words += [*option, _value(each, folder)]
    return words


def _takes(command: Any, option: str) -> bool:
    return any(option in each.opts for each in command.params)


def test_every_command_but_the_listed_is_asked() -> None:
    assert LEFT_OUT.keys() <= COMMANDS.keys()
    assert len(COMMANDS) > 40
    assert all(_takes(command, "--json") for command in COMMANDS.values())


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - LEFT_OUT.keys()))
def test_the_one_object_and_the_exit_code_agree(
    name: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, words = COMMANDS[name], name.split()
    monkeypatch.chdir(tmp_path)
    filled = _filled(command, tmp_path)
    for asked in ([], filled, [*filled, "--home", str(home)], ["--none"]):
        if "--home" in asked and not _takes(command, "--home"):
            continue
        _agrees(allod(*words, *asked, "--json"), [*words, *asked])
