"""How calls travel: once or again, with which token, and how failures read."""

import copy
import io
import pickle
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import allod as package
import httpx
import pytest
from allod import (
    Allod,
    AllodError,
    ApiError,
    AsyncAllod,
    ConnectionFailed,
    Invalid,
    NotFound,
    RateLimited,
    Refused,
    Retry,
    ServerError,
    TimedOut,
    Unavailable,
    UnexpectedAnswer,
    erasure_id,
    erasure_secret,
)
from allod._errors import BY_STATUS
from allod._transport import retry_after, segments
from fake_vault import (
    PAGE,
    RECORD,
    REQUEST,
    WRITTEN,
    Answer,
    FakeVault,
    problem,
    said,
)

from vault import Ticket

BUSY = problem(503, "unavailable")


def test_a_passing_fault_is_tried_again(vault: FakeVault, allod: Allod) -> None:
    vault.plan(BUSY, BUSY, said(PAGE))
    assert allod.records.list("c-1042", "profile", purpose="support.case").withheld == 2
    assert len(vault.asked) == 3


async def test_the_twin_tries_again_too(
    vault: FakeVault, async_allod: AsyncAllod
) -> None:
    vault.plan(BUSY, problem(429, "slow_down"), said(PAGE))
    page = await async_allod.records.list("c-1042", "profile", purpose="support.case")
    assert (page.withheld, len(vault.asked)) == (2, 3)


def test_attempts_are_bounded(vault: FakeVault, allod: Allod) -> None:
    vault.plan(*[BUSY] * 20)
    with pytest.raises(Unavailable):
        allod.records.list("c-1042", "profile", purpose="support.case")
    assert len(vault.asked) == Retry().attempts


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 500])
def test_a_lasting_fault_is_not_tried_again(
    vault: FakeVault, allod: Allod, status: int
) -> None:
    vault.plan(*[problem(status, "no")] * 2)
    with pytest.raises(ApiError):
        allod.records.list("c-1042", "profile", purpose="support.case")
    assert len(vault.asked) == 1


def test_a_repeated_contribution_carries_one_key(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(BUSY, BUSY, said(WRITTEN, 201), said(WRITTEN, 201))
    allod.me.contribute("idea", {"text": "a pen"})
    allod.me.contribute("idea", {"text": "a pen"})
    keys = [asked.headers["Idempotency-Key"] for asked in vault.asked]
    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]
    assert len({asked.body for asked in vault.asked}) == 1


