"""The strongroom: opens sealed records, for whoever holds a permit that covers them.

What is opened is compared with the row before anything of it is given
(`vault._internal.facts`): the decision was made on the row. One record that does not
open, or says something else than its row, is given as a fault in its own place, and
takes no other with it.
"""

import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import orjson

from kit.errors import Damaged, IntegrityFault
from vault._internal.envelope import (
    KID_END,
    KID_FROM,
    Codec,
    CustomerKeys,
    Envelope,
)
from vault._internal.facts import FactsError, facts, sealed_parts
from vault._internal.keyring import Keyring
from vault._internal.permit import Permit
from vault._internal.store import MAIN, Located

Pair: TypeAlias = tuple[bytes, bytes]
Values: TypeAlias = dict[str, Any]
Parts: TypeAlias = dict[str, Values]
Opened: TypeAlias = Values | Damaged | None
"""What came of opening a record: its values, a fault, or None: its key is gone."""
Key: TypeAlias = CustomerKeys | IntegrityFault | None
# Whatever stands in an edited row: a text in a number's place is no other fault.
_FAULTS: Final = (IntegrityFault, ValueError, TypeError, struct.error)


@dataclass(frozen=True, slots=True)
class Section:
    """What to open of the records of one class: their collection, and which parts.

    `classes` are the data classes that the row names. `whole` opens every part that a
    record has, whatever `parts` says. `fields` of the collection are given with their
    data class: a part may set those of its own class alone. `older` takes a record
    that was sealed before facts were sealed with it, as its row says it is.
    """

    collection: str
    classes: tuple[str, ...]
    parts: tuple[str, ...]
    whole: bool
    declared: Mapping[str, str]
    older: bool = False
    _envelopes: dict[tuple[str, str], Envelope] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def envelope(self, schema: str, part: str) -> Envelope:
        """Give the envelope of one schema and part, made once."""
        made = self._envelopes.get((schema, part))
        if made is None:
            made = Envelope(
                self.collection, part=part, schema=schema, codec=Codec.FACTS
            )
            self._envelopes[schema, part] = made
        return made

    @property
    def main(self) -> bool:
        """Whether the main part is to be opened."""
        return self.opens(MAIN)

    def opens(self, part: str) -> bool:
        """Tell whether a part is to be opened."""
        return self.whole or part in self.parts


class Strongroom:
    """Turns ciphertext into values. There is no way in without a permit."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def open(
        self,
        permit: Permit,
        rows: Sequence[Located],
        sections: Mapping[int, Section],
    ) -> Iterator[Opened]:
        """Open records one by one; None stands where the customer's key is gone.

        `sections` says by packed class what to open of a record.

        A key that went between decision and opening means that the customer was
        erased in that moment: there is nothing left to disclose, and nothing broke.
        A record that does not open under its own customer's key, has none though
        nobody erased it, or is not what its row says, is `Damaged`.

        Raises:
            PermissionError: the permit does not cover a record, or its time is over.

        """
        return self._each(permit, rows, sections, _merged)

    def open_apart(
        self,
        permit: Permit,
        rows: Sequence[Located],
        sections: Mapping[int, Section],
    ) -> Iterator[Parts | Damaged | None]:
        """Open records as `open` does, and give the values of each part by itself."""
        return self._each(permit, rows, sections, _parted)

    def _each(
        self,
        permit: Permit,
        rows: Sequence[Located],
        sections: Mapping[int, Section],
        read: Callable[[CustomerKeys, Located, Section], dict[str, Any]],
    ) -> Iterator[dict[str, Any] | Damaged | None]:
        if type(permit) is not Permit:
            raise TypeError("the strongroom opens for a permit and for nothing else")
        if not permit.covers([row[1] for row in rows]):
            raise PermissionError("the permit does not cover these records")
        pairs = [(row[0], row[5][KID_FROM:KID_END]) for row in rows]
        keys = self._keys(set(pairs))
        found = [keys.get(pair) for pair in pairs]
        return (
            _tried(key, row, sections[row[4]], read)
            for key, row in zip(found, rows, strict=True)
        )

    def _keys(self, pairs: Collection[tuple[bytes, bytes]]) -> dict[Pair, Key]:
        """Load the keys that some envelopes name; one that is gone is absent.

        A page of records has few customers. Where one names a key that it ought to
        have and has not, each is looked for by itself, so that only it is a fault.
        """
        try:
            loaded = self._keyring.load_many(pairs)
        except IntegrityFault as fault:
            if len(pairs) == 1:
                return dict.fromkeys(pairs, fault)
            return {k: key for each in pairs for k, key in self._keys({each}).items()}
        return {pair: loaded[pair[1]] for pair in pairs if pair[1] in loaded}


def _tried(
    key: Key,
    row: Located,
    section: Section,
    read: Callable[[CustomerKeys, Located, Section], dict[str, Any]],
) -> dict[str, Any] | Damaged | None:
    if key is None:
        return None
    try:
        if isinstance(key, IntegrityFault) or key.subject != row[0]:
            # No key, or one loaded for whom the envelope was taken from.
            return Damaged()
        return read(key, row, section)
    except _FAULTS:
        return Damaged()


def _merged(key: CustomerKeys, row: Located, section: Section) -> Values:
    if row[9] is None:
        said = facts(section.classes, row[7], row[8], ())
        return _part(key, row, section, MAIN, row[5], said) if section.main else {}
    values: Values = {}
    for part, held in _parted(key, row, section).items():
        if part != MAIN:
            _require_own(part, held, values, section.declared)
        values |= held
    return values


def _parted(key: CustomerKeys, row: Located, section: Section) -> Parts:
    apart: dict[str, str] = orjson.loads(row[9]) if row[9] else {}
    said = facts(section.classes, row[7], row[8], sealed_parts([*apart]))
    sealed = {MAIN: row[5]} | {
        part: bytes.fromhex(each) for part, each in apart.items()
    }
    if len(sealed) != len(apart) + 1:
        raise FactsError("a part has the name of the main one")
    return {
        part: _part(key, row, section, part, each, said)
        for part, each in sealed.items()
        if section.opens(part)
    }


def _part(
    key: CustomerKeys,
    row: Located,
    section: Section,
    part: str,
    sealed: bytes,
    said: bytes,
) -> Values:
    """Open one part, and hold what it says of the record to what the row says."""
    envelope = section.envelope(row[3], part)
    codec, body = envelope.open_any(key, row[1], row[2], sealed)
    if codec == Codec.JSON and section.older:
        return orjson.loads(body)  # type: ignore[no-any-return]
    if codec != Codec.FACTS or not body.startswith(said):
        raise FactsError("a record says something else than its row")
    return orjson.loads(body[len(said) :])  # type: ignore[no-any-return]


def _require_own(
    part: str, held: Values, values: Values, declared: Mapping[str, str]
) -> None:
    """Check that a part sets no field of another class, and none that is set.

    Raises:
        FactsError: it does.

    """
    strays = [name for name in held if declared.get(name, part) != part]
    if strays or held.keys() & values.keys():
        raise FactsError("a part sets what is not its own")
