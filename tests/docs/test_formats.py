"""docs/formats.md shows what the code writes: each example is made again."""

import pytest
from format_examples import PAGE, examples, printed

TEXT = PAGE.read_text("utf-8")
MADE, PRINTED = examples(), printed(TEXT)


def test_the_page_has_each_example_and_no_other() -> None:
    assert PRINTED.keys() == MADE.keys()
    assert TEXT.count("<!-- example: ") == len(MADE)


@pytest.mark.parametrize("name", MADE)
def test_an_example_is_what_the_code_writes(name: str) -> None:
    assert PRINTED[name] == MADE[name]