def test_a_record_too_has_a_key_when_none_is_given(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(said(WRITTEN, 201))
    allod.records.add("c-1042", "contact", {}, purpose="p")
    assert len(vault.asked[0].headers["Idempotency-Key"]) == 36


UNREPEATABLE = {
    "update": lambda a: a.records.update("c-1042", RECORD, {}, purpose="p", version=1),
    "export": lambda a: a.me.export(io.BytesIO()),
    "erase": lambda a: a.me.erase(),
    "scan": lambda a: list(a.records.scan("profile", purpose="p")),
}


@pytest.mark.parametrize("name", UNREPEATABLE)
def test_what_could_do_harm_is_never_repeated(
    vault: FakeVault, allod: Allod, name: str
) -> None:
    vault.plan(BUSY, BUSY)
    with pytest.raises(Unavailable):
        UNREPEATABLE[name](allod)
    assert len(vault.asked) == 1


def test_the_server_says_how_long_to_wait(vault: FakeVault) -> None:
    vault.plan(problem(503, "unavailable", {"Retry-After": "1"}), said(PAGE))
    began = time.monotonic()
    with Allod(vault.url, retry=Retry(first_wait=0.0)) as allod:
        allod.records.list("c-1042", "profile", purpose="support.case")
    assert time.monotonic() - began >= 1.0


def test_more_patience_than_allowed_ends_the_matter(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(*[problem(429, "slow_down", {"Retry-After": "3600"})] * 2)
    with pytest.raises(RateLimited) as caught:
        allod.records.list("c-1042", "profile", purpose="support.case")
    assert caught.value.retry_after == 3600
    assert len(vault.asked) == 1


FAULT = ConnectionFailed("nobody there")


def test_waits_double_and_end_somewhere() -> None:
    attempts = Retry(attempts=5, first_wait=1.0, longest_wait=5.0).begin()
    for low, high in [(0.5, 1), (1, 2), (2, 4), (2.5, 5)]:
        wait = attempts.wait(FAULT)
        assert wait is not None
        assert low <= wait <= high
    assert attempts.wait(FAULT) is None


def test_patience_outlasts_a_restart_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for _ in range(100):
        began = now[0]
        attempts = Retry().begin()
        while (wait := attempts.wait(FAULT)) is not None:
            now[0] += wait
        assert 10 <= now[0] - began <= 10 + Retry().longest_wait


def test_a_call_that_took_all_the_patience_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    attempts = Retry().begin()
    now[0] = 30.0
    assert attempts.wait(TimedOut("no answer")) is None


@pytest.mark.parametrize(
    "wrong", [{"attempts": 0}, {"first_wait": -1.0}, {"patience": -1.0}]
)
def test_a_retry_makes_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"attempt|patience"):
        Retry(**wrong)


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert retry_after("7", now) == 7.0
    assert retry_after(format_datetime(now + timedelta(seconds=9)), now) == 9.0
    assert retry_after(format_datetime(now - timedelta(seconds=9)), now) == 0.0
    for nothing in (None, "", "soon", "-1", "٣"):
        assert retry_after(nothing, now) is None


def test_no_answer_in_time_is_said_so(vault: FakeVault) -> None:
    silence = threading.Event()
    vault.plan(*[Answer(silent=silence)] * 2)
    with (
        Allod(vault.url, timeout=0.05, retry=Retry(attempts=2, first_wait=0)) as allod,
        pytest.raises(TimedOut),
    ):
        allod.records.list("c-1042", "profile", purpose="support.case")
    silence.set()
    assert len(vault.asked) == 2


def test_a_server_that_is_not_there_is_no_answer() -> None:
    with (
        Allod("http://127.0.0.1:9", retry=Retry(attempts=1)) as allod,
        pytest.raises(ConnectionFailed) as caught,
    ):
        allod.health.live()
    assert caught.value.status is None


@pytest.mark.parametrize(("status", "kind"), BY_STATUS.items())
def test_each_status_has_its_error(
    vault: FakeVault, allod: Allod, status: int, kind: type[ApiError]
) -> None:
    vault.plan(*[problem(status, "some.code", fix="do this")] * Retry().attempts)
    with pytest.raises(kind) as caught:
        allod.me.profile()
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.fix) == (status, "some.code", "do this")
    assert error.detail == "in plain words"
    # The body of a 404 carries no id of its own; the header always does.
    assert error.request_id == REQUEST
    assert str(error) == "in plain words [some.code]; to mend it: do this"


