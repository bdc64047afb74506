"""The SDK and a whole house: one customer's story, verified by an outsider."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from allod import AsyncAllod, Conflict, NotFound, Refused, Unauthenticated
from allod.proofs import (
    Entry,
    TrustPolicy,
    VerificationError,
    leaf_hash,
    verify_certificate,
    verify_consistency,
    verify_inclusion,
    verify_manifest,
    verify_receipt,
)
from callers import Callers, calling
from clocks import ManualClock
from houses import lived_in
from paper_log import root_of

PROFILE = {"name": "Ada Example", "phone": "+4915112345678"}
IDEA = {"title": "Pen", "text": "请做一支可以换芯的笔。"}


@pytest.fixture
async def callers(tmp_path: Path) -> AsyncIterator[Callers]:
    with lived_in(tmp_path / "home", ManualClock()) as scenario:
        async with calling(scenario) as callers:
            yield callers


def client(callers: Callers, headers: dict[str, str] | None) -> AsyncAllod:
    token = headers["Authorization"].partition(" ")[2] if headers else None
    return AsyncAllod("http://127.0.0.1", token=token, http_client=callers.client)


async def test_one_customers_story(callers: Callers) -> None:
    helpdesk = client(callers, callers.service("support"))
    await helpdesk.customers.register(
        "c-1042", region="eu", minor="no", purpose="service.registration"
    )
    written = await helpdesk.records.add(
        "c-1042", "profile", PROFILE, purpose="support.case"
    )
    shown = await helpdesk.records.get(
        "c-1042", written.record_id, purpose="support.case"
    )
    assert shown.values["name"] == PROFILE["name"]
    assert shown.masks["phone"] == "last4"

    mailer = client(callers, callers.service("marketing", name="mailer"))
    customer = client(callers, callers.customer("c-1042"))

    async def mailed() -> int:
        page = await mailer.records.list("c-1042", "profile", purpose="marketing.email")
        return len(page.items)

    async def refused() -> bool:
        try:
            return await mailed() == 0
        except Refused as refusal:
            return bool(refusal.reasons) and bool(refusal.decision_id)

    assert await refused()
    await customer.me.grant("marketing.email", notice_version=1, language="en")
    assert await mailed() == 1
    await customer.me.withdraw("marketing.email")
    assert await refused()
    said = [event.act for event in await customer.me.consent_history()]
    assert len(said) == 2
    assert {access.principal for access in await customer.me.accesses()} >= {
        "helpdesk",
        "mailer",
    }


async def test_an_outsider_verifies_what_was_handed_out(callers: Callers) -> None:
    helpdesk = client(callers, callers.service("support"))
    await helpdesk.customers.register(
        "c-1042", region="eu", minor="no", purpose="service.registration"
    )
    customer = client(callers, callers.customer("c-1042"))
    auditor = client(callers, callers.auditor())
    policy = TrustPolicy.of_log((await auditor.ledger.keys())[0])

    first = await customer.me.contribute("idea", IDEA, idempotency_key="one")
    again = await customer.me.contribute("idea", IDEA, idempotency_key="one")
    assert (first.record_id, first.version) == (again.record_id, again.version)
    receipt = await customer.me.receipt(first.record_id)
    stamped = verify_receipt(receipt, policy)
    assert (stamped.kind, stamped.index) == ("contribution", first.index)

    archive = io.BytesIO()
    assert await customer.me.export(archive) == len(archive.getvalue())
    with zipfile.ZipFile(archive) as files:
        manifest = verify_manifest(files.read("manifest.json"), policy)
        for path in manifest.files:
            manifest.verify_file(path, files.read(path))

    erasure = await customer.me.erase()
    assert erasure.id
    assert erasure.secret
    certificate = verify_certificate(erasure.certificate or {}, policy)
    assert certificate.erasure_id == erasure.id
    assert verify_receipt(receipt, policy) == stamped
    with pytest.raises(VerificationError):
        verify_receipt(receipt, TrustPolicy.of_log(STRANGER))

    await is_gone(callers, erasure.id, erasure.secret)
    await is_consistent(auditor, policy, older=stamped.checkpoint.size)


STRANGER = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


async def is_gone(callers: Callers, erasure_id: str, secret: str) -> None:
    helpdesk = client(callers, callers.service("support"))
    nobody = client(callers, None)
    with pytest.raises(NotFound):
        await helpdesk.records.list("c-1042", "profile", purpose="support.case")
    with pytest.raises(Conflict) as refusal:
        await helpdesk.customers.register(
            "c-1042", region="eu", minor="no", purpose="service.registration"
        )
    assert refusal.value.code == "customer.unavailable"
    with pytest.raises(Unauthenticated):
        await nobody.me.profile()
    with pytest.raises(NotFound):
        await nobody.erasures.get(erasure_id, secret="another")
    assert (await nobody.erasures.get(erasure_id, secret=secret)).certificate


async def is_consistent(auditor: AsyncAllod, policy: TrustPolicy, older: int) -> None:
    newest = policy.verify_checkpoint(await auditor.ledger.checkpoint()).checkpoint
    root = await root_at(auditor, older)
    proof = await auditor.ledger.consistency(older, newest.size)
    verify_consistency(older, newest.size, proof.path, root, newest.root)
    for index in range(newest.size):
        entry = await auditor.ledger.entry(index)
        assert Entry.parse(entry).encode() == entry
        path = (await auditor.ledger.inclusion(index, size=newest.size)).path
        leaf = leaf_hash(entry)
        verify_inclusion(leaf, index, newest.size, path, newest.root)


async def root_at(auditor: AsyncAllod, size: int) -> bytes:
    leaves = [leaf_hash(await auditor.ledger.entry(index)) for index in range(size)]
    return root_of(leaves)
