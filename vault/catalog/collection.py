"""One collection: what its records hold, on which grounds, for how long."""

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, Self

from consent.purposes import LawfulBasis
from kit.errors import Fault, Invalid
from pdp.decision.question import Condition
from vault._internal.identifiers import Identifier, IdentifierKind
from vault.catalog.fields import DataClass, Field
from vault.catalog.titles import Titles, called

MAIN: Final = "main"
NO_BASIS: Final = "none"
_DURATION: Final = re.compile(
    r"P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?"
)


@dataclass(frozen=True, slots=True)
class Period:
    """How long something is kept: an ISO 8601 duration of whole calendar units.

    Not seconds: six years from 29 February end on 28 February.
    """

    months: int
    days: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a duration such as P6Y or P18M; None if it is none, or of no length."""
        match = _DURATION.fullmatch(text)
        if match is None:
            return None
        years, months, weeks, days = (int(group or 0) for group in match.groups())
        period = cls(years * 12 + months, weeks * 7 + days)
        return period if period.months or period.days else None

    def after(self, at: datetime) -> datetime:
        """Give the instant that lies one period after `at`."""
        years, month = divmod(at.month - 1 + self.months, 12)
        year = at.year + years
        day = min(at.day, calendar.monthrange(year, month + 1)[1])
        return at.replace(year=year, month=month + 1, day=day) + timedelta(self.days)


@dataclass(frozen=True)
class Collection:
    """What the catalogue declares about one kind of record.

    `schema` names the declaration and its version; it is bound to every sealed
    record. `bucket` is the size, in bytes, to whose multiples a record is padded.
    `titles` are what people read, by language; `conditions` says, for purposes that may
    see special categories, under which of GDPR 9(2).
    """

    name: str
    titles: Titles
    schema: str
    ugc: bool
    fields: Mapping[str, Field]
    identifiers: Mapping[str, IdentifierKind]
    purposes: Mapping[str, LawfulBasis]
    conditions: Mapping[str, Condition]
    retention: Period | None
    sealed_apart: tuple[DataClass, ...]
    bucket: int

    @property
    def title(self) -> str:
        """What the collection is called in English."""
        return self.called(())

    def called(self, wanted: Sequence[str]) -> str:
        """Give what the collection is called, in the languages that are wanted."""
        return called(self.titles, wanted, self.name)

    def field_called(self, field: str, wanted: Sequence[str]) -> str:
        """Give what a field is called; its name where nothing is said."""
        declared = self.fields.get(field)
        return called(declared.titles, wanted, field) if declared else field

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The data classes of all fields, sorted."""
        return tuple(sorted({field.data_class.value for field in self.fields.values()}))

    @cached_property
    def _required(self) -> tuple[str, ...]:
        return tuple(name for name, field in self.fields.items() if field.required)

    @cached_property
    def _apart(self) -> dict[str, str]:
        return {
            name: field.data_class.value
            for name, field in self.fields.items()
            if field.data_class in self.sealed_apart
        }

    def class_of(self, field: str) -> str:
        """Give the data class of a field.

        Raises:
            Invalid: the collection declares no such field (`field.unknown`).

        """
        declared = self.fields.get(field)
        if declared is None:
            raise self._unknown_field()
        return declared.data_class.value

    def identifier(self, field: str, value: str) -> Identifier:
        """Give what is looked up by a field and a value of it.

        Raises:
            Invalid: there is no such field, or it is no identifier.

        """
        if field not in self.fields:
            raise self._unknown_field()
        kind = self.identifiers.get(field)
        if kind is None:
            raise Invalid(
                "records cannot be looked up by this field",
                code="field.not_identifier",
                fix=f"look up by one of: {', '.join(self.identifiers) or 'none'}",
            )
        declared = self.fields[field]
        return Identifier(
            f"{self.name}.{field}",
            kind,
            value,
            shared=declared.shared,
            region=declared.phone_region,
        )

    def identifiers_in(self, values: Mapping[str, Any]) -> dict[str, Identifier]:
        """Give what a record of these values is found by, by its field."""
        return {
            field: self.identifier(field, str(values[field]))
            for field in self.identifiers
            if values.get(field) is not None
        }

    def basis_for(self, purpose: str) -> str:
        """Give the lawful basis of this data for a purpose; `none` when it has none."""
        basis = self.purposes.get(purpose)
        return NO_BASIS if basis is None else basis.value

    def condition_for(self, purpose: str) -> Condition:
        """Give the condition (GDPR 9(2)) of special categories for a purpose."""
        return self.conditions.get(purpose, Condition.NONE)

    def retain_until(self, at: datetime) -> datetime | None:
        """Say until when a record written `at` may be kept; None is without limit."""
        return None if self.retention is None else self.retention.after(at)

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Check a record and give its values in the order of the declaration.

        Raises:
            Invalid: with one fault per declared field, by JSON pointer. Neither a
                value nor an undeclared name is repeated.

        """
        faults = [
            Fault(f"/{name}", f"this field is required: {self.fields[name].wanted}")
            for name in self._required
            if name not in values
        ]
        checked: dict[str, Any] = {}
        for name, field in self.fields.items():
            if name in values:
                checked[name] = values[name]
                message = field.fault(values[name])
                if field.retired:
                    message = "this field is retired, and takes no values"
                if message is not None:
                    faults.append(Fault(f"/{name}", message))
        if len(checked) != len(values):
            faults.append(Fault("", f"hold no other fields than {self._names}"))
        if faults:
            raise Invalid(
                "the record is not what its collection allows",
                code="record.invalid",
                faults=tuple(faults),
                fix=f"see collection {self.name} in the catalogue",
            )
        return checked

    def parts(self, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Split checked values into what is sealed together: `main`, and classes apart.

        `main` is always there, so that every record has a first part.
        """
        parts: dict[str, dict[str, Any]] = {MAIN: {}}
        for name, value in values.items():
            part = self._apart.get(name, MAIN)
            parts.setdefault(part, {})[name] = value
        return parts

    @property
    def _names(self) -> str:
        return ", ".join(self.fields)

    def _unknown_field(self) -> Invalid:
        return Invalid(
            "the collection has no field of that name",
            code="field.unknown",
            fix=f"name one of: {self._names}",
        )