def test_statuses_without_a_class_of_their_own_are_errors_all_the_same(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(problem(418, "teapot"), problem(507, "full"))
    with pytest.raises(ApiError):
        allod.me.profile()
    with pytest.raises(ServerError):
        allod.me.profile()


def test_a_refusal_carries_its_decision_and_reasons(
    vault: FakeVault, allod: Allod
) -> None:
    with pytest.raises(Refused) as caught:
        allod.records.list("c-1042", "profile", purpose="marketing.email")
    refusal = caught.value
    assert refusal.decision_id
    assert [each.article for each in refusal.reasons] == ["GDPR 6(1)(a)"]
    assert str(refusal) == (
        "in plain words [consent.missing]; consent.missing (GDPR 6(1)(a));"
        " to mend it: ask for consent"
    )
    for same in (copy.copy(refusal), pickle.loads(pickle.dumps(refusal))):  # noqa: S301 - our own bytes
        assert type(same) is Refused
        assert same.problem == refusal.problem


def test_a_fault_in_a_payload_names_its_place(vault: FakeVault, allod: Allod) -> None:
    fault = {"pointer": "/values/phone", "message": "must be a string"}
    vault.plan(problem(422, "invalid", faults=[fault]))
    with pytest.raises(Invalid) as caught:
        allod.records.add("c-1042", "contact", {"phone": 1}, purpose="p")
    assert caught.value.faults[0].pointer == "/values/phone"
    said = "in plain words [invalid]; /values/phone must be a string"
    assert str(caught.value) == said


def test_a_message_names_some_faults_not_all_of_them(
    vault: FakeVault, allod: Allod
) -> None:
    faults = [{"pointer": f"/values/{n}", "message": "is wrong"} for n in range(50)]
    vault.plan(problem(422, "invalid", faults=faults))
    with pytest.raises(Invalid) as caught:
        allod.records.add("c-1042", "contact", {}, purpose="p")
    assert str(caught.value).count("is wrong") == 5
    assert len(caught.value.faults) == 50


@pytest.mark.parametrize(
    "answer",
    [
        Answer(502, b"<h1>Bad Gateway</h1>", "text/html"),
        Answer(200, b"<h1>Sign in</h1>", "text/html"),
        Answer(200, b"[]"),
        Answer(200, b"{"),
        Answer(200, b"{}"),
        Answer(200, b"[" * 100_000),
        Answer(302, headers={"Location": "http://127.0.0.1:9/"}),
        Answer(403, b"{}", "application/problem+json"),
        said({**PAGE, "withheld": "2"}),
        said({**PAGE, "withheld": True}),
        said({**PAGE, "items": [1]}),
        said({**PAGE, "items": None}),
    ],
)
def test_an_answer_that_is_not_allods_is_said_to_be_so(
    vault: FakeVault, answer: Answer
) -> None:
    vault.plan(answer)
    with (
        Allod(vault.url, retry=Retry(attempts=1)) as allod,
        pytest.raises(UnexpectedAnswer),
    ):
        allod.records.list("c-1042", "profile", purpose="support.case")


def test_an_answer_that_breaks_off_is_no_answer(vault: FakeVault, allod: Allod) -> None:
    vault.plan(Answer(chunks=(b'{"customer_id"',), broken=True), said(PAGE))
    assert allod.records.list("c-1042", "profile", purpose="support.case").withheld == 2


def test_an_export_that_breaks_off_is_an_error(vault: FakeVault, allod: Allod) -> None:
    vault.plan(Answer(media="application/zip", chunks=(b"PK",), broken=True))
    with pytest.raises(ConnectionFailed):
        allod.me.export(io.BytesIO())


def test_an_export_is_written_as_it_comes(
    vault: FakeVault, allod: Allod, tmp_path: Path
) -> None:
    with (tmp_path / "all.zip").open("wb") as archive:
        assert allod.me.export(archive) == 5
    assert (tmp_path / "all.zip").read_bytes() == b"PKzip"


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_no_name_is_a_step_in_the_tree(allod: Allod, part: str) -> None:
    with pytest.raises(ValueError, match="path"):
        allod.records.list(part, "profile", purpose="support.case")
    with pytest.raises(ValueError, match="path"):
        allod.ledger.tile(f"0/{part}/000")


def test_a_name_is_one_segment_whatever_is_in_it() -> None:
    assert segments("v1", "a/../b?c#d%2e") == "/v1/a%2F..%2Fb%3Fc%23d%252e"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "vault.example",
        "ftp://vault.example",
        "https://",
        "https://user:word@vault.example",
        "https://vault.example?x=1",
        "http://vault.example",
        "http://127.0.0.1.vault.example",
    ],
)
def test_an_address_that_would_not_do_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|token"):
        Allod(address)


