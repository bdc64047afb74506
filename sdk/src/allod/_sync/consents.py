# Generated from allod/_async by scripts/generate_sync.py; edit that.
"""What a customer says yes and no to, and where that stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allod._sync.http import Part
from allod._consents import (
    Consent,
    ConsentEvent,
    Notice,
    Restriction,
)
from allod._transport import Call, instant, segments


class Consents(Part):
    """What a customer says about purposes."""

    def notices(self) -> tuple[Notice, ...]:
        """Read the texts in force, one per purpose and language."""
        return self._items(Notice, "/v1/me/notices")

    def purposes(self) -> tuple[Consent, ...]:
        """Read where every purpose stands, and which no ends each of its uses."""
        return self._items(Consent, "/v1/me/purposes")

    def consents(self) -> tuple[Consent, ...]:
        """Read where each purpose stands that anything was said about."""
        return self._items(Consent, "/v1/me/consents")

    def consent_history(self) -> tuple[ConsentEvent, ...]:
        """Read everything that was ever said about any purpose, oldest first."""
        return self._items(ConsentEvent, "/v1/me/consents/history")

    def grant(
        self,
        purpose: str,
        *,
        notice_version: int,
        language: str,
        until: datetime | None = None,
    ) -> Consent:
        """Consent to a purpose, having been shown this version of its notice."""
        body: dict[str, Any] = {"notice_version": notice_version, "language": language}
        if until is not None:
            body["until"] = instant(until)
        call = Call("PUT", segments("v1", "me", "consents", purpose), body=body)
        return self._ask(Consent, call)

    def withdraw(self, purpose: str) -> Consent:
        """Say no to a purpose; it binds the next read of anybody.

        Consent is withdrawn (GDPR Art. 7(3)); where a use heeds an objection alone,
        that is recorded. `uses` says what rests now and what goes on. `Invalid`, with
        the article in its `reasons`, where neither would end anything.
        """
        call = Call("DELETE", segments("v1", "me", "consents", purpose))
        return self._ask(Consent, call)

    def consent_record(self, purpose: str) -> Mapping[str, Any]:
        """Fetch what was said about consent to a purpose as a signed record.

        After ISO/IEC TS 27560. `allod.proofs.verify_document` checks it with
        `Context.CONSENT`, and so does `allod verify` on a file that holds it.
        """
        call = Call("GET", segments("v1", "me", "consents", purpose, "record"))
        return self._http.fetch(call)

    def objections(self) -> tuple[Consent, ...]:
        """Read the objections that stand."""
        return self._items(Consent, "/v1/me/objections")

    def object(self, purpose: str) -> Consent:
        """Object to a purpose (GDPR Art. 21); it binds the next read of anybody.

        Where all of it rests on consent, a withdrawal is recorded in its place.
        """
        call = Call("POST", "/v1/me/objections", body={"purpose": purpose})
        return self._ask(Consent, call)

    def end_objection(self, purpose: str) -> Consent:
        """Take an objection back; it gives no consent, which is said by itself."""
        call = Call("DELETE", segments("v1", "me", "objections", purpose))
        return self._ask(Consent, call)

    def restriction(self) -> Restriction:
        """Read whether the use of one's data is restricted, by whom and since when."""
        return self._ask(Restriction, Call("GET", "/v1/me/restriction"))

    def restrict(self, ground: str) -> Restriction:
        """Have the use of one's data restricted (GDPR Art. 18(1)).

        The ground is accuracy, unlawful, claims or objection.
        """
        call = Call("POST", "/v1/me/restriction", body={"ground": ground})
        return self._ask(Restriction, call)

    def lift_restriction(self) -> Restriction:
        """Lift what one restricted oneself; what staff restricted stays so."""
        return self._ask(Restriction, Call("DELETE", "/v1/me/restriction"))
