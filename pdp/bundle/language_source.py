"""A bundle's texts, read from YAML: what has another shape is found, and left out.

Words are text, as in the cases. A text that cannot be read costs nobody an answer: its
reason is then said in English, or as the rule says it; lint tells whoever wrote it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import yaml

from kit.languages import TAG
from kit.yaml_shapes import compose
from pdp.bundle.bundle import Bundle
from pdp.bundle.findings import Finding, use_one_of
from pdp.bundle.judged import Judged
from pdp.bundle.language import Language, Languages, ReasonText

FOLDER: Final = "texts/"
MAX_VALUES: Final = 5_000
MAX_TEXT: Final = 1_000
REASONS: Final = "reasons"
SENTENCES: Final = "sentences"
NAMES: Final = ("purposes", "classes", "masks", "actions", "callers", "laws")
SECTIONS: Final = (REASONS, SENTENCES, *NAMES)
MEMBERS: Final = ("title", "fix", "customer", "can")
NEEDED: Final = ("title", "customer")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_READ: Final[Judged[Languages]] = Judged()

Place = tuple[int, int]
Nodes = list[tuple[str, yaml.Node, yaml.Node]]


@dataclass(slots=True)
class TextFile:
    """One file of texts: its language, where each thing stands, what was found."""

    path: str
    language: Language
    places: dict[tuple[str, ...], Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def find(self, at: tuple[str, ...], message: str, instead: str) -> None:
        """Note what is wrong at a place; where that is not there, at what is around."""
        while at and at not in self.places:
            at = at[:-1]
        place = self.places.get(at, (1, 1))
        self.findings.append(Finding(self.path, *place, "text", message, instead))


def text_files(bundle: Bundle) -> list[TextFile]:
    """Read every file of texts in a bundle."""
    return [
        _TextsReader(path, text).read()
        for path, text in bundle.texts.items()
        if path.startswith(FOLDER)
    ]


def languages_of(bundle: Bundle) -> Languages:
    """Give a bundle's languages; none for one that is older than texts."""
    return _READ.get(bundle.digest, lambda: _languages(bundle))


def _languages(bundle: Bundle) -> Languages:
    titles = {
        name: str(row["title"]) for name, row in bundle.tables["purposes"].items()
    }
    return Languages((each.language for each in text_files(bundle)), titles)


def tag_of(path: str) -> str:
    """Give the language whose texts a file holds, as its name says."""
    return path.removeprefix(FOLDER).removesuffix(".yaml")


class _TextsReader:
    """Reads one file."""

    def __init__(self, path: str, text: str) -> None:
        self._text = text
        self._file = TextFile(path, Language(tag_of(path)))

    def read(self) -> TextFile:
        root = self._composed()
        if not TAG.fullmatch(tag_of(self._file.path)):
            what = "the file is not named after a language"
            self._file.find((), what, "call it by a tag: en, zh, de-AT")
        if root is None:
            return self._file
        sections = {name: node for name, _, node in self._pairs(root, ())}
        for name in sorted(sections.keys() - set(SECTIONS)):
            self._file.find(
                (name,), f"there is no section `{name}`", use_one_of(name, SECTIONS)
            )
        self._file.language = Language(
            tag_of(self._file.path),
            reasons=dict(self._reasons(sections.get(REASONS))),
            names={each: self._texts(sections.get(each), (each,)) for each in NAMES},
            sentences=self._texts(sections.get(SENTENCES), (SENTENCES,)),
        )
        return self._file

    def _composed(self) -> yaml.Node | None:
        problem = "the file is empty"
        try:
            root = compose(self._text, nodes=MAX_VALUES)
        except yaml.MarkedYAMLError as error:
            root, problem = None, f"not YAML as it is read here: {error.problem}"
            if error.problem_mark:
                self._file.places[()] = _at(error.problem_mark)
        except yaml.YAMLError:
            root, problem = None, "not YAML"
        if root is None:
            self._file.find((), problem, "write it as texts/en.yaml is written")
        return root

    def _reasons(self, node: yaml.Node | None) -> Iterator[tuple[str, ReasonText]]:
        for code, _, inner in self._pairs(node, (REASONS,)):
            texts = self._texts(inner, (REASONS, code))
            for member in sorted(texts.keys() - set(MEMBERS)):
                what = f"a reason has no text `{member}`"
                self._file.find(
                    (REASONS, code, member), what, use_one_of(member, MEMBERS)
                )
            missing = [each for each in NEEDED if each not in texts]
            if missing:
                what = f"{code} has no text `{missing[0]}`"
                self._file.find((REASONS, code), what, "write one, in this language")
                continue
            yield code, ReasonText(**{k: texts[k] for k in MEMBERS if k in texts})

    def _texts(self, node: yaml.Node | None, at: tuple[str, ...]) -> Mapping[str, str]:
        found = {}
        for name, _, inner in self._pairs(node, at):
            if self._is_text(inner, (*at, name)):
                found[name] = str(inner.value)
        return found

    def _is_text(self, node: yaml.Node, at: tuple[str, ...]) -> bool:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self._file.find(at, "a text is expected here", "write one, in quotes")
        elif len(node.value) > MAX_TEXT or _CONTROL.search(node.value):
            what = f"a text is one line of at most {MAX_TEXT} characters"
            self._file.find(at, what, "write `>-` before a text that is wrapped")
        else:
            return True
        return False

    def _pairs(self, node: yaml.Node | None, at: tuple[str, ...]) -> Nodes:
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode):
            self._file.find(
                at, "`name: text` lines are expected here", "write it as in en.yaml"
            )
            return []
        found: dict[str, tuple[str, yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = str(key.value)
            path = (*at, name)
            if name in found:
                self._file.find(path, "the same name stands here twice", "take one out")
            if key.start_mark:
                self._file.places.setdefault(path, _at(key.start_mark))
            found[name] = (name, key, value)
        return list(found.values())


def _at(mark: yaml.Mark) -> Place:
    return mark.line + 1, mark.column + 1
