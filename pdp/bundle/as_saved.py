"""Files of policies as an editor on Windows may save them: told before anything else.

The digest is over the bytes of a bundle, so a file is not quietly read as another one.
And what lint would say of such a file is beside the point: that it has no METADATA,
though everybody can see it.
"""

from collections.abc import Iterator

from pdp.bundle.bundle import Bundle
from pdp.bundle.findings import Finding, place_of

MARK = "\ufeff"
NO_MARK = "save it as UTF-8 without a byte-order mark"


def ill_saved(bundle: Bundle) -> list[Finding]:
    """Find files that begin with a byte-order mark, or whose lines end with CR."""
    return [each for path in bundle.texts for each in _of(path, bundle.texts[path])]


def _of(path: str, text: str) -> Iterator[Finding]:
    if text.startswith(MARK):
        message = "the file begins with a byte-order mark"
        yield Finding(path, 1, 1, "byte-order-mark", message, NO_MARK)
    if "\r" in text:
        line, column = place_of(text, text.index("\r"))
        yield Finding(
            *(path, line, column, "line-ends"),
            "its lines end as on Windows (CR LF)",
            "save it with line ends LF",
        )
