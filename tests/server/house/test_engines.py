"""Which engine a house asks, from the environment to a denial."""

import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from asking import alarms
from clocks import ManualClock
from houses import CASE, Scenario, opened, settle
from opa_servers import pulling, running, settled

from kit.errors import CannotStart, Unavailable
from kit.settings import Settings
from pdp.bundle.bundle_archive import archive
from pdp.engines.opa import CONFIRMED_FOR
from server.house.wiring import open_house


@pytest.fixture
def home(tmp_path: Path, clock: ManualClock) -> Path:
    settle(tmp_path / "home", clock)
    return tmp_path / "home"


def test_the_environment_names_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not Settings.read().opa_url
    environ = {
        "ALLOD_OPA_URL": "http://127.0.0.1:8181",
        "ALLOD_OPA_TOKEN_FILE": str(tmp_path / "token"),
        "ALLOD_OPA_CERTIFICATE": str(tmp_path / "opa.pem"),
        "ALLOD_OPA_REHEARSAL_CERTIFICATE": str(tmp_path / "other.pem"),
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = Settings.read()

    assert settings.opa_url == "http://127.0.0.1:8181"
    assert settings.opa_token_file == tmp_path / "token"
    assert settings.opa_certificate == tmp_path / "opa.pem"
    assert settings.opa_rehearsal_certificate == tmp_path / "other.pem"


def test_a_house_with_an_opa_decides_by_it(
    home: Path, clock: ManualClock, tmp_path: Path
) -> None:
    packed = tmp_path / "bundle.tar.gz"
    with open_house(Settings(home=home), clock=clock) as house:
        packed.write_bytes(archive(house.bundle, house.vault.keys.bundle_signer()))
        signer = house.vault.keys.bundle_signer()
    with running(pulling(packed.as_uri(), signer), tmp_path) as url:
        settled(url, tmp_path / "opa.log")
        settings = Settings(home=home, opa_url=url)
        with open_house(settings, clock=clock) as house:
            scenario = Scenario(house, clock, home)
            scenario.customer("ada")
            written = scenario.profile("ada")

            assert house.pdp.healthy()
            assert scenario.read(CASE, "ada", written).values["name"]


def test_an_opa_that_ends_takes_what_it_decided_with_it(
    home: Path, clock: ManualClock, tmp_path: Path
) -> None:
    packed = tmp_path / "bundle.tar.gz"
    with open_house(Settings(home=home), clock=clock) as house:
        signer = house.vault.keys.bundle_signer()
        packed.write_bytes(archive(house.bundle, signer))
    with ExitStack() as stack:
        url = stack.enter_context(running(pulling(packed.as_uri(), signer), tmp_path))
        settled(url, tmp_path / "opa.log")
        settings = Settings(home=home, opa_url=url)
        with open_house(settings, clock=clock) as house:
            scenario = Scenario(house, clock, home)
            scenario.customer("ada")
            written = scenario.profile("ada")
            assert scenario.read(CASE, "ada", written).values["name"]
            stack.close()
            time.sleep(CONFIRMED_FOR)
            with alarms() as raised, pytest.raises(Unavailable):
                scenario.read(CASE, "ada", written)
            assert raised == ["gate.unreachable"]
            with pytest.raises(Unavailable):
                list(house.gate.scan(CASE, "profile"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8181", "http://localhost:8181"])
def test_where_anybody_could_answer_neither_a_token_nor_customers_are_at_stake(
    home: Path, clock: ManualClock, tmp_path: Path, url: str
) -> None:
    token = tmp_path / "token"
    token.write_text("let-me-in")
    for settings, why in (
        (Settings(home=home, opa_url=url, opa_token_file=token), "token would be sent"),
        (Settings(home=home, opa_url=url, production=True), "production"),
    ):
        with pytest.raises(CannotStart, match=why) as refusal:
            open_house(settings, clock=clock)
        assert "unix://" in refusal.value.fix


def test_a_house_does_not_open_with_a_socket_that_others_could_replace(
    home: Path, clock: ManualClock, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    settings = Settings(home=home, opa_url=f"unix://{tmp_path}/opa.sock")
    with pytest.raises(CannotStart, match="not this user's alone"):
        open_house(settings, clock=clock)


def test_a_house_opens_without_its_opa_and_denies(
    home: Path, clock: ManualClock
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with opened(home, clock) as before:
        before.customer("ada")
        written = before.profile("ada")
    with open_house(Settings(home=home, opa_url=url), clock=clock) as house:
        scenario = Scenario(house, clock, home)

        assert not house.pdp.healthy()
        with pytest.raises(Unavailable):
            scenario.read(CASE, "ada", written)
        with pytest.raises(Unavailable):
            scenario.profile("ada")


@pytest.mark.parametrize(
    "text", [None, b"", b"\n", b"two words", b"caf\xc3\xa9", b"\x00"]
)
def test_a_token_file_without_a_token_is_refused(
    home: Path, clock: ManualClock, tmp_path: Path, text: bytes | None
) -> None:
    file = tmp_path / "token"
    if text is not None:
        file.write_bytes(text)
    settings = Settings(home=home, opa_url="http://[::1]:1", opa_token_file=file)
    with pytest.raises(CannotStart, match="ALLOD_OPA_TOKEN_FILE"):
        open_house(settings, clock=clock)


def test_an_address_that_cannot_be_is_refused_before_anything_opens(
    home: Path, clock: ManualClock
) -> None:
    settings = Settings(home=home, opa_url="http://opa.example.org:8181")
    with pytest.raises(CannotStart, match="address of OPA"):
        open_house(settings, clock=clock)
