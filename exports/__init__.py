"""What a person takes away: their whole account as one signed archive.

`Exports.write` makes it, reading through the gate like everybody else; nothing of it
is ever on disk here. `verify_archive` checks one, offline and without this house, and
`verify_own_chain` the chain of ledger entries in it alone.
"""

from exports.access import OwnAccess
from exports.account import Exports
from exports.container import ArchiveError
from exports.verification import (
    OwnChain,
    Summary,
    verify_archive,
    verify_own_chain,
)

__all__ = [
    "ArchiveError",
    "Exports",
    "OwnAccess",
    "OwnChain",
    "Summary",
    "verify_archive",
    "verify_own_chain",
]
