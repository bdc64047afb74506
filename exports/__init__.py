"""What a person takes away: their whole account as one signed archive.

`exports.export.Exports` makes it, reading through the gate like everybody else;
nothing of it is ever on disk here. Whoever checks one does so without this house
(docs/formats.md, `sdk/src/allod/proofs`).
"""
