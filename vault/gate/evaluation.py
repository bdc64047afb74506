"""One reading under way: rows that were found, what was decided, what is logged.

The gate drives it, from a thread or from an event loop; here is the part that is the
same for both, and that touches neither keys nor cleartext.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from struct import pack

from kit import telemetry
from kit.errors import AllodError, NotFound, Reason, Refused, Unavailable
from kit.ids import new_id
from pdp.decision.decision import Obligation
from vault._internal.ports.records import SealedRow
from vault.audit.access import Access
from vault.gate.masking import Plan
from vault.gate.question import Question
from vault.gate.verdict_plans import Verdict, Verdicts

Denied = tuple[SealedRow, Verdict]

_place = itemgetter(0, 1)


@dataclass(slots=True)
class Evaluation:
    """One question's rows, sorted by what may become of them.

    `plans` says by packed class what to do with the allowed rows: a million of them
    share a few plans, and a pair for each would be a million pairs more.
    `absent` counts what was asked for and is not there: unknown, another's, or out
    of reach. It holds no rows, so that nothing later can tell the three apart.
    """

    question: Question
    verdicts: Verdicts
    decision_id: bytes = field(default_factory=new_id)
    allowed: list[SealedRow] = field(default_factory=list)
    plans: dict[int, Plan] = field(default_factory=dict)
    denied: list[Denied] = field(default_factory=list)
    absent: int = 0
    refusal: AllodError | None = None

    def judge(self, rows: Iterable[SealedRow]) -> None:
        """Sort rows by their verdicts; waits for the engine where one is missing."""
        rows = list(rows)
        self._sort(rows, self._verdicts_of({row.k for row in rows}))
        if self.verdicts.divergent:
            self.verdicts.tally(row.k for row in rows)
        self._raise_alarm()

    def would_show(self, ks: Iterable[int]) -> bool:
        """Tell whether a record of one of some packed classes would be shown.

        Raises:
            Unavailable: the engine gave no decision about one.

        """
        visible = [each for each in self._verdicts_of(set(ks)).values() if each.visible]
        for verdict in visible:
            self._require_decision(verdict)
        return any(verdict.allowed for verdict in visible)

    def _verdicts_of(self, ks: Collection[int]) -> dict[int, Verdict]:
        known = self.verdicts.known
        fresh = self.verdicts.missing(ks)
        if fresh:
            known = known | self.verdicts.decide(fresh)
        return {k: known[k] for k in ks}

    def _sort(self, rows: list[SealedRow], verdicts: Mapping[int, Verdict]) -> None:
        plans = {
            k: verdict.plan
            for k, verdict in verdicts.items()
            if verdict.visible and verdict.plan is not None
        }
        self.plans |= plans
        self.allowed += [row for row in rows if row.k in plans]
        for row in [row for row in rows if row.k not in plans]:
            verdict = verdicts[row.k]
            if verdict.visible:
                self.denied.append((row, verdict))
            else:
                self.absent += 1

    async def judge_async(self, rows: Sequence[SealedRow]) -> None:
        """Sort rows by their verdicts on an event loop, which goes on meanwhile.

        Only a class that was never asked about waits for the engine, and in a thread.
        """
        if self.verdicts.missing({row.k for row in rows}):
            await asyncio.to_thread(self.judge, rows)
        else:
            self.judge(rows)

    def _raise_alarm(self) -> None:
        broken = [verdict for verdict, _ in self._refusals() if verdict.broken]
        for code in {r.code for verdict in broken for r in verdict.reasons}:
            telemetry.alarm("gate refused for a fault of its own", code=code)

    def _refusals(self) -> list[tuple[Verdict, int]]:
        # A page has few verdicts, which its rows share.
        verdicts = {id(verdict): verdict for _, verdict in self.denied}
        counted = Counter([id(verdict) for _, verdict in self.denied])
        return [(verdicts[each], count) for each, count in counted.items()]

    def masked_by(self, field: str) -> list[SealedRow]:
        """Give what is allowed and does not leave a field clear."""
        clear = {k for k, plan in self.plans.items() if field in plan.clear}
        return [row for row in self.allowed if row.k not in clear]

    def withhold_unless_clear(
        self, field: str, *, but: Collection[SealedRow] = ()
    ) -> None:
        """Move to the denied what was searched by a field that is not clear.

        `but` are the rows of which it may be verified instead.
        """
        unclear = Verdict(None, (Reason("field.not_clear"),), visible=True)
        masked = [row for row in self.masked_by(field) if row not in but]
        self.allowed = [row for row in self.allowed if row not in masked]
        self.denied += [(row, unclear) for row in masked]

    def keep_first(self, most: int, reason: Reason) -> int:
        """Move to the denied what is allowed beyond a bound; gives how many."""
        beyond = Verdict(None, (reason,), visible=True)
        rest = self.allowed[most:]
        self.allowed = self.allowed[:most]
        self.denied += [(row, beyond) for row in rest]
        return len(rest)

    def refuse(self, reason: Reason, error: AllodError | None = None) -> None:
        """Deny all that is allowed so far, for one reason.

        What is raised once that is on record is a refusal, or `error` if there is one.
        """
        refused = Verdict(None, (reason,), visible=True)
        self.denied = [(row, refused) for row in self.allowed] + self.denied
        self.allowed = []
        self.refusal = error or self.error_for(refused)

    def allow_for_groups(self) -> set[Obligation]:
        """Let in what only obligations keep from single answers; gives all of them.

        The caller answers with numbers about groups, and withholds each group that
        does not meet them.
        """
        bound = [(row, v.bound) for row, v in self.denied if v.bound is not None]
        self.allowed += [row for row, _ in bound]
        self.plans |= {row.k: plan for row, plan in bound}
        self.denied = [each for each in self.denied if each[1].bound is None]
        verdicts = self.verdicts.known
        ks = {row.k for row in self.allowed}
        return {each for k in ks for each in verdicts[k].obligations}

    def error_for(self, verdict: Verdict) -> AllodError:
        """Say why a record is not disclosed: the law's no, or our own failure."""
        if verdict.broken:
            return _undecided(verdict)
        return Refused(
            "the policy refuses this purpose for this record",
            reasons=verdict.reasons,
            decision_id=self.decision_id.hex(),
        )

    @property
    def undecided(self) -> int:
        """How many records are kept back because the policies do not know their words.

        They are among the denied, and keep nobody else's from being shown.
        """
        return sum(count for verdict, count in self._refusals() if verdict.undecidable)

    def require_decided(self) -> None:
        """Raise where the engine failed, or all was refused: that is not withheld.

        Raises:
            Unavailable: the engine gave no decision, whatever the record.
            AllodError: what `refuse` was told, or the refusal itself.

        """
        for verdict, _ in self._refusals():
            self._require_decision(verdict)
        if self.refusal is not None:
            raise self.refusal

    def _require_decision(self, verdict: Verdict) -> None:
        if verdict.broken and not verdict.undecidable:
            raise self.error_for(verdict)

    def require_any(self) -> None:
        """Raise where nothing is left to answer with, because all was refused.

        What could not be decided was not refused: of that, only the number is told.

        Raises:
            Refused: the policy says no to everything that it could decide about.
            AllodError: as `require_decided`.

        """
        self.require_decided()
        refused = [verdict for verdict, _ in self._refusals() if not verdict.broken]
        if refused and not self.allowed:
            raise self.error_for(refused[0])

    def require_answer(self) -> None:
        """Raise where the row of a point read is not allowed.

        Raises:
            NotFound: absent, another's, or out of reach.
            Refused: it is there, and the policy says no.
            Unavailable: the engine gave no decision.

        """
        if self.denied:
            raise self.error_for(self.denied[0][1])
        if not self.allowed:
            raise NotFound

    def reason_codes(self) -> tuple[str, ...]:
        """Name every reason for which something was denied, most frequent first."""
        counted = Counter[str]()
        for verdict, count in self._refusals():
            counted.update({reason.code: count for reason in verdict.reasons})
        return tuple(code for code, _ in counted.most_common())

    def events(self, *, collection: str = "", one: bytes | None = None) -> list[Access]:
        """Say for the access log what is about to be disclosed, and what is not.

        `one` is the only subject that the reading is about, if there is one; else the
        subjects are packed, 16 bytes each.
        """
        events = []
        if self.allowed:
            events.append(self._event("disclosed", self.allowed, collection, one))
        if self.denied:
            rows = [row for row, _ in self.denied]
            events.append(self._event("refused", rows, collection, one))
        if self.absent or not events:
            events.append(self._event("not_found", [], collection, one))
        return events

    def refused(self, collection: str) -> Access:
        """Say for the access log that a collection was refused, unread."""
        return self._event("refused", [], collection, None)

    def _event(
        self,
        outcome: str,
        rows: Sequence[SealedRow],
        collection: str,
        one: bytes | None,
    ) -> Access:
        principal = self.question.principal
        disclosed = outcome == "disclosed"
        # In the order of a scan, however they were sorted into allowed and denied.
        rows = sorted(rows, key=_place)
        return Access(
            principal_kind=principal.kind.value,
            principal=principal.name,
            purpose=self.question.purpose,
            action=self.question.action,
            revision=self.verdicts.revision,
            decision=self.decision_id,
            outcome=outcome,
            reasons=",".join(self.reason_codes()) if outcome == "refused" else "",
            collection=collection,
            subject=one,
            subjects=b"" if one else b"".join([row.subject for row in rows]),
            records=b"".join([row.record for row in rows]),
            versions=pack(f">{len(rows)}I", *[row.version for row in rows]),
            fields=self._fields() if disclosed else "",
            disclosed=len(rows) if disclosed else 0,
            withheld=0 if disclosed else len(rows) or self.absent,
            request=self.question.request,
        )

    def _fields(self) -> str:
        shown = {self.plans[k].fields for k in {row.k for row in self.allowed}}
        if len(shown) == 1:
            return shown.pop()
        names = {name for fields in shown for name in fields.split(",")}
        return ",".join(sorted(names))


def _undecided(verdict: Verdict) -> Unavailable:
    """Say that nothing was decided, and whose words are the reason."""
    code = verdict.reasons[0].code
    if not verdict.undecidable:
        return Unavailable("the policy engine gave no decision", code=code)
    return Unavailable(
        "the policies do not know a word of this record, and cannot decide about it",
        code=code,
        fix="correct the customer's region or minority, or the catalogue, to a word of"
        " the policies; or have legal add the word to their tables",
    )
