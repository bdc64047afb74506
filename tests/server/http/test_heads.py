"""HEAD answers wherever GET does, with the same headers and without the content."""

from callers import Callers
from houses import Scenario
from operations import operations

PLACES = {
    "customer_id": "ada",
    "purpose": "marketing.email",
    "index": "0",
    "path": "entries/000.p/1",
    "number": "1",
}
READS = [path for method, path in operations() if method == "GET"]


async def test_head_says_what_get_would_wherever_there_is_get(
    callers: Callers,
) -> None:
    assert READS
    for path in READS:
        where = path.format_map(_Anything(PLACES))
        get, head = await callers.get(where), await callers.client.head(where)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        assert get.status_code != 405, path
        for name in ("content-type", "cache-control"):
            assert head.headers.get(name) == get.headers.get(name), path


async def test_head_of_a_record_is_a_read_on_record(
    callers: Callers, scenario: Scenario
) -> None:
    scenario.customer()
    written = scenario.profile()
    path = f"/v1/customers/ada/records/{written.record.hex()}?purpose=support.case"
    answer = await callers.client.head(path, headers=callers.service())
    assert (answer.status_code, answer.content) == (200, b"")
    assert [each.outcome for each in scenario.reads()] == ["disclosed"]


async def test_head_of_what_has_no_get_is_refused_with_what_it_has(
    callers: Callers,
) -> None:
    answer = await callers.client.head("/v1/read")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


class _Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "0" * 32
