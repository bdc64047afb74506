"""Houses that are served on a port, and OPA servers that pull their bundles."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from commands import allod
from houses import Scenario
from opa_servers import running, settled

from pdp.decision.question import Kind
from server.app import create_app
from server.auth.principals import Bearer, Scope
from vault import Principal

DEPLOYED = Path(__file__).parents[2] / "deploy" / "opa.yaml"
PULLER = Bearer(Principal(Kind.SERVICE, "opa"), (), (Scope.BUNDLE_READ,))


@contextmanager
def listening(scenario: Scenario) -> Iterator[str]:
    """Serve a house on a free port; it stays open afterwards."""
    config = uvicorn.Config(create_app(scenario.house), lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as port:
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[port]))
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{port.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def asking(
    scenario: Scenario, vault: str, folder: Path, *, rehearsal: bool = False
) -> Iterator[str]:
    """Run a real OPA as deploy/ says, on the newest key; gives its URL."""
    folder.mkdir()
    house, file = scenario.house, folder / "opa.token"
    with house.vault_db.write() as session:
        token = house.tokens.mint(session, PULLER, life=house.settings.suppression / 9)
    file.write_text(token)
    more = ["--rehearsal"] if rehearsal else []
    shown = allod("keys", "show", "bundle", "--opa", *more, "--home", scenario.home).out
    config: dict[str, Any] = yaml.safe_load(DEPLOYED.read_text("utf-8") + shown)
    config["services"]["vault"]["url"] = vault
    config["services"]["vault"]["credentials"]["bearer"]["token_path"] = str(file)
    with running(config, folder) as url:
        settled(url, folder / "opa.log")
        yield url
