"""What the program says of itself: one line of JSON per event, from a closed list.

A field that is not on the list is dropped before it reaches a formatter. That is the
whole defence: a log line cannot carry a value, an identifier or a key, because there
is no field to carry it in.
"""

import json
import logging
import sys
from typing import Any, Final

FIELDS: Final = frozenset(
    {
        "code",
        "count",
        "method",
        "milliseconds",
        "path",
        "request_id",
        "revision",
        "status",
        "step",
    }
)

_log = logging.getLogger("allod")


def note(event: str, **fields: Any) -> None:  # noqa: ANN401 - whatever JSON carries
    """Say that something happened, in the ordinary course of things."""
    _log.info(event, extra={"allod": _kept(fields)})


def alarm(event: str, **fields: Any) -> None:  # noqa: ANN401 - whatever JSON carries
    """Say that something happened that a person must look at."""
    _log.error(event, extra={"allod": _kept(fields)})


def _kept(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in FIELDS}


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON with its event, level and kept fields.

    Arguments and tracebacks are left out: both can carry what was being worked on.
    An exception is named by its class.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "event": record.msg,
            **getattr(record, "allod", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False)


def configure() -> None:
    """Send the program's own events to standard error as lines of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    _log.handlers[:] = [handler]
    _log.setLevel(logging.INFO)
    _log.propagate = False
