"""The pages of an export, opened as a browser reads them: whole, static, harmless."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from posixpath import dirname, join, normpath

import pytest
from archives import unpack
from houses import CAMPAIGN, CASE, Scenario
from one_verifier import verify_archive

from consent.facts import UgcWord
from exports import export
from exports.pages import ACCESSES, INDEX, PAGES, WORDS
from exports.pictures import picture_of
from kit.errors import Refused
from ledger.formats.trust_policy import TrustPolicy
from server.ops.metrics import OUTCOMES

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "p", "a", "h1", "h2", "table"),
    *("thead", "tbody", "tr", "th", "td", "bdi", "img", "time", "ul", "li", "pre"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "href", "hreflang", "class"),
    *("scope", "src", "alt", "datetime"),
}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table></body><iframe src=//example.org>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "<!--",
    "]]>&lt;",
    "data:image/svg+xml;base64," + base64.b64encode(SVG).decode(),
    "data:image/png;base64," + base64.b64encode(SVG).decode(),
    "data:text/html;base64," + base64.b64encode(SVG).decode(),
]


def data(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64," + base64.b64encode(content).decode()


@dataclass
class Page(HTMLParser):
    """What a browser finds in a page."""

    text: str
    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    addresses: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    policy: str = ""
    style: str = ""
    shown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._within: list[str] = []
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within.append(tag)
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        given = dict(attrs)
        self.addresses += [
            given[each] or "" for each in ("href", "src") if each in given
        ]
        if tag == "img":
            self.pictures.append(given["src"] or "")
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""

    def handle_data(self, data: str) -> None:
        if self._within[-1:] == ["style"]:
            self.style += data
        elif data.strip():
            self.shown.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop() != tag:
            pass


def files_of(scenario: Scenario) -> dict[str, bytes]:
    return unpack(b"".join(scenario.house.exports.write(scenario.subject("ada"))))


def pages_of(files: dict[str, bytes]) -> dict[str, Page]:
    return {
        path: Page(content.decode())
        for path, content in files.items()
        if path.endswith(".html")
    }


@pytest.fixture
def told(scenario: Scenario) -> dict[str, bytes]:
    scenario.customer()
    profile = scenario.profile(city=HOSTILE[0])
    scenario.grant("ada")
    scenario.read(CASE, "ada", profile)
    for text in HOSTILE:
        scenario.idea(title="更亮的灯", text=text)
    scenario.idea(title="With a picture", text=data("png", PNG))
    return files_of(scenario)


def test_there_is_a_page_for_each_language_and_each_kind_of_record(
    scenario: Scenario, told: dict[str, bytes]
) -> None:
    collections = {f"pages/{each.name}.html" for each in scenario.house.catalog}
    assert set(pages_of(told)) == {*PAGES.values(), ACCESSES, *collections}
    verify = TrustPolicy.parse(told["policy.txt"])
    assert verify.logs


def test_what_the_pages_lie_in_verifies(scenario: Scenario) -> None:
    scenario.customer()
    archive = b"".join(scenario.house.exports.write(scenario.subject("ada")))
    summary = verify_archive(archive, scenario.house.log.policy)
    assert summary.files == len(unpack(archive))


def test_every_link_and_picture_lies_in_the_archive(told: dict[str, bytes]) -> None:
    for path, page in pages_of(told).items():
        meant = {normpath(join(dirname(path), each)) for each in page.addresses}
        assert meant <= set(told), path
        assert meant


def test_nothing_in_a_page_runs_or_is_fetched_whoever_wrote_it(
    told: dict[str, bytes],
) -> None:
    for path, page in pages_of(told).items():
        assert page.tags <= TAGS, path
        assert page.attributes <= ATTRIBUTES, path
        assert "default-src 'none'" in page.policy
        digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest())
        assert f"style-src 'sha256-{digest.decode()}'" in page.policy


def test_all_that_somebody_wrote_is_shown_as_it_was_written(
    told: dict[str, bytes],
) -> None:
    ideas, profile = (
        "".join(Page(told[f"pages/{name}.html"].decode()).shown)
        for name in ("idea", "profile")
    )
    assert all(text in ideas for text in HOSTILE)
    assert HOSTILE[0] in profile
    assert "更亮的灯" in ideas


def test_a_picture_is_shown_and_lies_beside_in_its_own_form(
    told: dict[str, bytes],
) -> None:
    (shown,) = Page(told["pages/idea.html"].decode()).pictures
    (path,) = (each for each in told if each.startswith("pictures/"))
    assert shown == f"../{path}"
    assert re.fullmatch(r"pictures/[0-9a-f]{32}-text\.png", path)
    assert told[path] == PNG


def test_of_too_many_pictures_some_are_files_and_the_archive_verifies(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MAX_PICTURES", 3)
    scenario.customer()
    for _ in range(5):
        scenario.idea(text=data("png", PNG))
    archive = b"".join(scenario.house.exports.write(scenario.subject("ada")))
    files = unpack(archive)
    page = Page(files["pages/idea.html"].decode())
    assert len(page.pictures) == sum(each.startswith("pictures/") for each in files)
    assert len(page.pictures) == 3
    assert "".join(page.shown).count(data("png", PNG)) == 2
    assert verify_archive(archive, scenario.house.log.policy).files == len(files)


def test_who_asked_is_written_in_parts_and_nobody_is_left_out(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS", 2)
    scenario.customer()
    profile = scenario.profile()
    for _ in range(5):
        scenario.read(CASE, "ada", profile)
    files = files_of(scenario)
    asked = json.loads(files["accesses.json"])["accesses"]
    assert files[ACCESSES].count(b"<tr><td>") == len(asked) > 5


@pytest.mark.parametrize(
    ("value", "suffix"),
    [
        (data("png", PNG), "png"),
        (data("png", b"\xff\xd8\xff\xe0"), "jpg"),
        (data("gif", b"GIF89a..."), "gif"),
        (data("webp", b"RIFF....WEBPVP8 "), "webp"),
    ],
)
def test_a_picture_is_what_its_bytes_say(value: str, suffix: str) -> None:
    found = picture_of(value)
    assert found is not None
    assert found.suffix == suffix


@pytest.mark.parametrize(
    "value",
    [
        *HOSTILE,
        None,
        7,
        "",
        data("png", PNG) + "!",
        " " + data("png", PNG),
        "data:image/png;base64,A",
        "data:image/png,x",
    ],
)
def test_what_is_no_picture_is_none(value: object) -> None:
    assert picture_of(value) is None


def test_each_language_says_every_word() -> None:
    english, chinese = WORDS.values()
    assert english.keys() == chinese.keys()
    assert WORDS.keys() == PAGES.keys()


def test_the_first_page_says_what_stands_and_who_asked_in_each_language(
    told: dict[str, bytes],
) -> None:
    pages = pages_of(told)
    for lang, path in PAGES.items():
        shown = " ".join(pages[path].shown)
        assert WORDS[lang]["title"] in shown
        assert WORDS[lang]["granted"] in shown
    chinese = " ".join(pages[PAGES["zh"]].shown)
    assert "电子邮件" in chinese
    assert "客户购买了什么" in chinese
    assert "name · 姓名" in pages["pages/profile.html"].shown
    assert 'html lang="en"' in pages[INDEX].text
    asked = " ".join(pages[ACCESSES].shown)
    assert all(words["outcome.disclosed"] in asked for words in WORDS.values())


def test_who_was_refused_stands_there_in_words_and_not_in_codes(
    scenario: Scenario,
) -> None:
    scenario.customer()
    with pytest.raises(Refused):
        scenario.read(CAMPAIGN, "ada", scenario.profile())
    asked = " ".join(pages_of(files_of(scenario))[ACCESSES].shown)
    assert "refused · 已拒绝" in asked
    assert "You have not given your consent to this purpose." in asked
    assert "您没有就此目的表示同意" in asked
    assert "consent.missing" not in asked
    assert "e-mail address · 电子邮箱" in asked  # what was written, by its title


@pytest.mark.parametrize("lang", WORDS)
def test_every_outcome_and_every_state_of_a_licence_has_its_words(lang: str) -> None:
    named = {f"outcome.{each}" for each in OUTCOMES}
    named |= {f"licence.{each.value}" for each in UgcWord}
    said = {each for each in WORDS[lang] if each.startswith(("outcome.", "licence."))}
    assert said == named
