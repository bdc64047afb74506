"""The strongroom: opens sealed records, for whoever holds a permit that covers them.

What is opened is compared with the row before anything of it is given
(`vault._internal.envelope`): the decision was made on the row. One record that does not
open, or says something else than its row, is given as a fault in its own place, and
takes no other with it.
"""

import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
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
    FactsError,
    around,
    facts,
    fixed,
    sealed_parts,
)
from vault._internal.keyring import Keyring
from vault._internal.permit import Permit
from vault._internal.ports.records import MAIN, SealedRow

Pair: TypeAlias = tuple[bytes, bytes]
Values: TypeAlias = dict[str, Any]
Parts: TypeAlias = dict[str, Values]
Opened: TypeAlias = Values | Damaged | None
"""What came of opening a record: its values, a fault, or None: its key is gone."""
Key: TypeAlias = CustomerKeys | IntegrityFault | None
# Whatever stands in an edited row: a text in a number's place is no other fault.
_FAULTS: Final = (IntegrityFault, ValueError, TypeError, struct.error)


Read: TypeAlias = Callable[[CustomerKeys, SealedRow, "Section"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Section:
    """What to open of the records of one class: their collection, and which parts.

    `classes` are the data classes that the row names. `whole` opens every part that a
    record has, whatever `parts` says. `fields` of the collection are given with their
    data class: a part may set those of its own class alone. `older` is for records that
    were sealed before facts were sealed with them, and for no others.
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
    _alone: dict[tuple[str, str | None], tuple[Envelope, bytes, bytes]] = field(
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

    def alone(
        self, schema: str, part: str | None
    ) -> tuple[Envelope, bytes, bytes] | None:
        """Give the main envelope of a record with one part more or none, and its facts.

        None if other than the main part alone is to be opened, or the record may be
        an older one.
        """
        made = self._alone.get((schema, part))
        if made is None and self._opens_main_alone(part):
            parts = () if part is None else (part,)
            made = (self.envelope(schema, MAIN), *around(self.classes, parts))
            self._alone[schema, part] = made
        return made

    def _opens_main_alone(self, part: str | None) -> bool:
        beside = part is not None and (part == MAIN or self.opens(part))
        return self.opens(MAIN) and not beside and not self.older

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
        rows: Sequence[SealedRow],
        sections: Mapping[int, Section],
        *,
        bulk: bool = False,
    ) -> Iterator[Opened]:
        """Open records one by one; None stands where the customer's key is gone.

        `sections` says by packed class what to open of a record. The keys of a `bulk`
        read are kept apart from those of the hot reads.

        A key that went between decision and opening means that the customer was
        erased in that moment: there is nothing left to disclose, and nothing broke.
        A record that does not open under its own customer's key, has none though
        nobody erased it, or is not what its row says, is `Damaged`.

        Raises:
            PermissionError: the permit does not cover a record, or its time is over.

        """
        return self._each(permit, rows, sections, _merged, bulk=bulk)

    def open_apart(
        self,
        permit: Permit,
        rows: Sequence[SealedRow],
        sections: Mapping[int, Section],
    ) -> Iterator[Parts | Damaged | None]:
        """Open records as `open` does, and give the values of each part by itself."""
        return self._each(permit, rows, sections, _parted, bulk=False)

    def _each(
        self,
        permit: Permit,
        rows: Sequence[SealedRow],
        sections: Mapping[int, Section],
        read: Read,
        *,
        bulk: bool,
    ) -> Iterator[dict[str, Any] | Damaged | None]:
        if type(permit) is not Permit:
            raise TypeError("the strongroom opens for a permit and for nothing else")
        if not permit.covers([row.record for row in rows]):
            raise PermissionError("the permit does not cover these records")
        return _read(self._found(rows, bulk=bulk), rows, sections, read)

    def _found(self, rows: Sequence[SealedRow], *, bulk: bool) -> list[Key]:
        """Find the key that each envelope names; None for one that is gone.

        A page of records has few customers, and a customer's records one key. Where
        not all are there, each is looked for under its own row's subject.
        """
        kids = [row.sealed[KID_FROM:KID_END] for row in rows]
        firsts = dict(zip(kids, rows, strict=True))
        wanted = {(row.subject, kid) for kid, row in firsts.items()}
        with suppress(IntegrityFault):
            loaded = self._keyring.load_many(wanted, bulk=bulk)
            if len(loaded) == len(wanted):
                return [loaded[kid] for kid in kids]
        pairs = [(row.subject, kid) for kid, row in zip(kids, rows, strict=True)]
        found = self._keys({*pairs})
        return [found.get(pair) for pair in pairs]

    def _keys(self, pairs: Collection[Pair]) -> dict[Pair, Key]:
        """Load keys; one that ought to be there and is not is a fault, and it alone."""
        try:
            loaded = self._keyring.load_many(pairs)
        except IntegrityFault as fault:
            if len(pairs) == 1:
                return dict.fromkeys(pairs, fault)
            return {k: key for each in pairs for k, key in self._keys({each}).items()}
        return {pair: loaded[pair[1]] for pair in pairs if pair[1] in loaded}


def _read(
    keys: Sequence[Key],
    rows: Sequence[SealedRow],
    sections: Mapping[int, Section],
    read: Read,
) -> Iterator[dict[str, Any] | Damaged | None]:
    for key, row in zip(keys, rows, strict=True):
        if isinstance(key, CustomerKeys):
            try:
                yield read(key, row, sections[row.k])
            except _FAULTS:
                yield Damaged()
        else:
            yield None if key is None else Damaged()


def _merged(key: CustomerKeys, row: SealedRow, section: Section) -> Values:
    alone = section.alone(row.schema, row.part)
    if alone is not None and not isinstance(row.apart, str):
        # Most records: quickly, for a scan opens a million of them.
        _require_owner(key, row)
        envelope, before, behind = alone
        said = before + fixed(row.retain_until, row.contributed) + behind
        body = envelope.open_after(said, key, row.record, row.version, row.sealed)
        return orjson.loads(body)  # type: ignore[no-any-return]
    values: Values = {}
    for part, held in _parted(key, row, section).items():
        if part != MAIN:
            _require_own(part, held, values, section.declared)
        values |= held
    return values


def _parted(key: CustomerKeys, row: SealedRow, section: Section) -> Parts:
    _require_owner(key, row)
    apart = _apart(row.part, row.apart)
    said = facts(
        section.classes, row.retain_until, row.contributed, sealed_parts([*apart])
    )
    sealed = {MAIN: row.sealed} | apart
    if len(sealed) != len(apart) + 1:
        raise FactsError("a part has the name of the main one")
    return {
        part: orjson.loads(_body(key, row, section, part, each, said))
        for part, each in sealed.items()
        if section.opens(part)
    }


def _apart(part: str | None, sealed: bytes | str | None) -> dict[str, bytes]:
    """Give what of a record is sealed apart, as the row brings it."""
    if isinstance(sealed, str):
        several: dict[str, str] = orjson.loads(sealed)
        return {name: bytes.fromhex(each) for name, each in several.items()}
    return {} if part is None or sealed is None else {part: sealed}


def _body(
    key: CustomerKeys,
    row: SealedRow,
    section: Section,
    part: str,
    sealed: bytes,
    said: bytes,
) -> bytes:
    if section.older:
        before = Envelope(section.collection, part=part, schema=row.schema)
        return before.open(key, row.record, row.version, sealed)
    envelope = section.envelope(row.schema, part)
    return envelope.open_after(said, key, row.record, row.version, sealed)


def _require_owner(key: CustomerKeys, row: SealedRow) -> None:
    if key.subject != row.subject:
        # Loaded for whom the envelope was taken from.
        raise FactsError("a record does not lie under its own customer")


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
