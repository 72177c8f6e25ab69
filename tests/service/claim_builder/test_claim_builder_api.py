"""The HTTP interface: claims, the edit queue from hold to release, the dry run, and who may see what."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from claim_builder.domain import claim_id
from events import ClaimBuilt
from events.phi import ClaimContent, CodedEncounter

from tests.service.claim_builder.conftest import Stage, kinds
from tests.unit.claim_builder.claim_examples import CODED, PATIENT, clean_claim, secondary_claim

NO_MEMBER_ID = CODED.model_copy(update={"coverages": (CODED.coverages[0].model_copy(update={"member_id": "UNKNOWN"}),)})
UNPRICED = CODED.model_copy(update={"lines": (CODED.lines[0].model_copy(update={"code": "99215"}),)})
TWO_FAULTS = UNPRICED.model_copy(update={"coverages": NO_MEMBER_ID.coverages})
BAD_CODE = CODED.model_copy(update={"diagnoses": (CODED.diagnoses[0].model_copy(update={"code": "E11"}),) * 2})


async def held(stage: Stage, coded: CodedEncounter) -> tuple[UUID, UUID]:
    """A claim in the edit queue: encounter id and claim id."""
    encounter_id = uuid4()
    await stage.deliver(stage.coded(coded, encounter_id))
    return encounter_id, claim_id(encounter_id, "P")


def fix(field: str, value: Any, reason: str = "as on the card") -> dict[str, Any]:
    return {"fixes": [{"field": field, "value": value, "reason": reason}]}


def codes(answer: httpx.Response) -> set[str]:
    """Codes of blocking findings, or of a problem's items."""
    body = answer.json()
    if "errors" in body:
        return {item["code"] for item in body["errors"]}
    return {finding["code"] for finding in body.get("findings", ()) if finding["severity"] == "error"}


async def test_from_hold_to_release(stage: Stage) -> None:
    encounter_id, claim = await held(stage, TWO_FAULTS)
    (item,) = (await stage.get("/v1/edits")).json()["items"]
    assert (item["claim_id"], item["waits_on"], item["state"]) == (str(claim), "biller", "held")

    desk = await stage.get(f"/v1/edits/{claim}")
    assert codes(desk) == {"subscriber.member-id-placeholder", "charge.missing", "total.zero"}
    assert desk.json()["content"]["coverage"]["member_id"] == "UNKNOWN"

    refused = await stage.post(f"/v1/edits/{claim}/release")
    assert refused.status_code == 409 and refused.json()["code"] == "claim.still-blocked"
    assert "/coverage/member_id" in {error["pointer"] for error in refused.json()["errors"]}

    first = await stage.post(f"/v1/edits/{claim}/fixes", fix("coverage/member_id", "w-555 1"))
    assert first.status_code == 200 and codes(first) == {"charge.missing", "total.zero"}
    assert kinds(await stage.published(encounter_id)) == [("ClaimHeld", 1)]
    second = await stage.post(f"/v1/edits/{claim}/fixes", fix("lines/0/charge_cents", 30_500, "price of 2026"))
    assert codes(second) == set()
    (kept, _) = second.json()["fixes"]
    assert (kept["before"], kept["after"], kept["reason"], kept["fixed_by"]) == (
        "UNKNOWN",
        "w-555 1",
        "as on the card",
        "cc_vallbill",
    )

    released = await stage.post(f"/v1/edits/{claim}/release")
    assert released.status_code == 200
    assert (released.json()["state"], released.json()["claim_version"]) == ("built", 2)
    assert [version["state"] for version in released.json()["versions"]] == ["built", "superseded"]
    built = (await stage.published(encounter_id))[-1]
    assert isinstance(built, ClaimBuilt) and (built.claim_version, built.charge_cents) == (2, 30_500)
    assert stage.open(built).coverage.member_id == "W5551"
    assert (await stage.get("/v1/edits")).json()["items"] == []

    again = await stage.post(f"/v1/edits/{claim}/release")
    assert (again.status_code, again.json()["code"]) == (409, "claim.nothing-to-release")
    await stage.deliver(stage.coded(TWO_FAULTS, encounter_id), forget=True)
    assert kinds(await stage.published(encounter_id)) == [("ClaimHeld", 1), ("ClaimBuilt", 2)]


