"""The pages of an export: what an ordinary person opens in a browser, with no server.

Static: no script runs in them and nothing is fetched; a policy in each page says so to
the browser, which allows its one style by digest and pictures that lie beside it. All
that is put into a page is escaped, whoever wrote it, and no value becomes an address.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from exports.subject_data import Consents, ReadingOutcome
from kit.clock import iso
from kit.errors import Reason
from pdp.bundle.language import Languages, Speaker
from vault import Collection, Disclosure

INDEX: Final = "index.html"
ACCESSES: Final = "pages/who-asked.html"
"""No collection's page: their names have no dash."""
PAGES: Final[Mapping[str, str]] = {"en": INDEX, "zh": "index.zh.html"}

_FOLDER: Final = Path(__file__).parent / "_pages"
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    each: json.loads((_FOLDER / f"words.{each}.json").read_text("utf-8"))
    for each in PAGES
}
"""What the pages say in their own name, in each language they speak."""
_NAMES: Final[Mapping[str, str]] = {"en": "English", "zh": "中文"}
_MORE: Final[Mapping[str, str]] = {
    "contributions": "contributions.json",
    "consents": "consents.json",
    "acts": "acts.json",
    "chain": "chain.json",
    "readme": "README.txt",
}
_HEADS: Final = ("at", "who", "purpose", "action", "fields", "outcome")


class PageCell(NamedTuple):
    """What a table shows in one place: a text, or a picture that lies in a file."""

    text: str
    picture: str = ""


class Counted(NamedTuple):
    """A collection as the first page lists it."""

    collection: Collection
    records: int
    shown: ReadingOutcome


def page_of(collection: Collection) -> str:
    """Name the page of a collection."""
    return f"pages/{collection.name}.html"


def collection_head(collection: Collection) -> bytes:
    """Begin the page of a collection."""
    status = (both("authorization"),) if collection.ugc else ()
    fields = [
        _in_each([collection.field_called(name, [lang]) for lang in WORDS])
        for name in collection.fields
    ]
    title = _in_each([collection.called([lang]) for lang in WORDS])
    heads = (*fields, both("rest"), *status, both("version"), both("record"))
    return _rendered("table.html", **_top(title), heads=heads)


def collection_rows(
    collection: Collection,
    disclosures: Iterable[Disclosure],
    pictures: Mapping[tuple[bytes, str], str],
) -> bytes:
    """Write records as rows; `pictures` says which values lie in which file."""
    rows = [_row(collection, each, pictures) for each in disclosures]
    return _rendered("rows.html", rows=rows)


def access_head() -> bytes:
    """Begin the page that lists who asked."""
    heads = tuple(map(both, _HEADS))
    return _rendered("table.html", **_top(both("seen")), heads=heads)


def access_rows(
    accesses: Iterable[Mapping[str, Any]],
    languages: Languages,
    collections: Sequence[Collection],
) -> bytes:
    """Write who asked, a row each; fields are called as the collections call them."""
    speakers = _speakers(languages)
    rows = [_access(each, speakers, collections) for each in accesses]
    return _rendered("rows.html", rows=rows)


def end() -> bytes:
    """End a page with a table."""
    return _rendered("end.html")


def index(
    lang: str,
    made_at: datetime,
    collections: Sequence[Counted],
    consents: Consents,
    accesses: int,
    languages: Languages,
) -> bytes:
    """Write the first page in a language."""
    words, speaker = WORDS[lang], languages.speak([lang])
    (other,) = PAGES.keys() - {lang}
    return _rendered(
        "index.html",
        **_document(lang, words["title"]),
        say=words,
        other={"lang": other, "page": PAGES[other], "name": _NAMES[other]},
        made_at=iso(made_at),
        collections=[_counted(each, lang) for each in collections],
        standings=[
            {
                "purpose": speaker.purpose(each.purpose),
                "state": words.get(each.state.value, each.state.value),
                "since": iso(each.event.at),
                "until": iso(each.event.until) if each.event.until else "",
            }
            for each in consents.standings
            if each.event is not None
        ],
        accesses=accesses,
        seen_page=ACCESSES,
        more=[{"path": path, "says": words[name]} for name, path in _MORE.items()],
    )


