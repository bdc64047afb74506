"""How a member of staff reaches a subject, as a read's own SQL asks (s: the subject).

Three ways, of which the nearest counts: the subject is assigned to them; is placed in
a unit that they hold, or below it; or somebody granted them this purpose for some days.
Each is weighed at the read's one `:now`, so that one that ends is gone with it. Every
row on the way is one that was written here, or it leads nowhere.
"""

from typing import Final

from vault._internal.classes import REACHES
from vault._internal.row_macs import believed

_ASSIGNED: Final = (
    "EXISTS (SELECT 1 FROM vault_assignment a WHERE a.subject = s.subject"
    " AND a.staff = :staff AND a.until > :now"
    f" AND {believed('vault_assignment', 'a')})"
)
# The join order is fixed: from the subject's few units upwards, never from the tree.
# One term for what is believed, or it would be asked of each unit on the way.
_IN_SCOPE: Final = (
    "EXISTS (SELECT 1 FROM vault_placement p"
    " CROSS JOIN vault_unit_closure c ON c.descendant = p.unit"
    " CROSS JOIN vault_post o ON o.staff = :staff AND o.unit = c.ancestor"
    " WHERE p.subject = s.subject AND CASE WHEN o.until > :now"
    f" THEN {believed('vault_post', 'o')} AND {believed('vault_unit_closure', 'c')}"
    f" AND {believed('vault_placement', 'p')} END)"
)
_GRANTED: Final = (
    "EXISTS (SELECT 1 FROM vault_access_grant g WHERE g.subject = s.subject"
    " AND g.staff = :staff AND g.purpose = :purpose AND g.until > :now"
    f" AND {believed('vault_access_grant', 'g')})"
)

BY_STAFF: Final = (
    f"CASE WHEN {_ASSIGNED} THEN {REACHES.index('assigned')}"
    f" WHEN {_IN_SCOPE} THEN {REACHES.index('in_scope')}"
    f" WHEN {_GRANTED} THEN {REACHES.index('granted')} ELSE 0 END"
)
"""The number of the nearest way, in a record's packed class."""

WITHIN_REACH: Final = f"({_ASSIGNED} OR {_IN_SCOPE} OR {_GRANTED})"
"""Whether there is any way at all."""
