"""The triggers that write the change feed, one for each way a row comes, changes, goes.

They are made by the migrations, letter by letter; a test holds the two equal. A trigger
has no clock but the system's, so a minute here is not the installation's own.
"""

from typing import Final

from sqlalchemy import DDL, event
from sqlalchemy.schema import ExecutableDDLElement

from kit.schema import VAULT
from kit.triggers import declare
from vault._internal.feed import CLASS, CONSENT, ERASED, FEED, LICENCE, RECORD

_MINUTE: Final = "CAST(strftime('%s', 'now') AS INTEGER) / 60"
_CONSENT: Final = {"purpose": "{0}.purpose"}
_BEFORE: Final = {"was": "OLD.state", "until": "OLD.until"}
_LICENCE: Final = {"record": "{0}.record"}
_RECORD: Final = {"record": "{0}.record", "class_number": "{0}.class_number"}
_HELD: Final = {
    "was": "(OLD.class_number << 1) | OLD.hold",
    "until": "OLD.retain_until",
}


def _written(kind: str, row: str, names: dict[str, str]) -> str:
    values = {"kind": f"'{kind}'", "subject": f"{row}.subject", "minute": _MINUTE}
    values |= {name: each.format(row) for name, each in names.items()}
    said = ", ".join(values.values())
    return f"INSERT INTO {FEED} ({', '.join(values)}) VALUES ({said});"


def _differs(*names: str) -> str:
    return " OR ".join(f"NEW.{each} IS NOT OLD.{each}" for each in names)


def _feeding(
    table_name: str,
    kind: str,
    new: dict[str, str],
    before: dict[str, str],
    *,
    differs: str,
) -> dict[str, str]:
    """Write the three triggers by which a table says what happened to it."""
    made = {
        "added": ("INSERT", "", _written(kind, "NEW", new)),
        "changed": ("UPDATE", f" WHEN {differs}", _written(kind, "NEW", new | before)),
        "removed": ("DELETE", "", _written(kind, "OLD", new | before)),
    }
    return {
        f"{table_name}_{what}": (
            f"CREATE TRIGGER {table_name}_{what} AFTER {act} ON {table_name}"
            f"{when} BEGIN {then} END"
        )
        for what, (act, when, then) in made.items()
    }


_SUBJECTS: Final = _feeding(
    "vault_subject",
    CLASS,
    {},
    {"was": "OLD.class_number"},
    differs=_differs("class_number"),
)
# A person's last row goes with them, and takes what was said of them with it.
_FORGOTTEN: Final = {
    "vault_subject_removed": (
        "CREATE TRIGGER vault_subject_removed AFTER DELETE ON vault_subject BEGIN"
        f" DELETE FROM {FEED} WHERE subject = OLD.subject;"
        f" {_written(ERASED, 'OLD', {})} END"
    )
}
TRIGGERS: Final = {
    **_feeding(
        "vault_record",
        RECORD,
        _RECORD,
        _HELD,
        differs=_differs("version", "class_number", "hold", "retain_until", "sealed"),
    ),
    **_feeding(
        "consent_fact",
        CONSENT,
        _CONSENT,
        _BEFORE,
        differs=_differs("state", "until"),
    ),
    **_feeding(
        "consent_ugc", LICENCE, _LICENCE, {}, differs=_differs("status", "until")
    ),
    **_feeding(
        "consent_licence",
        LICENCE,
        _LICENCE | _CONSENT,
        {},
        differs=_differs("since", "until"),
    ),
    **_SUBJECTS,
    **_FORGOTTEN,
}
for _name, _text in TRIGGERS.items():
    declare(_name, _text, writes=FEED)
    # A table that is there already is passed over, and so is what hangs on it. DDL is
    # a pattern, in which a `%` is doubled.
    _made: ExecutableDDLElement = DDL(  # type: ignore[no-untyped-call]
        _text.replace("TRIGGER", "TRIGGER IF NOT EXISTS", 1).replace("%", "%%")
    )
    event.listen(VAULT, "after_create", _made)
