"""Lists that go on by themselves: where the next page begins, until there is none."""

from allod._errors import UnexpectedAnswer
from allod._types import Page, Roster


def following(page: Page | Roster, after: str | None) -> str | None:
    """Tell where to read on after a page that began behind `after`; None at the end.

    Raises:
        UnexpectedAnswer: the next page would begin where this one did.

    """
    if page.next is not None and page.next == after:
        raise UnexpectedAnswer("the list does not go on")
    return page.next
