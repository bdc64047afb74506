"""The ways in: what is told with another word of a question, and with this one.

Each way is what people do, over the API; the words are those of the question document
(`pdp.decision.question`) and of the tables in force.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from question_world import BOUGHT, TICKET, WHY, Told, World, exported, told

from pdp.decision.question import Kind

Way = Callable[[World], Awaitable[tuple[Told, Told]]]

TICKETS_ARE_KEPT = {"days": 3 * 366}


async def reading(w: World) -> tuple[Told, Told]:
    name = await w.person()
    bought = await w.record(name, "purchase", BOUGHT)
    counting = await w.read(w.service("analyst"), "analytics.aggregate", name, bought)
    return counting, await w.read(w.service("support"), "support.case", name, bought)


async def searching(w: World) -> tuple[Told, Told]:
    name = await w.person()
    value = f"{name}@example.org"
    await w.record(name, "profile", {"name": "Ada", "email": value})
    wanted = {"collection": "profile", "field": "email", "value": value}
    asked = [
        await w.send("POST", "/v1/find", w.service(role), body)
        for role, body in (
            ("marketing", wanted | {"purpose": "marketing.email"}),
            ("support", wanted | {"purpose": "support.case"}),
        )
    ]
    return told(asked[0]), told(asked[1])


async def exporting(w: World) -> tuple[Told, Told]:
    name = await w.person()
    before = exported(await w.own("POST", "exports", name))
    await w.profile(name)
    return before, exported(await w.own("POST", "exports", name))


async def counting(w: World) -> tuple[Told, Told]:
    await w.record(await w.person(), "purchase", BOUGHT)
    support = await w.count(w.service("support"), "support.case")
    return support, await w.count(w.service("analyst"), "analytics.aggregate")


async def writing(w: World) -> tuple[Told, Told]:
    name = await w.person()
    values = {"name": "Ada"}
    advertising = await w.write("marketing.email", name, "profile", values)
    return advertising, await w.write("support.case", name, "profile", values)


async def verifying(w: World) -> tuple[Told, Told]:
    """Sales sees the number, and has no need to ask whether it is this one."""
    name, phone = await w.person(), "+4915112345678"
    await w.record(name, "profile", {"name": "Ada", "phone": phone})
    held = {"collection": "profile", "field": "phone", "value": phone}
    path = f"/v1/customers/{name}/verify"
    asked = [
        await w.send("POST", path, w.service(role), held | {"purpose": purpose})
        for role, purpose in (("sales", "sales.offer"), ("support", "support.case"))
    ]
    return told(asked[0]), told(asked[1])


async def by_a_service(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    other = await w.read(w.service("product"), "support.case", name, profile)
    return other, await w.read(w.service("support"), "support.case", name, profile)


async def assigned(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    kim = w.staff("support", name="kim")
    before = await w.read(kim, "support.case", name, profile)
    await w.office("PUT", name, "assignments/kim", {"until": w.soon()})
    return before, await w.read(kim, "support.case", name, profile)


async def no_longer_assigned(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    kim = w.staff("support", name="kim")
    await w.office("PUT", name, "assignments/kim", {"until": w.soon()})
    before = await w.read(kim, "support.case", name, profile)
    await w.office("DELETE", name, "assignments/kim", None)
    return before, await w.read(kim, "support.case", name, profile)


async def granted_for_a_time(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    tom = w.staff("support", name="tom")
    before = await w.read(tom, "support.case", name, profile)
    grant = {"staff": "tom", "purpose": "support.case", "until": w.soon()}
    await w.office("POST", name, "grants", grant | {"reason": WHY})
    return before, await w.read(tom, "support.case", name, profile)


async def in_scope(w: World) -> tuple[Told, Told]:
    """A post in the unit that holds the customer; legal's claims are not open to it."""
    name = await w.person()
    profile = await w.profile(name)
    lee, unit = w.staff("support", "legal", name="lee"), "/v1/org/units/north"
    before = await w.read(lee, "support.case", name, profile)
    lea = w.staff("legal", name="lea")
    for path, body in (
        (unit, {"kind": "campus"}),
        (f"{unit}/posts/lee", {"until": w.soon()}),
        (f"{unit}/customers/{name}", None),
    ):
        assert (await w.send("PUT", path, lea, body)).is_success
    claims = await w.read(lee, "legal.claims", name, profile)
    assert claims == {"reach.outside"}
    return before, await w.read(lee, "support.case", name, profile)


