"""POST, PUT and GET of encounters on the real database."""

from __future__ import annotations

import asyncio
import copy
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.service.coding_svc.conftest import Emr, encounter
from tests.unit.coding_svc import fhir_bundles as fb


async def test_post_is_stored_published_and_shown(emr: Emr) -> None:
    answer = await emr.post("/v1/encounters", encounter())
    assert answer.status_code == 202
    body = answer.json()
    assert (body["version"], body["status"]) == (1, "received")
    (event,) = await emr.outbox()
    assert (event.event_type, str(event.encounter_id), event.encounter_version) == (
        "EncounterReceived",
        body["encounter_id"],
        1,
    )
    shown = (await emr.get(body["links"]["self"])).json()
    assert (shown["external_id"], shown["status"], shown["codes"], shown["waiting"]) == ("V-1", "received", None, None)
    assert [v["cause"] for v in shown["versions"]] == ["new"]


async def test_same_body_gives_the_same_answer_and_one_event(emr: Emr) -> None:
    first = await emr.post("/v1/encounters", encounter())
    second = await emr.post("/v1/encounters", {**encounter(), "status": "final"})  # a default, said aloud
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert len(await emr.outbox()) == 1


async def test_changed_body_is_sent_to_put(emr: Emr) -> None:
    await emr.taken(encounter())
    answer = await emr.post("/v1/encounters", encounter(text="Now says something else"))
    assert answer.status_code == 422
    assert answer.json()["code"] == "encounter.exists-changed"
    assert "PUT" in answer.json()["detail"]
    assert "something" not in answer.text


async def test_idempotency_key_is_bound_to_body_and_path(emr: Emr) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = await emr.post("/v1/encounters", encounter(), **key)
    again = await emr.post("/v1/encounters", encounter(), **key)
    changed = await emr.post("/v1/encounters", encounter("V-2"), **key)
    put = await emr.put(f"/v1/encounters/{first.json()['encounter_id']}", encounter(), **key)
    assert first.content == again.content
    assert [changed.status_code, put.status_code] == [422, 422]
    assert changed.json()["code"] == "idempotency.body-changed"


async def test_the_same_encounter_in_flight_is_409(emr: Emr) -> None:
    async with emr.database.transaction(["valley"]) as tx:
        await tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('valley|V-1', 43))"))
        answer = await emr.post("/v1/encounters", encounter())
    assert answer.status_code == 409
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["code"] == "encounter.in-flight"


async def test_many_at_once_make_one_encounter(emr: Emr) -> None:
    answers = await asyncio.gather(*(emr.post("/v1/encounters", encounter()) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.content for answer in answers if answer.status_code == 202}) == 1
    assert await emr.count("encounter", "encounter_version") == {"encounter": 1, "encounter_version": 1}


async def test_put_makes_a_version_and_repeats_nothing(emr: Emr) -> None:
    encounter_id = await emr.taken(encounter())
    path = f"/v1/encounters/{encounter_id}"
    same = await emr.put(path, encounter())
    assert (same.status_code, same.json()["version"]) == (202, 1)
    changed = encounter(text="clear with an addendum")
    first, again = await emr.put(path, changed), await emr.put(path, changed)
    assert (first.json()["version"], first.content) == (2, again.content)
    cancelled = await emr.put(path, {**changed, "status": "cancelled"})
    assert cancelled.json()["version"] == 3
    events = await emr.outbox()
    assert [(e.encounter_version, getattr(e, "cause", "")) for e in events] == [
        (1, "new"),
        (2, "revised"),
        (3, "cancelled"),
    ]


async def test_put_of_unknown_or_renamed_encounter(emr: Emr) -> None:
    assert (await emr.put(f"/v1/encounters/{uuid4()}", encounter())).status_code == 404
    encounter_id = await emr.taken(encounter())
    renamed = await emr.put(f"/v1/encounters/{encounter_id}", encounter("V-9"))
    assert (renamed.status_code, renamed.json()["code"]) == (422, "encounter.external-id-differs")


