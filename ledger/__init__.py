"""What was contributed and decided, provably: a transparency log.

The log follows RFC 6962/9162 and C2SP (signed-note, tlog-checkpoint, tlog-tiles,
tlog-proof, tlog-policy), so that programs nobody here wrote verify it unchanged. It
holds commitments, never content: destroying a salt leaves the tree as it is.

A newcomer needs four things:

- `ledger.log.Log`: append entries in your own unit of work, publish after it, serve
  tiles and proofs. One per database, with a `ledger.files.mirror.Mirror` on another
  disk.
- `ledger.formats.entries`: make entries (`subject_entry`, `erasure_entry`,
  `operator_entry`) and keep what opens them. Below the vault, stamp through the
  port `ledger.ports.Stamp` instead; declare new kinds in `ledger.formats.entry_kinds`.
- `ledger.formats.receipt.Receipt` and `ledger.formats.trust_policy.TrustPolicy`: verify
  offline.
- `ledger.formats.signing`: the keys, and the one place that signs;
  `ledger.formats.note` puts their signatures on checkpoints and documents;
  `certificate` makes and verifies the documents that end an erasure.

`ledger.checks.audit.fsck` checks the whole and names what is wrong. The room
`ledger.formats` is pure: no database, no network, no clock. Without witnesses
(`ledger.outside.witness`), or auditors who compare, a split view goes unseen.
"""
