"""The audit role: a server of the ledger's public side, which holds no key at all.

It opens neither `keys/` nor the access log, and of the data store it can select from
the ledger's tables alone. Where there is no data store it serves the mirror's tree, or
the tree that the folder itself is (what `allod ledger mirror` made). So it may run
on another host, as another user, for anybody.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from kit.errors import CannotStart, NotFound, Unavailable
from kit.home import Home
from kit.readonly import ReadOnlyDatabase
from kit.settings import Settings
from ledger.tlog_tiles import CHECKPOINT, TABLES, PublicLedger, PublicTables, PublicTree
from server.faces.disclosures import json_response
from server.faces.health import VERSION
from server.faces.health_schemas import Live, Ready, VersionResponse
from server.faces.public import answer
from server.house.migrations import require_current, stores
from server.house.resources import shipped
from server.house.store_schema import require_as_built
from server.http.errors import install
from server.http.limits import layered


@dataclass(frozen=True, slots=True)
class Auditing:
    """The public side of one ledger, and what has to be closed after it."""

    ledger: PublicLedger
    database: ReadOnlyDatabase | None = None

    def close(self) -> None:
        """Let go of the database."""
        if self.database is not None:
            self.database.close()


def open_public(home: Home) -> Auditing:
    """Open the public side of the ledger in a home, and nothing else of it.

    Raises:
        CannotStart: there is neither a data store nor a tree here, or the data store
            is not one that this program's migrations made.

    """
    if home.vault_db.exists():
        data_store = stores(home)[0]
        require_current(data_store, shipped("migrations"))
        require_as_built(data_store, shipped("migrations"))
        database = ReadOnlyDatabase(home.vault_db, prefix=TABLES)
        return Auditing(PublicTables(database), database)
    for folder in (home.mirror / "ledger", home.root):
        if (folder / CHECKPOINT).exists():
            return Auditing(PublicTree(folder))
    raise CannotStart(
        "there is no ledger in this home",
        fix="name a home, or a folder that `allod ledger mirror` made",
    )


def create_public_app(auditing: Auditing, settings: Settings) -> ASGIApp:
    """Make the audit role's ASGI application; its lifespan closes what is open."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        yield
        auditing.close()

    async def resource(request: Request) -> Response:
        path = request.url.path.removeprefix("/")
        return await run_in_threadpool(answer, auditing.ledger, request, path)

    async def ready(_: Request) -> Response:
        return await run_in_threadpool(_ready, auditing.ledger)

    app = Starlette(
        routes=[
            Route("/checkpoint", resource),
            Route("/tile/{path:path}", resource),
            Route("/operator/{path:path}", resource),
            Route("/health/live", _live),
            Route("/health/ready", ready),
            Route("/version", _version),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    install(app)
    return layered(app, body_limit=settings.body_limit)


async def _live(_: Request) -> Response:
    return json_response(Live().model_dump())


async def _version(_: Request) -> Response:
    return json_response(VersionResponse(version=VERSION).model_dump())


def _ready(ledger: PublicLedger) -> Response:
    try:
        ledger.resource(CHECKPOINT)
    except NotFound:
        raise Unavailable("the ledger has no checkpoint") from None
    return json_response(Ready().model_dump())
