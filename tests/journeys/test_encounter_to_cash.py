"""One encounter through all four services: intake → codes → claim → 837 → acknowledgement → 835 → balanced ledger."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.emr.day import sample_day

from tests.support.live import OTHER_TENANT, Live
from tests.support.waiting import eventually

WAYPOINTS = [
    "EncounterReceived",
    "EncounterCoded",
    "ClaimBuilt",
    "ClaimSubmitted",
    "ClaimAccepted",
    "ClaimPaid",
    "ClaimClosed",
]


async def post_paid_encounter(live: Live, name: str) -> tuple[str, dict[str, Any]]:
    """Post an encounter of the sample day that is simply paid; returns its id and the answer."""
    sample = next(s for s in sample_day(name=name) if s.expected == "paid" and s.format == "json")
    answer = await live.call("POST", "coding-svc", sample.path, role="emr", json=sample.body)
    assert answer.status_code == 202, answer.text
    return answer.json()["encounter_id"], sample.body


async def closed_claim(live: Live, encounter_id: str, seconds: float = 60) -> Any:
    """The encounter's claim once nothing more is to be done for it."""

    async def closed() -> Any:
        page = await live.get("followup-svc", f"/v1/claims?encounter_id={encounter_id}", role="biller")
        return page["items"][0] if page["items"] and page["items"][0]["closed"] else None

    found = await eventually(closed, seconds, f"the claim of {encounter_id} closed")
    return await live.get("followup-svc", f"/v1/claims/{found['claim_id']}", role="biller")


@pytest.fixture
async def paid(live: Live) -> Any:
    """A claim that was paid and closed."""
    encounter_id, _ = await post_paid_encounter(live, "cash")
    return await closed_claim(live, encounter_id)


async def test_one_encounter_becomes_balanced_money(live: Live, paid: Any) -> None:
    seen = [entry["event_type"] for entry in paid["timeline"]]
    assert [event for event in WAYPOINTS if event in seen] == WAYPOINTS
    money = paid["money"]
    assert money["balanced"]
    borne = sum(sum(bearer.values()) for bearer in money["bearers"].values()) + money["patient_cents"]
    assert borne == money["charge_cents"] == paid["charge_cents"] > 0
    assert paid["outstanding_cents"] == 0

    booked = [
        c for c in (await live.books())["claims"] if c["patient_control_number"] == paid["patient_control_number"]
    ]
    assert len(booked) == 1, "the payer took the claim exactly once"
    assert booked[0]["charge_cents"] == paid["charge_cents"]
    assert booked[0]["paid_cents"] == sum(p["paid_cents"] for p in paid["payments"])

    balance = await live.get("followup-svc", "/v1/ledger/balance", role="biller")
    assert balance["balanced"]
    assert balance["unbalanced_ledgers"] == 0


async def test_every_service_tells_its_part_of_the_claim(live: Live, paid: Any) -> None:
    encounter = await live.get("coding-svc", f"/v1/encounters/{paid['encounter_id']}")
    assert encounter["status"]
    built = await live.get("claim-builder", f"/v1/claims/{paid['claim_id']}")
    assert built["claim_id"] == paid["claim_id"]
    submission = await live.get("submission-svc", f"/v1/submissions/{paid['claim_id']}")
    assert submission


async def test_another_practice_sees_nothing_of_it(live: Live, paid: Any) -> None:
    for service, path in (
        ("coding-svc", f"/v1/encounters/{paid['encounter_id']}"),
        ("claim-builder", f"/v1/claims/{paid['claim_id']}"),
        ("submission-svc", f"/v1/submissions/{paid['claim_id']}"),
        ("followup-svc", f"/v1/claims/{paid['claim_id']}"),
        ("followup-svc", f"/v1/encounters/{paid['encounter_id']}/timeline"),
    ):
        answer = await live.call("GET", service, path, tenant=OTHER_TENANT)
        assert answer.status_code == 404, (service, path)
        assert answer.json()["code"].endswith("not-found")
