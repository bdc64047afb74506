"""Erasing a person's consent: all of it, and nobody else's."""

from consents import ConsentHouse
from sqlalchemy import select

from consent import eraser
from kit.ids import new_id
from kit.schema import VAULT

IDEA = new_id()
TERMS = {
    "purpose": "ugc.display",
    "product": "kettle-2",
    "territory": "de",
    "since": "2026-12-01T00:00:00Z",
    "until": "2027-12-01T00:00:00Z",
}


def speak(house: ConsentHouse, subject: bytes) -> None:
    with house.database.write() as session:
        house.grants.grant(
            session, subject, "marketing.email", notice_version=1, language="en"
        )
        house.ugc.license(session, subject, IDEA, TERMS)


def rows_of(house: ConsentHouse, subject: bytes) -> int:
    with house.database.read() as session:
        return sum(
            len(session.execute(select(table).where(table.c.subject == subject)).all())
            for table in map(VAULT.tables.__getitem__, eraser.tables)
        )


def test_everything_about_the_subject_goes_and_nothing_of_anybody_else(
    house: ConsentHouse,
) -> None:
    boris = new_id()
    speak(house, house.anna)
    speak(house, boris)
    with house.database.write() as session:
        assert eraser.purge(session, house.anna) == 5
    assert rows_of(house, house.anna) == 0
    assert rows_of(house, boris) == 5


def test_erasing_twice_finds_nothing_the_second_time(house: ConsentHouse) -> None:
    speak(house, house.anna)
    with house.database.write() as session:
        eraser.purge(session, house.anna)
        assert eraser.purge(session, house.anna) == 0


def test_every_table_of_consent_that_leads_to_a_person_has_this_eraser() -> None:
    personal = {
        table.name
        for table in VAULT.tables.values()
        if table.name.startswith("consent_") and table.info["subject"]
    }
    assert set(eraser.tables) == personal
    assert eraser.name == "consent"
