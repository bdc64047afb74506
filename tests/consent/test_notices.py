"""Notices: what people were shown, version by version."""

import hashlib
from pathlib import Path

import pytest
from consents import ConsentHouse

from consent import LawfulBasis
from consent.notices import NoticesError, read_notices
from kit.errors import Conflict, Invalid

SEED = Path(__file__).parents[2] / "server" / "_seed" / "notices.yaml"

TEXTS = {"en": "May we write to you?", "zh": "可以给您写信吗"}


def test_a_new_text_is_a_new_version_and_the_old_one_stays(house: ConsentHouse) -> None:
    with house.database.write() as session:
        new = house.notices.publish(session, "marketing.email", TEXTS)
    with house.database.read() as session:
        old = house.notices.get(session, "marketing.email", version=1, language="en")
        assert house.notices.current(session, "marketing.email") == new
    assert old.text != TEXTS["en"]
    assert {notice.version for notice in new} == {2}
    assert [notice.language for notice in new] == ["en", "zh"]


def test_the_digest_is_that_of_the_text(house: ConsentHouse) -> None:
    with house.database.write() as session:
        english, chinese = house.notices.publish(session, "marketing.email", TEXTS)
    assert english.digest == hashlib.sha256(TEXTS["en"].encode()).digest()
    assert chinese.digest == hashlib.sha256(TEXTS["zh"].encode()).digest()


def test_publishing_the_same_texts_again_changes_nothing(house: ConsentHouse) -> None:
    with house.database.write() as session:
        first = house.notices.publish(session, "marketing.email", TEXTS)
    house.clock.advance(days=1)
    with house.database.write() as session:
        assert house.notices.publish(session, "marketing.email", TEXTS) == first


@pytest.mark.parametrize(
    "texts",
    [{}, {"en": "  "}, {"en": "x" * 20_001}, {"English": "Hello"}, {"": "Hello"}],
)
def test_a_text_that_nobody_could_read_is_refused(
    house: ConsentHouse, texts: dict[str, str]
) -> None:
    with pytest.raises(Invalid), house.database.write() as session:
        house.notices.publish(session, "marketing.email", texts)


def test_a_notice_for_an_unknown_purpose_is_refused(house: ConsentHouse) -> None:
    with pytest.raises(Invalid) as refusal, house.database.write() as session:
        house.notices.publish(session, "no.such", TEXTS)
    assert refusal.value.reason_code == "purpose.unknown"


def test_nobody_consents_to_a_text_that_was_replaced(house: ConsentHouse) -> None:
    with house.database.write() as session:
        house.notices.publish(session, "marketing.email", TEXTS)
        with pytest.raises(Conflict) as refusal:
            house.notices.shown(session, "marketing.email", version=1, language="en")
    assert refusal.value.reason_code == "notice.outdated"


@pytest.mark.parametrize(("version", "language"), [(9, "en"), (1, "fr"), (0, "en")])
def test_nobody_consents_to_a_text_that_was_never_published(
    house: ConsentHouse, version: int, language: str
) -> None:
    with pytest.raises(Invalid) as refusal, house.database.read() as session:
        house.notices.get(
            session, "marketing.email", version=version, language=language
        )
    assert refusal.value.reason_code == "notice.unknown"


def test_the_shipped_notices_can_be_published(house: ConsentHouse) -> None:
    notices = read_notices(SEED)
    assert set(notices) >= {"marketing.email", "marketing.sms"}
    with house.database.write() as session:
        for purpose, texts in notices.items():
            assert LawfulBasis.CONSENT in house.purposes.get(purpose).bases
            assert len(house.notices.publish(session, purpose, texts)) == 2


@pytest.mark.parametrize(
    "data", [b"", b"- a", b"a: b", b"a: {en: 1}", b"a: {1: b}", b"a: [", b"\xff"]
)
def test_a_file_that_holds_no_notices_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "notices.yaml"
    path.write_bytes(data)
    with pytest.raises(NoticesError, match=r"notices\.yaml"):
        read_notices(path)


def test_a_missing_file_of_notices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoticesError):
        read_notices(tmp_path / "notices.yaml")
