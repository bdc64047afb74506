"""Where a line's record goes: a new one, the one that is there, or in its place.

Compared are three: what the line says, what an import wrote last, and what is there.
A line that says what was written last is known, whatever became of the record since.
One that says something else takes the record's place only if the map says `replace`
and nobody else has changed the record: what a person corrected is not undone by a file.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from kit.errors import AllodError, Conflict, NotFound
from vault._internal.envelope import CustomerKeys
from vault._internal.keyring import Keyring
from vault._internal.ports.imports import ImportStore, StandingRow
from vault.imports.import_lines import Want
from vault.intake.intake import BatchEntry
from vault.intake.sealing import FIRST, fingerprint, record_id
from vault.intake.storing import Item, Outcome

CHANGED: Final = "record.changed"
DIFFERS: Final = "record.differs"


class ImportTarget(NamedTuple):
    """Where a record goes, and what will have become of it."""

    entry: BatchEntry
    outcome: Outcome


class ImportTargets:
    """Finds what imports wrote before."""

    def __init__(self, imports: ImportStore, keyring: Keyring) -> None:
        self._imports = imports
        self._keyring = keyring

    def keys_of(self, subjects: Iterable[bytes]) -> dict[bytes, CustomerKeys]:
        """Give the keys of some customers; those of the erased are absent."""
        return self._keyring.mains(set(subjects))

    def find(self, keys: CustomerKeys | None, want: Want) -> ImportTarget | AllodError:
        """Say what is to be written of somebody who is known, or why it is not."""
        if keys is None:
            return NotFound()
        newer, older = record_id(keys, want.key), record_id(keys, want.earlier)
        there = self._imports.standing(keys.subject, (newer, older))
        for record, name in ((newer, want.key), (older, want.earlier)):
            if record in there:
                return self._over(keys, want, name, record, there[record])
        return ImportTarget(as_new(keys.subject, want), "created")

    def _over(
        self,
        keys: CustomerKeys,
        want: Want,
        name: str,
        record: bytes,
        there: StandingRow,
    ) -> ImportTarget | AllodError:
        said = fingerprint(keys, record, want.checked)
        again = ImportTarget(as_new(keys.subject, want, name), "there_already")
        if said in {there.said, there.fingerprint}:
            return again
        changed = there.version != (there.imported or FIRST)
        if changed and there.imported is None and not want.replace:
            return again  # nobody knows what was imported: told as there already
        if changed:
            return _conflict(CHANGED, "somebody else has changed the record since")
        if want.replace:
            over = again.entry._replace(record=record, version=there.version)
            return ImportTarget(over, "replaced")
        return _conflict(DIFFERS, "the record is there already, with other content")


def as_new(subject: bytes, want: Want, name: str | None = None) -> BatchEntry:
    """Write a record of which nothing is there, or the same."""
    checked = want.checked
    item = Item(checked.collection.name, checked.values, name or want.key)
    return BatchEntry(subject, item)


def _conflict(code: str, message: str) -> Conflict:
    return Conflict(message, code=code, fix="say `on_change: replace`, or change it")
