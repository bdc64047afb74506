"""The catalogue: which collections this vault keeps, read once from YAML.

    version: 1
    customer:                       # the registration: who may open and arrange it
      purposes: {service.registration: contract}
    collections:
      profile:
        title: Who the customer is  # or {en: Who the customer is, zh: 客户是谁}
        schema: 1                   # raise it when a field changes its meaning
        ugc: false                  # true: contributions, each with its authorization
        retention: P6Y              # ISO 8601 duration, or none
        sealed_apart: [contact]     # data classes under their own seal
        padding: 256                # bytes; a record's length shows in these steps
        purposes:                   # each with its basis; special categories also
          support.case: contract    # with a condition of GDPR 9(2)
          legal.claims: {basis: legitimate_interests, condition: 9(2)(f)}
        identifiers: {email: email} # email, phone or external
        fields:
          email: {type: email, class: contact, required: true, max: 200}
          account: {type: string, class: identity, mask: {last4: iban}}
          rating: {type: integer, class: content, enum: [1, 2, 3]}

A field with `shared: true` is an identifier that several customers may have: one
household's telephone, a mailbox of two. `phone_region: DE` says where a telephone
number is dialled that does not say its country. `mask` says how a mask is drawn of
the field (`vault.gate.masking`); where nothing says it, the field is left out instead.
One with `corrected: true` is put right by the person whom it is about
(`vault.intake.rectification`).

What is not declared is not stored; a purpose that is not listed has no lawful basis.
The types of fields and the data classes stand in `FieldType` and `DataClass`;
docs/catalogue.md says all of it.
"""

from collections.abc import Collection as Some
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from consent.purposes import LawfulBasis
from kit.errors import Invalid
from pdp.decision.question import Condition
from vault._internal.identifiers import IdentifierKind
from vault.catalog.catalog_yaml import CUSTOMER, Bases, CatalogueError, read_catalogue
from vault.catalog.collection import NO_BASIS, Collection, Period
from vault.catalog.fields import MAX_NUMBER, DataClass, Field, FieldType
from vault.catalog.titles import Titles, called

REGISTRATION: Final[Titles] = MappingProxyType(
    {"en": "The registration itself", "zh": "登记信息本身"}
)

__all__ = [
    "CUSTOMER",
    "MAX_NUMBER",
    "Catalog",
    "CatalogueError",
    "Collection",
    "DataClass",
    "Field",
    "FieldType",
    "IdentifierKind",
    "Period",
]


@dataclass(frozen=True)
class Catalog:
    """All collections of one vault, by name, and the bases of the registration."""

    collections: Mapping[str, Collection]
    customer: Bases = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def load(cls, path: Path, purposes: Some[str] | None = None) -> Self:
        """Read a catalogue; `purposes` are those that the policies know, if known.

        Raises:
            CatalogueError: one line for each thing that is wrong: file, line, field.

        """
        collections, customer = read_catalogue(path, purposes)
        return cls(MappingProxyType(collections), customer)

    def collection(self, name: str) -> Collection:
        """Give a collection by name.

        Raises:
            Invalid: there is none of that name (`collection.unknown`).

        """
        found = self.collections.get(name)
        if found is None:
            raise Invalid(
                "there is no collection of that name",
                code="collection.unknown",
                fix=f"name one of: {', '.join(sorted(self.collections))}",
            )
        return found

    def basis_for(self, collection: str, purpose: str) -> str:
        """Give the lawful basis of a collection, or of the registration, for a purpose.

        Raises:
            Invalid: there is no collection of that name.

        """
        if collection == CUSTOMER and CUSTOMER not in self.collections:
            basis = self.customer.get(purpose)
            return NO_BASIS if basis is None else basis.value
        return self.collection(collection).basis_for(purpose)

    def bound(self, purpose: str) -> Mapping[str, LawfulBasis]:
        """Give the collections that a purpose may use, each with its lawful basis.

        The registration is among them where the purpose may use that.
        """
        found = {
            each.name: each.purposes[purpose]
            for each in self
            if purpose in each.purposes
        }
        if purpose in self.customer:
            found.setdefault(CUSTOMER, self.customer[purpose])
        return found

    def title_of(self, collection: str, wanted: Sequence[str] = ()) -> str:
        """Say what a collection, or the registration, is called."""
        found = self.collections.get(collection)
        titles = REGISTRATION if found is None else found.titles
        return called(titles, wanted, collection)

    def condition_for(self, collection: str, purpose: str) -> Condition:
        """Give the condition of a collection's special categories for a purpose.

        Raises:
            Invalid: there is no collection of that name.

        """
        if collection == CUSTOMER and CUSTOMER not in self.collections:
            return Condition.NONE  # the registration holds no special categories
        return self.collection(collection).condition_for(purpose)

    def require_fields(self, names: Iterable[str]) -> None:
        """Check that each name is a field of some collection.

        Raises:
            Invalid: one of them is a field of none (`field.unknown`).

        """
        if not self._fields.issuperset(names):
            raise Invalid(
                "no collection has a field of that name",
                code="field.unknown",
                fix="name fields that the catalogue declares",
            )

    def __iter__(self) -> Iterator[Collection]:
        return iter(self.collections.values())

    @cached_property
    def _fields(self) -> frozenset[str]:
        return frozenset(name for each in self for name in each.fields)
