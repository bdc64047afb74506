"""Named secrets: keys that belong to no customer, each with its generations.

Those in `REQUIRED` are drawn when the installation is made, or by its upgrade, and
never by being asked for: an older copy of the store would draw another one in silence.
Any other is made when it is first asked for. Most have one generation for ever: what
they keyed (a blind index, a token mask) could not be found again under another. Those
that sign can be rotated: a second generation lives beside the first until the first
is retired. A retired one is kept, since what it once signed is still to be verified.

Rows are read each time, so that every process knows of a rotation; what was unwrapped
is kept under the very row that it came from.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from kit.errors import CannotStart, Conflict, IntegrityFault
from kit.framing import framed
from kit.secret import Secret
from vault._internal.aead import Aead, generate_key
from vault._internal.ports.identity import IdentityStore, SecretRow

FIRST: Final = 1
ROWS: Final = "rows"
ORDERS: Final = "orders"
REQUIRED: Final = (ROWS, ORDERS)
"""What authenticates rows that grant, and the orders in the mirror."""


class Generation(NamedTuple):
    """One generation of a secret: since when, and until when (unix seconds)."""

    number: int
    secret: Secret
    at: int
    retired: int | None


class Secrets:
    """The named secrets of one installation."""

    def __init__(
        self,
        identity: IdentityStore,
        vault_id: bytes,
        *,
        newest_epoch: Callable[[], tuple[int, Aead]],
        epoch: Callable[[int], Aead],
    ) -> None:
        self._identity = identity
        self._vault_id = vault_id
        self._newest_epoch = newest_epoch
        self._epoch = epoch
        # By the row as it was read: one that was retired or changed is another key.
        self._open: dict[SecretRow, Secret] = {}

    def generations(self, name: str) -> list[Generation]:
        """List the generations of a secret, oldest first; the first is made at need.

        Not inside a unit of work of the identity store: it may open its own.
        """
        return self.made(name) or self._read(self._found(name))

    def draw_required(self, *, now: int) -> None:
        """Draw the required secrets that are not there yet.

        For a new installation and for the upgrade of an older one.
        """
        for name in REQUIRED:
            if not self.made(name):
                self.begin(name, now=now)

    def made(self, name: str) -> list[Generation]:
        """List the generations that there are, oldest first; none is made."""
        return self._read(self._identity.reads.secrets(name))

    def rotate(self, name: str, *, now: int) -> None:
        """Begin the overlap: make the generation that takes over.

        Raises:
            Conflict: one is taking over already.

        """
        self.generations(name)
        self.begin(name, now=now)

    def begin(self, name: str, *, now: int) -> None:
        """Make one more generation, the first if there is none.

        Raises:
            Conflict: two are in use already.

        """
        with self._identity.work() as work:
            rows = work.secrets(name)
            if len(_live(rows)) > 1:
                raise Conflict(
                    "two keys of this name are in use already",
                    fix="end that rotation first: `allod keys retire NAME`",
                )
            number = rows[-1].generation + 1 if rows else FIRST
            work.add_secret(self._sealed(name, number, now))

    def retire(self, name: str, *, now: int, least: int = 1) -> None:
        """End the overlap: the older generation is used no more.

        Raises:
            Conflict: fewer than `least` would be left in use, or none is.
            IntegrityFault: the store answers that it is still in use.

        """
        with self._identity.work() as work:
            live = _live(work.secrets(name))
            if len(live) <= least:
                raise Conflict(
                    "this is the only key of its name in use"
                    if live
                    else "no key of this name is in use",
                    fix="make its successor first: `allod keys rotate NAME`",
                )
            work.retire_secret(name, live[0].generation, now)
            if _live(work.secrets(name)) != live[1:]:
                raise IntegrityFault("a key that was retired is still in use")

    def _found(self, name: str) -> list[SecretRow]:
        if name in REQUIRED:
            raise CannotStart(
                f"the secret named {name} is missing from the identity store",
                fix="bring back the newest keys/",
            )
        with self._identity.work() as work:
            # Another worker may have been first: theirs is the one that counts.
            if not work.secrets(name):
                epoch, _ = self._newest_epoch()
                row = work.epoch(epoch)
                work.add_secret(self._sealed(name, FIRST, row.at if row else 0))
        return self._identity.reads.secrets(name)

    def _read(self, rows: list[SecretRow]) -> list[Generation]:
        return [
            Generation(row.generation, self._opened(row), row.at, row.retired)
            for row in rows
        ]

    def _sealed(self, name: str, generation: int, now: int) -> SecretRow:
        epoch, aead = self._newest_epoch()
        wrapped = aead.seal(generate_key(), self._aad(name, generation, epoch))
        return SecretRow(name, generation, epoch, wrapped, now, None)

    def _opened(self, row: SecretRow) -> Secret:
        kept = row._replace(retired=None)
        secret = self._open.get(kept)
        if secret is None:
            aad = self._aad(row.name, row.generation, row.epoch)
            secret = Secret(self._epoch(row.epoch).open(row.wrapped, aad))
            self._open[kept] = secret
        return secret

    def _aad(self, name: str, generation: int, epoch: int) -> bytes:
        if generation == FIRST:
            return framed("allod/secret/v1", self._vault_id, name, epoch)
        return framed("allod/secret/v2", self._vault_id, name, generation, epoch)


def _live(rows: list[SecretRow]) -> list[SecretRow]:
    return [row for row in rows if row.retired is None]
