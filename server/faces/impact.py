"""What other policies would change, for those who answer for them, before anybody asks.

A comparison takes two engines of its own, up to a minute, and a turn like other trials:
whoever comes when all are taken is told so, and not kept waiting.
"""

from dataclasses import asdict

from fastapi import APIRouter, Depends

from pdp.impact import Impact, Shift, impact
from pdp.widening import Widenings, opened_by
from server.doors import legal, turn
from server.faces.given import TheHouse
from server.faces.impact_schemas import (
    ImpactShown,
    OpenedShown,
    SeenShown,
    ShiftShown,
    TotalShown,
)
from server.faces.policy_candidate import Candidate, candidate_bundle
from server.strict_json import StrictRoute
from server.turns import Work

router = APIRouter(
    prefix="/v1/policies",
    tags=["legal"],
    route_class=StrictRoute,
    dependencies=[Depends(legal())],
)


@router.post("/impact", dependencies=[Depends(turn(Work.TRIAL))])
def compare(house: TheHouse, candidate: Candidate) -> ImpactShown:
    """Count who would gain and who would lose, if other policies were in force."""
    bundle, in_force = candidate_bundle(house, candidate), house.bundle
    found = impact(in_force, bundle, house.vault.observed)
    return impact_shown(found, opened_by(in_force, bundle, found))


def impact_shown(found: Impact, opened: Widenings) -> ImpactShown:
    """Put a comparison into the words of the API."""
    return ImpactShown(
        old=found.old,
        new=found.new,
        classes=found.classes,
        widens=opened.widens,
        totals=[TotalShown(**asdict(each)) for each in found.totals],
        shifts=[_shift(each) for each in found.shifts],
        opened=[
            OpenedShown(question=each.asked.text, before=each.before, after=each.after)
            for each in opened.generated
        ],
        cells=[*opened.words],
        lines=[*found.lines(), *opened.lines()],
    )


def _shift(shift: Shift) -> ShiftShown:
    return ShiftShown(
        purpose=shift.purpose,
        role=shift.role,
        what=shift.what,
        before=shift.before,
        after=shift.after,
        effect="gain" if shift.gain else "loss",
        records=shift.records,
        by=[
            SeenShown(
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
