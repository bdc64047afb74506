"""Orders of a home that had none: adopted once, each against what bears it out.

Before there was a chain, an erasure left a file of its own in the mirror, which anybody
could have written. Each becomes an order of the chain only if an entry of the ledger
bears it out, or the fence that the erasure set in the identity store. What neither
knows is not obeyed, and not passed over either: the upgrade stops and names the file.
"""

import json
import secrets
from datetime import timedelta
from typing import Final

from kit.canonical import parse
from kit.clock import Clock, unix
from kit.db import Database, WriteSession
from kit.errors import CannotStart, IntegrityFault, Malformed
from kit.ids import parse_id
from ledger.formats.commitment import CommitmentError, Entry
from ledger.formats.entries import ErasureOpening
from ledger.formats.order_kinds import StoreName
from ledger.log import Log
from pdp.change.active import active
from pdp.change.proposals import put_in_force
from vault._internal.ports.identity import IdentityStore
from vault._internal.ports.orders import ErasureOrder, OrderChain, OrderStore
from vault.erasure.erasure import ERASED
from vault.erasure.erasure_order import ceiling, placed
from vault.erasure.order_check import named
from vault.orders.order_book import OrderBook

Files = dict[bytes, bytes]
"""The subject by the id of the order, as the files say."""

_SUFFIX: Final = ".json"


class Adoption:
    """Begins the chain of orders of an older home."""

    def __init__(
        self,
        *,
        database: Database,
        erasures: OrderStore,
        chain: OrderChain,
        book: OrderBook,
        identity: IdentityStore,
        log: Log,
        clock: Clock,
        suppression: timedelta,
    ) -> None:
        self._database = database
        self._erasures = erasures
        self._chain = chain
        self._book = book
        self._identity = identity
        self._log = log
        self._clock = clock
        self._suppression = suppression

    def run(self) -> None:
        """Begin the chain, unless it is begun; safe to repeat.

        Raises:
            CannotStart: data/ is older than the chain that the mirror has.
            IntegrityFault: nothing bears a file of an order out.

        """
        self._require_first()
        self._log.publication.keep_openings()
        if not self._chain.newest().number:
            self._begin(self._files())
        self._book.send()
        erased = self._chain.after(0, named(StoreName.IDENTITY))
        if erased:
            with self._identity.work() as work:
                work.set_applied(erased[-1].ref.number, erased[-1].ref.digest)
        for each in self._log.mirror.orders.folder.glob(f"*{_SUFFIX}"):
            each.unlink()

    def _require_first(self) -> None:
        begun = any(True for _ in self._log.mirror.orders.segments())
        if begun and not self._chain.newest().number:
            raise CannotStart(
                "this copy of data/ is older than the orders that the mirror keeps",
                fix="restore a copy that was made after `allod upgrade`",
            )

    def _files(self) -> Files:
        found = Files()
        for path in self._log.mirror.orders.folder.glob(f"*{_SUFFIX}"):
            order_id, subject = parse_id(path.stem), _subject(path.read_bytes())
            if order_id is None or subject is None:
                raise _unfounded(path.name)
            found[order_id] = subject
        return found

    def _begin(self, files: Files) -> None:
        orders = sorted(
            self._erasures.all(), key=lambda o: json.loads(o.document)["ordered_at"]
        )
        with self._database.write() as session:
            for order in orders:
                self._require_entry(order, files.pop(order.order_id, order.subject))
                self._adopt(session, order)
            for order_id, subject in files.items():
                self._adopt_fenced(session, order_id, subject)
            now = active(session)
            put_in_force(
                *(session, self._book),
                digest=now.digest,
                at=now.at,
                entry=now.entry,
            )

    def _require_entry(self, order: ErasureOrder, subject: bytes) -> None:
        """Hold an order to its ledger entry, if it has come so far."""
        document = json.loads(order.document)
        borne = subject == order.subject
        if borne and "index" in document:
            try:
                opening = ErasureOpening.from_bytes(document["opening"].encode())
                opening.check()
                entry = Entry.parse(self._log.committed(document["index"]))
                borne = (opening.order, opening.opening.entry()) == (
                    order.order_id,
                    entry,
                )
            except CommitmentError:
                borne = False
        if not borne:
            raise _unfounded(f"{order.order_id.hex()}{_SUFFIX}")

    def _adopt(self, session: WriteSession, order: ErasureOrder) -> None:
        document = json.loads(order.document)
        until = document["suppressed_until"]
        result = ceiling(order.order_id, until, order.secret_hash)
        ref = self._book.add(session, ERASED, result, subject=order.subject)
        self._erasures.advance(session, order, order.step, placed(document, ref))

    def _adopt_fenced(
        self, session: WriteSession, order_id: bytes, subject: bytes
    ) -> None:
        """Adopt an order whose row an older copy of the data lost."""
        if self._identity.reads.fence(subject) != order_id:
            raise _unfounded(f"{order_id.hex()}{_SUFFIX}")
        until = unix(self._clock.now() + self._suppression)
        # The secret went to the customer, and what it hashes to is lost with the row.
        result = ceiling(order_id, until, secrets.token_bytes(32))
        self._book.add(session, ERASED, result, subject=subject)


def _subject(data: bytes) -> bytes | None:
    try:
        return parse_id(parse(data)["subject"])
    except (Malformed, KeyError, TypeError):
        return None


def _unfounded(name: str) -> IntegrityFault:
    return IntegrityFault(
        f"nothing bears out the erasure order mirror/orders/{name}: not upgraded",
        code="upgrade.unsound",
        fix="keep the file as evidence elsewhere; if its erasure was asked for, have"
        " the program that wrote the home do it first",
    )
