"""An application inside the house's outer layers, and a client to call it with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from server.http.errors import install
from server.http.limits import layered

LIMIT = 1 << 16


@asynccontextmanager
async def edge_of(api: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    install(api)
    async with client_of(layered(api, body_limit=LIMIT)) as client:
        yield client


@asynccontextmanager
async def client_of(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1"
    ) as client:
        yield client