async def test_a_fix_is_made_again_when_the_claim_is_rebuilt_from_the_same_value(stage: Stage) -> None:
    encounter_id, claim = await held(stage, NO_MEMBER_ID)
    await stage.post(f"/v1/edits/{claim}/fixes", fix("coverage/member_id", "W5551"))
    later_note = CODED.lines[0].model_copy(update={"code": "99214"})
    revised = NO_MEMBER_ID.model_copy(update={"lines": (later_note,)})
    await stage.deliver(stage.coded(revised, encounter_id, version=2))
    built = (await stage.published(encounter_id))[-1]
    assert isinstance(built, ClaimBuilt) and stage.open(built).coverage.member_id == "W5551"

    better = CODED.coverages[0].model_copy(update={"member_id": "W777"})
    await stage.deliver(stage.coded(revised.model_copy(update={"coverages": (better,)}), encounter_id, version=3))
    built = (await stage.published(encounter_id))[-1]
    assert isinstance(built, ClaimBuilt) and stage.open(built).coverage.member_id.startswith("W777")


async def test_a_built_claim_can_be_fixed_and_released_as_a_new_version(stage: Stage) -> None:
    encounter_id, claim = await held(stage, CODED)
    await stage.post(f"/v1/edits/{claim}/fixes", fix("prior_authorization_number", "AUTH7"))
    assert (await stage.post(f"/v1/edits/{claim}/release")).status_code == 200
    assert kinds(await stage.published(encounter_id)) == [
        ("ClaimBuilt", 1),
        ("ClaimWithdrawn", 1),
        ("ClaimBuilt", 2),
    ]


async def test_a_release_and_a_revision_at_the_same_moment(stage: Stage) -> None:
    """Whoever comes second sees what the first did: one version is live, and it is the revised one."""
    for _ in range(5):
        encounter_id, claim = await held(stage, NO_MEMBER_ID)
        await stage.post(f"/v1/edits/{claim}/fixes", fix("coverage/member_id", f"W{claim.hex[:12].upper()}"))
        revised = NO_MEMBER_ID.model_copy(update={"lines": CODED.lines[:1]})
        letters, released = await asyncio.gather(
            stage.deliver(stage.coded(revised, encounter_id, version=2)),
            stage.post(f"/v1/edits/{claim}/release"),
        )
        assert letters == [] and released.status_code in {200, 409}
        events = await stage.published(encounter_id)
        withdrawn = {event.claim_version for event in events if event.event_type == "ClaimWithdrawn"}
        live = [e for e in events if isinstance(e, ClaimBuilt) and e.claim_version not in withdrawn]
        assert [(event.encounter_version, event.charge_cents) for event in live] == [(2, 15_000)]


