"""YAML at its worst is refused in a moment, with its place."""

import time

import pytest
import yaml

from consent.notices import NoticesError, read_notices
from kit.yaml_shapes import ALIAS, MAX_BYTES, MAX_DEPTH, TooMuch, compose
from pdp.review.case_yaml import CasesError, read_rows
from vault.catalog.yaml_nodes import Source

WORST = {
    "deep lists": "[" * 200_000,
    "deep maps": "{a: " * 100_000,
    "deep blocks": "- " * 200_000,
    "deep keys": "? " * 200_000,
    "deep by indent": "".join(" " * n + "a:\n" for n in range(1_000)),
    "an alias": "a: &a [x]\nb: *a",
    "an alias in itself": "&a [*a]",
    "a bomb": "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]",
    "many values": "a: b\n" * 26_000,
    "long": "#\n" * MAX_BYTES,
}


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_yaml_at_its_worst_is_refused_in_a_moment(text: str) -> None:
    begun = time.thread_time()
    with pytest.raises(TooMuch):
        compose(text)
    assert time.thread_time() - begun < 5


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_whoever_reads_yaml_from_outside_refuses_it_in_their_own_words(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.raises(CasesError):
        list(read_rows("a.yaml", text))
    source = Source("a.yaml")
    assert source.compose(text.encode()) is None
    assert source.faults
    path = tmp_path_factory.mktemp("notices") / "notices.yaml"
    path.write_text(text)
    with pytest.raises(NoticesError):
        read_notices(path)


def test_what_is_within_the_bounds_is_composed() -> None:
    deep = "[" * MAX_DEPTH + "a" + "]" * MAX_DEPTH
    assert isinstance(compose(deep), yaml.SequenceNode)
    assert compose("") is None
    with pytest.raises(TooMuch, match="deeper") as refusal:
        compose(f"a: 1\nb: [{deep}]")
    assert refusal.value.problem_mark is not None
    assert refusal.value.problem_mark.line == 1


def test_an_alias_is_named_for_what_it_is() -> None:
    with pytest.raises(CasesError, match=ALIAS):
        list(read_rows("a.yaml", "a: &a b\nc: *a"))
