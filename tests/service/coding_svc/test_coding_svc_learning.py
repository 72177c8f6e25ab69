"""What coders teach, what the practice takes up, questions to the provider, and blind second coding."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.service.coding_svc.conftest import Emr, Json, encounter

SECOND = "second coder"
TERM = "doubt about sugar"


async def decided(emr: Emr, external_id: str, edits: list[Json], **more: Any) -> Json:
    """Post an encounter that queues, and decide it."""
    await emr.taken(encounter(external_id, TERM))
    await emr.work()
    (item,) = (await emr.get("/v1/review", role="coder")).json()["items"]
    body = {"encounter_version": 1, "reason": "read the note", "edits": edits, **more}
    answer = await emr.post(f"/v1/review/{item['review_id']}/decisions", body, role="coder")
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "review_id": item["review_id"]}


CHANGE = [{"action": "change", "ref": "d1", "diagnosis": "R73.03", "reason": "prediabetes by lab"}]


async def suggested(emr: Emr, minimum: int = 2) -> list[Json]:
    items: list[Json] = (await emr.get(f"/v1/lexicon/suggestions?minimum={minimum}", role="coder")).json()["items"]
    return items


async def change_lexicon(emr: Emr, base: int, **change: Any) -> Any:
    body = {"base_version": base, "reason": "seen often", **change}
    return await emr.post("/v1/lexicon/versions", body, role="coder")


LESSON = {"term": "Doubt  about sugar.", "code": "R73.03", "effect": "means"}


async def test_corrections_that_repeat_become_suggestions(emr: Emr) -> None:
    await decided(emr, "V-1", CHANGE)
    assert await suggested(emr) == []
    await decided(emr, "V-2", CHANGE)
    assert await suggested(emr) == [
        {"term": TERM, "code": "E11.9", "effect": "not", "encounters": 2, "contrary": 0},
        {"term": TERM, "code": "R73.03", "effect": "means", "encounters": 2, "contrary": 0},
    ]
    await decided(emr, "V-3", [{"action": "change", "ref": "d1", "diagnosis": "R73.01", "reason": "fasting only"}])
    (not_diabetes, prediabetes) = await suggested(emr)
    assert (not_diabetes["encounters"], not_diabetes["contrary"]) == (3, 0)
    assert (prediabetes["encounters"], prediabetes["contrary"]) == (2, 1)
    assert (await emr.get("/v1/lexicon/suggestions", tenant="hill", role="coder")).json()["items"] == []


async def test_the_lexicon_is_versioned_reviewable_and_reversible(emr: Emr) -> None:
    made = await change_lexicon(emr, 0, add=[LESSON])
    assert (made.status_code, made.json()["version"]) == (201, 1)
    assert made.json()["lessons"] == [{"term": TERM, "code": "R73.03", "effect": "means"}]

    await change_lexicon(emr, 1, add=[{**LESSON, "code": "E11.9", "effect": "not"}], remove=[LESSON])
    back = await change_lexicon(emr, 2, back_to=1)
    assert (back.json()["version"], back.json()["lessons"]) == (3, made.json()["lessons"])
    assert (await emr.get("/v1/lexicon?version=2", role="coder")).json()["lessons"][0]["effect"] == "not"

    history = (await emr.get("/v1/lexicon/versions", role="coder")).json()["items"]
    assert [(each["version"], each["added"], each["removed"]) for each in history] == [(3, 1, 1), (2, 1, 1), (1, 1, 0)]
    assert history[0]["reason"] == "seen often"
    assert (await emr.get("/v1/lexicon", tenant="hill", role="coder")).json() == {"version": 0, "lessons": []}


async def test_what_is_in_the_lexicon_is_not_suggested_again(emr: Emr) -> None:
    await decided(emr, "V-1", CHANGE)
    await change_lexicon(emr, 0, add=[LESSON])
    assert [each["effect"] for each in await suggested(emr, minimum=1)] == ["not"]


async def test_the_next_encounter_is_coded_with_the_practices_lexicon(emr: Emr) -> None:
    await emr.taken(encounter("V-1"))
    await emr.work()
    assert emr.engine.lexicon.version == 0
    await change_lexicon(emr, 0, add=[LESSON])
    await emr.taken(encounter("V-2"))
    await emr.work()
    assert emr.engine.lexicon.meanings == {TERM: "R73.03"}
    await emr.taken(encounter("V-3"), tenant="hill")
    await emr.work()
    assert emr.engine.lexicon.version == 0


@pytest.mark.parametrize(
    ("base", "change", "status", "code"),
    [
        (4, {"add": [LESSON]}, 409, "lexicon.changed"),
        (0, {"add": [{**LESSON, "code": "E11"}]}, 422, "lexicon.refused"),
        (0, {"add": [LESSON, {**LESSON, "code": "E11.9"}]}, 422, "lexicon.refused"),
        (0, {"add": [LESSON], "back_to": 0}, 422, "body.invalid"),
        (0, {}, 422, "body.invalid"),
    ],
)
async def test_a_change_that_cannot_be_made(emr: Emr, base: int, change: Json, status: int, code: str) -> None:
    answer = await change_lexicon(emr, base, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await emr.get("/v1/lexicon", role="coder")).json()["version"] == 0


async def test_a_decision_that_is_redelivered_teaches_once(emr: Emr) -> None:
    await decided(emr, "V-1", CHANGE)
    before = await emr.count("lexicon_observation", "quality_sample", "coding_outcome")
    await emr.redeliver_all(empty_inbox=True)
    assert await emr.count("lexicon_observation", "quality_sample", "coding_outcome") == before


async def test_a_question_goes_to_the_provider_and_is_gone_with_the_answer(emr: Emr) -> None:
    encounter_id = await emr.taken(encounter("V-1", TERM))
    await emr.work()
    (item,) = (await emr.get("/v1/review", role="coder")).json()["items"]
    path = f"/v1/review/{item['review_id']}"
    (query,) = (await emr.get(path, role="coder")).json()["queries"]
    assert query["ref"] == "q1"
    assert "which side" in query["text"] and "Unable to determine" in query["options"]

    given = {"encounter_version": 1, "decision": "return", "reason": "ask", "queries": ["q7"]}
    refused = await emr.post(f"{path}/decisions", given, role="coder")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "review.query-unknown")
    await emr.post(f"{path}/decisions", {**given, "queries": ["q1"]}, role="coder")

    waiting = (await emr.get(f"/v1/encounters/{encounter_id}")).json()["waiting"]
    assert (waiting["waits_on"], waiting["queries"]) == ("provider", [query])
    assert (await emr.get(f"/v1/encounters/{encounter_id}", role="operator")).json()["waiting"]["queries"] == []

    await emr.put(f"/v1/encounters/{encounter_id}", encounter("V-1", "clear left knee"))
    await emr.work()
    assert (await emr.get(f"/v1/encounters/{encounter_id}")).json()["waiting"] is None


async def test_the_second_coder_is_blind_and_another(emr: Emr) -> None:
    await decided(emr, "V-1", CHANGE)
    assert (await emr.get("/v1/quality/samples", role="coder")).json()["items"] == []
    (sample,) = (await emr.get("/v1/quality/samples", role=SECOND)).json()["items"]
    path = f"/v1/quality/samples/{sample['sample_id']}"
    own = await emr.get(path, role="coder")
    assert (own.status_code, own.json()["code"]) == (403, "quality.own-work")

    shown = await emr.get(path, role=SECOND)
    assert "R73.03" not in shown.text and "E11.9" not in shown.text and "Rivera" not in shown.text
    assert (shown.json()["age_years"], shown.json()["notes"][0]["text"]) == (65, TERM)

    given = {"diagnoses": ["R73.03"], "lines": [{"procedure": "99214"}]}
    compared = await emr.post(f"{path}/codes", given, role=SECOND)
    assert compared.json()["agreed"] is False
    assert compared.json()["released"]["lines"][0]["procedure"] == "99213"
    again = await emr.post(f"{path}/codes", given, role=SECOND)
    assert (again.status_code, again.json()["code"]) == (409, "quality.coded")
    assert (await emr.get(path, role="coder")).json()["compared"] == compared.json()
    assert (await emr.get(path, tenant="hill", role="coder")).status_code == 404


async def test_agreement_is_reported_by_who_released(emr: Emr) -> None:
    await decided(emr, "V-1", CHANGE)
    for number in (2, 3):
        await emr.taken(encounter(f"V-{number}"))
    await emr.work()
    right = {"diagnoses": ["E11.9"], "lines": [{"procedure": "99213"}]}
    wrong = {"diagnoses": ["I10"], "lines": [{"procedure": "99213"}]}
    readings = [{"diagnoses": ["R73.03"], "lines": [{"procedure": "99213"}]}, right, wrong]
    samples = (await emr.get("/v1/quality/samples", role=SECOND)).json()["items"]
    by_release = sorted(samples, key=lambda each: each["drawn_at"])
    released = [
        (await emr.get(f"/v1/encounters/{each['encounter_id']}/explanation", role="coder")).json()["released_by"]
        for each in by_release
    ]
    for sample, by in zip(by_release, released, strict=True):
        given = readings.pop(0) if by == "coder" else readings.pop()
        await emr.post(f"/v1/quality/samples/{sample['sample_id']}/codes", given, role=SECOND)

    today = datetime.now(UTC).date().isoformat()
    whole = f"/v1/quality/agreement?since=2026-01-01&until={max(today, '2026-06-02')}"
    report = (await emr.get(whole, role="operator")).json()
    assert report["coder"]["everything"]["share"] == 1
    assert report["auto"]["encounters"] == 2
    assert (report["auto"]["everything"]["hits"], report["auto"]["line_sets"]["hits"]) == (1, 2)
    assert report["auto"]["diagnoses_specific"] == 0.5
    low, high = report["auto"]["everything"]["low"], report["auto"]["everything"]["high"]
    assert 0.09 < low < 0.5 < high < 0.91
    empty = (await emr.get("/v1/quality/agreement?since=2020-01-01&until=2020-01-31", role="operator")).json()
    assert (empty["auto"]["encounters"], empty["auto"]["everything"]["share"]) == (0, None)


async def test_an_explanation_can_be_read(emr: Emr) -> None:
    done = await decided(emr, "V-1", CHANGE)
    text = (await emr.get(f"/v1/encounters/{done['encounter_id']}/explanation?format=text", role="coder")).text
    assert "R73.03" in text and f'"{TERM}" (note-1:0-{len(TERM)})' in text
    assert "before: E11.9, 99213" in text and "after:  R73.03, 99213" in text
    assert "icd10cm: 2026-04" in text
