"""The chapters in their order, each with the time that it took."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from server.demo import arriving, asking, contributing, leaving
from server.demo.context import DemoContext

Chapter = tuple[str, Callable[[DemoContext], None]]

CHAPTERS: Final[tuple[Chapter, ...]] = (
    ("Files are imported", arriving.import_),
    ("What lies on the disk is noise", arriving.disk),
    ("Support reads a customer", asking.support),
    ("Marketing is refused", asking.refused),
    ("The customer consents, marketing reads", asking.granted),
    ("The customer withdraws, marketing is refused at once", asking.withdrawn),
    ("An idea is contributed, with a receipt", contributing.contributed),
    ("Its commercial use is refused, licensed, allowed", contributing.licensed),
    ("The customer takes everything along", leaving.exported),
    ("The customer is erased, with a certificate", leaving.erased),
    ("Reads find nobody; the old receipt still verifies", leaving.gone),
    ("The same files are imported again", leaving.repeated),
    ("The ledger is checked", leaving.checked),
)


@dataclass(frozen=True, slots=True)
class ToldChapter:
    """A chapter that held, and how long it took."""

    title: str
    seconds: float


def tell(context: DemoContext, heading: Callable[[str], None]) -> list[ToldChapter]:
    """Tell the whole story.

    Raises:
        DoesNotHold: something that a chapter says was not so.
        AllodError: something else went wrong on the way.

    """
    told = []
    for number, (title, chapter) in enumerate(CHAPTERS, 1):
        heading(f"{number:>2}. {title}")
        begun = perf_counter()
        chapter(context)
        told.append(ToldChapter(title, perf_counter() - begun))
        context.say(f"  [{_time(told[-1].seconds)}]")
    return told


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