async def test_a_claim_that_waits_for_its_codes_waits_on_the_coder(stage: Stage) -> None:
    await held(stage, BAD_CODE)
    (item,) = (await stage.get("/v1/edits", role="coder")).json()["items"]
    assert item["waits_on"] == "coder"
    (listed,) = (await stage.get("/v1/claims?state=held")).json()["items"]
    assert listed["waits_on"] == "coder"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (fix("diagnosis_codes/0", "I10"), "fix.field-not-allowed"),
        (fix("lines/0/code", "99213"), "fix.field-not-allowed"),
        (fix("charge_cents", 1), "fix.field-not-allowed"),
        (fix("patient_control_number", "X"), "fix.field-not-allowed"),
        (fix("lines/7/units", "1"), "fix.field-not-there"),
        (fix("lines/-1/units", "1"), "fix.field-not-allowed"),
        (fix("rendering_provider/../npi", "1"), "fix.field-not-allowed"),
        (fix("lines/0/charge_cents", -5), "fix.value-invalid"),
        (fix("lines/0/charge_cents", "15000"), "fix.value-invalid"),
        (fix("lines/0/charge_cents", True), "fix.value-invalid"),
        (fix("service_date", "2026-02-30"), "fix.value-invalid"),
        (fix("coverage/relationship", "cousin"), "fix.value-invalid"),
        (fix("rendering_provider", {"npi": 5}), "fix.value-invalid"),
        (fix("coverage/member_id", "a\x00b"), "body.value-error"),
        (fix("coverage/member_id", 1.5), "body.value-error"),
        (fix("coverage/member_id", 10**30), "body.value-error"),
        (fix("coverage/member_id", "x" * 501), "body.value-error"),
        (fix("rendering_provider", {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}), "body.value-error"),
        (fix("coverage/member_id", "W1", reason=""), "body.string-too-short"),
        ({"fixes": []}, "body.too-short"),
        ({"fixes": [], "also": 1}, "body.unknown-field"),
        ({"claim_version": 9, **fix("coverage/member_id", "W1")}, "claim.version-changed"),
    ],
)
async def test_fixes_that_are_refused_change_nothing(stage: Stage, body: dict[str, Any], code: str) -> None:
    _, claim = await held(stage, NO_MEMBER_ID)
    answer = await stage.post(f"/v1/edits/{claim}/fixes", body)
    assert answer.status_code in {409, 422}
    assert code in codes(answer), answer.text
    assert (await stage.rows("SELECT 1 FROM claim_fix")) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'{"fixes": NaN}',
        b'{"fixes": [{"field": "coverage/member_id", "value": NaN, "reason": "because"}]}',
        b'{"fixes": [{"field": "coverage/member_id", "value": "\\ud800", "reason": "because"}]}',
        b'{"fixes": [{"field": "coverage/member_id", "value": "\\u0000", "reason": "because"}]}',
        b"\xff\xfe",
        b'{"claim": {"lines": 1}, "encounter": null}',
        b'{"claim": ' + b"[" * 5_000 + b"}",
    ],
)
@pytest.mark.parametrize("path", ["/v1/edits/{claim}/fixes", "/v1/claims/validate"])
async def test_bad_bodies_are_the_callers_fault(stage: Stage, path: str, raw: bytes) -> None:
    _, claim = await held(stage, NO_MEMBER_ID)
    answer = await stage.post(path.format(claim=claim), raw=raw)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_withdrawn_claim_cannot_be_fixed_or_released(stage: Stage) -> None:
    encounter_id, claim = await held(stage, NO_MEMBER_ID)
    await stage.deliver(stage.closed(encounter_id, 2))
    answer = await stage.post(f"/v1/edits/{claim}/fixes", fix("coverage/member_id", "W1"))
    assert (answer.status_code, answer.json()["code"]) == (409, "claim.not-open")
    assert (await stage.post(f"/v1/edits/{claim}/release")).json()["code"] == "claim.nothing-to-release"


async def test_claims_come_in_pages_without_patient_data(stage: Stage) -> None:
    ids = set()
    for n in range(7):
        encounter_id = uuid4()
        ids.add(str(claim_id(encounter_id, "P")))
        await stage.deliver(stage.coded(CODED if n % 3 else NO_MEMBER_ID, encounter_id))
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await stage.get(f"/v1/claims?limit=3{cursor}", role="operator")).json()
        seen += [item["claim_id"] for item in page["items"]]
        assert PATIENT.last_name not in json.dumps(page)
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == 7 and set(seen) == ids
    assert len((await stage.get("/v1/claims?state=held")).json()["items"]) == 3
    assert (await stage.get("/v1/claims?cursor=nonsense")).status_code == 422
    assert (await stage.get("/v1/claims?state=nonsense")).status_code == 422