async def test_pages_and_filters(emr: Emr) -> None:
    ids = [await emr.taken(encounter(f"V-{n}")) for n in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await emr.get(f"/v1/encounters?limit=2{cursor}")).json()
        seen += [item["encounter_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(ids)
    assert len(seen) == 5
    await emr.work()
    assert (await emr.get("/v1/encounters?status=received")).json()["items"] == []
    assert len((await emr.get("/v1/encounters?status=coded")).json()["items"]) == 5
    assert (await emr.get("/v1/encounters?status=elsewhere")).status_code == 422
    assert (await emr.get("/v1/encounters?cursor=zzz")).status_code == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"external_id": "a\\u0000b"}', "/external_id"),
        (b'{"external_id": "\\ud800"}', ""),
        (b'{"total_minutes": 99999999999999999999999999}', "/total_minutes"),
        (b'{"total_minutes": true}', "/total_minutes"),
        (b'{"total_minutes": NaN}', "/total_minutes"),
        (b'{"self_pay": "yes"}', "/self_pay"),
        (b'{"rivera": 1}', ""),
        (b"[]", ""),
        (b"{", ""),
        (b"\xff\xfe", ""),
        (b"", ""),
    ],
)
async def test_bad_bodies_are_422_with_pointers_and_no_echo(emr: Emr, body: bytes, pointer: str) -> None:
    headers = emr.headers() | {"Content-Type": "application/json"}
    answer = await emr.client.post("/v1/encounters", content=body, headers=headers)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in {item["pointer"] for item in answer.json()["errors"]}
    assert "rivera" not in answer.text


async def test_large_and_compressed_bodies(emr: Emr) -> None:
    large = await emr.client.post("/v1/encounters", content=b" " * 300_001, headers=emr.headers())
    packed = await emr.client.post("/v1/encounters", content=b"x", headers=emr.headers() | {"Content-Encoding": "gzip"})
    other = await emr.client.post("/v1/encounters", content=b"x", headers=emr.headers() | {"Content-Type": "text/xml"})
    assert [large.status_code, packed.status_code, other.status_code] == [413, 415, 415]


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("POST", "/v1/encounters", {"emr"}),
        ("PUT", "/v1/encounters/{id}", {"emr"}),
        ("POST", "/v1/fhir", {"emr"}),
        ("GET", "/v1/encounters", {"emr", "coder", "biller", "operator"}),
        ("GET", "/v1/encounters/{id}", {"emr", "coder", "biller", "operator"}),
        ("GET", "/v1/encounters/{id}/explanation", {"emr", "coder", "biller"}),
        ("GET", "/v1/review", {"coder"}),
        ("GET", "/v1/review/{id}", {"coder"}),
        ("POST", "/v1/review/{id}/decisions", {"coder"}),
    ],
)
async def test_roles(emr: Emr, method: str, path: str, roles: set[str]) -> None:
    target = path.replace("{id}", str(uuid4()))
    for role in ("emr", "coder", "biller", "operator"):
        answer = await emr.client.request(method, target, headers=emr.headers(role=role))
        assert (answer.status_code != 403) == (role in roles), (role, answer.status_code)
    assert (await emr.client.request(method, target)).status_code == 401


async def test_another_practice_sees_nothing(emr: Emr) -> None:
    encounter_id = await emr.taken(encounter(text="doubt about it"))
    await emr.work()
    review_id = (await emr.get("/v1/review", role="coder")).json()["items"][0]["review_id"]
    assert (await emr.get("/v1/encounters", tenant="hill")).json()["items"] == []
    assert (await emr.get("/v1/review", tenant="hill", role="coder")).json()["items"] == []
    for path, role in (
        (f"/v1/encounters/{encounter_id}", "emr"),
        (f"/v1/encounters/{encounter_id}/explanation", "emr"),
        (f"/v1/review/{review_id}", "coder"),
    ):
        assert (await emr.get(path, tenant="hill", role=role)).status_code == 404
    assert (await emr.put(f"/v1/encounters/{encounter_id}", encounter(), tenant="hill")).status_code == 404
    decision = {"encounter_version": 1, "reason": "mine now"}
    answer = await emr.post(f"/v1/review/{review_id}/decisions", decision, tenant="hill", role="coder")
    assert answer.status_code == 404
    assert await emr.taken(encounter(), tenant="hill") != encounter_id  # the natural key is per practice