async def oneself(w: World) -> tuple[Told, Told]:
    name, other = await w.person(), await w.person()
    mine, theirs = await w.profile(name), await w.profile(other)
    asked = [
        await w.callers.get(f"/v1/me/records/{each}", w.callers.customer(name))
        for each in (theirs, mine)
    ]
    return told(asked[0]), told(asked[1])


async def by_an_auditor(w: World) -> tuple[Told, Told]:
    await w.record(await w.person(), "purchase", BOUGHT)
    support = await w.count(w.service("support"), "audit.inspect")
    return support, await w.count(w.who(Kind.AUDITOR, name="aud"), "audit.inspect")


def restricting(*, lifted: bool) -> Way:
    async def way(w: World) -> tuple[Told, Told]:
        name = await w.person()
        profile = await w.profile(name)
        said = []
        for restricted in (True, False):
            body = {"restricted": restricted, "reason": WHY}
            await w.office("PUT", name, "restriction", body)
            who = w.service("support")
            said.append(await w.read(who, "support.case", name, profile))
        return (said[0], said[1]) if lifted else (said[1], said[0])

    return way


def of_age(word: str, *, than: str) -> Way:
    async def way(w: World) -> tuple[Told, Told]:
        said = []
        for minor in (than, word):
            name = await w.person(minor=minor)
            profile = await w.profile(name)
            await w.consent(name)
            who = w.service("marketing")
            said.append(await w.read(who, "marketing.email", name, profile))
        return said[0], said[1]

    return way


def kept(*, expired: bool) -> Way:
    async def way(w: World) -> tuple[Told, Told]:
        name = await w.person()
        ticket = await w.record(name, "ticket", TICKET)
        within = await w.read(w.service("support"), "support.case", name, ticket)
        w.scenario.clock.advance(**TICKETS_ARE_KEPT)
        after = await w.read(w.service("support"), "support.case", name, ticket)
        return (within, after) if expired else (after, within)

    return way


def held(*, lifted: bool) -> Way:
    async def way(w: World) -> tuple[Told, Told]:
        name = await w.person()
        record = await w.profile(name)
        hold = await w.office("POST", name, "holds", {"reason": WHY})
        path = f"/v1/customers/{name}/records/{record}"
        body = {"values": {"name": "Eve"}, "version": 1, "purpose": "support.case"}
        frozen = await w.send("PUT", path, w.service("support"), body)
        lifting = f"holds/{hold.json()['hold_id']}/lifting"
        await w.office("POST", name, lifting, {"reason": WHY})
        free = await w.send("PUT", path, w.service("support"), body)
        said = (told(frozen), told(free))
        return said if lifted else (said[1], said[0])

    return way


def bound(purpose: str, role: str, *, claims: bool = False) -> Way:
    """A purchase has a basis for this purpose, and none for sending e-mail."""

    async def way(w: World) -> tuple[Told, Told]:
        name = await w.person()
        bought = await w.record(name, "purchase", BOUGHT)
        who = w.service(role)
        if claims:
            await w.office("PUT", name, "assignments/max", {"until": w.soon()})
            who = w.staff(role)
        mail = await w.read(w.service("marketing"), "marketing.email", name, bought)
        return mail, await w.read(who, purpose, name, bought)

    return way


async def unbound(w: World) -> tuple[Told, Told]:
    mail, support = await bound("support.case", "support")(w)
    assert mail >= {"purpose.basis"}
    return support, mail


