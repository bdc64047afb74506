"""Facts of stored records, changed in the row and in the seal, as time would."""

from collections.abc import Mapping

from houses import Scenario

from kit.db import raw
from vault.acceptance.resealing import Anew


def keep_until(scenario: Scenario, until: Mapping[bytes, int | None]) -> None:
    """Have records be kept until an instant, or without limit, each as is said."""
    room, after = scenario.house.vault.rowcheck._resealing, (b"", b"")
    with scenario.house.vault_db.write() as session:
        while rows := room._records.lot(session, after, 500):
            for row, parts, _ in room._opened(rows, older=False):
                if row[1] in until and isinstance(parts, dict):
                    kept = until[row[1]]
                    raw(session).execute(
                        "UPDATE vault_record SET retain_until = ?"
                        " WHERE subject = ? AND record = ?",
                        (kept, *row[:2]),
                    )
                    known = room._classes.record(row[4])
                    anew = Anew(known.classes, parts, row[2])
                    moved = (*row[:7], kept, *row[8:])
                    room._keep(session, moved, known, anew)
            after = rows[-1][:2]
