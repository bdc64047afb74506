"""Check what an Allod vault hands out, offline, and without trusting it.

Start from a trust policy: a small file with the log's key, got by another way than
the vault itself. `verify_receipt` shows that something was stamped (and so does
`verify_cose_receipt`, of a receipt in COSE, without saying where), `verify_document`
that a vault signed a document, `verify_certificate` that an account was erased,
`verify_archive` that an export is whole (`verify_archive_chain`, `verify_manifest` and
`verify_chain` are parts of it),
`TrustPolicy.verify_checkpoint` and `verify_consistency` that a log has only grown.
`audit` goes through a whole log, `fsck` through every file of its tree, `compare` holds
two views of one against each other, `verify_split_view` checks the evidence that any of
them may find.

Whatever does not verify raises `VerificationError`; nothing is ever answered with a
boolean. `UnknownSignerError` says that the policy does not know who signed, so that it
may be genuine; `WrongSignatureError` that it is not what a trusted key signed.
`ProvisionalError` says that the log has signed, and that too few witnesses had
cosigned: the `Extension` that is fetched later is then given as one of `proofs`.

There is no network in here, no clock and no file (those are in `fetch` and in the
program, `python -m allod.proofs`): the only imports are the standard library and
`cryptography`, and this folder works as a package by itself.

    policy = TrustPolicy.parse(Path("policy.txt").read_bytes())
    shown = verify_receipt(Path("idea.tlog-proof").read_bytes(), policy)
    print(shown.kind, shown.index, shown.checkpoint.size)
"""

from .archive import (
    VerifiedArchive,
    VerifiedChain,
    verify_archive,
    verify_archive_chain,
)
from .audit import Audited, AuditError, State, audit
from .certificate import VerifiedCertificate, verify_certificate
from .checkpoint import Checkpoint, Extension
from .compare import Comparison, View, compare
from .cose import VerifiedCose, verify_cose_receipt
from .entry import Entry, Opening, commit, content_commit, link_commit, order_commit
from .errors import (
    ProvisionalError,
    UnknownSignerError,
    VerificationError,
    WrongSignatureError,
)
from .fsck import Checked, fsck
from .manifest import ManifestFile, VerifiedManifest, verify_manifest
from .merkle import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from .note import Note, Signature, Verifier, open_note
from .opening import FullOpening, verify_chain
from .policy import Group, TrustPolicy, VerifiedCheckpoint
from .receipt import Receipt, VerifiedReceipt, verify_receipt
from .signed import Context, VerifiedDocument, verify_document
from .split_view import SplitView, VerifiedSplitView, verify_split_view
from .tiles import Fetch
from .time_evidence import VerifiedTimeEvidence, verify_time_evidence
from .timestamp import VerifiedTime, verify_timestamp

__all__ = [
    "EMPTY_ROOT",
    "AuditError",
    "Audited",
    "Checked",
    "Checkpoint",
    "Comparison",
    "Context",
    "Entry",
    "Extension",
    "Fetch",
    "FullOpening",
    "Group",
    "ManifestFile",
    "Note",
    "Opening",
    "ProvisionalError",
    "Receipt",
    "Signature",
    "SplitView",
    "State",
    "TrustPolicy",
    "UnknownSignerError",
    "VerificationError",
    "VerifiedArchive",
    "VerifiedCertificate",
    "VerifiedChain",
    "VerifiedCheckpoint",
    "VerifiedCose",
    "VerifiedDocument",
    "VerifiedManifest",
    "VerifiedReceipt",
    "VerifiedSplitView",
    "VerifiedTime",
    "VerifiedTimeEvidence",
    "Verifier",
    "View",
    "WrongSignatureError",
    "audit",
    "commit",
    "compare",
    "content_commit",
    "fsck",
    "leaf_hash",
    "link_commit",
    "node_hash",
    "open_note",
    "order_commit",
    "verify_archive",
    "verify_archive_chain",
    "verify_certificate",
    "verify_chain",
    "verify_consistency",
    "verify_cose_receipt",
    "verify_document",
    "verify_inclusion",
    "verify_manifest",
    "verify_receipt",
    "verify_split_view",
    "verify_time_evidence",
    "verify_timestamp",
]
