"""What customers say yes and no to: consent, its end, objections, and how it stands.

There is one no: it stops whatever of a purpose can be stopped, and the answer names
each collection that rests and each that goes on, with the ground. What neither a
withdrawal nor an objection would end is answered so, and nothing is recorded.
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from consent import ConsentWord
from server.auth.principals import Bearer, Scope
from server.faces.consents_schemas import (
    ConsentHistory,
    ConsentReceiptResponse,
    ConsentResponse,
    ConsentsResponse,
    Grant,
    NoticeResponse,
    NoticesResponse,
    Objection,
)
from server.faces.dependencies import InLanguage, OwnPurpose, TheHouse
from server.http.admission import customer
from server.http.rights import RightsRoute

router = APIRouter(prefix="/v1", tags=["customers"], route_class=RightsRoute)

Reader = Annotated[Bearer, Depends(customer(Scope.OWN_READ))]
Writer = Annotated[Bearer, Depends(customer(Scope.OWN_WRITE))]


@router.get("/me/notices")
def notices(house: TheHouse, bearer: Reader) -> NoticesResponse:
    """Show the texts in force, one per purpose and language."""
    bearer.own()
    with house.vault_db.read() as session:
        found = [
            NoticeResponse.of(notice, house.languages)
            for purpose in house.purposes
            for notice in house.notices.current(session, purpose.name)
        ]
    return NoticesResponse(items=found)


@router.get("/me/purposes")
def purposes(house: TheHouse, bearer: Reader, speaker: InLanguage) -> ConsentsResponse:
    """Show where every purpose stands: what it is used on, and which no ends it."""
    with house.vault_db.read() as session:
        found = house.grants.everything(session, bearer.own())
    return ConsentsResponse.of(found, house.catalog, speaker)


@router.get("/me/consents")
def consents(house: TheHouse, bearer: Reader, speaker: InLanguage) -> ConsentsResponse:
    """Show where each purpose stands that the customer said anything about."""
    with house.vault_db.read() as session:
        found = house.grants.standings(session, bearer.own())
    return ConsentsResponse.of(found, house.catalog, speaker)


@router.get("/me/consents/history")
def history(house: TheHouse, bearer: Reader) -> ConsentHistory:
    """Show everything the customer ever said about any purpose, oldest first."""
    with house.vault_db.read() as session:
        return ConsentHistory.of(house.grants.history(session, bearer.own()))


@router.get("/me/consents/{purpose}/record")
def consent_receipt(
    house: TheHouse, bearer: Reader, purpose: OwnPurpose
) -> ConsentReceiptResponse:
    """Give what the customer said about consent to a purpose as a signed record.

    After ISO/IEC TS 27560; `allod verify` checks it offline. 409 `controller.unnamed`
    until the operator has said who the controller is.
    """
    own = bearer.own()
    with house.vault_db.read() as session:
        said = house.grants.history(session, own)
    receipt = house.consent_receipts.of(said, purpose)
    return ConsentReceiptResponse.model_validate(receipt)


@router.put("/me/consents/{purpose}")
def grant(
    house: TheHouse,
    bearer: Writer,
    speaker: InLanguage,
    purpose: OwnPurpose,
    given: Grant,
) -> ConsentResponse:
    """Consent to a purpose, having been shown this version of its notice."""
    own = bearer.own()
    with house.vault_db.write() as session:
        house.grants.grant(
            session,
            own,
            purpose,
            notice_version=given.notice_version,
            language=given.language,
            until=given.until,
        )
        found = house.grants.standing(session, own, purpose)
    return ConsentResponse.of(found, house.catalog, speaker)


@router.delete("/me/consents/{purpose}")
def withdraw(
    house: TheHouse, bearer: Writer, speaker: InLanguage, purpose: OwnPurpose
) -> ConsentResponse:
    """Say no, as easily as yes was said; it binds the next read of anybody.

    What rests on consent is withdrawn from (GDPR 7(3)), and where a use heeds an
    objection alone, that is what is recorded (GDPR 21). `uses` says what rests now and
    what goes on.
    """
    own = bearer.own()
    with house.vault_db.write() as session:
        house.grants.withdraw(session, own, purpose)
        found = house.grants.standing(session, own, purpose)
    return ConsentResponse.of(found, house.catalog, speaker)


@router.get("/me/objections")
def objections(
    house: TheHouse, bearer: Reader, speaker: InLanguage
) -> ConsentsResponse:
    """Show the objections that stand."""
    with house.vault_db.read() as session:
        found = house.grants.standings(session, bearer.own())
    standing = (each for each in found if each.state is ConsentWord.OBJECTED)
    return ConsentsResponse.of(standing, house.catalog, speaker)


@router.post("/me/objections")
def object_(
    house: TheHouse, bearer: Writer, speaker: InLanguage, said: Objection
) -> ConsentResponse:
    """Object to a purpose (GDPR 21); it binds the next read of anybody.

    Where all of it rests on consent, a withdrawal is recorded in its place.
    """
    own = bearer.own()
    with house.vault_db.write() as session:
        house.grants.object_(session, own, said.purpose)
        found = house.grants.standing(session, own, said.purpose)
    return ConsentResponse.of(found, house.catalog, speaker)


@router.delete("/me/objections/{purpose}")
def end_objection(
    house: TheHouse, bearer: Writer, speaker: InLanguage, purpose: OwnPurpose
) -> ConsentResponse:
    """Take an objection back. It gives no consent: that is said by itself."""
    own = bearer.own()
    with house.vault_db.write() as session:
        house.grants.end_objection(session, own, purpose)
        found = house.grants.standing(session, own, purpose)
    return ConsentResponse.of(found, house.catalog, speaker)