def _counted(each: Counted, lang: str) -> dict[str, Any]:
    name = each.collection.name
    return {
        "title": each.collection.called([lang]),
        "page": page_of(each.collection),
        "csv": f"records/{name}.csv",
        "json": f"records/{name}.json",
        "records": each.records,
        "withheld": each.shown.withheld,
        "damaged": each.shown.damaged,
    }


def _row(
    collection: Collection,
    each: Disclosure,
    pictures: Mapping[tuple[bytes, str], str],
) -> list[PageCell]:
    values = [
        PageCell(
            name if (each.record, name) in pictures else _text(each.values.get(name)),
            pictures.get((each.record, name), ""),
        )
        for name in collection.fields
    ]
    status = (
        [PageCell(_spoken("licence", each.authorization))] if collection.ugc else []
    )
    last = [PageCell(str(each.version)), PageCell(each.record.hex())]
    return [*values, PageCell(_rest(each)), *status, *last]


def _rest(each: Disclosure) -> str:
    """Say what of a record no column shows: older fields, and what is left out."""
    older = [f"{name}: {_text(value)}" for name, value in each.undeclared.items()]
    hidden = [f"{both('hidden')}: {', '.join(each.omitted)}"] if each.omitted else []
    return "\n".join([*older, *hidden])


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _access(
    each: Mapping[str, Any],
    speakers: Sequence[Speaker],
    collections: Sequence[Collection],
) -> list[PageCell]:
    named = each["collection"].split(",") if each["collection"] else ()
    within = [it for it in collections if not named or it.name in named]
    why = [_why(code, speakers) for code in each["reasons"]]
    who = _both(speakers, "callers", each["principal_kind"])
    purposes = [it.purpose(each["purpose"]) for it in speakers]
    return [
        PageCell(each["at"]),
        PageCell(f"{who}: {each['principal']}"),
        PageCell(_in_each(purposes)),
        PageCell(_both(speakers, "actions", each["action"])),
        PageCell(", ".join(_called(field, within) for field in each["fields"])),
        PageCell("\n".join([_spoken("outcome", each["outcome"]), *why])),
    ]


def _called(field: str, collections: Iterable[Collection]) -> str:
    declaring = (each for each in collections if field in each.fields)
    found = next(declaring, None)
    if found is None:
        return field
    return _in_each([found.field_called(field, [lang]) for lang in WORDS])


def _why(code: str, speakers: Sequence[Speaker]) -> str:
    """Say a reason as it is said to the person; a code that nobody has words for."""
    said = [it.to_customer(Reason(code)) for it in speakers]
    return _in_each(filter(None, said)) or code


def _both(speakers: Sequence[Speaker], section: str, word: str) -> str:
    return _in_each([it.name(section, word) for it in speakers])


def _speakers(languages: Languages) -> list[Speaker]:
    return [languages.speak([lang]) for lang in WORDS]


def _top(title: str) -> dict[str, Any]:
    return {**_document("en", title), "back": both("back")}


def _document(lang: str, title: str) -> dict[str, Any]:
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    csp = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' file:;"
        " base-uri 'none'; form-action 'none'"
    )
    return {"lang": lang, "title": title, "style": Markup(style), "csp": Markup(csp)}  # noqa: S704 - our own file


@lru_cache
def _style() -> str:
    return (_FOLDER / "style.css").read_text("utf-8")


def _rendered(template: str, **values: Any) -> bytes:  # noqa: ANN401 - a template's
    return _environment().get_template(template).render(values).encode()


@lru_cache
def _environment() -> Environment:
    return Environment(
        autoescape=True,
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
    )


def _in_each(said: Iterable[str]) -> str:
    """Put what is said in each language side by side, once where it is the same."""
    return " · ".join(dict.fromkeys(said))


def both(word: str) -> str:
    """Say a word of the pages in every language; a word that is not theirs as it is."""
    return _in_each(words.get(word, word) for words in WORDS.values())


def _spoken(section: str, word: str) -> str:
    """Say a word of the house, of an outcome say, in every language."""
    return _in_each(words.get(f"{section}.{word}", word) for words in WORDS.values())
