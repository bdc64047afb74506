"""The package as a whole: its names, its twin, its borders, its README."""

import ast
import inspect
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import allod
import allod._public
import allod.proofs
import pytest
from allod import Allod, AsyncAllod
from paper_log import a_log
from paper_tiles import LOG, entries, tree_files

SDK = Path(allod.__file__).resolve().parents[2]
PACKAGE = SDK / "src" / "allod"
PROOFS = PACKAGE / "proofs"


def run(*arguments: object, cwd: Path = SDK) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(  # noqa: S603 - the interpreter that runs the tests
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60
    )


def public(module: ModuleType) -> set[str]:
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }


def test_all_names_are_the_names_there_are() -> None:
    assert public(allod.proofs) == set(allod.proofs.__all__)
    names: list[str] = allod.__all__
    assert public(allod._public) == set(names) - {"__version__"}


def test_the_package_has_the_names_that_are_public_and_no_others() -> None:
    names: list[str] = allod.__all__
    assert sorted(dir(allod)) == sorted(names)
    assert all(getattr(allod, name) is getattr(allod._public, name) for name in names)
    with pytest.raises(AttributeError, match="no attribute 'Vault'"):
        _ = allod.Vault


def test_the_twin_is_up_to_date() -> None:
    done = run("scripts/generate_sync.py", "--check")
    assert (done.returncode, done.stdout) == (0, "")


def methods(client: object) -> dict[str, list[str]]:
    return {
        f"{group}.{name}": list(inspect.signature(method).parameters)
        for group, parts in vars(client).items()
        if not group.startswith("_")
        for name, method in inspect.getmembers(parts, inspect.ismethod)
        if not name.startswith("_")
    }


def test_both_clients_have_the_same_methods(
    allod: Allod, async_allod: AsyncAllod
) -> None:
    assert methods(allod) == methods(async_allod)
    assert len(methods(allod)) > 35


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." if node.level else (node.module or "").partition(".")[0])
            assert node.level <= 1
    return names


@pytest.mark.parametrize(
    "path", sorted(PROOFS.glob("*.py")), ids=lambda path: path.name
)
def test_the_verifier_imports_the_standard_library_and_cryptography(path: Path) -> None:
    foreign = imported(path) - set(sys.stdlib_module_names)
    assert foreign <= {".", "cryptography"}
    assert foreign <= {"."} or path.name in {"note.py", "_tsa_certificates.py"}


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name
)
def test_the_sdk_shares_nothing_with_the_server(path: Path) -> None:
    house = {"kit", "ledger", "consent", "pdp", "vault", "exports", "crm", "server"}
    assert not imported(path) & house


def test_the_verifier_works_alone_without_the_client_or_the_network(
    tmp_path: Path,
) -> None:
    shutil.copytree(PROOFS, tmp_path / "verifier")
    log = a_log()
    (tmp_path / "receipt").write_text(log.receipt(3), "utf-8")
    (tmp_path / "policy").write_text(f"log {log.key.vkey}\nquorum none\n", "utf-8")
    program = """
import socket, sys
sys.path.insert(0, ".")
for name in ("httpx", "allod", "ssl"):
    sys.modules[name] = None
socket.socket = socket.create_connection = socket.getaddrinfo = None
from pathlib import Path
from verifier import TrustPolicy, verify_receipt
policy = TrustPolicy.parse(Path("policy").read_bytes())
print(verify_receipt(Path("receipt").read_bytes(), policy).index)
"""
    done = run("-I", "-c", program, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_the_installed_program_asks_for_no_http_library() -> None:
    program = """
import runpy, sys
sys.path.insert(0, "src")
sys.modules["httpx"] = None
from allod import proofs
sys.argv = ["allod.proofs", "--help"]
runpy.run_module("allod.proofs", run_name="__main__")
"""
    done = run("-I", "-c", program)
    assert (done.returncode, done.stderr) == (0, "")
    assert "fsck" in done.stdout


def test_the_auditors_program_works_alone_without_the_client(tmp_path: Path) -> None:
    shutil.copytree(PROOFS, tmp_path / "verifier")
    for path, data in tree_files(entries(300)).items():
        (tmp_path / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "log" / path).write_bytes(data)
    (tmp_path / "policy").write_text(f"log {LOG.vkey}\nquorum none\n", "utf-8")
    program = """
import runpy, sys
sys.path.insert(0, ".")
for name in ("httpx", "allod"):
    sys.modules[name] = None
sys.argv = ["verifier", "audit", "log", "--policy", "policy", "--state", "state"]
runpy.run_module("verifier", run_name="__main__")
"""
    done = run("-I", "-c", program, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "tree         300" in done.stdout
    assert (tmp_path / "state").exists()


@pytest.mark.parametrize(
    "path", sorted(PROOFS.glob("*.py")), ids=lambda path: path.name
)
def test_only_one_part_of_the_verifier_reaches_the_network(path: Path) -> None:
    reaching = {"socket", "ssl", "urllib", "http"}
    assert not imported(path) & reaching or path.name == "fetch.py"


def test_the_client_works_without_cryptography() -> None:
    program = f"""
import sys
sys.path.insert(0, {str(PACKAGE.parent)!r})
sys.modules["cryptography"] = None
import allod
try:
    import allod.proofs
except ModuleNotFoundError as error:
    print(error)
"""
    done = run("-I", "-c", program)
    assert done.stderr == ""
    assert "pip install 'allod-sdk[verify]'" in done.stdout


def test_the_wheel_holds_the_package_its_types_and_its_licence(tmp_path: Path) -> None:
    source = tmp_path / "sdk"
    shutil.copytree(SDK, source, ignore=shutil.ignore_patterns("__pycache__", "dist"))
    done = run("-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=source)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"allod/py.typed", "allod/_sync/client.py", "allod/proofs/note.py"} <= set(
        names
    )
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {
        "allod",
        "allod_sdk",
    }
    assert allod.__version__ in wheel.name
