"""What a vault keeps beside its records: every store of it, on whatever makes one."""

from collections.abc import Callable
from typing import Final

import pytest
from conformance_stores import ADA, BOB, MakeData, Undone

from vault._internal.ports.keeping import AcceptedRow
from vault._internal.ports.organisation import UnitRow


def the_catalogue_that_was_accepted_last_counts(make: MakeData) -> None:
    opened = make()
    catalogues = opened.data.catalogues
    assert catalogues.newest() is None
    with opened.write() as session:
        assert catalogues.digest(session) is None
        catalogues.add(session, "one", b"{1}", 7, 3)
    with opened.write() as session:
        catalogues.add(session, "two", b"{2}", 6, 2)
        assert catalogues.digest(session) == "two"
    assert catalogues.newest() == AcceptedRow(2, "two", b"{2}", 6, 2)


def an_acceptance_that_is_undone_counts_for_nothing(make: MakeData) -> None:
    opened = make()
    catalogues = opened.data.catalogues
    with pytest.raises(Undone), opened.write() as session:
        catalogues.add(session, "one", b"{1}", 7, 3)
        assert catalogues.digest(session) == "one"
        assert catalogues.newest() is None
        raise Undone
    with opened.write() as session:
        catalogues.add(session, "two", b"{2}", 8, 4)
    assert catalogues.newest() == AcceptedRow(1, "two", b"{2}", 8, 4)


CATALOGUE_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    the_catalogue_that_was_accepted_last_counts,
    an_acceptance_that_is_undone_counts_for_nothing,
)


def a_question_counts_for_its_caller_or_its_customer(make: MakeData) -> None:
    opened = make()
    opened.known(ADA, BOB)
    asked = opened.data.verifications
    with opened.write() as session:
        for at in (30, 10, 20):
            asked.add(session, at, principal="shop")
            asked.add(session, at + 1, subject=ADA)
        by = [asked.last_by(session, "shop", 0, most) for most in (1, 2, 3, 4)]
        of = [asked.last_of(session, ADA, 0, most) for most in (1, 3, 4)]
        assert by == [30, 20, 10, None]
        assert of == [31, 11, None]
        assert asked.last_by(session, "shop", 20, 2) is None
        assert asked.last_of(session, ADA, 20, 2) == 21
        assert asked.last_by(session, "else", 0, 1) is None
        assert asked.last_of(session, BOB, 0, 1) is None


def what_is_over_is_forgotten_and_the_rest_is_not(make: MakeData) -> None:
    opened = make()
    opened.known(ADA)
    asked = opened.data.verifications
    with opened.write() as session:
        for at in (10, 20, 20):
            asked.add(session, at, principal="shop")
    with opened.write() as session:
        asked.forget(session, 10)
        assert asked.last_by(session, "shop", 0, 3) is None
        assert asked.last_by(session, "shop", 0, 2) == 20
    with pytest.raises(Undone), opened.write() as session:
        asked.forget(session, 20)
        assert asked.last_by(session, "shop", 0, 1) is None
        raise Undone
    with opened.write() as session:
        assert asked.last_by(session, "shop", 0, 1) == 20


VERIFICATION_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    a_question_counts_for_its_caller_or_its_customer,
    what_is_over_is_forgotten_and_the_rest_is_not,
)


def rows_without_a_mac_are_given_theirs_and_wrong_ones_are_told(make: MakeData) -> None:
    opened = make()
    opened.known(ADA, BOB)
    macs = opened.data.row_macs
    with opened.write() as session:
        opened.data.units.add(session, UnitRow("house", "company", None))
        opened.data.units.add(session, UnitRow("shop", "branch", "house"))
    assert (macs.lacking(), list(macs.wrong()), macs.give()) == (False, [], 0)
    with opened.write() as session:
        connection = session.connection()
        connection.exec_driver_sql("UPDATE vault_unit SET mac = NULL")
        connection.exec_driver_sql("UPDATE vault_subject SET version = version + 1")
    assert macs.lacking()
    assert dict(macs.wrong()) == {"vault_unit": 2, "vault_subject": 2}
    assert (macs.give(), macs.lacking()) == (2, False)
    assert dict(macs.wrong()) == {"vault_subject": 2}
    assert [each.unit for each in opened.data.units.units()] == ["house", "shop"]


ROW_MAC_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    rows_without_a_mac_are_given_theirs_and_wrong_ones_are_told,
)
