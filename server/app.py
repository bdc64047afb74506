"""The application: hot routes outside, the framework under them, layers around both.

request id, headers → HEAD → numbers → last door for errors → body limit → router
├ hot routes
├ the reference and the numbers (`server.faces.pages`)
└ FastAPI: the faces
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from kit import telemetry
from server.faces import (
    auditors,
    bundles,
    changes,
    consents,
    contributions,
    customers,
    evidence,
    health,
    intake,
    legal,
    org,
    own_restriction,
    policy_changes,
    reach,
    registrations,
    services,
    workbench,
)
from server.faces.data_plane import HOT
from server.faces.openapi import Api
from server.faces.operations import PROBLEM_ANSWER
from server.faces.pages import page_routes
from server.house.house import House
from server.http.errors import install, kinds_and_place
from server.http.languages import Speaking
from server.http.limits import layered
from server.ops.metrics import MeasuredApp, Metrics

FACES = (
    *(
        services,
        changes,
        intake,
        customers,
        consents,
        own_restriction,
        contributions,
        auditors,
        legal,
        workbench,
    ),
    *(policy_changes, evidence, org, reach, registrations, bundles, health),
)


def create_app(house: House) -> ASGIApp:
    """Make the program's ASGI application.

    Its lifespan keeps the house's heart beating, and closes the house at its end.
    """
    api, metrics = _api(house), Metrics(house)
    pages = page_routes(house, metrics, api.openapi)
    api.state.routes += pages
    app = layered(
        _routes(house, api, pages),
        body_limit=house.settings.body_limit,
        watched=lambda app: MeasuredApp(app, metrics),
    )
    return Speaking(app, lambda: house.languages)


def _routes(house: House, api: Api, pages: list[Route]) -> Router:
    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        with (
            house.vault.heartbeat.running(),
            house.governing.follower.running(),
            house.cosigning.running(),
        ):
            yield
        _close(house)

    return Router(
        [*(hot.route(house) for hot in HOT), *pages, _Rest(api)],
        redirect_slashes=False,
        lifespan=lifespan,
    )


def _close(house: House) -> None:
    """Close the house; what keeps it from that is said without its message.

    The framework would log all that it is told of, values too.
    """
    try:
        house.close()
    except Exception as error:  # noqa: BLE001 - whatever it was: it is said, and ends
        place = kinds_and_place(error)
        telemetry.alarm(f"the house did not close in order: {place}")
        raise RuntimeError("the house did not close in order") from None


class _Rest(BaseRoute):
    """Every other path there can be, whatever is in it, line ends too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:  # noqa: ARG002 - all do
        """Match."""
        return Match.FULL, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self._app(scope, receive, send)


def _api(house: House) -> Api:
    api = Api(version=health.VERSION)
    api.state.house, api.state.tokens = house, house.tokens
    api.state.turns = house.turns
    install(api)
    for face in FACES:
        api.include_router(face.router, responses=PROBLEM_ANSWER)
    api.state.routes = [
        *(hot.route(house) for hot in HOT),
        *(route for face in FACES for route in face.router.routes),
    ]
    return api
