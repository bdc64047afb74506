"""OPA is where nobody else can answer, or the house does not start."""

import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from authorities import openssl

from kit.errors import CannotStart
from kit.exchange import Exchange, Failed, HttpRequest, Late
from kit.line import Far, Near
from pdp.decision.decision import Undecided
from pdp.engines.opa import OpaEngine
from pdp.engines.opa_address import OpaAddress

ASKED = HttpRequest("GET", "/", {}, None, most=1_000, within=timedelta(seconds=20))


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://127.0.0.1:8181", "127.0.0.1", 8181),
        ("http://localhost:8181/", "localhost", 8181),
        ("http://[::1]:8181", "::1", 8181),
        ("http://127.0.0.1", "127.0.0.1", 80),
    ],
)
def test_an_address_on_this_machine_is_read_and_not_known(
    url: str, host: str, port: int
) -> None:
    address = OpaAddress.parse(url)

    assert address.whom == Far(host, port)
    assert not address.known


@pytest.mark.parametrize(
    "url",
    [
        *("", "opa", "http://", "http://:8181", "http://opa.example.org:8181"),
        *("http://10.0.0.7:8181", "http://127.0.0.1:x", "http://127.0.0.1:0"),
        *("http://127.0.0.1:99999", "http://[::1", "http://eve@127.0.0.1"),
        *("http://127.0.0.1#x", "ftp://127.0.0.1", "https://opa.example.org"),
        *("https://opa.example.org/v1/data", "unix:run/opa.sock", "unix://"),
        *("unix://host/opa.sock", "unix:///", "unix:///run/../opa.sock"),
        *("unix:///run/opa.sock?x", f"unix:///{'x' * 107}", "unix:///usr/opa.sock"),
    ],
)
def test_an_address_where_somebody_else_could_answer_is_refused(url: str) -> None:
    with pytest.raises(CannotStart) as caught:
        OpaAddress.parse(url)

    assert "ALLOD_OPA_URL" in str(caught.value.fix)


@pytest.fixture
def private() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="opa") as folder:
        yield Path(folder)


def test_a_socket_in_a_folder_of_ones_own_is_known(private: Path) -> None:
    address = OpaAddress.parse(f"unix://{private}/opa.sock")

    assert address.whom == Near(private / "opa.sock")
    assert address.known


def test_a_folder_that_is_not_there_yet_is_looked_at_again_by_each_connection(
    private: Path,
) -> None:
    folder = private / "later"
    engine = OpaEngine(OpaAddress.parse(f"unix://{folder}/opa.sock"))
    with pytest.raises(Undecided) as caught:
        engine.revision()
    assert caught.value.reason_code == "gate.unreachable"
    folder.mkdir(mode=0o755)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "opa.sock"))
        server.listen()
        server.settimeout(0.2)
        with pytest.raises(Undecided):
            engine.revision()
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o710, 0o701, 0o777])
def test_a_folder_that_others_may_enter_is_refused(private: Path, mode: int) -> None:
    private.chmod(mode)
    with pytest.raises(CannotStart, match="not this user's alone"):
        OpaAddress.parse(f"unix://{private}/opa.sock")


def test_a_folder_by_a_link_is_refused(private: Path) -> None:
    (private / "real").mkdir(mode=0o700)
    (private / "link").symlink_to(private / "real")
    with pytest.raises(CannotStart, match="not this user's alone"):
        OpaAddress.parse(f"unix://{private}/link/opa.sock")


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key, made = folder / f"{name}.key", folder / f"{name}.pem"
    done = openssl(
        *("req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2"),
        *("-subj", f"/CN={name}", "-keyout", key, "-out", made),
    )
    assert done.returncode == 0
    return made, key


@contextmanager
def over_tls(made: Path, key: Path) -> Iterator[str]:
    """Shake hands with whoever comes, and answer nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def shake() -> None:
            line, _ = server.accept()
            try:
                with context.wrap_socket(line, server_side=True) as secured:
                    secured.recv(1 << 16)
                    body = b'{"result": [], "provenance": {}}'
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
                    secured.sendall(head.encode() + body)
            except OSError:
                line.close()

        thread = threading.Thread(target=shake)
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_over_tls_the_pinned_certificate_answers_and_no_other(tmp_path: Path) -> None:
    mine, key = certificate(tmp_path, "opa")
    for other, answers in ((mine, True), (certificate(tmp_path, "eve")[0], False)):
        with over_tls(mine, key) as url:
            address = OpaAddress.parse(url, certificate=other)
            assert address.known
            if answers:
                assert Exchange(address.whom).ask(ASKED).status == 200
            else:
                with pytest.raises(Failed) as caught:
                    Exchange(address.whom).ask(ASKED)
                assert not isinstance(caught.value, Late)


@pytest.mark.parametrize("text", [None, "", "words", "twice"])
def test_a_file_that_holds_not_one_certificate_is_refused(
    tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "pinned.pem"
    if text is not None:
        file.write_text(text)
    if text == "twice":
        made, _ = certificate(tmp_path, "opa")
        file.write_text(made.read_text() * 2)
    with pytest.raises(CannotStart, match="ALLOD_OPA_CERTIFICATE"):
        OpaAddress.parse("https://opa.example.org", certificate=file)
