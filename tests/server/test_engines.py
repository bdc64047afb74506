"""Which engine a house asks, from the environment to a denial."""

import socket
from pathlib import Path

import pytest
from clocks import ManualClock
from houses import CASE, Story, settle
from opa_servers import pulling, running, settled

from kit.errors import CannotStart, Unavailable
from kit.settings import Settings
from pdp.bundle_archive import archive
from server.wiring import open_house


@pytest.fixture
def home(tmp_path: Path, clock: ManualClock) -> Path:
    settle(tmp_path / "home", clock)
    return tmp_path / "home"


def test_the_environment_names_the_engine(tmp_path: Path) -> None:
    environ = {
        "ALLOD_OPA_URL": "http://127.0.0.1:8181",
        "ALLOD_OPA_TOKEN_FILE": str(tmp_path / "token"),
    }
    settings = Settings.read(environ=environ)

    assert settings.opa_url == "http://127.0.0.1:8181"
    assert settings.opa_token_file == tmp_path / "token"
    assert not Settings.read(environ={}).opa_url


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
            story = Story(house, clock, home)
            story.customer("ada")
            written = story.profile("ada")

            assert house.pdp.healthy()
            assert story.read(CASE, "ada", written).values["name"]


def test_a_house_opens_without_its_opa_and_denies(
    home: Path, clock: ManualClock
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with open_house(Settings(home=home, opa_url=url), clock=clock) as house:
        story = Story(house, clock, home)
        story.customer("ada")
        written = story.profile("ada")

        assert not house.pdp.healthy()
        with pytest.raises(Unavailable):
            story.read(CASE, "ada", written)


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
