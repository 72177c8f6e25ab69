"""The handlers and the coder queue on the real database: what is coded, held, closed, and never twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from events import CorrectionRequested, EncounterClosed, EncounterCoded, EncounterHeld, Event
from events.phi import CodedEncounter

from tests.service.coding_svc.conftest import NOW, Emr, encounter, recode, record_of

TABLES = ("encounter_version", "coding_outcome", "review_item", "review_decision", "correction", "outbox")


def opened(emr: Emr, event: Event) -> CodedEncounter:
    part = emr.cipher.open(event)
    assert isinstance(part, CodedEncounter)
    return part


async def test_a_clear_encounter_is_coded_and_carries_all_a_claim_needs(emr: Emr) -> None:
    lines = [{"id": "x", "code": "99213", "charge_cents": 14850, "date_from": "2026-05-04"}]
    encounter_id = await emr.taken(encounter(service_lines=lines, prior_authorization_number="PA1"))
    await emr.work()
    (event,) = await emr.outbox("EncounterCoded")
    assert isinstance(event, EncounterCoded)
    assert (event.coding_version, event.released_by, event.payer_ids) == (1, "auto", ("HARB1",))
    assert (event.diagnosis_count, event.line_count, event.code_set_release) == (1, 1, "2026-04")
    assert (event.correction, event.claim_id) == (None, None)
    part = opened(emr, event)
    assert [(d.code, d.excerpt) for d in part.diagnoses] == [("E11.9", "clear type 2 diabetes")]
    assert [(x.code, x.pointers, x.charge_cents) for x in part.lines] == [("99213", (1,), 14850)]
    assert part.coverages[0].subscriber == part.patient
    assert part.coverages[0].sequence == "P"
    assert part.prior_authorization_number == "PA1"
    assert part.rendering_provider is not None
    shown = (await emr.get(f"/v1/encounters/{encounter_id}")).json()
    assert (shown["status"], shown["codes"]["released"]) == ("coded", True)
    assert shown["codes"]["diagnoses"][0]["evidence"][0]["text"] == "clear type 2 diabetes"
    operator = (await emr.get(f"/v1/encounters/{encounter_id}", role="operator")).json()
    assert operator["codes"] is None
    why = (await emr.get(f"/v1/encounters/{encounter_id}/explanation")).json()
    assert (why["kind"], why["em"]["by"], why["diagnoses"][0]["rule"]) == ("coded", "time", "dx.term.assessment")


async def test_a_practices_payer_data_and_charge_codes_reach_the_engine(emr: Emr) -> None:
    lines = [{"charge_code": "ov3"}, {"charge_code": "INJ-1"}, {"charge_code": "INJ-2"}]
    for tenant, external_id in (("valley", "V-1"), ("hill", "H-1")):
        await emr.taken(encounter(external_id, service_lines=lines), tenant)
        await emr.work()
        told = emr.engine.encounter
        assert told is not None
        assert told.payer_rules.video_modifier == "95"
        known = [("99213", ()), ("20610", ("RT",)), ("", ())] if tenant == "valley" else [("", ())] * 3
        assert [(line.code, line.modifiers) for line in told.service_lines] == known


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"self_pay": True, "coverages": []}, "self_pay"),
        ({"withhold_from_payer": True}, "not_disclosed"),
        ({"status": "cancelled"}, "cancelled"),
    ],
)
async def test_no_claim_where_none_may_be_made(emr: Emr, extra: dict[str, Any], reason: str) -> None:
    encounter_id = await emr.taken(encounter(**extra))
    await emr.work()
    (event,) = await emr.outbox("EncounterClosed", "EncounterCoded", "EncounterHeld")
    assert isinstance(event, EncounterClosed)
    assert event.reason == reason
    assert emr.engine.calls == 0
    assert (await emr.get(f"/v1/encounters/{encounter_id}")).json()["status"] == "closed"


@pytest.mark.parametrize(
    ("extra", "waits_on", "reasons"),
    [
        ({"status": "draft"}, "provider", ("encounter.draft",)),
        ({"notes": [{"text": "clear"}]}, "provider", ("note.unsigned",)),
        ({"coverages": []}, "emr", ("encounter.coverage-missing",)),
        ({"notes": []}, "provider", ("note.missing",)),
    ],
)
async def test_what_waits_on_whom_and_goes_on_after_put(
    emr: Emr, extra: dict[str, Any], waits_on: str, reasons: tuple[str, ...]
) -> None:
    encounter_id = await emr.taken(encounter(**extra))
    await emr.work()
    (held,) = await emr.outbox("EncounterHeld")
    assert isinstance(held, EncounterHeld)
    assert (held.waits_on, held.reason_codes, held.hold_number) == (waits_on, reasons, 1)
    shown = (await emr.get(f"/v1/encounters/{encounter_id}")).json()
    assert (shown["status"], shown["waiting"]["waits_on"], shown["waiting"]["review_id"]) == ("held", waits_on, None)
    assert (await emr.put(f"/v1/encounters/{encounter_id}", encounter())).status_code == 202
    await emr.work()
    (coded,) = await emr.outbox("EncounterCoded")
    assert coded.encounter_version == 2
    assert (await emr.get(f"/v1/encounters/{encounter_id}")).json()["waiting"] is None


async def test_revision_and_cancellation_after_coding(emr: Emr) -> None:
    encounter_id = await emr.taken(encounter())
    await emr.work()
    await emr.put(f"/v1/encounters/{encounter_id}", encounter(text="clear with addendum"))
    await emr.work()
    await emr.put(f"/v1/encounters/{encounter_id}", encounter(status="cancelled"))
    await emr.work()
    told = [(e.event_type, e.encounter_version) for e in await emr.outbox()]
    assert told == [
        ("EncounterReceived", 1),
        ("EncounterCoded", 1),
        ("EncounterReceived", 2),
        ("EncounterCoded", 2),
        ("EncounterReceived", 3),
        ("EncounterClosed", 3),
    ]


async def test_a_stale_version_is_skipped_in_any_order(emr: Emr) -> None:
    encounter_id = await emr.taken(encounter())
    await emr.put(f"/v1/encounters/{encounter_id}", encounter(text="clear two"))
    first, second = await emr.outbox("EncounterReceived")
    await emr.deliver(second)
    await emr.deliver(first)
    assert [e.encounter_version for e in await emr.outbox("EncounterCoded")] == [2]
    assert emr.engine.calls == 1


@pytest.mark.parametrize("empty_inbox", [False, True])
async def test_redelivery_changes_nothing(emr: Emr, *, empty_inbox: bool) -> None:
    texts = {"V-1": "clear", "V-2": "doubt", "V-3": "nothing"}
    ids = {name: await emr.taken(encounter(name, words)) for name, words in texts.items()}
    await emr.taken(encounter("V-4", self_pay=True))
    await emr.taken(encounter("V-5", status="draft"))
    await emr.work()
    request = recode(ids["V-1"])
    await emr.deliver(request)
    before = await emr.count(*TABLES)
    for _ in range(2):
        await emr.redeliver_all(empty_inbox=empty_inbox, more=(request,))
    assert await emr.count(*TABLES) == before


async def test_an_unknown_encounter_is_a_dead_letter_and_others_go_on(emr: Emr) -> None:
    await emr.taken(encounter())
    (event,) = await emr.outbox("EncounterReceived")
    lost = event.model_copy(update={"encounter_id": uuid4(), "event_id": uuid4()})
    stolen = event.model_copy(update={"tenant_id": "hill", "event_id": uuid4()})
    foreign = recode(str(event.encounter_id), tenant_id="hill")
    records = [record_of(e, n) for n, e in enumerate((lost, stolen, event, foreign))]
    letters = await emr.processor.process(records, cluster_id="test")
    assert [letter.reason for letter in letters] == ["encounter.unknown"] * 3
    assert len(await emr.outbox("EncounterCoded")) == 1


async def test_two_practices_in_one_batch(emr: Emr) -> None:
    await emr.taken(encounter("V-1"))
    await emr.taken(encounter("V-1", "doubt"), tenant="hill")
    await emr.work()
    assert {(e.tenant_id, e.event_type) for e in await emr.outbox("EncounterCoded", "EncounterHeld")} == {
        ("valley", "EncounterCoded"),
        ("hill", "EncounterHeld"),
    }


# The coder queue


async def queued(emr: Emr, **extra: Any) -> tuple[str, dict[str, Any]]:
    encounter_id = await emr.taken(encounter(text="doubt about diabetes", **extra))
    await emr.work()
    page = (await emr.get("/v1/review", role="coder")).json()
    item: dict[str, Any] = next(i for i in page["items"] if i["encounter_id"] == encounter_id)
    return encounter_id, item


async def decide(emr: Emr, item: dict[str, Any], body: dict[str, Any], **headers: str) -> Any:
    given = {"encounter_version": item["encounter_version"], "reason": "Read the note.", **body}
    return await emr.post(f"/v1/review/{item['review_id']}/decisions", given, role="coder", **headers)


async def test_doubt_waits_for_a_coder_with_reasons_and_evidence(emr: Emr) -> None:
    encounter_id, item = await queued(emr)
    (held,) = await emr.outbox("EncounterHeld")
    assert isinstance(held, EncounterHeld)
    assert (held.waits_on, held.reason_codes) == ("coder", ("coding.low-confidence",))
    assert item["reason_codes"] == ["coding.low-confidence"]
    assert item["diagnoses"][0]["evidence"][0]["text"] == "doubt about diabetes"
    assert [c["ref"] for c in item["candidates"]] == ["c1"]
    shown = (await emr.get(f"/v1/encounters/{encounter_id}")).json()
    assert shown["waiting"]["review_id"] == item["review_id"]
    assert shown["codes"]["released"] is False
    whole = (await emr.get(f"/v1/review/{item['review_id']}", role="coder")).json()
    assert whole["notes"][0]["text"] == "doubt about diabetes"
    assert (await emr.get("/v1/review?reason=coding.excludes1", role="coder")).json()["items"] == []
    assert len((await emr.get("/v1/review?reason=coding.low-confidence", role="coder")).json()["items"]) == 1


async def test_release_with_edits_keeps_before_and_after(emr: Emr) -> None:
    encounter_id, item = await queued(emr)
    edits = [
        {"action": "accept", "ref": "c1", "reason": "Documented in the plan."},
        {"action": "change", "ref": "d1", "diagnosis": "E1165", "reason": "Hyperglycemia is documented."},
        {"action": "change", "ref": "l1", "procedure": "99214", "diagnosis_codes": ["E11.65", "I10"], "reason": "MDM."},
        {"action": "add", "procedure": "83036", "diagnosis_codes": ["E11.65"], "reason": "HbA1c done here."},
    ]
    answer = await decide(emr, item, {"edits": edits})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["coding_version"]) == ("released", 1)
    (coded,) = await emr.outbox("EncounterCoded")
    assert isinstance(coded, EncounterCoded)
    assert coded.released_by == "coder"
    part = opened(emr, coded)
    assert [d.code for d in part.diagnoses] == ["E11.65", "I10"]
    assert [(x.code, x.pointers) for x in part.lines] == [("99214", (1, 2)), ("83036", (1,))]
    whole = (await emr.get(f"/v1/review/{item['review_id']}", role="coder")).json()
    assert (whole["state"], whole["decision"]["reason"]) == ("released", "Read the note.")
    assert [d["code"] for d in whole["decision"]["before"]["diagnoses"]] == ["E11.9"]
    assert [d["code"] for d in whole["decision"]["after"]["diagnoses"]] == ["E11.65", "I10"]
    assert len(whole["decision"]["edits"]) == 4
    assert (await emr.get("/v1/review", role="coder")).json()["items"] == []
    shown = (await emr.get(f"/v1/encounters/{encounter_id}")).json()
    assert (shown["status"], shown["waiting"]) == ("coded", None)
    why = (await emr.get(f"/v1/encounters/{encounter_id}/explanation")).json()
    assert why["decision"]["decision"] == "release"
    assert why["released_by"] == "coder"


async def test_the_second_decision_is_409_and_a_repetition_with_key_is_not(emr: Emr) -> None:
    _, item = await queued(emr)
    key = {"Idempotency-Key": "d-1"}
    first = await decide(emr, item, {}, **key)
    again = await decide(emr, item, {}, **key)
    other = await decide(emr, item, {})
    assert (first.status_code, first.content) == (200, again.content)
    assert (other.status_code, other.json()["code"]) == (409, "review.decided")
    assert len(await emr.outbox("EncounterCoded")) == 1


async def test_a_revision_meanwhile_makes_the_decision_409(emr: Emr) -> None:
    encounter_id, item = await queued(emr)
    await emr.put(f"/v1/encounters/{encounter_id}", encounter(text="doubt again"))
    answer = await decide(emr, item, {})
    assert (answer.status_code, answer.json()["code"]) == (409, "review.encounter-revised")
    assert (await emr.get("/v1/review", role="coder")).json()["items"] == []
    await emr.work()
    (newer,) = (await emr.get("/v1/review", role="coder")).json()["items"]
    assert newer["encounter_version"] == 2
    wrong = await decide(emr, {**newer, "encounter_version": 1}, {})
    assert wrong.status_code == 409
    assert (await decide(emr, newer, {})).status_code == 200


async def test_close_and_return(emr: Emr) -> None:
    closed_id, item = await queued(emr, external_id="V-1")
    assert (await decide(emr, item, {"decision": "close"})).status_code == 200
    (closed,) = await emr.outbox("EncounterClosed")
    assert isinstance(closed, EncounterClosed)
    assert closed.reason == "nothing_billable"
    returned_id, item = await queued(emr, external_id="V-2")
    assert (await decide(emr, item, {"decision": "return"})).status_code == 200
    held = (await emr.outbox("EncounterHeld"))[-1]
    assert isinstance(held, EncounterHeld)
    assert (held.hold_number, held.waits_on, held.reason_codes) == (2, "provider", ("coding.returned-by-coder",))
    states = [(await emr.get(f"/v1/encounters/{i}")).json()["status"] for i in (closed_id, returned_id)]
    assert states == ["closed", "held"]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        ({"action": "reject", "ref": "d9"}, "review.ref-unknown"),
        ({"action": "reject", "ref": "d1"}, "review.nothing-left"),
        ({"action": "add", "diagnosis": "E11.9"}, "review.code-present"),
        ({"action": "change", "ref": "l1", "diagnosis": "I10"}, "review.wrong-kind"),
        ({"action": "add", "procedure": "83036"}, "review.pointer-missing"),
        ({"action": "add", "diagnosis": "E11"}, "review.code-not-billable"),
        ({"action": "change", "ref": "d1", "diagnosis": "E11.999"}, "review.code-not-billable"),
    ],
)
async def test_edits_that_cannot_be_are_422(emr: Emr, edit: dict[str, Any], code: str) -> None:
    _, item = await queued(emr)
    answer = await decide(emr, item, {"edits": [{**edit, "reason": "Because."}]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == code
    assert await emr.outbox("EncounterCoded") == []


async def test_redelivery_after_a_decision_opens_nothing_again(emr: Emr) -> None:
    _, item = await queued(emr)
    await decide(emr, item, {})
    before = await emr.count(*TABLES)
    await emr.redeliver_all(empty_inbox=True)
    assert await emr.count(*TABLES) == before


async def test_queue_pages_are_oldest_first(emr: Emr) -> None:
    ids = [await emr.taken(encounter(f"V-{n}", "doubt")) for n in range(3)]
    await emr.work()
    first = (await emr.get("/v1/review?limit=2", role="coder")).json()
    rest = (await emr.get(f"/v1/review?limit=2&cursor={first['next_cursor']}", role="coder")).json()
    seen = [item["encounter_id"] for item in (*first["items"], *rest["items"])]
    assert sorted(seen) == sorted(ids)
    assert rest["next_cursor"] is None


# Corrections


async def test_unchanged_codes_go_to_a_coder_and_carry_the_correction(emr: Emr) -> None:
    encounter_id = await emr.taken(encounter())
    await emr.work()
    request = recode(encounter_id)
    await emr.deliver(request)
    held = (await emr.outbox("EncounterHeld"))[-1]
    assert isinstance(held, EncounterHeld)
    assert held.reason_codes == ("coding.correction-requested", "denial.co-11")
    (item,) = (await emr.get("/v1/review", role="coder")).json()["items"]
    edit = {"action": "change", "ref": "l1", "procedure": "99214", "reason": "Under-coded."}
    assert (await decide(emr, item, {"edits": [edit]})).status_code == 200
    coded = (await emr.outbox("EncounterCoded"))[-1]
    assert isinstance(coded, EncounterCoded)
    assert coded.coding_version == 2
    assert coded.correction is not None
    assert (coded.correction.claim_id, coded.correction.frequency_code) == (request.claim_id, "7")
    assert (coded.claim_id, coded.correction.payer_claim_control_number) == (request.claim_id, "PCN1")


async def test_changed_codes_are_released_by_themselves_with_the_correction(emr: Emr) -> None:
    encounter_id = await emr.taken(encounter())
    await emr.work()
    emr.engine.level = "99214"
    request = recode(encounter_id)
    await emr.deliver(request)
    coded = (await emr.outbox("EncounterCoded"))[-1]
    assert isinstance(coded, EncounterCoded)
    assert (coded.coding_version, coded.released_by) == (2, "auto")
    assert coded.correction is not None
    assert coded.correction.claim_id == request.claim_id
    # The correction is carried once: a later revision stands for itself.
    await emr.put(f"/v1/encounters/{encounter_id}", encounter(text="clear later"))
    await emr.work()
    later = (await emr.outbox("EncounterCoded"))[-1]
    assert isinstance(later, EncounterCoded)
    assert (later.encounter_version, later.correction) == (2, None)


async def test_a_correction_waits_for_the_revision_that_answers_it(emr: Emr) -> None:
    encounter_id = await emr.taken(encounter())
    await emr.work()
    await emr.deliver(recode(encounter_id))
    await emr.put(f"/v1/encounters/{encounter_id}", encounter(text="clear now with the missing fact"))
    await emr.work()
    coded = (await emr.outbox("EncounterCoded"))[-1]
    assert isinstance(coded, EncounterCoded)
    assert (coded.encounter_version, coded.correction is not None) == (2, True)
    assert (await emr.get("/v1/review", role="coder")).json()["items"] == []


@pytest.mark.parametrize("action", ["rebill", "secondary", "void"])
async def test_other_corrections_are_not_this_services(emr: Emr, action: str) -> None:
    encounter_id = await emr.taken(encounter())
    await emr.work()
    before = await emr.count(*TABLES)
    request = CorrectionRequested.create(
        occurred_at=NOW, tenant_id="valley", encounter_id=UUID(encounter_id), encounter_version=1, claim_id=uuid4(),
        claim_version=1, action=action, reason_code="denial.co-16", frequency_code="1",
    )  # fmt: skip
    await emr.deliver(request)
    assert await emr.count(*TABLES) == before


async def test_recode_of_a_cancelled_encounter_does_nothing(emr: Emr) -> None:
    encounter_id = await emr.taken(encounter(status="cancelled"))
    await emr.work()
    outbox = await emr.count("outbox", "coding_outcome")
    await emr.deliver(recode(encounter_id))
    assert await emr.count("outbox", "coding_outcome") == outbox


async def test_no_phi_outside_the_encrypted_part(emr: Emr) -> None:
    await emr.taken(encounter(text="doubt PLANTEDTOKEN"))
    await emr.taken(encounter("V-2", text="clear PLANTEDTOKEN"))
    await emr.work()
    for event in await emr.outbox():
        plain = event.model_dump_json(exclude={"phi"})
        # The whole date: four digits alone may stand in a random id.
        assert not any(token in plain for token in ("PLANTEDTOKEN", "Rivera", "HH1", "1961-02-03", "E11.9"))


async def test_a_note_that_breaks_the_engine_is_a_coders_and_its_neighbours_are_coded(emr: Emr) -> None:
    broken = await emr.taken(encounter("V-broken", "broken on purpose"))
    await emr.taken(encounter("V-fine"))
    await emr.work()
    (held,) = await emr.outbox("EncounterHeld")
    assert isinstance(held, EncounterHeld)
    assert (str(held.encounter_id), held.reason_codes, held.waits_on) == (broken, ("coding.failed",), "coder")
    assert len(await emr.outbox("EncounterCoded")) == 1
    (item,) = (await emr.get("/v1/review", role="coder")).json()["items"]
    assert (item["reason_codes"], item["diagnoses"], item["lines"]) == (["coding.failed"], [], [])
    edits = [
        {"action": "add", "diagnosis": "I10", "reason": "read the note"},
        {"action": "add", "procedure": "99213", "diagnosis_codes": ["I10"], "reason": "read the note"},
    ]
    body = {"encounter_version": 1, "reason": "coded by hand", "edits": edits}
    path = f"/v1/review/{item['review_id']}/decisions"
    answer = await emr.post(path, body, role="coder", **{"idempotency-key": "by-hand"})
    assert answer.status_code == 200, answer.text
    assert broken in {str(event.encounter_id) for event in await emr.outbox("EncounterCoded")}
