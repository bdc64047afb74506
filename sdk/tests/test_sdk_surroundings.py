"""What the client takes from its surroundings: nothing that was not handed to it."""

import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest
from allod import Allod, AsyncAllod, ConnectionFailed, Retry, TimedOut
from allod.proofs.fetch import UnreachableError, fetcher
from fake_vault import ERASURE, PAGE, SECRET, Answer, FakeVault, said
from paper_tiles import entries, tree_files
from servers import free_port, listening, serving

ONCE = Retry(attempts=1)
PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY")


class Proxy:
    """A proxy that keeps what it is sent, and answers nothing of use."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline()
                if self.raw_requestline and self.parse_request():
                    token = self.headers.get("Authorization")
                    proxy.sent.append(f"{self.path} {token}")
                    self.send_error(502)
                self.close_connection = True

        self.handler = Handler


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    proxy = Proxy()
    with listening(proxy.handler) as address:
        for name in PROXIES:
            monkeypatch.setenv(name, address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        yield proxy


def test_no_proxy_of_the_environment_is_sent_the_token(
    proxy: Proxy, vault: FakeVault
) -> None:
    with Allod(vault.url, token="t") as allod:
        allod.records.list("c-1042", "profile", purpose="support.case")
    assert len(vault.asked) == 1
    assert proxy.sent == []


async def test_the_twin_asks_no_proxy_either(proxy: Proxy, vault: FakeVault) -> None:
    async with AsyncAllod(vault.url, token="t") as allod:
        await allod.records.list("c-1042", "profile", purpose="support.case")
    assert proxy.sent == []


def test_nor_is_one_asked_to_connect_to_a_server_elsewhere(proxy: Proxy) -> None:
    address = f"https://127.0.0.1:{free_port()}"
    with (
        Allod(address, token="t", retry=ONCE) as allod,
        pytest.raises(ConnectionFailed),
    ):
        allod.records.list("c-1042", "profile", purpose="support.case")
    assert proxy.sent == []


def test_a_proxy_that_is_named_is_asked_and_sees_no_token(proxy: Proxy) -> None:
    with listening(proxy.handler) as named:
        address = f"https://127.0.0.1:{free_port()}"
        with (
            Allod(address, token="t", retry=ONCE, proxy=named) as allod,
            pytest.raises(ConnectionFailed),
        ):
            allod.records.list("c-1042", "profile", purpose="support.case")
    assert len(proxy.sent) == 1
    assert "None" in proxy.sent[0]


def test_a_proxy_would_read_what_goes_without_tls(vault: FakeVault) -> None:
    with pytest.raises(ValueError, match="proxy"):
        Allod(vault.url, token="t", proxy="http://127.0.0.1:9")


def test_a_client_of_ones_own_has_its_own_proxy_and_certificates() -> None:
    for more in (
        {"proxy": "http://127.0.0.1:9"},
        {"tls": ssl.create_default_context()},
    ):
        with httpx.Client() as http, pytest.raises(ValueError, match="own"):
            Allod("https://vault.example", http_client=http, **more)


def test_no_password_of_a_netrc_file_takes_the_tokens_place(
    vault: FakeVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with Allod(vault.url, token="t") as allod:
        allod.records.list("c-1042", "profile", purpose="support.case")
        allod.erasures.get(ERASURE, secret=SECRET)
    assert [a.headers.get("Authorization") for a in vault.asked] == ["Bearer t", None]


def test_an_auditors_program_asks_no_proxy_of_the_environment(proxy: Proxy) -> None:
    files = tree_files(entries(3))

    class Log(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files[self.path.removeprefix("/")]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with listening(Log) as address:
        assert fetcher(address)("checkpoint") == files["checkpoint"]
        assert proxy.sent == []
        with (
            listening(proxy.handler) as named,
            pytest.raises(UnreachableError, match="502"),
        ):
            fetcher(address, proxy=named)("checkpoint")
    assert len(proxy.sent) == 1


def test_one_call_may_be_given_less_time(vault: FakeVault) -> None:
    silence = threading.Event()
    vault.plan(Answer(silent=silence), said(PAGE))
    with Allod(vault.url, token="t", timeout=20) as allod:
        hurried = allod.with_options(timeout=0.05, retry=ONCE)
        began = time.monotonic()
        with hurried, pytest.raises(TimedOut):
            hurried.records.list("c-1042", "profile", purpose="support.case")
        assert time.monotonic() - began < 10
        silence.set()
        # Its connections were not its own to close, and the first has its own time.
        assert allod.records.list("c-1042", "profile", purpose="p").withheld == 2
    keys = {asked.headers.get("Authorization") for asked in vault.asked}
    assert keys == {"Bearer t"}


def test_a_call_outlasts_a_restart_of_the_server(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    answers: list[str] = []
    with Allod(f"http://127.0.0.1:{port}", retry=Retry(patience=30)) as allod:
        with serving(home, port):
            answers.append(allod.health.version())
        asking = threading.Thread(target=lambda: answers.append(allod.health.version()))
        asking.start()
        with serving(home, port):
            asking.join(30)
    assert len(answers) == 2
