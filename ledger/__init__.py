"""What was contributed and decided, provably: a transparency log.

The log follows RFC 6962/9162 and C2SP (signed-note, tlog-checkpoint, tlog-tiles,
tlog-proof, tlog-policy), so that programs nobody here wrote verify it unchanged. It
holds commitments, never content: destroying a salt leaves the tree as it is.

A newcomer needs four things:

- `ledger.log.Log`: append entries in your own unit of work, publish after it, serve
  tiles and proofs. One per database, with a `ledger.mirror.Mirror` on another disk.
- `ledger.openings`: make entries (`subject_entry`, `erasure_entry`,
  `operator_entry`) and keep what opens them. Below the vault, stamp through the
  port `ledger.stamp.Stamp` instead; declare new kinds in `ledger.kinds`.
- `ledger.proof.Receipt` and `ledger.policy.TrustPolicy`: verify offline.
- `ledger.signing`: the keys, and the one place that signs; `ledger.note` puts their
  signatures on checkpoints and documents; `certificate` makes and verifies the
  documents that end an erasure.

`ledger.audit.fsck` checks the whole and names what is wrong. The modules merkle, note,
signing, checkpoint, tiles, kinds, commitment, openings, chain, proof, cbor, cose,
policy, certificate and strict are pure: no database, no file, no clock. Without
witnesses (`ledger.witness`), or auditors who compare, a split view goes unseen.
"""
