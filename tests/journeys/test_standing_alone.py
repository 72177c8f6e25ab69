"""A stage that is down stops only itself."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.emr.day import load_cases, sample_of

from tests.support.live import Live
from tests.support.waiting import eventually

DOWN = "claim-builder"
OTHERS = ("coding-svc", "submission-svc", "followup-svc")


async def post_encounter(live: Live, name: str, case: str, switch: str) -> str:
    """Post a case of the sample day with a member switch of our choice; its encounter id."""
    sample = sample_of({**load_cases()[case], "switch": switch, "format": "json"}, name)
    answer = await live.call("POST", "coding-svc", sample.path, role="emr", json=sample.body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["encounter_id"])


async def claim_of(live: Live, encounter_id: str) -> Any:
    """The encounter's claim as follow-up lists it, None if it knows none."""
    page = await live.get("followup-svc", f"/v1/claims?encounter_id={encounter_id}", role="biller")
    return page["items"][0] if page["items"] else None


async def closed_claim(live: Live, encounter_id: str) -> Any:
    claim = await claim_of(live, encounter_id)
    return claim if claim and claim["closed"] else None


async def submitted(live: Live, encounter_id: str) -> bool:
    query = "SELECT count(*) FROM outbox WHERE key = $1 AND event_type = 'ClaimSubmitted'"
    return bool(await live.value("submission-svc", query, encounter_id))


async def coded(live: Live, encounter_id: str) -> bool:
    return bool((await live.get("coding-svc", f"/v1/encounters/{encounter_id}"))["status"] == "coded")


async def assert_others_ready(live: Live) -> None:
    for service in OTHERS:
        answer = await live.call("GET", service, "/readyz")
        assert answer.status_code == 200, (service, answer.text)


async def test_a_stopped_claim_builder_stops_only_itself(live: Live) -> None:
    # The payer answers this one late: acknowledgement and money come while claim-builder is down.
    earlier = await post_encounter(live, "alone-earlier", "htn-diabetes-followup", switch="74")
    await eventually(lambda: submitted(live, earlier), 60, "the first claim submitted")
    with live.stopped(DOWN):
        assert not live.part(DOWN).alive()
        assert not (await claim_of(live, earlier))["closed"], "its remittance is still due"
        posted = [await post_encounter(live, f"alone-{n}", "sinusitis-returned", switch="00") for n in range(5)]
        for encounter_id in posted:
            await eventually(partial(coded, live, encounter_id), 60, "coding goes on")
        paid = await eventually(lambda: closed_claim(live, earlier), 90, "the late remittance posted")
        assert (paid["state"], paid["outstanding_cents"]) == ("paid", 0)
        await assert_others_ready(live)
        assert [await claim_of(live, encounter_id) for encounter_id in posted] == [None] * 5
        assert not live.part(DOWN).alive()
    for encounter_id in posted:
        caught_up = await eventually(partial(closed_claim, live, encounter_id), 90, "claim-builder catches up")
        assert caught_up["state"] == "paid"
    booked = [row["patient_control_number"] for row in (await live.books())["claims"]]
    for encounter_id in (earlier, *posted):
        assert booked.count((await claim_of(live, encounter_id))["patient_control_number"]) == 1
