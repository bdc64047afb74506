"""`allod serve --role=audit`: it answers, and holds no key: it never looks for one."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from commands import allod
from houses import Scenario
from httpx import ASGITransport, AsyncClient
from servers import free_port, get, wait_until_ready

from kit.errors import CannotStart
from kit.home import Home
from kit.settings import Settings
from ledger.checks.copy_check import check
from ledger.formats.tiles import ENTRIES, TileRef, width_at
from ledger.formats.trust_policy import TrustPolicy
from server.cli.console import ExitCode
from server.roles.auditing import create_public_app, open_public

# Whatever is opened from its first line on is written down before it is opened.
_WATCHED = """
import sys
seen = open(sys.argv.pop(1), "a", buffering=1)
def watch(event, arguments):
    if event in ("open", "sqlite3.connect", "os.listdir", "os.scandir"):
        seen.write(f"{arguments[0]}\\n")
sys.addaudithook(watch)
from server.cli import main
main()
"""


def _served(home: Path, watch: Path) -> str:
    """Serve the public side, ask for it, stop; gives the checkpoint."""
    port = free_port()
    arguments = ["serve", "--role=audit", "--home", str(home), "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-c", _WATCHED, str(watch), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        try:
            wait_until_ready(child, port)
            status, note = get(port, "/checkpoint")
            assert status == 200
            assert get(port, "/health/live")[0] == 200
            assert json.loads(get(port, "/version")[1])["api"] == "v1"
            for path in ("/v1/me", "/v1/ledger/key", "/v1/policies", "/openapi.json"):
                assert get(port, path)[0] == 404
            child.send_signal(signal.SIGTERM)
            child.wait(timeout=20)
        finally:
            child.kill()
    return note.decode()


def test_it_opens_the_data_store_and_no_key(scenario: Scenario, tmp_path: Path) -> None:
    note, home = scenario.house.log.resource("checkpoint").decode(), scenario.house.home
    scenario.house.close()
    # What is not there cannot be opened; and it is not even asked for.
    home.keys.rename(home.root / "elsewhere")
    watch = tmp_path / "watch"
    assert _served(home.root, watch) == note
    opened = watch.read_text()
    assert "vault.db" in opened
    closed = ("identity.db", "root.key", "audit.db", "catalogue.yaml", str(home.keys))
    for name in closed:
        assert name not in opened


def test_without_a_data_store_it_serves_the_mirror(
    scenario: Scenario, tmp_path: Path
) -> None:
    note, home = scenario.house.log.resource("checkpoint").decode(), scenario.house.home
    scenario.house.close()
    copy, watch = tmp_path / "copy", tmp_path / "watch"
    copy.mkdir()
    home.mirror.rename(copy / "mirror")
    assert _served(copy, watch) == note
    assert "vault.db" not in watch.read_text()


@pytest.fixture
async def public(scenario: Scenario, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    """The audit role over a home, with entries of the operator in its ledger."""
    home = scenario.house.home
    scenario.house.close()
    auditing = open_public(home)
    app = create_public_app(auditing, Settings(home=home.root))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://a") as client:
        yield client
    auditing.close()


async def test_a_third_auditor_opens_the_operators_entries_from_it_alone(
    scenario: Scenario, public: AsyncClient, tmp_path: Path
) -> None:
    folder = tmp_path / "theirs"
    policy = TrustPolicy.parse(scenario.house.log.policy.encode())
    note = await public.get("/checkpoint")
    size = policy.accept(note.content).checkpoint.size
    refs = [
        TileRef(level, 0, width)
        for level in (ENTRIES, 0)
        if (width := width_at(size, level, 0))
    ]
    for path in ("checkpoint", "operator/000", *(ref.path for ref in refs)):
        answer = await public.get(f"/{path}")
        assert answer.status_code == 200, path
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(answer.content)
    assert check(folder, policy).clean
    opened = (folder / "operator/000").read_text()
    payloads = [json.loads(line)["payload"] for line in opened.splitlines()]
    kinds = {json.loads(base64.b64decode(each))["kind"] for each in payloads}
    assert kinds >= {"key.created", "policy.activated"}
    (folder / "operator/000").write_text(opened.partition("\n")[2])
    (finding,) = check(folder, policy).findings
    assert finding.code == "operator.changed"


async def test_openings_may_be_kept_for_a_moment_only_and_have_one_spelling(
    public: AsyncClient,
) -> None:
    answer = await public.get("/operator/000")
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert (await public.get("/operator/000", headers=tag)).status_code == 304
    wrong = ("0", "0000", "000.p/3", "x000/000", "%30%30%30", "000/", "../policy", "")
    for path in wrong:
        assert (await public.get(f"/operator/{path}")).status_code == 404


def test_without_any_ledger_it_does_not_start(tmp_path: Path) -> None:
    ran = allod("serve", "--role=audit", "--home", tmp_path)
    assert ran.code == ExitCode.CANNOT_START
    assert "there is no ledger" in ran.err


def test_a_data_store_that_is_none_is_said_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.data.mkdir()
    home.vault_db.write_bytes(b"this is no database, whatever its name says")
    with pytest.raises(CannotStart) as refusal:
        open_public(home)
    assert refusal.value.fix
