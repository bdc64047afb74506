"""What a person takes away: their whole account as one signed archive.

`Exports.write` makes it, reading through the gate like everybody else; nothing of it
is ever on disk here. `verify_archive` checks one, offline and without this house.
"""

from exports.access import OwnAccess
from exports.account import Exports
from exports.container import ArchiveError
from exports.verification import Summary, verify_archive

__all__ = ["ArchiveError", "Exports", "OwnAccess", "Summary", "verify_archive"]
