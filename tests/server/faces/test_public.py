"""The public ledger over HTTP: exact paths, headers and bytes, in both roles.

Each test runs against the whole house, against the audit role on the same data store,
and against the audit role on nothing but the mirror's tree.
"""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from edges import client_of
from houses import Scenario
from ledgers import entries

from kit.home import Home
from ledger.formats.tiles import encode_bundle
from server.app import create_app
from server.roles.auditing import create_public_app, open_public

FOREVER = "public, max-age=31536000, immutable"
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def size(scenario: Scenario) -> int:
    """Grow the log over one full tile and publish it."""
    log = scenario.house.log
    with scenario.house.vault_db.write() as session:
        log.append(session, entries(300))
    return log.publish().size


@pytest.fixture(params=["house", "tables", "tree"])
async def client(
    request: pytest.FixtureRequest, scenario: Scenario, size: int, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    home = scenario.house.home
    if request.param == "tree":
        home = Home(tmp_path / "copy")
        home.root.mkdir()
        home.mirror.symlink_to(scenario.house.home.mirror)
    auditing = open_public(home)
    app = create_public_app(auditing, scenario.house.settings)
    if request.param == "house":
        app = create_app(scenario.house)
    async with client_of(app) as client:
        yield client
    auditing.close()


async def test_a_checkpoint_is_text_and_cached_for_seconds(
    client: httpx.AsyncClient, scenario: Scenario
) -> None:
    answer = await client.get("/checkpoint")
    latest = scenario.house.log.latest()
    assert latest
    assert answer.text == latest.note
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("path", ["0/000", "0/001.p/{rest}", "1/000.p/1"])
async def test_a_tile_is_bytes_and_cached_for_good(
    client: httpx.AsyncClient, scenario: Scenario, size: int, path: str
) -> None:
    path = "/tile/" + path.format(rest=size - 256)
    answer = await client.get(path)
    assert answer.content == scenario.house.log.resource(path.removeprefix("/"))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == FOREVER
    assert "vary" not in answer.headers


@pytest.mark.parametrize("path", ["000", "001.p/{rest}"])
async def test_a_bundle_is_compressed_for_whoever_takes_it(
    client: httpx.AsyncClient, scenario: Scenario, size: int, path: str
) -> None:
    path = "/tile/entries/" + path.format(rest=size - 256)
    plain = await client.get(path, headers=PLAIN)
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"
    assert plain.headers["cache-control"] == FOREVER
    first = 0 if path.endswith("000") else 256
    wanted = [scenario.house.log.entry(n) for n in range(first, min(first + 256, size))]
    assert plain.content == encode_bundle(wanted)
    async with client.stream("GET", path) as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert int(answer.headers["content-length"]) == len(packed)
    assert gzip.decompress(packed) == plain.content
    assert answer.headers["etag"] != plain.headers["etag"]


TAKES_GZIP = ("gzip;q=0.001", "*;q=0, gzip", "*", "x-gzip", "br, GZIP")
TAKES_NONE = ("gzip;q=0", "gzip; q=0.000, *", "br", "gzip2", "*;q=0", "")


async def test_what_a_client_says_of_gzip_is_heeded(client: httpx.AsyncClient) -> None:
    for accepts in (*TAKES_GZIP, *TAKES_NONE):
        answer = await client.get(
            "/tile/entries/000", headers={"Accept-Encoding": accepts}
        )
        packed = answer.headers.get("content-encoding") == "gzip"
        assert packed == (accepts in TAKES_GZIP), accepts


@pytest.mark.parametrize("path", ["/checkpoint", "/tile/0/000", "/tile/entries/000"])
async def test_what_a_client_has_already_is_not_sent_again(
    client: httpx.AsyncClient, path: str
) -> None:
    first = await client.get(path)
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await client.get(path, headers={"If-None-Match": known})
        assert again.status_code == 304
        assert again.content == b""
        for name in ("etag", "cache-control", "vary"):
            assert again.headers.get(name) == first.headers.get(name)
    other = await client.get(path, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize("path", ["/checkpoint", "/tile/0/000", "/tile/entries/000"])
async def test_head_says_what_get_would(client: httpx.AsyncClient, path: str) -> None:
    get, head = await client.get(path), await client.head(path)
    assert head.status_code == 200
    assert head.content == b""
    apart = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in apart} == {
        k: v for k, v in get.headers.items() if k not in apart
    }


SPELLED_WRONG = (
    "/checkpoint/",
    "/%63heckpoint",
    "/tile/0/000/",
    "/tile/0/%30%30%30",
    "/tile/00/000",
    "/tile/0/x000/000",
    "/tile/0/0",
    "/tile/0/000.p/",
    "/tile/0/000.p/0",
    "/tile/0/000.p/256",
    "/tile/0/001.p/044x",
    "/tile/0/001.p/001",
    "/tile/0/001",
    "/tile/1/000",
    "/tile/2/000.p/1",
    "/tile/64/000",
    "/tile/8/0/000",
    "/tile/Entries/000",
    "/tile/entries/000%2e%70/1",
    "/tile/entries//000",
    "/tile/entries/001.p/255",
    "/tile/entries/" + "x999/" * 99 + "000",
    "/tile/%2e%2e/checkpoint",
)


async def test_no_other_spelling_answers_and_no_other_is_cached(
    client: httpx.AsyncClient,
) -> None:
    for path in SPELLED_WRONG:
        for answer in (await client.get(path), await client.head(path)):
            assert answer.status_code == 404, path
            assert answer.headers["cache-control"] == "no-store"


async def test_what_is_appended_is_not_served_before_it_is_published(
    client: httpx.AsyncClient, scenario: Scenario, size: int
) -> None:
    with scenario.house.vault_db.write() as session:
        scenario.house.log.append(session, entries(1))
    answer = await client.get(f"/tile/0/001.p/{size - 256 + 1}")
    assert answer.status_code == 404
    grown = scenario.house.log.publish().size
    assert (await client.get(f"/tile/0/001.p/{grown - 256}")).status_code == 200


async def test_nothing_is_written_through_the_public_paths(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/checkpoint", "/tile/0/000"):
        for method in ("POST", "PUT", "DELETE"):
            assert (await client.request(method, path)).status_code == 405