@pytest.mark.parametrize("table", ["encounter", "encounter_version", "coding_outcome", "review_item", "correction"])
async def test_row_level_security_holds_without_a_where(emr: Emr, table: str) -> None:
    await emr.taken(encounter(text="doubt about it"))
    await emr.work()
    async with emr.database.transaction(["hill"]) as tx:
        assert (await tx.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0
    async with emr.database.transaction() as tx:
        assert (await tx.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0


def bundle_of_two() -> dict[str, Any]:
    body = copy.deepcopy(fb.plain())
    second = fb.encounter(id="enc-2", identifier=[{"value": "V-1002"}], period={"start": "2026-05-11"})
    body["entry"].append(fb.entry(second))
    return body


async def test_fhir_bundle_makes_encounters_with_notices(emr: Emr) -> None:
    body = bundle_of_two()
    body["entry"].append(fb.entry({"resourceType": "Observation", "id": "o"}))
    answer = await emr.post("/v1/fhir", body, **{"Content-Type": "application/fhir+json"})
    assert answer.status_code == 202, answer.text
    got = answer.json()
    assert [e["external_id"] for e in got["encounters"]] == ["V-1001", "V-1002"]
    assert "fhir.resource-not-used" in {n["code"] for n in got["notices"]}
    shown = (await emr.get(f"/v1/encounters/{got['encounters'][0]['encounter_id']}")).json()
    assert shown["versions"][0]["source"] == "fhir"
    assert {n["code"] for n in shown["versions"][0]["notices"]} >= {"fhir.place-of-service-assumed"}
    again = await emr.post("/v1/fhir", body, **{"Content-Type": "application/fhir+json"})
    assert again.content == answer.content
    assert len(await emr.outbox()) == 2


async def test_fhir_missing_essentials_are_422_by_name(emr: Emr) -> None:
    body = fb.plain()
    for item in body["entry"]:
        if item["resource"]["resourceType"] == "Patient":
            item["resource"] |= {"birthDate": None, "name": []}
    answer = await emr.post("/v1/fhir", body)
    assert answer.status_code == 422
    assert {e["code"] for e in answer.json()["errors"][:2]} == {"fhir.patient-name-missing", "fhir.birth-date-missing"}
    assert await emr.count("encounter") == {"encounter": 0}


async def test_fhir_takes_the_usable_and_names_the_other(emr: Emr) -> None:
    body = bundle_of_two()
    body["entry"][-1]["resource"]["period"] = {}
    got = (await emr.post("/v1/fhir", body)).json()
    assert len(got["encounters"]) == 1
    assert got["not_taken"][0]["pointer"] == "/entry/8/resource"
    assert "fhir.service-date-missing" in {n["code"] for n in got["not_taken"][0]["notices"]}


async def test_fhir_revises_by_put_entry_and_by_put(emr: Emr) -> None:
    encounter_id = (await emr.post("/v1/fhir", fb.plain())).json()["encounters"][0]["encounter_id"]
    changed = fb.plain()
    changed["entry"][-1]["resource"]["content"][0]["attachment"]["data"] = fb.b64("Assessment: gout.")
    refused = await emr.post("/v1/fhir", changed)
    assert (refused.status_code, refused.json()["code"]) == (422, "encounter.exists-changed")
    assert refused.json()["errors"][0]["pointer"] == "/entry/5/resource"
    fhir = {"Content-Type": "application/fhir+json"}
    by_put = await emr.put(f"/v1/encounters/{encounter_id}", changed, **fhir)
    assert (by_put.status_code, by_put.json()["version"]) == (202, 2)
    back = fb.plain()
    for item in back["entry"]:
        item["request"] = {"method": "PUT"}
    by_entry = await emr.post("/v1/fhir", back)
    assert by_entry.json()["encounters"][0]["version"] == 3
    two = await emr.put(f"/v1/encounters/{encounter_id}", bundle_of_two(), **fhir)
    assert (two.status_code, two.json()["code"]) == (422, "fhir.one-encounter-only")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": NaN}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[]",
        b'{"resourceType": "Patient"}',
        b'{"resourceType": "Bundle", "type": "history"}',
        b'{"resourceType": "Bundle", "type": "collection"}',
        b"\xff",
    ],
)
async def test_fhir_bad_bodies_are_422(emr: Emr, body: bytes) -> None:
    headers = emr.headers() | {"Content-Type": "application/fhir+json"}
    answer = await emr.client.post("/v1/fhir", content=body, headers=headers)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"].startswith("fhir.")
