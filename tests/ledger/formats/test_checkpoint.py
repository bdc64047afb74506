"""Checkpoints: three lines, spelled one way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats.checkpoint import Checkpoint, CheckpointError
from ledger.formats.merkle import EMPTY_ROOT

ROOT = "+DQArU86af1nC3T5aY9ftxRr8g76lvGwA5AOlwRO7Kc="
TEXT = f"ledger.example/acme\n5\n{ROOT}\n"


def test_a_checkpoint_reads_back() -> None:
    checkpoint = Checkpoint.parse(TEXT)
    assert (checkpoint.origin, checkpoint.size) == ("ledger.example/acme", 5)
    assert checkpoint.encode() == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "\n",
        TEXT + "extension\n",
        TEXT + "extension",
        TEXT.replace("\n5\n", "\n05\n"),
        TEXT.replace("\n5\n", "\n+5\n"),
        TEXT.replace("\n5\n", "\n-5\n"),
        TEXT.replace("\n5\n", "\n5 \n"),
        TEXT.replace("\n5\n", "\n\u0665\n"),
        TEXT.replace("\n5\n", "\n\n"),
        TEXT.replace("\n5\n", "\n9223372036854775808\n"),
        TEXT.replace("\n5\n", "\n0\n"),
        TEXT.replace("Kc=", "Kd="),
        TEXT.replace("Kc=", "Kc"),
        TEXT.replace("Kc=", "=="),
        TEXT.replace("+", "-"),
        TEXT.replace("ledger.example/acme", ""),
        TEXT.replace("\n", "\r\n"),
    ],
)
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint.parse(text)


@given(text=st.text(alphabet=st.sampled_from("a5\n=+/\x00é"), max_size=60))
def test_any_text_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint.parse(text)


def test_the_empty_tree_has_one_root() -> None:
    Checkpoint("log.example", 0, EMPTY_ROOT)
    with pytest.raises(CheckpointError):
        Checkpoint("log.example", 0, bytes(32))


@pytest.mark.parametrize(("size", "root"), [(-1, bytes(32)), (1, bytes(31))])
def test_a_tree_has_a_size_and_a_root(size: int, root: bytes) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint("log.example", size, root)
