"""Going on where orders are lost: what they may have ended is ended.

Nobody can tell what a lost order said. So every consent, licence and token that was
granted before the copy ends, and each person's opens again by their own act. That is
not one principal's to decide: two say so, by their own tokens, for the same instant.
Then what is left of the chain is brought back, and an order of its own says from where
on the chain goes on: in the mirror, the data store and the identity store. Who was
erased by an order that is lost, as keys/ still tells, is erased once more. The files
that were found are kept aside, as evidence.

People whose key, or row, is not here cannot have anything ended yet: then the order
waits, and ends it at the first start that finds them.

A yes is a row. The ledger hears of it when it is done: until the copy has the entries
that only the mirror holds, nothing may be appended to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kit.canonical import parse
from kit.clock import Clock, unix
from kit.db import Database, WriteSession
from kit.errors import Conflict, Fault, Invalid
from ledger.files.order_files import number_of
from ledger.formats import entry_kinds
from ledger.formats.encoding import encode64
from ledger.formats.order import Order, OrderRef
from ledger.formats.order_kinds import StoreName, neither, order_kinds
from ledger.log import Log
from ledger.ports import OrderWaiting
from vault._internal.ports.identity import IdentityStore
from vault._internal.ports.orders import OrderChain
from vault.erasure.order_check import ACCEPTED, MEMBER, OrderCheck
from vault.erasure.replay import Replay, Replayers
from vault.orders.order_book import OrderBook

PRINCIPALS: Final = 2
SPARE: Final = 1 << 20
"""How many numbers are left out: no lost order can have had those that follow."""

entry_kinds.declare(ACCEPTED, entry_kinds.EntryType.OPERATOR)
neither("orders:approved")

_LANE: Final = bytes(16)

Close = Callable[[WriteSession, int], None]


@dataclass(frozen=True, slots=True)
class Closing:
    """Ends all that was granted up to an instant: consents and licences, tokens.

    `policies` puts in force what the ledger says was activated last: its order may be
    among those that are lost, and its entry is not.
    """

    consents: Close
    tokens: Close
    policies: Callable[[WriteSession], None]

    def close(self, session: WriteSession, until: int) -> None:
        """End it all.

        Raises:
            OrderWaiting: there are people of whom nothing can be said yet.

        """
        self.tokens(session, until)
        self.consents(session, until)

    def replayer(
        self, session: WriteSession, _: bytes | None, result: Mapping[str, Any]
    ) -> None:
        """End it all once more, after a later restore of a still older copy."""
        self.close(session, result["since"])


class LostOrders:
    """Goes on without orders, when two principals say so."""

    def __init__(
        self,
        *,
        database: Database,
        chain: OrderChain,
        book: OrderBook,
        check: OrderCheck,
        replay: Replay,
        identity: IdentityStore,
        log: Log,
        pseudonym: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._database = database
        self._chain = chain
        self._book = book
        self._check = check
        self._replay = replay
        self._identity = identity
        self._log = log
        self._pseudonym = pseudonym
        self._clock = clock

    def results(self, kind: str) -> list[Mapping[str, Any]]:
        """Give what the orders of a kind say that are about nobody, and not lost."""
        known = self._check.whole()
        return [parse(each.body) for each in known if each.kind == kind]

    def approve(self, since: int, *, by: str) -> int:
        """Say yes to going on without what was ordered since the copy.

        Gives how many principals have said so, for this instant. One counts once.

        Raises:
            Invalid: the instant is still to come.

        """
        if since > unix(self._clock.now()):
            fault = Fault("/since", "the moment at which the copy was made")
            raise Invalid("the copy is not made yet", faults=(fault,))
        with self._database.write() as session:
            self._chain.approve(session, since, by, unix(self._clock.now()))
        return len(self._chain.approvers(since))

    def accept(self, since: int, *, replayers: Replayers, closing: Closing) -> int:
        """Go on without what is lost; tells how many orders could be brought back.

        `since` is when the copy was made, in unix seconds.

        Raises:
            Conflict: fewer than two principals have said yes.

        """
        by = self._chain.approvers(since)
        if len(by) < PRINCIPALS:
            raise Conflict(
                "another principal has to say so, too",
                code="orders.not_approved",
                fix="run the same command with another member of staff's token",
            )
        self._log.restore(whole=False)
        known = self._check.whole()
        brought = self._bring_back(known, replayers)
        accepted, erased = self._accept(known, since, by, closing)
        with self._identity.work() as work:
            work.set_applied(accepted.number, accepted.digest)
        self._log.publish()
        self._write_anew(accepted.number)
        self._replay.finish(erased)
        return brought

    def _bring_back(self, known: list[Order], replayers: Replayers) -> int:
        data, keys = self._chain.newest(), self._identity.reads.applied()
        named = order_kinds()
        lacking = [
            each
            for each in known
            if each.number > data.number
            or (
                StoreName.IDENTITY in named[each.kind].stores
                and each.number > keys.number
            )
        ]
        for order in lacking:
            self._replay.bring_back(order, replayers)
        return len(lacking)

    def _accept(
        self, known: list[Order], since: int, by: list[str], closing: Closing
    ) -> tuple[OrderRef, list[bytes]]:
        number = self._next(known)
        with self._database.write() as session:
            waiting = [each.ref.number for each in self._chain.waiting()]
            waiting += [] if _is_closed(session, closing, since) else [number]
            closing.policies(session)
            self._chain.clear(session)
            for order in known:
                self._book.keep(session, order, sent=False)
            result = {"since": since, "last": known[-1].number if known else 0}
            placed = self._book.continued(session, ACCEPTED, result, number=number)
            for each in waiting:
                self._chain.wait(session, each, waiting=True)
            self._stamp(session, since, by, placed)
            erased = self._replay.take_up_lost(session)
        return placed, erased

    def _next(self, known: list[Order]) -> int:
        """Give a number that no order, lost or not, can have had."""
        numbers = [number_of(line) for line in self._check.lines()]
        numbers += [each.number for each in known]
        numbers += [self._chain.newest().number, self._identity.reads.applied().number]
        return max(numbers) + SPARE

    def _stamp(
        self, session: WriteSession, since: int, by: list[str], placed: OrderRef
    ) -> None:
        head = self._book.mac(lane=_LANE, seq=0, head=placed)
        facts = {
            "since": since,
            "by": [self._pseudonym(each) for each in by],
            "lane": _LANE.hex(),
            "seq": 0,
            MEMBER: encode64(head),
        }
        self._log.stamp_operator(session, ACCEPTED, facts)

    def _write_anew(self, number: int) -> None:
        self._log.mirror.set_orders_aside(number)
        self._book.send()


def _is_closed(session: WriteSession, closing: Closing, since: int) -> bool:
    try:
        closing.close(session, since)
    except OrderWaiting:
        return False
    return True
