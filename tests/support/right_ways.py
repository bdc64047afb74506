"""The rights of a person, each used over the API, and what a service is told then.

Each way gives what the same service was told before the right was used, and after.
"""

from typing import Final

import httpx
from question_ways import Way, withdrawn
from question_world import Told, World, told


async def shown(w: World, name: str, record: str) -> Told:
    """Give the values that support is shown, or the codes of why none."""
    path = f"/v1/customers/{name}/records/{record}"
    who = w.service("support")
    answer = await w.callers.get(path, who, purpose="support.case")
    return _values(answer) if answer.is_success else told(answer)


def _values(answer: httpx.Response) -> Told:
    values = answer.json()["values"]
    return frozenset(f"{field}={value}" for field, value in values.items())


async def seeing_who_looked(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    before = await _looked(w, name)
    await shown(w, name, profile)
    return before, await _looked(w, name)


async def _looked(w: World, name: str) -> Told:
    answer = await w.own("GET", "accesses", name)
    return frozenset(
        each["decision_id"] for each in answer.json()["items"] if each["fields"]
    )


async def correcting(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    before = await shown(w, name, profile)
    body = {"values": {"language": "zh"}, "version": 1}
    await w.own("PATCH", f"records/{profile}", name, body)
    return before, await shown(w, name, profile)


async def erasing(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    before = await shown(w, name, profile)
    await w.own("POST", "erasure", name)
    return before, await shown(w, name, profile)


async def removing_one(w: World) -> tuple[Told, Told]:
    name = await w.person()
    item = await w.contributed(name)
    before = await shown(w, name, item)
    await w.own("DELETE", f"contributions/{item}", name)
    return before, await shown(w, name, item)


async def restricting(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    before = await shown(w, name, profile)
    await w.own("POST", "restriction", name, {"ground": "accuracy"})
    return before, await shown(w, name, profile)


async def lifting(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile = await w.profile(name)
    await w.own("POST", "restriction", name, {"ground": "accuracy"})
    before = await shown(w, name, profile)
    await w.own("DELETE", "restriction", name)
    return before, await shown(w, name, profile)


async def revising(w: World) -> tuple[Told, Told]:
    name = await w.person()
    item = await w.contributed(name)
    before = await shown(w, name, item)
    values = {"title": "A lid that screws on", "text": "Make it red."}
    await w.own("PUT", f"contributions/{item}", name, {"values": values, "version": 1})
    return before, await shown(w, name, item)


async def objecting(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile, who = await w.profile(name), w.service("marketing")
    await w.consent(name)
    before = await w.read(who, "marketing.email", name, profile)
    await w.own("POST", "objections", name, {"purpose": "marketing.email"})
    return before, await w.read(who, "marketing.email", name, profile)


async def taking_an_objection_back(w: World) -> tuple[Told, Told]:
    name = await w.person()
    profile, who = await w.profile(name), w.service("marketing")
    await w.own("POST", "objections", name, {"purpose": "marketing.email"})
    before = await w.read(who, "marketing.email", name, profile)
    await w.own("DELETE", "objections/marketing.email", name)
    return before, await w.read(who, "marketing.email", name, profile)


RIGHTS: Final[dict[tuple[str, str], Way]] = {
    ("GET", "/v1/me/accesses"): seeing_who_looked,
    ("PATCH", "/v1/me/records/{record_id}"): correcting,
    ("POST", "/v1/me/erasure"): erasing,
    ("DELETE", "/v1/me/contributions/{record_id}"): removing_one,
    ("PUT", "/v1/me/contributions/{record_id}"): revising,
    ("POST", "/v1/me/restriction"): restricting,
    ("DELETE", "/v1/me/restriction"): lifting,
    ("DELETE", "/v1/me/consents/{purpose}"): withdrawn,
    ("POST", "/v1/me/objections"): objecting,
    ("DELETE", "/v1/me/objections/{purpose}"): taking_an_objection_back,
}
