"""The documents are true of the code: what they name is there, what they print runs."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from commands import program
from documents import ROOT, Document, defined_in, document, documents

from kit.settings import PREFIX, Settings

PAGES = documents()
NAMES = [page.name for page in PAGES]
ADR = ROOT / "docs" / "adr"
PROMISES = 10
PROGRAM = program()

# Words that claim more than can be verified, and places that do not belong here.
FORBIDDEN = re.compile(
    r"gdpr[- ]compliant|iso 27001 certified|blockchain|unbreakable|military[- ]grade"
    r"|world'?s first|industry[- ]leading|state[- ]of[- ]the[- ]art|hack[- ]?proof"
    r"|\b(pypi|pythonhosted|npmjs|docker)\.(org|com|io)\b|(?<![\w.])/(work|root|tmp)/",
    re.IGNORECASE,
)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Document) -> None:
    lost = [
        (link.words, link.path.name, link.anchor)
        for link in page.links()
        if not link.path.exists() or not _has(link.path, link.anchor)
    ]
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_test_that_is_named_is_linked_where_it_is_defined(page: Document) -> None:
    linked = {
        link.words
        for link in page.links()
        if link.path.suffix == ".py" and link.words in defined_in(link.path)
    }
    assert page.tests() - linked == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_that_is_printed_is_one(page: Document) -> None:
    assert [words for words in page.commands() if _unknown(words)] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_file_that_is_named_in_code_is_there(page: Document) -> None:
    places = (ROOT, ROOT / "policies", page.path.parent)
    missing = {
        path
        for path in page.paths()
        # What a reader makes in their own copy is not here.
        if "/" in path and not path.startswith("mine/")
        if not any((place / path).exists() for place in places)
    }
    assert missing == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_no_word_claims_more_than_can_be_verified(page: Document) -> None:
    assert FORBIDDEN.search(page.text) is None


def test_each_promise_is_printed_with_its_tests() -> None:
    text = document("SECURITY.md").text
    sections = dict(
        re.findall(r"^### (P\d+) (?:.+)\n((?:(?!^##).*\n)*)", text, re.MULTILINE)
    )
    assert list(sections) == [f"P{n}" for n in range(1, PROMISES + 1)]
    assert [name for name, body in sections.items() if "[test_" not in body] == []


def test_decisions_are_numbered_once_and_listed() -> None:
    pages = sorted(ADR.glob("*.md"))
    numbers = Counter(path.name[:4] for path in pages)
    assert all(each.isdigit() and count == 1 for each, count in numbers.items())
    assert sorted(map(int, numbers)) == list(range(1, len(pages) + 1))
    listed = {link.path.name for link in document(_first(pages)).links()}
    assert {path.name for path in pages[1:]} <= listed


@pytest.mark.parametrize("path", sorted(ADR.glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_has_its_four_parts(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith(f"# {path.name[:4]} ")
    for part in ("Context", "Decision", "Consequences", "Alternatives"):
        assert re.search(rf"^## {part}\b", text, re.MULTILINE), part


def test_every_page_that_the_code_points_to_is_there() -> None:
    named = {
        (path.relative_to(ROOT).as_posix(), reference)
        for path in _sources()
        for reference in re.findall(
            r"\bdocs/[\w./-]+\w|\bSECURITY\.md", path.read_text("utf-8")
        )
    }
    assert {each for each in named if not _is_page(each[1])} == set()
    assert named


def test_the_guides_cases_stand_in_the_lines_that_it_cites() -> None:
    cited = re.findall(
        r"^(cases/\w+\.yaml):(\d+):? +(\w.+)$",
        document("docs/policy-guide.md").text,
        re.MULTILINE,
    )
    assert cited
    for path, number, title in cited:
        lines = (ROOT / "policies" / path).read_text("utf-8").splitlines()
        row = [each for each in lines[: int(number)] if each.startswith("  - case: ")]
        assert row[-1].strip() == f"- case: {title}"


def test_the_manual_names_every_setting() -> None:
    text = _manual()
    read = {
        name
        for path in _sources()
        for name in re.findall(r'"(ALLOD_[A-Z_]+)"', path.read_text("utf-8"))
    }
    read |= {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    assert {name for name in read if f"`{name}`" not in text} == set()


def test_the_manual_gives_every_setting_its_default() -> None:
    rows = re.findall(r"^\| (`ALLOD_.+?) \| .+ \| (.+?) \|$", _manual(), re.MULTILINE)
    said = {
        name: default
        for names, defaults in rows
        for name, default in zip(
            re.findall(r"`(\w+)`", names), defaults.split(", "), strict=True
        )
    }
    fields = Settings.model_fields.items()
    meant = {f"{PREFIX}{name.upper()}": _written(each.default) for name, each in fields}
    assert {name: said.get(name) for name in meant} == meant


def _written(default: object) -> str:
    if default in (None, ""):
        return "none"
    if isinstance(default, timedelta):
        return f"`{int(default.total_seconds())}`"
    if isinstance(default, Path):
        return f"`./{default}`"
    return f"`{int(default) if isinstance(default, bool) else default}`"


def _manual() -> str:
    return document("docs/operations.md").text


def test_the_manual_names_every_command() -> None:
    manual = document("docs/cli.md").text
    assert set(_leaves(PROGRAM)) - set(_named(manual)) == set()
    less = re.sub(r"\| `(ledger fsck|token new).*\n", "", manual)
    lost = {"ledger fsck", "token new", "token list", "token revoke"}
    assert set(_leaves(PROGRAM)) - set(_named(less)) == lost


def _named(text: str) -> Iterator[str]:
    """Give the commands in rows of tables, `token new`, `list` as `token list` too."""
    for row in re.findall(r"^\| (`.*)$", text, re.MULTILINE):
        group: list[str] = []
        for code in re.findall(r"`([^`]+)`", row):
            words = code.split()
            path = max(_followed([*group, *words]), _followed(words), key=len)
            group = path[:-1]
            yield " ".join(path)


def _followed(words: list[str]) -> list[str]:
    """Give as many of the words as lead from group to command."""
    path, group = [], PROGRAM
    for word in words:
        if word not in getattr(group, "commands", {}):
            break
        path.append(word)
        group = group.commands[word]
    return path


def _leaves(group: Any, *path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if getattr(command, "commands", None):
            yield from _leaves(command, *path, name)
        else:
            yield " ".join((*path, name))


def test_a_command_that_is_none_is_found() -> None:
    assert _unknown(["policy", "enact"])
    assert _unknown(["init", "--force"])
    assert _unknown(["backup"])
    assert not _unknown(["ledger", "fsck", "--home", "DIR"])


def test_a_word_that_claims_too_much_is_found() -> None:
    assert FORBIDDEN.search("Our GDPR-compliant vault")
    assert not FORBIDDEN.search("GDPR 6(1)(a) is cited where it is applied")


def _has(path: Path, anchor: str) -> bool:
    if not anchor:
        return True
    return anchor in Document(path, path.read_text("utf-8")).anchors()


def _unknown(words: list[str]) -> bool:
    """Tell whether the program would not know a command or one of its options."""
    command: Any = PROGRAM
    rest = list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        command = command.commands.get(rest.pop(0))
        if command is None:
            return True
    options = {name for each in command.params for name in each.opts} | {"--help"}
    given = {word.partition("=")[0] for word in rest if word.startswith("--")}
    return not given <= options


def _sources() -> list[Path]:
    packages = ("kit", "ledger", "consent", "pdp", "vault", "exports", "crm", "server")
    return [path for each in packages for path in sorted((ROOT / each).rglob("*.py"))]


def _is_page(reference: str) -> bool:
    path = ROOT / reference
    return path.exists() or any(path.parent.glob(f"{path.name}-*.md"))


def _first(pages: list[Path]) -> str:
    return pages[0].relative_to(ROOT).as_posix()
