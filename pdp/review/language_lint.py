"""Whether a bundle's texts are about what it has, and English says all of it.

A text for a code that no rule gives is said to nobody; a place for a parameter that the
rule does not give stays empty. English is what every other language falls back to: so
there each reason, class, mask, action and sentence has its text. A bundle without any
texts is older than they are, and is spoken for by its rules.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from kit.languages import FALLBACK
from pdp.bundle.bundle import TABLES, Bundle, is_rule
from pdp.bundle.findings import Finding, use_one_of
from pdp.bundle.language import MACHINERY, ReasonText, placeholders
from pdp.bundle.language_source import FOLDER, REASONS, SENTENCES, TextFile, text_files
from pdp.bundle.layout import decided_actions
from pdp.bundle.positions import Positions
from pdp.decision.decision import FIXES, MASKS
from pdp.decision.question import Action, Kind
from pdp.engines.trees import Node, params_of_rules

Trees = Mapping[str, Mapping[str, Node]]

SPOKEN: Final[Mapping[str, frozenset[str]]] = {
    "staff": frozenset({"title", "fix"}),
    "asked": frozenset({"date", "caller", "action", "purpose"}),
    "allowed": frozenset(),
    "shown": frozenset({"names"}),
    "masked": frozenset({"name", "mask"}),
    "law": frozenset({"article"}),
    "refused": frozenset(),
    "why": frozenset({"why", "article"}),
    "rights": frozenset(),
    "between": frozenset(),
}
"""Each sentence, with the places that it may have."""

OURS: Final = frozenset(
    {
        *FIXES,
        MACHINERY,
        *("contribution.author", "contribution.removed", "correction.kept"),
        *("removal.chain", "removal.copies", "removal.remembered"),
        *("fence.erased", "field.not_clear", "hold.erasure"),
        *("obligation.cohort", "policy.same_principal", "reach.same_principal"),
        *("selection.not_clear", "selection.too_many", "find.too_many"),
        *("limit.verify", "verify.clear", "verify.dropped", "verify.undecided"),
        *("token.kind", "token.purpose", "token.role", "token.scope"),
        *("consent.granted", "consent.no_objection", "consent.other_basis"),
        *("basis.consent", "basis.contract", "basis.legal_obligation", "basis.licence"),
        *("basis.legitimate_interests", "basis.public_task", "basis.right"),
        *("basis.claim", "basis.vital_interests"),
        *("objection.none", "restriction.none", "restriction.customers"),
        "controller.unnamed",
        "changes.resync",
        *("conflict", "gone", "integrity", "internal", "invalid", "limit.concurrent"),
        *("malformed", "method_not_allowed", "not_found", "refused", "timed_out"),
        *("too_large", "unauthenticated", "unavailable", "unsupported_media_type"),
    }
)
"""What the program itself says, under any bundle: why it refuses, or goes on."""

NEVER_EMPTY: Final = ("title", "article", "bases")


def check_texts(bundle: Bundle, trees: Trees) -> list[Finding]:
    """Find what is wrong in the texts, and what English lacks."""
    files = text_files(bundle)
    known = _params(trees)
    for each in files:
        _check_names(each, bundle)
        _check_reasons(each, known)
        _check_sentences(each)
    english = [each for each in files if each.language.tag == FALLBACK]
    for each in english:
        _check_whole(each, bundle, known.keys())
    findings = [found for each in files for found in each.findings]
    if files and not english:
        findings.append(_no_english())
    return [*_unsaid(bundle), *findings, *_alike(files)]


def _unsaid(bundle: Bundle) -> Iterator[Finding]:
    """Find purposes that nobody could be told of: begun, and not filled in yet."""
    places = Positions(bundle.texts[TABLES])
    for name, row in bundle.tables["purposes"].items():
        for column in NEVER_EMPTY:
            if not row.get(column):
                yield Finding(
                    *(TABLES, *places.value(("purposes", name, column)), "text"),
                    f"purpose {name}: {column} is empty",
                    "write it before anybody is asked for it",
                )


def _params(trees: Trees) -> dict[str, frozenset[str]]:
    """Give each code of the rules, with the parameters that come with it."""
    found: dict[str, frozenset[str]] = {}
    for path, tree in trees.items():
        if is_rule(path):
            denied = {code for code, _ in params_of_rules(tree)}
            found |= dict.fromkeys(denied, frozenset[str]())
    for path, tree in trees.items():
        for code, names in params_of_rules(tree) if is_rule(path) else ():
            found[code] |= names
    return found


def _check_names(file: TextFile, bundle: Bundle) -> None:
    tables = bundle.tables
    known: Mapping[str, Iterable[str]] = {
        "purposes": tables["purposes"],
        "classes": tables["classes"],
        "masks": MASKS,
        "actions": frozenset(Action),
        "callers": frozenset(Kind),
    }
    for law, text in file.language.names.get("laws", {}).items():
        for place in sorted(placeholders(text) - {"article"}):
            _strange_place(file, ("laws", law), place, frozenset({"article"}))
    for section, words in known.items():
        for word in file.language.names.get(section, ()):
            if word not in words:
                message = f"there is none of the {section} called `{word}`"
                file.find((section, word), message, use_one_of(word, words))


def _check_reasons(file: TextFile, known: Mapping[str, frozenset[str]]) -> None:
    for code, said in file.language.reasons.items():
        if code not in known and code not in OURS:
            message = f"no rule refuses with `{code}`, so its text is said to nobody"
            file.find((REASONS, code), message, use_one_of(code, known))
            continue
        _check_places(file, code, said, known.get(code, frozenset()))


def _check_places(
    file: TextFile, code: str, said: ReasonText, params: frozenset[str]
) -> None:
    # A title is said where no parameter is known any more, so it has no place for one.
    may = {
        "title": frozenset[str](),
        **dict.fromkeys(("fix", "customer", "can"), params),
    }
    for member, names in may.items():
        for name in sorted(placeholders(getattr(said, member)) - names):
            _strange_place(file, (REASONS, code, member), name, names)


def _check_sentences(file: TextFile) -> None:
    for name, text in file.language.sentences.items():
        if name not in SPOKEN:
            message = f"there is no sentence `{name}`"
            file.find((SENTENCES, name), message, use_one_of(name, SPOKEN))
            continue
        for place in sorted(placeholders(text) - SPOKEN[name]):
            _strange_place(file, (SENTENCES, name), place, SPOKEN[name])


def _strange_place(
    file: TextFile, at: tuple[str, ...], name: str, known: frozenset[str]
) -> None:
    there = ", ".join(f"{{{each}}}" for each in sorted(known)) or "none"
    file.find(at, f"nothing is put into `{{{name}}}` here", f"places here: {there}")


def _check_whole(file: TextFile, bundle: Bundle, codes: Iterable[str]) -> None:
    language, tables = file.language, bundle.tables
    wanted: Mapping[str, tuple[Iterable[str], Iterable[str]]] = {
        REASONS: (codes, language.reasons),
        SENTENCES: (SPOKEN, language.sentences),
        "classes": (tables["classes"], language.names.get("classes", ())),
        "masks": (tables["mask_order"], language.names.get("masks", ())),
        "actions": (
            decided_actions(bundle.manifest),
            language.names.get("actions", ()),
        ),
        "callers": (Kind, language.names.get("callers", ())),
    }
    for section, (needed, there) in wanted.items():
        for word in sorted({*map(str, needed)} - {*there}):
            message = f"{section} have no text for `{word}`"
            file.find((section,), message, "write one; other languages fall back to it")


def _no_english() -> Finding:
    return Finding(
        *(f"{FOLDER}{FALLBACK}.yaml", 1, 1, "text"),
        "there are texts, and none in English",
        "write texts/en.yaml: the other languages fall back to it",
    )


def _alike(files: Iterable[TextFile]) -> Iterator[Finding]:
    """Find two files for one language: a tag is the same in capitals."""
    seen: dict[str, str] = {}
    for each in files:
        first = seen.setdefault(each.path.lower(), each.path)
        if first != each.path:
            yield Finding(
                *(each.path, 1, 1, "text"),
                f"{first} holds the texts of the same language",
                "keep one of the two",
            )