def test_a_safe_network_is_vouched_for() -> None:
    with Allod("http://vault.internal:8080", allow_http=True) as allod:
        assert repr(allod) == "Allod('http://vault.internal:8080')"


def test_a_redirect_does_not_get_the_token() -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example/"})

    transport = httpx.MockTransport(handle)
    http = httpx.Client(transport=transport, follow_redirects=True)
    with http, pytest.raises(UnexpectedAnswer):
        Allod("https://vault.example", token="t", http_client=http).me.profile()
    assert seen == ["vault.example"]


def test_a_client_that_was_passed_in_stays_open() -> None:
    with httpx.Client() as http:
        with Allod("https://vault.example", http_client=http):
            pass
        assert not http.is_closed


def test_neither_token_nor_person_is_in_any_repr(
    vault: FakeVault, allod: Allod
) -> None:
    page = allod.records.list("c-1042", "profile", purpose="support.case")
    erasure = allod.me.erase()
    shown = repr((allod, vars(allod), page, erasure))
    for secret in ("x" * 43, "0142", "c-1042", "s3cr3t"):
        assert secret not in shown


def test_instants_name_their_offset(allod: Allod) -> None:
    with pytest.raises(ValueError, match="offset"):
        allod.me.grant(
            "p",
            notice_version=1,
            language="en",
            until=datetime(2027, 1, 1),  # noqa: DTZ001 - that is the point
        )


def test_what_json_cannot_carry_is_refused_before_it_is_sent(
    vault: FakeVault, allod: Allod
) -> None:
    with pytest.raises(ValueError, match="JSON"):
        allod.records.add("c-1042", "contact", {"x": float("nan")}, purpose="p")
    assert vault.asked == []


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = package._errors.__doc__ or ""
    classes = [
        each
        for each in (getattr(package, name) for name in package.__all__)
        if isinstance(each, type) and issubclass(each, AllodError)
    ]
    assert len(classes) >= 18
    assert [
        each.__name__ for each in classes if f" {each.__name__} " not in f"{drawn} "
    ] == ["AllodError"]
    assert NotFound in classes


def test_the_secret_of_an_erasure_goes_along_and_leads_to_its_id(
    vault: FakeVault, allod: Allod
) -> None:
    secret = erasure_secret()
    vault.plan(
        said({"erasure_id": erasure_id(secret), "secret": secret, "state": "certified"})
    )
    assert allod.me.erase(secret=secret).id == erasure_id(secret)
    (asked,) = vault.asked
    assert asked.headers["Erasure-Secret"] == secret
    assert len({erasure_id(erasure_secret()) for _ in range(8)}) == 8
    assert erasure_id("A" * 43) == Ticket.of("A" * 43).order_id.hex()


def test_a_client_asks_for_its_language_and_is_told_in_it(vault: FakeVault) -> None:
    told = {"reasons": [{"code": "c", "text": "一"}], "text": "二"}
    vault.plan(said(PAGE), said(PAGE), problem(403, "c", **told))
    with Allod(vault.url, token="t") as client:
        list_of(client)
        chinese = client.with_options(language="zh, en;q=0.5")
        list_of(chinese)
        with pytest.raises(Refused) as refused:
            list_of(chinese)
    languages = [each.headers.get("Accept-Language") for each in vault.asked]
    assert languages == [None, "zh, en;q=0.5", "zh, en;q=0.5"]
    assert (refused.value.text, refused.value.reasons[0].text) == ("二", "一")


@pytest.mark.parametrize("language", ["", "zh\r\nX: 1", "de;x", "zh,,en"])
def test_a_language_that_is_none_is_not_sent(language: str) -> None:
    with pytest.raises(ValueError, match="a language is a tag"):
        Allod("http://127.0.0.1:1", language=language)


def list_of(client: Allod) -> None:
    client.records.list("c-1042", "profile", purpose="support.case")
