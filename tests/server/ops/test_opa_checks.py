"""The doctor looks at a real OPA: what would deny, or believe too much."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bundles import changed
from clocks import ManualClock
from commands import allod
from houses import settle
from opa_servers import VERSION, false_opa, pulling, running, settled

from kit.settings import Settings
from pdp.bundle.bundle import Bundle
from pdp.bundle.bundle_archive import BundleSigner, archive
from pdp.engines.opa_look import Look
from server.cli.console import ExitCode
from server.house.wiring import open_house
from server.ops.check import Check, Level
from server.ops.doctor import examine
from vault.keys.keys import BUNDLE

TOKEN = "let-me-in"
ONLY_WITH_IT = f"""package system.authz
default allow := false
allow if input.identity == "{TOKEN}"
allow if input.path == ["health"]
"""


@pytest.fixture
def home(tmp_path: Path, clock: ManualClock) -> Path:
    settle(tmp_path / "home", clock)
    return tmp_path / "home"


@contextmanager
def opa(
    home: Path,
    *arguments: str | Path,
    other: Bundle | None = None,
    **bundle: Any,
) -> Iterator[str]:
    """Run OPA on the home's bundle, signed with its key, unless told otherwise."""
    with open_house(Settings(home=home)) as house:
        signer: BundleSigner = house.vault.keys.bundle_signer()
        data = archive(other or house.bundle, signer)
    packed = home.parent / "bundle.tar.gz"
    packed.write_bytes(data)
    config = pulling(packed.as_uri(), signer)
    config["bundles"]["allod"] |= bundle
    with running(config, home.parent, *arguments) as url:
        settled(url, home.parent / "opa.log")
        yield url


def checks(home: Path, url: str, token: Path | None = None) -> dict[str, Check]:
    settings = Settings(home=home, opa_url=url, opa_token_file=token)
    found = [each for each in examine(settings, None) if each.name.startswith("opa")]
    assert all(each.fix for each in found if each.level is not Level.OK)
    return {each.name: each for each in found}


def levels(home: Path, url: str) -> dict[str, Level]:
    return {name: check.level for name, check in checks(home, url).items()}


def test_an_opa_that_is_as_it_should_be(home: Path) -> None:
    with opa(home) as url:
        found = checks(home, url)
    assert VERSION in found["opa"].detail
    assert {name: check.level for name, check in found.items()} == {
        "opa": Level.OK,
        "opa bundle": Level.OK,
        "opa key": Level.OK,
        "opa access": Level.WARNING,
    }


def test_an_opa_that_asks_for_a_token_is_looked_at_with_it(home: Path) -> None:
    rules, token = home.parent / "authz.rego", home.parent / "token"
    rules.write_text(ONLY_WITH_IT)
    token.write_text(TOKEN + "\n")
    basic = ("--authentication=token", "--authorization=basic", rules)
    with opa(home, *basic) as url:
        found = checks(home, url, token)
        shut_out = checks(home, url)
    assert {each.level for each in found.values()} == {Level.OK}
    assert "opa access" not in found
    assert shut_out["opa"].level is Level.FAULT
    assert "ALLOD_OPA_TOKEN_FILE" in shut_out["opa"].fix
    assert TOKEN not in repr((found, shut_out))


def test_no_opa_is_a_fault(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opa(home) as url:
        pass
    assert levels(home, url) == {"opa": Level.FAULT}
    monkeypatch.setenv("ALLOD_OPA_URL", url)
    ran = allod("doctor", "--home", home)
    assert ran.code == ExitCode.NO
    assert "OPA does not answer" in ran.out


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"result": true}', b"[" * 9999]
)
def test_what_only_looks_like_opa_is_a_fault(home: Path, body: bytes) -> None:
    with false_opa() as false:
        false.body = body
        found = levels(home, false.url)
    assert found["opa"] is Level.FAULT


def test_another_bundle_is_a_fault(home: Path) -> None:
    other = changed("legal/consent.rego", "package", "# another\npackage")
    with opa(home, other=other) as url:
        found = levels(home, url)
    assert found["opa bundle"] is Level.FAULT


def test_no_bundle_is_a_fault(home: Path) -> None:
    nothing = (home.parent / "nothing.tar.gz").as_uri()
    config = {"bundles": {"allod": {"resource": nothing}}}
    with running(config, home.parent) as url:
        found = levels(home, url)
    assert found["opa bundle"] is found["opa key"] is Level.FAULT


def test_an_opa_that_takes_what_nobody_signed_is_a_fault(home: Path) -> None:
    with opa(home, signing={"scope": "allod/bundle/v1"}) as url:
        found = checks(home, url)
    assert found["opa bundle"].level is Level.OK
    assert found["opa key"].level is Level.FAULT
    assert "allod keys show bundle --opa" in found["opa key"].fix


def test_the_key_that_it_is_pinned_to_is_followed_through_a_rotation(
    home: Path,
) -> None:
    with opa(home) as url:
        seen = []
        for step in ("rotate", "retire"):
            with open_house(Settings(home=home)) as house:
                getattr(house.vault.keys, step)(BUNDLE)
            seen.append(levels(home, url)["opa key"])
    assert seen == [Level.WARNING, Level.FAULT]


def test_decisions_that_are_sent_elsewhere_are_a_fault(home: Path) -> None:
    with opa(home, "--set", "decision_logs.console=true") as url:
        assert levels(home, url)["opa logs"] is Level.FAULT


@pytest.mark.parametrize(
    ("version", "recent"),
    [
        ("1.20.0", True),
        ("1.21.3-dev", True),
        ("2.0.0", True),
        ("1.19.9", False),
        ("0.70.0", False),
        ("", False),
        ("edge", False),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str, *, recent: bool) -> None:
    seen = Look(
        version,
        revisions=(),
        configured=False,
        pinned=(),
        sends_decisions=False,
        open_to_all=False,
    )
    assert seen.recent is recent