async def test_content_is_for_billers_and_coders_only(stage: Stage) -> None:
    _, claim = await held(stage, CODED)
    for role, sees in (("biller", True), ("coder", True), ("operator", False)):
        detail = (await stage.get(f"/v1/claims/{claim}", role=role)).json()
        assert (detail["content"] is not None) is sees
        assert (PATIENT.last_name in json.dumps(detail)) is sees
    assert detail["versions"][0]["findings"] == []


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("get", "/v1/claims", {"biller", "coder", "operator"}),
        ("get", "/v1/claims/{claim}", {"biller", "coder", "operator"}),
        ("get", "/v1/edits", {"biller", "coder", "operator"}),
        ("get", "/v1/edits/{claim}", {"biller"}),
        ("post", "/v1/edits/{claim}/fixes", {"biller"}),
        ("post", "/v1/edits/{claim}/release", {"biller"}),
        ("post", "/v1/claims/validate", {"biller", "coder", "emr"}),
    ],
)
async def test_every_route_asks_for_its_role(stage: Stage, method: str, path: str, roles: set[str]) -> None:
    _, claim = await held(stage, NO_MEMBER_ID)
    target = path.format(claim=claim)
    assert (await getattr(stage.client, method)(target)).status_code == 401
    for role in ("emr", "biller", "coder", "operator"):
        answer = await getattr(stage, method)(target, role=role)
        assert (answer.status_code == 403) is (role not in roles), (role, answer.status_code)
        if "{claim}" in path and role in roles:
            other = await getattr(stage, method)(target, role=role, tenant="hill")
            assert other.status_code in {404, 422}
            assert (await getattr(stage, method)(path.format(claim=uuid4()), role=role)).status_code in {
                404,
                422,
            }


async def test_another_practice_cannot_fix_or_release(stage: Stage) -> None:
    _, claim = await held(stage, NO_MEMBER_ID)
    body = fix("coverage/member_id", "W1")
    assert (await stage.post(f"/v1/edits/{claim}/fixes", body, tenant="hill")).status_code == 404
    assert (await stage.post(f"/v1/edits/{claim}/release", tenant="hill")).status_code == 404
    assert (await stage.get("/v1/claims", tenant="hill")).json()["items"] == []


async def test_dry_run_of_a_coded_encounter(stage: Stage) -> None:
    clean = await stage.post("/v1/claims/validate", {"encounter": CODED.model_dump(mode="json")}, role="emr")
    assert clean.status_code == 200
    assert clean.json() == {"clean": True, "charge_cents": 16_200, "pages": 1, "findings": []}
    faulty = await stage.post("/v1/claims/validate", {"encounter": TWO_FAULTS.model_dump(mode="json")})
    assert not faulty.json()["clean"]
    assert codes(faulty) == {"subscriber.member-id-placeholder", "charge.missing", "total.zero"}
    for table in ("encounter", "claim", "claim_version", "outbox"):
        assert await stage.rows(f"SELECT 1 FROM {table}") == []


@pytest.mark.parametrize("claim", [clean_claim(), secondary_claim()])
async def test_dry_run_of_a_claim(stage: Stage, claim: ClaimContent) -> None:
    body = claim.model_dump(mode="json")
    assert (await stage.post("/v1/claims/validate", {"claim": body})).json()["clean"]
    body["billing_provider"]["npi"] = "1234567890"
    body["patient"]["last_name"] = "Rívera"
    answer = (await stage.post("/v1/claims/validate", {"claim": body})).json()
    found = {(finding["code"], finding["location"]) for finding in answer["findings"]}
    assert ("npi.check-digit", "billing_provider/npi") in found
    assert ("repair.accents", "patient/last_name") in found


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "body.value-error", ""),
        ({"claim": {}, "encounter": {}}, "body.value-error", ""),
        ({"claim": {**clean_claim().model_dump(mode="json"), "colour": 1}}, "body.unknown-field", "/claim"),
        (
            {"encounter": {**CODED.model_dump(mode="json"), "service_date": "today"}},
            "body.date-parsing",
            "/encounter/service_date",
        ),
        (
            {"encounter": {**CODED.model_dump(mode="json"), "coverages": []}},
            "claim.coverage-missing",
            "/encounter/coverages",
        ),
    ],
)
async def test_dry_runs_that_are_refused(stage: Stage, body: dict[str, Any], code: str, pointer: str) -> None:
    answer = await stage.post("/v1/claims/validate", body)
    assert answer.status_code == 422
    assert {"code": code, "pointer": pointer} in [
        {"code": item["code"], "pointer": item["pointer"]} for item in answer.json()["errors"]
    ]
    assert PATIENT.last_name not in answer.text
