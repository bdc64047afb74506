"""What a vault asks of its stores, whatever database keeps them.

An adapter (`vault._internal.sqlite`) satisfies these, and `vault._internal.data_store`
alone makes one. What holds of every method of every port:

Whoever gives a `session` is inside a unit of work: the method speaks on its connection,
sees what it has written, and commits nothing; all that a unit of work did is there
afterwards, or nothing of it. Without one, or with None in its place, it speaks of what
is committed, each call in a snapshot of its own, and writes nothing; the few methods
that write without a session say so, and are units of work themselves.

Lists are in the order that the method names, and else in none. A row that grants and
was not written here (`RowMacs`) is as if it were not there, unless the method says that
it gives rows as they lie. Bytes come back as bytes, numbers as numbers, and whoever
opens or judges them does not rely on it: a row may have been edited.

Nothing here decrypts, and no value is in an error. A row that is there already, and one
that another still names, raise at the latest where the unit of work ends, and leave it
as `kit.sqlite.ConstraintBroken`.
"""
