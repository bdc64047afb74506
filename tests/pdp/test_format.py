"""The shipped policies are written as `opa fmt` writes them."""

import shutil
import subprocess
from pathlib import Path

from opa_servers import require_opa

POLICIES = Path(__file__).parents[2] / "policies"


def _unlike(folder: Path) -> list[str]:
    """Name the files that `opa fmt` would write another way."""
    ran = subprocess.run(
        [require_opa(), "fmt", "--list", folder],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return [Path(name).name for name in ran.stdout.split()]


def test_the_policies_are_formatted(tmp_path: Path) -> None:
    assert _unlike(POLICIES) == []
    shutil.copytree(POLICIES, tmp_path / "policies")
    hold = tmp_path / "policies" / "legal" / "hold.rego"
    hold.write_text(hold.read_text() + "\n\n\nbroad  :=  true\n")
    assert _unlike(tmp_path / "policies") == ["hold.rego"]