async def consented(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile, who = await w.profile(name), w.service("marketing")
    before = await w.read(who, "marketing.email", name, profile)
    await w.consent(name)
    return before, await w.read(who, "marketing.email", name, profile)


async def unasked_for_consent(w: World) -> tuple[Told, Told]:
    before, after = await consented(w)
    return after, before


async def withdrawn(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile, who = await w.profile(name), w.service("marketing")
    await w.consent(name)
    before = await w.read(who, "marketing.email", name, profile)
    await w.own("DELETE", "consents/marketing.email", name)
    return before, await w.read(who, "marketing.email", name, profile)


async def consent_lapsed(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    await w.consent(name, until=w.soon(hours=1))
    before = await w.read(w.service("marketing"), "marketing.email", name, profile)
    w.scenario.clock.advance(hours=2)
    return before, await w.read(
        w.service("marketing"), "marketing.email", name, profile
    )


async def objected(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile, who = await w.profile(name), w.service("marketing")
    await w.consent(name)
    before = await w.read(who, "marketing.email", name, profile)
    await w.own("POST", "objections", name, {"purpose": "marketing.email"})
    return before, await w.read(who, "marketing.email", name, profile)


def licensed(word: str) -> Way:
    """Go from a licence that stands to the word; or to it, from nothing."""

    async def way(w: World) -> tuple[Told, Told]:
        name = await w.person()
        item = await w.contributed(name)
        who, use = w.service("product"), "ugc.display"
        said = {"unasked": await w.read(who, use, name, item)}
        await w.license(name, item, use)
        said["granted"] = await w.read(w.service("product"), use, name, item)
        said["out_of_scope"] = await w.read(
            w.service("marketing"), "ugc.advertise", name, item
        )
        path = f"contributions/{item}"
        await w.own("PUT", f"{path}/restriction", name)
        said["restricted"] = await w.read(who, use, name, item)
        await w.own("DELETE", f"{path}/restriction", name)
        if word == "expired":
            w.scenario.clock.advance(days=31)
            said["expired"] = await w.read(w.service("product"), use, name, item)
        else:
            await w.own("DELETE", f"{path}/authorization", name)
            said["withdrawn"] = await w.read(who, use, name, item)
        before = said["unasked" if word == "granted" else "granted"]
        return before, said[word]

    return way


async def no_contribution(w: World) -> tuple[Told, Told]:
    name = await w.person()
    item, profile = await w.contributed(name), await w.profile(name)
    await w.license(name, item, "ugc.display")
    who = w.service("product")
    before = await w.read(who, "ugc.display", name, item)
    return before, await w.read(who, "ugc.display", name, profile)


def kept_in(region: str, *, asked_from: str) -> Way:
    async def way(w: World) -> tuple[Told, Told]:
        name = await w.person(region=region)
        profile = await w.profile(name, region=region)
        far = w.service("support", region=asked_from)
        near = w.service("support", region=region)
        away = await w.read(far, "support.case", name, profile)
        return away, await w.read(near, "support.case", name, profile)

    return way


def by_role(role: str, purpose: str, action: str = "read", **more: Any) -> Way:
    """The same caller with another role is refused for the role."""

    async def way(w: World) -> tuple[Told, Told]:
        name = await w.person()
        record = await w.record(name, "purchase", BOUGHT)
        await w.office("PUT", name, "assignments/max", {"until": w.soon()})
        make = w.staff if more.get("staff") else w.service
        said = []
        for each in ("product", role):
            if action == "aggregate":
                said.append(await w.count(make(each), purpose))
            else:
                said.append(await w.read(make(each), purpose, name, record))
        assert "purpose.role" in said[0]
        return said[0], said[1]

    return way


async def by_product(w: World) -> tuple[Told, Told]:
    name = await w.person()
    item = await w.contributed(name)
    await w.license(name, item, "ugc.product_development")
    purpose = "ugc.product_development"
    other = await w.read(w.service("finance"), purpose, name, item)
    return other, await w.read(w.service("product"), purpose, name, item)


async def minded(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    await w.consent(name)
    other = await w.read(w.service("sales"), "marketing.email", name, profile)
    return other, await w.read(w.service("marketing"), "marketing.email", name, profile)


async def strongly(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    await w.office("PUT", name, "assignments/max", {"until": w.soon()})
    weak = w.staff("legal", assurance=1)
    before = await w.read(weak, "legal.claims", name, profile)
    return before, await w.read(w.staff("legal"), "legal.claims", name, profile)


async def by_law_of_region(w: World) -> tuple[Told, Told]:
    """A basis that the law of one region knows, and that of another does not."""
    said = []
    for region in ("eu", "cn"):
        name = await w.person(region=region)
        profile = await w.profile(name, region=region)
        await w.office("PUT", name, "assignments/max", {"until": w.soon()}, region)
        who = w.staff("legal", region=region)
        said.append(await w.read(who, "legal.claims", name, profile))
    return said[0], said[1]


async def shown_to_everybody(w: World) -> tuple[Told, Told]:
    """A law that wants a consent of its own for what is shown in public."""
    said = []
    for region in ("eu", "cn"):
        name = await w.person(region=region)
        item = await w.contributed(name)
        who = w.service("product", region=region)
        said.append(await w.read(who, "ugc.display", name, item))
    return said[0], said[1]


async def beyond(w: World) -> tuple[Told, Told]:
    """What a purpose does not cover is not written for it, and hidden of what is."""
    name = await w.person()
    fits = await w.write("support.case", name, "ticket", TICKET)
    too_much = TICKET | {"health": "a secret"}
    return fits, await w.write("support.case", name, "ticket", too_much)


async def specially(w: World) -> tuple[Told, Told]:
    """Health is nothing that support sees, whatever else it does."""
    name = await w.person()
    profile, support = await w.profile(name), w.service("support")
    shown = await w.read(support, "support.case", name, profile)
    return shown, await w.write("support.case", name, "allergy", {"substance": "nuts"})


async def a_right(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    shown = told(
        await w.callers.get(f"/v1/me/records/{profile}", w.callers.customer(name))
    )
    return shown, await w.read(w.service("support"), "self.access", name, profile)


async def no_use_of_contributions(w: World) -> tuple[Told, Told]:
    name = await w.person()
    item = await w.contributed(name)
    support = await w.read(w.service("support"), "support.case", name, item)
    return support, await w.read(w.service("marketing"), "marketing.email", name, item)


WAYS: Final[dict[str, Way]] = {
    "action=read": reading,
    "action=search": searching,
    "action=export": exporting,
    "action=aggregate": counting,
    "action=write": writing,
    "action=verify": verifying,
    "principal.kind=service": by_a_service,
    "principal.kind=staff": assigned,
    "principal.kind=customer": oneself,
    "principal.kind=auditor": by_an_auditor,
    "reach=self": oneself,
    "reach=assigned": assigned,
    "reach=in_scope": in_scope,
    "reach=granted": granted_for_a_time,
    "reach=none": no_longer_assigned,
    "state=active": restricting(lifted=True),
    "state=restricted": restricting(lifted=False),
    "minor=yes": of_age("yes", than="no"),
    "minor=no": of_age("no", than="unknown"),
    "minor=unknown": of_age("unknown", than="yes"),
    "retention=within": kept(expired=False),
    "retention=expired": kept(expired=True),
    "hold=true": held(lifted=False),
    "hold=false": held(lifted=True),
    "basis=consent": consented,
    "basis=contract": bound("support.case", "support"),
    "basis=legal_obligation": bound("billing.invoice", "finance"),
    "basis=legitimate_interests": bound("legal.claims", "legal", claims=True),
    "basis=none": unbound,
    "consent=granted": consented,
    "consent=withdrawn": withdrawn,
    "consent=expired": consent_lapsed,
    "consent=objected": objected,
    "consent=unknown": unasked_for_consent,
    "ugc=none": no_contribution,
    "ugc=unasked": licensed("unasked"),
    "ugc=granted": licensed("granted"),
    "ugc=restricted": licensed("restricted"),
    "ugc=withdrawn": licensed("withdrawn"),
    "ugc=expired": licensed("expired"),
    "ugc=out_of_scope": licensed("out_of_scope"),
    "region=eu": kept_in("eu", asked_from="cn"),
    "region=uk": kept_in("uk", asked_from="cn"),
    "region=us": kept_in("us", asked_from="cn"),
    "region=cn": kept_in("cn", asked_from="eu"),
    "principal.region=eu": kept_in("eu", asked_from="us"),
    "principal.region=uk": kept_in("uk", asked_from="us"),
    "principal.region=us": kept_in("us", asked_from="cn"),
    "principal.region=cn": kept_in("cn", asked_from="uk"),
    "principal.roles=support": by_role("support", "support.case"),
    "principal.roles=sales": by_role("sales", "sales.offer"),
    "principal.roles=marketing": minded,
    "principal.roles=finance": by_role("finance", "billing.invoice"),
    "principal.roles=product": by_product,
    "principal.roles=analyst": by_role("analyst", "analytics.aggregate", "aggregate"),
    "principal.roles=legal": by_role("legal", "legal.claims", staff=True),
    "principal.roles=privacy_officer": by_role(
        "privacy_officer", "legal.claims", staff=True
    ),
    "principal.roles=customer": oneself,
    "principal.roles=auditor": by_an_auditor,
    "principal.assurance=1": strongly,
    "principal.assurance=2": strongly,
    "basis.region": by_law_of_region,
    "consent.separate": shown_to_everybody,
    "purpose.write": beyond,
    "special.basis": specially,
    "self.right": a_right,
    "ugc.purpose": no_use_of_contributions,
}
