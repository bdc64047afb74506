"""A disk that is full under a server: 503 with its code, no path, and it passes."""

from pathlib import Path

from asking import alarms
from callers import Callers, calling
from clocks import ManualClock
from file_systems import filled, mounted
from houses import CASE, lived_in

Headers = dict[str, str]


async def test_a_full_disk_is_a_503_with_its_code_until_there_is_room(
    tmp_path: Path, clock: ManualClock
) -> None:
    with (
        mounted(tmp_path / "small", kilobytes=4096) as small,
        lived_in(small / "home", clock) as scenario,
    ):
        scenario.customer()
        profile = scenario.profile()
        async with calling(scenario) as callers:
            ada, helpdesk = callers.customer("ada"), callers.service()
            filled(small)
            with alarms() as codes:
                await _is_full(callers, ada, helpdesk, profile.record.hex())
            assert "storage.full" in codes
        (small / "filler").unlink()
        assert scenario.read(CASE, "ada", profile).values


async def _is_full(
    callers: Callers, ada: Headers, helpdesk: Headers, record: str
) -> None:
    path = f"/v1/customers/ada/records/{record}"
    read = await callers.get(path, helpdesk, purpose="support.case")
    said = await callers.send("DELETE", "/v1/me/consents/marketing.email", ada)
    for answer in (read, said):
        assert (answer.status_code, answer.json()["code"]) == (503, "storage.full")
        assert "small" not in answer.text
