"""The documents of the repository, and what they name: files, tests, commands."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = (".", "docs", "docs/adr", "deploy", "policies", "sdk")

_LINK: Final = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_CODE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE: Final = re.compile(r"`([^`\n]+)`")
_COMMAND: Final = re.compile(r"^(?:\$ )?(?:\S*/bin/)?(allod(?: .*)?)$")


@dataclass(frozen=True)
class Link:
    """One link of a document: its words, the file it leads to, the place in it."""

    words: str
    path: Path
    anchor: str


@dataclass(frozen=True)
class Document:
    """One page of Markdown."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    def links(self) -> Iterator[Link]:
        """Give the links that stay within the repository."""
        for words, target in _LINK.findall(_CODE.sub("", self.text)):
            if "://" not in target:
                path, _, anchor = target.partition("#")
                found = (self.path.parent / path).resolve() if path else self.path
                yield Link(words, found, anchor)

    def anchors(self) -> set[str]:
        """Give the anchors of its headings, spelled as the usual renderers do."""
        headings = re.findall(r"^#+ (.+)$", _CODE.sub("", self.text), re.MULTILINE)
        kept = (re.sub(r"[^\w\- ]", "", each.lower()) for each in headings)
        return {each.strip().replace(" ", "-") for each in kept}

    def tests(self) -> set[str]:
        """Give every test that it names, linked or not."""
        return set(re.findall(r"\btest_\w+\b(?!\.py)", self.text))

    def commands(self) -> Iterator[list[str]]:
        """Give every command that it prints, as words; `COMMAND` stands for any."""
        for language, block in _CODE.findall(self.text):
            if language in {"", "bash", "sh"}:
                for line in block.replace("\\\n", " ").splitlines():
                    yield from _words(line.partition(" && ")[2] or line)
        for text in _INLINE.findall(_CODE.sub("", self.text)):
            yield from _words(text.rpartition(" && ")[2])

    def paths(self) -> set[str]:
        """Give the modules and files that it names in code: `vault/gate/gate.py`."""
        found = _INLINE.findall(_CODE.sub("", self.text))
        return {each for each in found if re.fullmatch(r"[\w/]+\.(py|rego)", each)}


def _words(line: str) -> Iterator[list[str]]:
    found = _COMMAND.match(line.strip())
    words = shlex.split(found[1], comments=True)[1:] if found else []
    if words and not (words[0].isupper() or "…" in words[0]):
        yield words


def documents() -> list[Document]:
    """Give every document, the root's first."""
    return [
        Document(path.resolve(), path.read_text("utf-8"))
        for folder in FOLDERS
        for path in sorted((ROOT / folder).glob("*.md"))
    ]


def document(name: str) -> Document:
    """Give one document by its path from the root."""
    path = ROOT / name
    return Document(path, path.read_text("utf-8"))


def defined_in(path: Path) -> set[str]:
    """Name the tests that a file defines."""
    names = re.findall(
        r"^\s*(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE
    )
    return set(names)
