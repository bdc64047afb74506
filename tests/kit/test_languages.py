"""Language tags: which of those that there are suits a wish (RFC 4647, 3.4)."""

import pytest

from kit.languages import TAG, best

KNOWN = ("en", "zh", "zh-Hant", "de")


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["zh-CN"], "zh"),
        (["zh-Hant-TW"], "zh-Hant"),
        (["ZH-hant"], "zh-Hant"),
        (["fr", "de-AT"], "de"),
        (["de-x-lawyers"], "de"),
        (["fr"], "en"),
        ([], "en"),
        (["d"], "en"),
    ],
)
def test_a_wish_is_met_by_what_is_nearest_to_it(wanted: list[str], chosen: str) -> None:
    assert best(wanted, KNOWN) == chosen


def test_a_longer_tag_is_not_taken_for_a_shorter_wish() -> None:
    assert best(["zh"], ["en", "zh-Hant"]) == "en"


def test_english_is_named_where_there_is_nothing_at_all() -> None:
    assert best(["zh"], []) == "en"


@pytest.mark.parametrize("tag", ["en", "zh-Hant", "de-CH-1996", "sl-rozaj-biske"])
def test_a_tag_has_the_shape_of_one(tag: str) -> None:
    assert TAG.fullmatch(tag)


@pytest.mark.parametrize("tag", ["", "e", "en_US", "en-", "../en", "en-123456789"])
def test_what_is_no_tag_has_not(tag: str) -> None:
    assert not TAG.fullmatch(tag)
