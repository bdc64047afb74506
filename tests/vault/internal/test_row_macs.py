"""MACs of rows: every column, its type and its table count; the registry is whole."""

import hmac

import pytest
from asking import alarms
from hypothesis import given
from hypothesis import strategies as st

from kit.framing import framed
from kit.schema import IDENTITY, VAULT
from vault._internal.row_macs import COLUMNS, RowMacs, Value, message
from vault._internal.sqlite.row_macs import IDENTITY_ROWS, VAULT_ROWS

KEY = bytes(range(32))
VALUES = st.one_of(st.none(), st.integers(), st.text(), st.binary())
ROWS = st.tuples(st.sampled_from(["a", "b"]), st.lists(VALUES, max_size=4).map(tuple))


@pytest.fixture
def rows() -> RowMacs:
    return RowMacs(lambda: KEY)


@given(ROWS, ROWS)
def test_no_two_rows_are_framed_alike(
    one: tuple[str, tuple[Value, ...]], other: tuple[str, tuple[Value, ...]]
) -> None:
    typed = [(t, [(type(v), v) for v in fields]) for t, fields in (one, other)]
    assert (message(*one) == message(*other)) == (typed[0] == typed[1])


def test_a_row_is_framed_as_the_kit_frames_its_lettered_fields() -> None:
    lettered = (b"bx", b"s1", b"i1", b"n")
    assert message("t", (b"x", "1", 1, None)) == framed("allod/row/v1", "t", *lettered)


def test_the_mac_is_hmac_sha256_of_the_framed_row(rows: RowMacs) -> None:
    framing = framed("allod/row/v1", "vault_placement", b"b" + bytes(16), "snorth")
    expected = hmac.digest(KEY, framing, "sha256")
    assert rows.of("vault_placement", bytes(16), "north") == expected


@pytest.mark.parametrize(
    "row",
    [
        ("vault_post", "kim", "north", 1, 2),
        ("vault_assignment", "kim", "north", 1, 1),
        ("vault_assignment", "kim", "north", "1", 2),
        ("vault_assignment", "kim", b"north", 1, 2),
        ("vault_assignment", "kim", "north", None, 2),
        ("vault_assignment", "kimn", "orth", 1, 2),
        ("vault_assignment", "kim", "north", 1),
        ("vault_assignment", "kim", "north", 1.0, 2),
    ],
)
def test_a_row_of_other_words_types_or_table_is_not_believed(
    rows: RowMacs, row: tuple[str, *tuple[object, ...]]
) -> None:
    mac = rows.of("vault_assignment", "kim", "north", 1, 2)
    assert rows.believes(mac, "vault_assignment", "kim", "north", 1, 2)
    assert rows.knows(mac, "vault_assignment", "kim", "north", 1, 2)
    with alarms() as raised:
        assert not rows.believes(mac, *row)
        assert not rows.knows(mac, *row)
    assert raised == ["row.mac"] * 2


@pytest.mark.parametrize("mac", [None, b"", bytes(32), "text", 7])
def test_a_row_without_its_mac_is_not_believed(rows: RowMacs, mac: object) -> None:
    assert not rows.believes(mac, "vault_post", "kim", "north", 1, 2)
    assert not rows.knows(mac, "vault_post", "kim", "north", 1, 2)


def test_what_was_believed_is_known_by_all_of_its_bytes(rows: RowMacs) -> None:
    mac = rows.of("vault_post", "kim", "north", 1, 2)
    assert rows.knows(mac, "vault_post", "kim", "north", 1, 2)
    assert not rows.knows(mac, "vault_post", "kim", "north", 2, 2)
    assert not rows.knows(bytes(32), "vault_post", "kim", "north", 1, 2)


@pytest.mark.parametrize("table", COLUMNS)
def test_a_mac_covers_every_column_but_itself(table: str) -> None:
    declared = {**VAULT.tables, **IDENTITY.tables}[table]
    own = "row_mac" if "row_mac" in declared.columns else "mac"
    assert COLUMNS[table] == tuple(c.name for c in declared.columns if c.name != own)


def test_fsck_and_the_upgrade_look_at_every_table_that_has_macs() -> None:
    looked = {each.table for each in (*VAULT_ROWS, *IDENTITY_ROWS)}
    assert looked == {*COLUMNS, "vault_subject"}
