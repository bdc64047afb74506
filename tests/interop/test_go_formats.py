"""docs/formats.md is enough: a verifier written from it judges as ours do.

The program in Go (tests/interop/go/formats) follows the page alone. It, the verifier
and the house where it reads for itself are put the same questions: what is true, 300
random changes of each sort (with `--slow` ten times that), and what they once
disagreed about.
"""

from pathlib import Path
from random import Random

import pytest
from format_cases import CASES, Case
from format_judges import READERS, Question, by_go
from format_questions import MAKERS, genuine
from go_programs import built

PROGRAM = Path(__file__).parent / "go"
LOT, LOTS = 300, 10

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(PROGRAM, tmp_path_factory.mktemp("built"))


def judged(program: Path, questions: list[Question]) -> list[bool]:
    """Tell which are accepted, by all who read them."""
    verdicts = by_go(program, questions)
    for question, wrong in zip(questions, verdicts, strict=True):
        for reads in READERS[question.sort]:
            assert reads(question) == (not wrong), (reads.__name__, wrong, question)
    return [not wrong for wrong in verdicts]


def changed(sort: str, lot: int) -> list[Question]:
    rng = Random(f"{sort} {lot}")  # noqa: S311 - the same changes each time
    return [MAKERS[sort](rng) for _ in range(LOT)]


def test_what_is_true_is_accepted_by_all(program: Path) -> None:
    questions = genuine()
    assert {each.sort for each in questions} == MAKERS.keys() == READERS.keys()
    assert all(judged(program, questions))


@pytest.mark.parametrize("sort", MAKERS)
def test_changes_are_judged_alike(program: Path, sort: str) -> None:
    assert set(judged(program, changed(sort, 0))) == {True, False}


@pytest.mark.slow
@pytest.mark.parametrize("sort", MAKERS)
@pytest.mark.parametrize("lot", range(1, LOTS))
def test_more_changes_are_judged_alike(program: Path, sort: str, lot: int) -> None:
    assert False in judged(program, changed(sort, lot))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_disagreement_was_settled_by_the_page(program: Path, case: Case) -> None:
    assert judged(program, [case.question]) == [case.accepted]
