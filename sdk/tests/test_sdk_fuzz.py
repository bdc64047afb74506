"""No parser raises anything but its one error, whatever it is fed."""

from collections.abc import Callable
from typing import Any

import pytest
from allod.proofs import (
    AuditError,
    Entry,
    FullOpening,
    Receipt,
    SplitView,
    State,
    TrustPolicy,
    VerificationError,
    Verifier,
    audit,
    open_note,
    verify_certificate,
    verify_cose_receipt,
    verify_manifest,
    verify_receipt,
    verify_split_view,
)
from allod.proofs.verifying import shown
from hypothesis import given
from hypothesis import strategies as st
from paper_log import Key, a_log
from paper_tiles import LOG, entries, entry, tree_files

BODIES = entries(300)
WHOLE = tree_files(BODIES)
POLICY = TrustPolicy.of_log(LOG.vkey)
STATE = audit(tree_files(BODIES[:9]).get, POLICY).state
TEXT = f"log {LOG.vkey}\nquorum none\n".encode()
RECEIPT = a_log().receipt(3).encode()
SECOND = Key(LOG.name, "second", kind=6)
BOTH_TEXT = f"log {LOG.vkey}\nwitness w {SECOND.vkey}\nquorum w\n"
BOTH = TrustPolicy.parse(BOTH_TEXT)
HEAD = WHOLE["checkpoint"].decode()
TWICE = (HEAD + SECOND.line(HEAD.partition("\n\n")[0] + "\n")).encode()


def evidence() -> bytes:
    forked = [*BODIES[:5], entry(0, "other"), *BODIES[6:]]
    with pytest.raises(AuditError) as caught:
        audit(tree_files(forked).get, POLICY, STATE)
    assert caught.value.evidence is not None
    return caught.value.evidence.encode()


EVIDENCE = evidence()

READERS: dict[str, tuple[bytes, Callable[[bytes], Any]]] = {
    "state": (STATE.encode(), State.parse),
    "split view": (EVIDENCE, SplitView.parse),
    "evidence": (EVIDENCE, lambda data: verify_split_view(data, POLICY)),
    "receipt": (RECEIPT, Receipt.parse),
    "receipt as a whole": (RECEIPT, lambda data: verify_receipt(data, POLICY)),
    "note": (WHOLE["checkpoint"], lambda data: open_note(data, POLICY.logs)),
    "checkpoint": (WHOLE["checkpoint"], POLICY.verify_checkpoint),
    "policy": (TEXT, TrustPolicy.parse),
    "entry": (BODIES[0], Entry.parse),
    "opening": (b'{"link":{},"salt_c":""}', FullOpening.parse),
    "COSE receipt": (b"\xd2\x84", lambda data: verify_cose_receipt(data, POLICY)),
    "certificate": (b'{"document":{}}', lambda data: verify_certificate(data, POLICY)),
    "manifest": (b'{"note":"x"}', lambda data: verify_manifest(data, POLICY)),
    "any file": (b'{"document":1,"note":""}', lambda data: shown(data, POLICY)),
    "any other file": (EVIDENCE, lambda data: shown(data, POLICY)),
    "key": (LOG.vkey.encode(), lambda data: Verifier.parse(data.decode("latin-1"))),
    "second key": (
        SECOND.vkey.encode(),
        lambda data: Verifier.parse(data.decode("latin-1")),
    ),
    "two signatures": (TWICE, BOTH.verify_checkpoint),
    "policy of both": (BOTH_TEXT.encode(), TrustPolicy.parse),
}


def reads(read: Callable[[bytes], Any], data: bytes) -> None:
    """Read; the one error is as good as an answer, any other fails the test."""
    try:
        read(data)
    except VerificationError:
        return


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_bytes_of_any_sort_are_read_or_refused(name: str, data: st.DataObject) -> None:
    start, read = READERS[name]
    at = data.draw(st.integers(min_value=0, max_value=len(start)))
    new = data.draw(st.binary(max_size=20))
    cut = data.draw(st.integers(min_value=0, max_value=20))
    reads(read, start[:at] + new + start[at + cut :])
    reads(read, new)


@given(
    path=st.sampled_from(sorted(WHOLE)),
    new=st.none() | st.binary(max_size=80),
    at=st.integers(min_value=0, max_value=9000),
    cut=st.integers(min_value=0, max_value=9000),
    since=st.sampled_from([None, STATE]),
)
def test_a_log_of_any_sort_is_audited_or_refused(
    path: str, new: bytes | None, at: int, cut: int, since: State | None
) -> None:
    changed = None if new is None else WHOLE[path][:at] + new + WHOLE[path][at + cut :]
    files = {name: data for name, data in WHOLE.items() if name != path}
    if changed is not None:
        files[path] = changed
    if changed == WHOLE[path]:
        audit(files.get, POLICY, since)
    else:
        reads(lambda _: audit(files.get, POLICY, since), b"")
