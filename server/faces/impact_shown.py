"""A comparison of policies in the words of the API; the command gives the same."""

from dataclasses import asdict

from pdp.change.impact import Impact, Shift
from pdp.change.widening import Widenings
from server.faces.impact_schemas import (
    ImpactResponse,
    OpenedQuestionResponse,
    CallersResponse,
    ShiftResponse,
    PurposeTotalResponse,
)


def impact_shown(found: Impact, opened: Widenings) -> ImpactResponse:
    """Put a comparison into the words of the API."""
    return ImpactResponse(
        old=found.old,
        new=found.new,
        classes=found.classes,
        widens=opened.widens,
        totals=[PurposeTotalResponse(**asdict(each)) for each in found.totals],
        shifts=[_shift(each) for each in found.shifts],
        opened=[
            OpenedQuestionResponse(question=each.asked.text, before=each.before, after=each.after)
            for each in opened.generated
        ],
        questions=opened.asked,
        cells=[*opened.words],
        lines=[*found.lines(), *opened.lines()],
    )


def _shift(shift: Shift) -> ShiftResponse:
    return ShiftResponse(
        purpose=shift.purpose,
        role=shift.role,
        what=shift.what,
        before=shift.before,
        after=shift.after,
        effect="gain" if shift.gain else "loss",
        records=shift.records,
        by=[
            CallersResponse(
                records=each.records,
                kinds=[*each.kinds],
                actions=[*each.actions],
                reaches=[*each.reaches],
                regions=[*each.regions],
                assurances=[*each.assurances],
            )
            for each in shift.by
        ],
    )
