"""How the program says that it is well."""

from typing import Literal

from server.http.schemas import Schema, example


class Live(Schema, json_schema_extra=example(status="live")):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(Schema, json_schema_extra=example(status="ready")):
    """Databases, policies and ledger answer."""

    status: Literal["ready"] = "ready"


class VersionResponse(Schema, json_schema_extra=example(version="0.1.0", api="v1")):
    """Which version of the program answers, and which of the API."""

    version: str
    api: Literal["v1"] = "v1"
