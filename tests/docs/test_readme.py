"""The README is run as it is printed: its token, its example, what that answers."""

import re
from pathlib import Path

import pytest
from commands import allod
from documents import document
from servers import serving

README = document("README.md")
PRINTED = "http://127.0.0.1:8080"


def test_the_example_of_the_readme_runs_against_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    with serving(home) as address:
        (printed,) = [c for c in README.commands() if c[:2] == ["token", "new"]]
        minted = allod(*printed, "--home", home, "--json").document
        (example,) = re.findall(
            r"^```python\n(.*?)^```", README.text, re.MULTILINE | re.DOTALL
        )
        code = example.replace(PRINTED, address)
        assert code != example
        capsys.readouterr()
        exec(compile(code, "README.md", "exec"), {"token": minted["token"]})  # noqa: S102 - our own text
    said = capsys.readouterr().out.splitlines()
    assert said == re.findall(r"  # (.+)$", example, re.MULTILINE)
