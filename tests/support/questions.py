"""Questions about the shipped policies, drawn with Hypothesis or from a fixed list."""

from collections.abc import Iterator

from bundles import shipped
from hypothesis import strategies as st

from pdp.change.generated import Drawn, GeneratedQuestion

TABLES = shipped().tables
DRAWN = Drawn(TABLES)


@st.composite
def questions(draw: st.DrawFn) -> GeneratedQuestion:
    """Draw a question with Hypothesis."""
    return DRAWN.asked(lambda options: draw(st.sampled_from(options)))


def many(count: int, *, seed: int) -> Iterator[GeneratedQuestion]:
    """Draw a fixed list of questions without Hypothesis, for the bulk oracles."""
    return DRAWN.many(count, seed=seed)
