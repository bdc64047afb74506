"""What a person takes away: their whole account as one signed archive.

`exports.export.Exports` makes it, reading through the gate like everybody else;
nothing of it is ever on disk here. `verify_archive` checks one, offline and without
this house, and `verify_own_chain` the chain of ledger entries in it alone. Whoever only
verifies imports no database.
"""

from exports.container import ArchiveError
from exports.verification import (
    OwnChain,
    Summary,
    verify_archive,
    verify_own_chain,
)

__all__ = [
    "ArchiveError",
    "OwnChain",
    "Summary",
    "verify_archive",
    "verify_own_chain",
]
