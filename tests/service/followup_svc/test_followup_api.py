"""The biller's interface: claims, timelines, worklist, ledger, and commands that are done once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from followup_svc.api import router
from kit.api.problems import install

from tests.service.followup_svc.world import API_KEY, Story, World, file_835


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.context = world.context
    install(app)
    app.include_router(router)
    headers = {"authorization": f"Bearer {API_KEY}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://f", headers=headers) as opened:
        yield opened


async def _denied(world: World, trace: str) -> Story:
    story = Story()
    await world.receive(story.received(), story.coded(), story.built(), story.submitted(), story.accepted())
    lines = (story.line(1, 10_000, ("CO", "45", 1_000)), story.line(2, 5_000, ("CO", "50", 5_000)))
    await world.remit(file_835(story.decision(*lines), trace=trace))
    return story


async def test_one_claim_shows_money_decisions_items_and_the_whole_timeline(
    world: World, client: httpx.AsyncClient
) -> None:
    story = await _denied(world, "A-1")
    claim = (await client.get(f"/v1/claims/{story.claim_id}")).raise_for_status().json()
    assert claim["state"] == "partially_paid"
    assert claim["money"] == {
        "charge_cents": 15_000,
        "bearers": {
            "P": {
                "paid_cents": 9_000,
                "contractual_cents": 1_000,
                "written_off_cents": 0,
                "outstanding_cents": 5_000,
            }
        },
        "patient_cents": 0,
        "balanced": True,
    }
    assert {entry["event_type"] for entry in claim["timeline"]} == {
        "EncounterReceived",
        "EncounterCoded",
        "ClaimBuilt",
        "ClaimSubmitted",
        "ClaimAccepted",
        "ClaimPaid",
        "ClaimDenied",
    }
    assert claim["timeline"][0]["trace_id"] == story.encounter_id.hex
    assert {entry["actor"] for entry in claim["timeline"]} == {"coding-svc", "claim-builder", "submission-svc", "facts"}
    assert [item["reason_code"] for item in claim["work_items"]] == ["denial.medical-necessity"]
    assert claim["payments"][0]["denied_cents"] == 5_000
    timeline = (await client.get(f"/v1/encounters/{story.encounter_id}/timeline")).json()
    assert len(timeline["timeline"]) == len(claim["timeline"])


async def test_lists_page_and_filter(world: World, client: httpx.AsyncClient) -> None:
    stories = [await _denied(world, f"A-L{n}") for n in range(3)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2", "state": "partially_paid", **({"cursor": cursor} if cursor else {})}
        page = (await client.get("/v1/claims", params=params)).raise_for_status().json()
        seen += [row["claim_id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert {str(story.claim_id) for story in stories} <= set(seen)

    items = (await client.get("/v1/work-items", params={"encounter_id": str(stories[0].encounter_id)})).json()["items"]
    assert [item["waits_on"] for item in items] == ["coder"]
    by_reason = await client.get("/v1/work-items", params={"reason": "denial.medical-necessity", "state": "open"})
    assert {item["reason_code"] for item in by_reason.json()["items"]} == {"denial.medical-necessity"}
    assert (await client.get("/v1/work-items", params={"cursor": "rubbish"})).status_code == 422


async def test_a_write_off_moves_outstanding_money_once(world: World, client: httpx.AsyncClient) -> None:
    story = await _denied(world, "A-W")
    path, key = f"/v1/claims/{story.claim_id}/write-offs", {"idempotency-key": uuid4().hex}
    body = {"amount_cents": 5_000, "reason_code": "efforts-exhausted"}
    first = await client.post(path, json=body, headers=key)
    again = await client.post(path, json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert (await client.post(path, json={**body, "amount_cents": 1}, headers=key)).status_code == 422
    assert await world.ledger(story) == {
        "charges": 15_000,
        "payer_cash:P": 9_000,
        "contractual:P": 1_000,
        "write_off:P": 5_000,
    }
    assert await world.open_items(story) == []
    assert "ClaimClosed" in await world.published(story)
    more = await client.post(path, json=body, headers={"idempotency-key": uuid4().hex})
    assert (more.status_code, more.json()["code"]) == (409, "write-off.exceeds-outstanding")


async def test_the_patients_share_is_never_written_off(world: World, client: httpx.AsyncClient) -> None:
    story = Story()
    await world.receive(story.built())
    await world.remit(file_835(story.denied("PR", "1", ()), trace="A-PR"))
    answer = await client.post(
        f"/v1/claims/{story.claim_id}/write-offs",
        json={"amount_cents": 100, "reason_code": "small-balance"},
        headers={"idempotency-key": uuid4().hex},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "write-off.patient-responsibility")
    assert (await world.ledger(story))["patient"] == 15_000


async def test_a_biller_asks_for_a_correction_once_per_reason(world: World, client: httpx.AsyncClient) -> None:
    story = await _denied(world, "A-C")
    path = f"/v1/claims/{story.claim_id}/corrections"
    body = {"action": "rebill", "reason_code": "modifier.corrected"}
    first = await client.post(path, json=body, headers={"idempotency-key": uuid4().hex})
    assert first.status_code == 202
    second = await client.post(path, json=body, headers={"idempotency-key": uuid4().hex})
    assert (second.status_code, second.json()["code"]) == (409, "correction.already-requested")
    assert (await world.published(story)).count("CorrectionRequested") == 1
    [row] = await world.rows("SELECT * FROM correction WHERE claim_id = :c", c=story.claim_id)
    assert (row.frequency_code, row.actor) == ("7", f"key:{API_KEY[:11]}")
    nobody = {"action": "secondary", "reason_code": "cob"}
    answer = await client.post(path, json=nobody, headers={"idempotency-key": uuid4().hex})
    assert answer.json()["code"] == "correction.no-next-payer"
    assert (await client.post(path, json=body)).json()["code"] == "idempotency.key-missing"


async def test_a_person_closes_an_item_for_good(world: World, client: httpx.AsyncClient) -> None:
    story = await _denied(world, "A-I")
    params = {"claim_id": str(story.claim_id)}
    item = (await client.get("/v1/work-items", params=params)).json()["items"][0]
    path = f"/v1/work-items/{item['item_id']}/resolve"
    for _ in range(2):
        answer = await client.post(path, json={"resolution": "appealed"})
        assert (answer.status_code, answer.json()["state"]) == (200, "closed")
    assert (await client.post(path, json={"resolution": "other"})).status_code == 409
    await world.receive(story.accepted(minutes=50))
    assert await world.open_items(story) == []
    assert (await client.post(f"/v1/work-items/{uuid4()}/resolve", json={"resolution": "x"})).status_code == 404


async def test_the_trial_balance_proves_the_books(world: World, client: httpx.AsyncClient) -> None:
    story = await _denied(world, "A-B")
    waiting = Story()
    await world.remit(file_835(waiting.paid(), trace="A-B2", provider_adjustments=[("WO", "X", 500)]))
    balance = (await client.get("/v1/ledger/balance")).raise_for_status().json()
    assert balance["balanced"] is True
    assert balance["debit_cents"] == balance["credit_cents"] > 0
    assert balance["cash_cents"] == balance["remitted_cents"] > 0
    books = (await client.get(f"/v1/ledger/encounters/{story.encounter_id}")).json()
    assert books["balanced"] is True
    assert books["ledgers"][0]["outstanding_cents"] == 5_000


async def test_strangers_and_other_tenants_see_nothing(world: World, client: httpx.AsyncClient) -> None:
    story = await _denied(world, "A-T")
    hill = {"authorization": "Bearer cc_hillkey0.secret"}
    paths = (
        f"/v1/claims/{story.claim_id}",
        f"/v1/encounters/{story.encounter_id}/timeline",
        f"/v1/ledger/encounters/{story.encounter_id}",
    )
    for path in paths:
        assert (await client.get(path, headers=hill)).status_code == 404
        assert (await client.get(path, headers={"authorization": "Bearer wrong"})).status_code == 401
    assert (await client.get("/v1/claims", headers=hill)).json()["items"] == []
    command = {"amount_cents": 1, "reason_code": "x"}
    key = {"idempotency-key": uuid4().hex}
    answer = await client.post(f"/v1/claims/{story.claim_id}/write-offs", json=command, headers={**hill, **key})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"amount_cents": true, "reason_code": "x"}',
        b'{"amount_cents": 1.5, "reason_code": "x"}',
        b'{"amount_cents": NaN, "reason_code": "x"}',
        b'{"amount_cents": 99999999999999999999999, "reason_code": "x"}',
        b'{"amount_cents": 1, "reason_code": "free text with PHI"}',
        b'{"amount_cents": 1, "reason_code": "x\\u0000"}',
        b'{"amount_cents": 1, "reason_code": "x", "extra": 1}',
        b"\xff",
    ],
)
async def test_bad_bodies_are_named_and_never_echoed(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"idempotency-key": uuid4().hex, "content-type": "application/json"}
    answer = await client.post(f"/v1/claims/{uuid4()}/write-offs", content=body, headers=headers)
    assert answer.status_code == 422
    assert b"PHI" not in answer.content
