"""What another catalogue changes, line by line, and which of it opens something.

To open is to let more be done with what is stored: a purpose on another ground or a
new one, a class with other masks, a seal less, a licence not asked for any more, a
longer time. A change that nobody can class counts as opening.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from consent.purposes import LawfulBasis, Purposes
from consent.uses import stop_of
from vault.catalog.catalog import CUSTOMER

Document: TypeAlias = Mapping[str, Any]

NOTHING: Document = {"v": 1, "collections": {}}


@dataclass(frozen=True, slots=True)
class CatalogChange:
    """One difference: of which collection, in words, and whether it opens anything."""

    collection: str
    detail: str
    opens: bool


Heeds: TypeAlias = Callable[[str, str], bool]
"""Tells whether a purpose heeds somebody's no, on a lawful basis."""


def by_basis(_: str, basis: str) -> bool:
    """Tell it where nothing is known of the purpose: by the basis alone."""
    return basis in _HEEDS


def heeds_of(purposes: Purposes) -> Heeds:
    """Tell it by the policies: some purposes heed an objection on no basis."""

    def heeds(name: str, basis: str) -> bool:
        purpose = purposes.by_name.get(name)
        if purpose is None:
            return by_basis(name, basis)
        return stop_of(purpose, LawfulBasis(basis)) is not None

    return heeds


def changes(
    old: Document, new: Document, heeds: Heeds = by_basis
) -> tuple[CatalogChange, ...]:
    """Compare two catalogues, as documents."""
    found = tuple(_changes(old["collections"], new["collections"], heeds))
    registration = _purposes(old.get(CUSTOMER, {}), new.get(CUSTOMER, {}), heeds)
    return found + tuple(CatalogChange(CUSTOMER, *each) for each in registration)


def _changes(old: Document, new: Document, heeds: Heeds) -> Iterator[CatalogChange]:
    for name in sorted(old.keys() - new.keys()):
        yield CatalogChange(name, "the collection is dropped", opens=False)
    for name in sorted(new.keys() - old.keys()):
        purposes = ", ".join(sorted(new[name]["purposes"])) or "no purpose"
        yield CatalogChange(name, f"a new collection, for {purposes}", opens=True)
    for name in sorted(old.keys() & new.keys()):
        for detail, opens in _collection(old[name], new[name], heeds):
            yield CatalogChange(name, detail, opens)


def _collection(
    old: Document, new: Document, heeds: Heeds
) -> Iterator[tuple[str, bool]]:
    yield from _purposes(old["purposes"], new["purposes"], heeds)
    yield from _conditions(old.get("conditions", {}), new.get("conditions", {}))
    yield from _fields(old["fields"], new["fields"])
    yield from _apart({*old["sealed_apart"]}, {*new["sealed_apart"]})
    yield from _named("identifier", old["identifiers"], new["identifiers"])
    for member, (words, opens) in _PLAIN.items():
        before, after = old.get(member), new.get(member)
        if before != after:
            yield f"{words}: {_said(before)} → {_said(after)}", opens


_PLAIN: Mapping[str, tuple[str, bool]] = {
    "ugc": ("contributed by customers, and licensed by them", True),
    "retention": ("kept for (months, days)", True),
    "schema": ("schema", False),
    "padding": ("padding", False),
    "title": ("title", False),
    "titles": ("titles", False),
}


# More may be read of a value that is drawn otherwise, and more people found by a shared
# one.
_OPENING = frozenset({"class", "type", "mask", "shared"})


def _purposes(old: Document, new: Document, heeds: Heeds) -> Iterator[tuple[str, bool]]:
    for name in sorted(new.keys() - old.keys()):
        yield f"purpose {name} may use it now, on {new[name]}", True
    for name in sorted(old.keys() - new.keys()):
        yield f"purpose {name} may not use it any more", False
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            deaf = heeds(name, old[name]) and not heeds(name, new[name])
            words = _DEAF if deaf else ""
            yield f"purpose {name}: lawful basis {old[name]} → {new[name]}{words}", True


# On these a no is heard: a withdrawal on the first, an objection on the others.
_HEEDS = frozenset({"consent", "legitimate_interests", "public_task"})
_DEAF = "; who said no is used again"


def _conditions(old: Document, new: Document) -> Iterator[tuple[str, bool]]:
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name, "none"), new.get(name, "none")
        if was != now:
            detail = f"purpose {name}: condition of special categories {was} → {now}"
            yield detail, name in new


def _fields(old: Document, new: Document) -> Iterator[tuple[str, bool]]:
    for name in sorted(old.keys() - new.keys()):
        yield f"field {name} is dropped: its values go to the person alone", False
    for name in sorted(new.keys() - old.keys()):
        each = new[name]["class"]
        yield f"field {name} is new, of class {each}; what is stored of it opens", True
    for name in sorted(old.keys() & new.keys()):
        yield from _field(name, old[name], new[name])


def _field(name: str, old: Document, new: Document) -> Iterator[tuple[str, bool]]:
    for member in sorted(old.keys() | new.keys()):
        was, now = old.get(member), new.get(member)
        if was != now:
            detail = f"field {name}: {member} {_said(was)} → {_said(now)}"
            yield detail, member in _OPENING


def _apart(old: set[str], new: set[str]) -> Iterator[tuple[str, bool]]:
    for name in sorted(old - new):
        yield f"class {name} is not sealed apart any more", True
    for name in sorted(new - old):
        yield f"class {name} is sealed apart now", False


def _named(what: str, old: Document, new: Document) -> Iterator[tuple[str, bool]]:
    for name in sorted(new.keys() - old.keys()):
        yield f"{what} {name} is new: records can be looked up by it", True
    for name in sorted(old.keys() - new.keys()):
        yield f"{what} {name} is dropped", False
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            yield f"{what} {name}: {old[name]} → {new[name]}", True


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} as {value[name]}" for name in sorted(value))
    return "none" if value is None else str(value)
