"""Settings come from the environment, or what is wrong with them is said by name."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from kit.errors import CannotStart
from kit.settings import PREFIX, Settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)


def test_every_setting_has_a_default() -> None:
    assert Settings.read() == Settings()


def test_a_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "HOME": "~/there",
        "PRODUCTION": "1",
        "PORT": "9",
        "LEDGER_PATIENCE": "5",
        "SERVICE_CALLS_PER_MINUTE": "0",
        "WITNESSES": "",
    }.items():
        monkeypatch.setenv(f"ALLOD_{name}", value)
    read = Settings.read()
    assert read.home == Path("~/there").expanduser()
    assert (read.production, read.port) == (True, 9)
    assert read.ledger_patience == timedelta(seconds=5)
    assert (read.service_calls_per_minute, read.witnesses) == (0, None)


def test_an_argument_goes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALLOD_HOME", "elsewhere")
    assert Settings.read(home=tmp_path).home == tmp_path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "secret"),
        ("PORT", "70000"),
        ("PORT", ""),
        ("PRODUCTION", "secret"),
        ("PRODUCTION", ""),
        ("SCANS_AT_ONCE", "0"),
        ("CONNECTIONS", "1.5"),
        ("SERVICE_CALLS_PER_MINUTE", "-1"),
        ("TSA_INTERVAL", "secret"),
        ("TSA_INTERVAL", "0"),
        ("LEDGER_PATIENCE", "9" * 400),
    ],
)
def test_what_cannot_be_understood_is_named_and_not_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"ALLOD_{name}", value)
    with pytest.raises(CannotStart) as refused:
        Settings.read()
    said = f"{refused.value.detail} {refused.value.fix}"
    assert said.startswith(f"ALLOD_{name}: ")
    assert "secret" not in said
    assert "999" not in said


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOD_PORT", "x")
    monkeypatch.setenv("ALLOD_CONNECTIONS", "x")
    with pytest.raises(CannotStart) as refused:
        Settings.read()
    assert refused.value.detail.count("ALLOD_") == 2


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1
