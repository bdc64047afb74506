"""Two pages outside the API itself: its reference to read, its numbers to watch.

The reference is made of the OpenAPI document, once, as plain HTML: no script, nothing
from anywhere else, and a policy that lets a browser load its one style sheet alone.
The numbers are for whoever has a service's token with the scope `metrics:read`.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pdp.decision.question import Kind
from server.auth.principals import Scope
from server.house.house import House
from server.http.admission import Door
from server.ops.metrics import Metrics

WATCHER: Final = Door(Kind.SERVICE, scope=Scope.METRICS_READ)
POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_PAGES: Final = Path(__file__).parent / "_pages"
_METHODS: Final = ("get", "post", "put", "patch", "delete")


def page_routes(
    house: House, metrics: Metrics, document: Callable[[], dict[str, Any]]
) -> list[Route]:
    """Make the routes of the pages; `document` gives the OpenAPI document."""

    @cache
    def page() -> str:
        return rendered(document())

    async def reference(_: Request) -> Response:
        html = await run_in_threadpool(page)
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})

    async def style(_: Request) -> Response:
        return Response(_file("reference.css"), media_type="text/css")

    async def numbers(request: Request) -> Response:
        WATCHER.let_in(house.tokens, house.turns, request)
        return await run_in_threadpool(metrics.shown)

    return [
        Route("/docs", reference, methods=["GET"]),
        Route("/docs.css", style, methods=["GET"]),
        Route("/metrics", numbers, methods=["GET"]),
    ]


def rendered(document: dict[str, Any]) -> str:
    """Write the OpenAPI document as a page."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(_file("reference.html"))
    return template.render(
        info=document["info"],
        faces=_by_face(document),
        schemas=sorted(document["components"]["schemas"].items()),
        problems=document["components"]["responses"],
        kind=_kind,
    )


def _by_face(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    faces: dict[str, list[dict[str, Any]]] = {}
    for path, operations in sorted(document["paths"].items()):
        for method in _METHODS:
            if method in operations:
                told = operations[method]
                shown = {"path": path, "method": method.upper(), **told}
                faces.setdefault(told["tags"][0], []).append(shown)
    return faces


def _kind(schema: dict[str, Any]) -> str:
    """Say in a word or two what a schema allows."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if "items" in schema:
        return f"array of {_kind(schema['items'])}"
    found = str(schema.get("type", "any JSON value"))
    return f"{found}, {schema['format']}" if "format" in schema else found


def _file(name: str) -> str:
    return (_PAGES / name).read_text("utf-8")
