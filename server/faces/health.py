"""Whether the program lives, whether it can answer, and which version it is."""

from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Depends

from kit.errors import Unavailable
from server.faces.dependencies import TheHouse
from server.faces.health_schemas import Live, Ready, VersionResponse
from server.http.admission import anybody
from server.http.strict_json import StrictRoute

VERSION: Final = version("allod")

router = APIRouter(
    tags=["health"], route_class=StrictRoute, dependencies=[Depends(anybody)]
)


@router.get("/health/live")
async def live() -> Live:
    """Tell that the process answers."""
    return Live()


@router.get("/health/ready")
def ready(house: TheHouse) -> Ready:
    """Tell whether reads would be answered: databases, policies, ledger."""
    for database in house.stores.all:
        database.reader().execute("SELECT 1").fetchone()
        database.require_in_place()
    house.access_log.require_alive()
    if not house.pdp.healthy():
        raise Unavailable("the policy engine gives no decisions")
    if house.log.latest() is None:
        raise Unavailable("the ledger has no checkpoint")
    return Ready()


@router.get("/version")
async def program() -> VersionResponse:
    """Tell which version answers."""
    return VersionResponse(version=VERSION)
