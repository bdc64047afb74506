"""The auditor's program: what it says, what it ends with, and what it leaves behind."""

import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import allod
import pytest
from allod.proofs.cli import main
from allod.proofs.fetch import UnreachableError, fetcher, web
from paper_log import a_log, plain_json
from paper_tiles import LOG, Files, entries, entry, lay, tree_files
from servers import listening

BODIES = entries(600)


class House:
    """An auditor's desk: a policy, a state, and mirrors of a log."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.policy = folder / "policy.txt"
        self.policy.write_text(f"log {LOG.vkey}\nquorum none\n", "utf-8")
        self.state = folder / "state.json"
        self.evidence = folder / "evidence.json"

    def mirror(self, name: str, size: int, word: str = "entry") -> Path:
        bodies = [entry(0, word), *BODIES[1:size]]
        return lay(self.folder / name, tree_files(bodies))

    def run(self, verb: str, *arguments: object) -> tuple[int, dict[str, Any]]:
        common = ["--policy", str(self.policy), "--json"]
        code = main([verb, *map(str, arguments), *common])
        said: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        assert said["ok"] == (code == 0)
        return code, said

    def audit(self, log: object, *more: object) -> tuple[int, dict[str, Any]]:
        kept = ("--state", self.state, "--evidence", self.evidence)
        return self.run("audit", log, *kept, *more)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    return House(tmp_path, capsys)


def test_evidence_without_the_authoritys_certificates_is_told_what_it_needs(
    desk: House,
) -> None:
    evidence = desk.folder / "evidence.zip"
    evidence.write_bytes(b"PK\3\4".ljust(30, b"\0") + b"EVIDENCE.txt")
    code, said = desk.run("verify", evidence)
    assert code == 2
    assert "--tsa" in said["error"]["detail"]


def test_certificates_that_are_none_are_the_auditors_own_mistake(desk: House) -> None:
    evidence, roots = desk.folder / "evidence.zip", desk.folder / "roots.pem"
    evidence.write_bytes(b"PK\3\4".ljust(30, b"\0") + b"EVIDENCE.txt")
    roots.write_text("no certificate", "utf-8")
    code, said = desk.run("verify", evidence, "--tsa", roots)
    assert (code, said["error"]["code"]) == (2, "usage")
    assert "roots.pem" in said["error"]["detail"]


def test_an_audit_goes_on_where_the_last_one_ended(desk: House) -> None:
    code, said = desk.audit(desk.mirror("a", 300))
    assert (code, said["tree"], said["hashed"]) == (0, 300, 300)
    code, said = desk.audit(desk.mirror("b", 600))
    assert (code, said["tree"], said["hashed"]) == (0, 600, 300)
    code, said = desk.audit(desk.mirror("b", 600), "--full")
    assert (code, said["hashed"]) == (0, 600)


def test_what_is_found_leaves_the_state_as_it_was(desk: House) -> None:
    desk.audit(desk.mirror("a", 300))
    before = desk.state.read_bytes()
    bad = desk.mirror("b", 600)
    bundle = bad / "tile/entries/001"
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"?")
    code, said = desk.audit(bad)
    assert (code, said["code"], said["first_bad"]) == (1, "damaged", 511)
    assert desk.state.read_bytes() == before
    assert desk.audit(desk.mirror("c", 200))[1]["code"] == "rolled-back"
    assert desk.state.read_bytes() == before
    assert sorted(each.name for each in desk.folder.iterdir()) == [
        *("a", "b", "c", "policy.txt", "state.json"),
    ]


def test_a_state_that_cannot_be_saved_is_left_as_it_was(
    desk: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.audit(desk.mirror("a", 300))
    before = desk.state.read_bytes()

    def crash(_: int) -> None:
        raise OSError

    monkeypatch.setattr(os, "fsync", crash)
    code, said = desk.audit(desk.mirror("b", 600))
    assert (code, said["error"]["code"]) == (2, "usage")
    assert desk.state.read_bytes() == before


def test_a_fork_leaves_evidence_that_verifies_by_itself(desk: House) -> None:
    desk.audit(desk.mirror("a", 300))
    code, said = desk.audit(desk.mirror("b", 600, "other"))
    assert (code, said["code"]) == (1, "forked")
    assert said["evidence"] == str(desk.evidence)
    code, said = desk.run("verify", desk.evidence)
    assert (code, said["is"], said["trees"]) == (
        0,
        "evidence of a split view",
        [300, 600],
    )


def test_two_views_are_compared(desk: House) -> None:
    a, b = desk.mirror("a", 300), desk.mirror("b", 600)
    kept = ("--evidence", desk.evidence)
    assert desk.run("compare", a, b, *kept)[1]["relation"] == "second-ahead"
    code, said = desk.run("compare", a / "checkpoint", b / "checkpoint", *kept)
    assert (code, said["relation"]) == (5, "undecided")
    assert not desk.evidence.exists()
    code, said = desk.run("compare", b, desk.mirror("c", 400, "other"), *kept)
    assert (code, said["relation"]) == (1, "split-view")
    assert desk.run("verify", desk.evidence)[0] == 0


def test_each_sort_of_file_is_verified(desk: House) -> None:
    log = a_log()
    file = desk.folder / "file"
    file.write_text(log.receipt(3), "utf-8")
    assert desk.run("verify", file) == (
        0,
        {
            "ok": True,
            "is": "receipt",
            "log": log.key.name,
            "kind": "contribution",
            "at": "2026-01-01T00:00:00Z",
            "index": 3,
            "tree": 5,
            "witnesses": 0,
        },
    )
    file.write_bytes(plain_json(log.key.document("allod/consent/v1", {"@context": {}})))
    assert desk.run("verify", file)[1]["is"] == "consent receipt"
    for other in (b"", b"PK", b'{"document":1,"note":""}'):
        file.write_bytes(other)
        code, said = desk.run("verify", file)
        assert (code, said["code"]) == (1, "not-recognised")
    for other in (b"\xd2\x84", b'{"first":1}'):
        file.write_bytes(other)
        assert desk.run("verify", file)[1]["code"] == "refused"


@pytest.mark.parametrize("state", [b"", b"{}", b"\xff", b"[]"])
def test_a_state_that_is_none_is_the_auditors_own_trouble(
    desk: House, state: bytes
) -> None:
    desk.state.write_bytes(state)
    assert desk.audit(desk.mirror("a", 300))[0] == 2
    assert desk.state.read_bytes() == state


def test_a_policy_that_is_missing_or_none_is_too(desk: House) -> None:
    desk.policy.write_text("trust everybody\n", "utf-8")
    assert desk.audit(desk.mirror("a", 300))[0] == 2
    desk.policy.unlink()
    assert desk.audit(desk.mirror("a", 300))[0] == 2


def test_a_proof_that_is_none_is_too(desk: House) -> None:
    proof = desk.folder / "proof"
    proof.write_text("hello", "utf-8")
    code, said = desk.run("verify", desk.policy, "--proof", proof)
    assert code == 2
    assert str(proof) in said["error"]["detail"]


def test_what_nobody_can_read_is_unreachable(desk: House) -> None:
    assert desk.audit("http://127.0.0.1:1/ledger")[0] == 5
    empty = desk.folder / "empty"
    empty.mkdir()
    assert desk.audit(empty)[1]["code"] == "missing"
    with pytest.raises(UnreachableError):
        fetcher("http://127.0.0.1:x/")("checkpoint")


def test_a_folder_or_file_that_is_not_there_is_named(desk: House) -> None:
    for verb in ("audit", "fsck", "verify"):
        code, said = desk.run(verb, desk.folder / "nowhere")
        assert code == 2
        assert "nowhere" in said["error"]["detail"]


def test_a_tree_is_checked_with_the_checkpoints_that_were_kept(desk: House) -> None:
    tree, other = desk.mirror("a", 600), desk.mirror("b", 300, "another")
    code, said = desk.run("fsck", tree, "--checkpoint", tree / "checkpoint")
    assert (code, said["tree"], said["checkpoints"]) == (0, 600, 1)
    kept = ("--checkpoint", other / "checkpoint", "--evidence", desk.evidence)
    code, said = desk.run("fsck", tree, *kept)
    assert (code, said["code"]) == (1, "forked")
    assert desk.run("verify", desk.evidence)[0] == 0


def test_a_damaged_file_of_a_tree_ends_with_its_first_entry(desk: House) -> None:
    tree = lay(desk.mirror("a", 300), tree_files(BODIES[:600]))
    narrow = tree / "tile/entries/001.p/44"
    desk.mirror("a", 300)
    lay(tree, {"checkpoint": tree_files(BODIES[:600])["checkpoint"]})
    narrow.write_bytes(narrow.read_bytes()[:-1])
    code, said = desk.run("fsck", tree)
    assert (code, said["code"], said["first_bad"]) == (1, "damaged", 256 + 43)


def test_words_for_people_say_the_same(
    desk: House, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror = desk.mirror("a", 300)
    assert main(["audit", str(mirror), "--policy", str(desk.policy)]) == 0
    assert "tree         300\n" in capsys.readouterr().out
    assert not desk.state.exists()


def test_the_program_runs_as_a_module(desk: House) -> None:
    mirror = desk.mirror("a", 300)
    source = Path(allod.__file__).parents[1]
    command = [sys.executable, "-m", "allod.proofs", "audit", str(mirror)]
    command += ["--policy", str(desk.policy), "--state", str(desk.state)]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(  # noqa: S603 - the interpreter that runs the tests
        command, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert desk.state.exists()


@contextmanager
def served(files: Files, *, gzip: bool = False, code: int = 200) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = files.get(self.path.removeprefix("/ledger/"))
            self.send_response(404 if data is None else code)
            if gzip and data is not None:
                self.send_header("Content-Encoding", "gzip")
                packer = zlib.compressobj(wbits=31)
                data = packer.compress(data) + packer.flush()
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(data or b"")

    with listening(Handler) as url:
        yield f"{url}/ledger/"


@pytest.mark.parametrize("gzip", [False, True])
def test_a_log_is_audited_over_http(desk: House, *, gzip: bool) -> None:
    with served(tree_files(BODIES), gzip=gzip) as address:
        code, said = desk.audit(address)
        assert (code, said["hashed"]) == (0, 600)
        other = desk.mirror("a", 300)
        assert desk.run("compare", address, other)[1]["relation"] == "first-ahead"


@pytest.mark.parametrize("code", [302, 403, 500])
def test_an_answer_that_is_none_says_nothing_about_the_log(
    desk: House, code: int
) -> None:
    with served(tree_files(BODIES), code=code) as address:
        assert desk.audit(address)[0] == 5


def test_what_cannot_be_unpacked_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with served({"checkpoint": b"x"}, gzip=True) as address:
        assert web(address)("checkpoint") == b"x"
        assert web(address)("tile/0/000") is None
        monkeypatch.setattr("allod.proofs.fetch._GZIP", -15)
        with pytest.raises(UnreachableError):
            web(address)("checkpoint")


def test_a_log_that_answers_in_drops_does_not_hold_an_audit() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b"H")
                    time.sleep(0.02)

    begun = time.monotonic()
    with (
        listening(Handler) as address,
        pytest.raises(UnreachableError, match="in time"),
    ):
        web(address, timeout=0.3)("checkpoint")
    assert time.monotonic() - begun < 1.5
