"""The SDK's README is run as it is printed, in order, against a real server."""

import re
from pathlib import Path

import pytest
from allod import Allod, Erasure
from commands import allod as command
from servers import serving

README = Path(__file__).resolve().parents[1] / "README.md"
PRINTED = "http://127.0.0.1:8080"


def minted(home: Path, printed: str) -> str:
    ran = command(*printed.split(), "--home", home, "--json")
    text: str = ran.document["token"]
    return text


def trust_policy(home: Path, address: str) -> str:
    token = minted(home, "token new auditor abroad")
    with Allod(address, token=token) as auditor:
        return f"log {auditor.ledger.keys()[0]}\nquorum none\n"


def test_the_examples_run_in_order_against_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, desk = tmp_path / "home", tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    text = README.read_text("utf-8")
    service, customer = re.findall(r"^allod (token new .+)$", text, re.MULTILINE)
    examples = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    with serving(home) as address:
        names: dict[str, object] = {"token": minted(home, service)}
        (desk / "policy.txt").write_text(trust_policy(home, address), "utf-8")
        for at, example in enumerate(examples):
            if "auditor_token" in example:
                names["auditor_token"] = minted(home, "token new auditor inspector")
            if "customer_token" in example and "customer_token" not in names:
                names["customer_token"] = minted(home, customer)
            code = example.replace(PRINTED, address)
            exec(compile(code, f"README.md#{at}", "exec"), names)  # noqa: S102 - our own text
    said = capsys.readouterr().out
    assert len(examples) == 14
    assert names["kept"]
    assert "我们帮助您解决问题或投诉" in said
    assert "policies as named: True" in said
    assert "'phone': '•••0142'" in said
    assert "consent.missing GDPR" in said
    assert "1 found\ntheirs: True" in said
    assert "\nremoved\n" in said
    assert "c-2009 eu" in said
    assert "1 shown, 0 withheld" in said
    assert re.search("^contribution at [0-9]+ of [0-9]+$", said, re.MULTILINE)
    assert (desk / "everything.zip").stat().st_size > 1000
    erasure = names["erasure"]
    assert isinstance(erasure, Erasure)
    assert erasure.certificate
