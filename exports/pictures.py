"""Pictures among a person's values: taken for one only if their bytes say so too.

A value can hold a picture as a `data:` address. What a browser would run or fetch is
none: of the forms there are, four that are nothing but pixels, each known by how its
bytes begin. SVG is a document with scripts, and is shown as the text that it is.
"""

import base64
import binascii
import re
from typing import Final, NamedTuple

_ADDRESS: Final = re.compile(
    r"data:image/(?:png|jpeg|gif|webp);base64,([A-Za-z0-9+/]+=*)"
)
_BEGINNINGS: Final = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "gif": re.compile(rb"GIF8[79]a"),
    "webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}


class Picture(NamedTuple):
    """A picture's bytes, and how the name of its file ends."""

    suffix: str
    data: bytes


def picture_of(value: object) -> Picture | None:
    """Give the picture that a value holds, if it holds one."""
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        data = base64.b64decode(found[1], validate=True)
    except binascii.Error:
        return None
    for suffix, beginning in _BEGINNINGS.items():
        if beginning.match(data):
            return Picture(suffix, data)
    return None
