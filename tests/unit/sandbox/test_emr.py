"""Feeding and following: retries until taken, notes of any kind, load at speed, books held against the services."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from coding_svc.schemas import EncounterIn
from sandbox.emr.day import SampleEncounter, sample_day
from sandbox.emr.feeder import Feeder, FeedError
from sandbox.emr.load import encounters
from sandbox.emr.notes import BadNotes, encounter_of, encounters_from
from sandbox.emr.status import ClaimStanding, Standing, counts, disagreements, states_by_books


class CodingService:
    """What coding-svc promises to an EMR, with trouble on the way."""

    def __init__(self, troubles: list[int] | None = None) -> None:
        self.troubles = troubles or []
        self.taken: dict[str, str] = {}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.troubles:
            status = self.troubles.pop(0)
            if status == 0:
                raise httpx.ConnectError("down", request=request)
            return httpx.Response(status, json={"code": "trouble"})
        key = request.headers["idempotency-key"]
        number = self.taken.setdefault(key, f"id-{len(self.taken)}")
        if request.url.path == "/v1/fhir":
            return httpx.Response(202, json={"encounters": [{"encounter_id": number}], "not_taken": [], "notices": []})
        return httpx.Response(202, json={"encounter_id": number, "version": 1})


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Retries without their pauses."""
    sleep = asyncio.sleep
    monkeypatch.setattr("sandbox.emr.feeder.asyncio.sleep", lambda seconds: sleep(0))
    yield


def feeder_at(service: CodingService, patience_seconds: float = 30) -> Feeder:
    made = Feeder("http://coding", "cc_key", concurrency=3, patience_seconds=patience_seconds)
    made._client = httpx.AsyncClient(base_url="http://coding", transport=httpx.MockTransport(service))
    return made


async def test_all_are_posted_in_order_with_progress() -> None:
    service, day = CodingService(), sample_day()
    seen: list[int] = []
    async with feeder_at(service) as feeder:
        posted = await feeder.post_all(day, seen.append)
    assert [each.external_id for each in posted] == [each.external_id for each in day]
    assert all(each.encounter_id for each in posted)
    assert seen == list(range(1, len(day) + 1))
    paths = {request.url.path for request in service.requests}
    assert paths == {"/v1/encounters", "/v1/fhir"}
    types = {r.url.path: r.headers["content-type"] for r in service.requests}
    assert types == {"/v1/encounters": "application/json", "/v1/fhir": "application/fhir+json"}


async def test_trouble_is_met_with_the_same_request_again(fast: None) -> None:
    service = CodingService([503, 0, 429, 409, 500])
    async with feeder_at(service) as feeder:
        posted = await feeder.post(sample_day()[0])
    assert posted.encounter_id == "id-0"
    assert len({r.headers["idempotency-key"] for r in service.requests}) == 1
    assert len({r.content for r in service.requests}) == 1


async def test_a_refusal_is_told_and_not_repeated() -> None:
    service = CodingService([422])
    async with feeder_at(service) as feeder:
        posted = await feeder.post(sample_day()[0])
    assert (posted.encounter_id, posted.problem, len(service.requests)) == (None, "trouble", 1)


async def test_patience_ends_with_an_error_that_names_the_encounter(fast: None) -> None:
    async with feeder_at(CodingService([503] * 10**6), patience_seconds=0.2) as feeder:
        with pytest.raises(FeedError, match="htn-diabetes-followup"):
            await feeder.post(sample_day()[0])


async def test_a_revision_is_put_over_the_posted_encounter() -> None:
    service = CodingService()
    sample = next(each for each in sample_day() if each.revision)
    async with feeder_at(service) as feeder:
        posted = await feeder.post(sample)
        await feeder.revise(posted, sample)
    assert [(r.method, r.url.path) for r in service.requests] == [
        ("POST", "/v1/encounters"),
        ("PUT", f"/v1/encounters/{posted.encounter_id}"),
    ]


# --- notes ---

NOTE = "58-year-old woman, new patient. She has had a cough for two days.\nA: Acute bronchitis, unspecified."


def test_a_note_becomes_an_encounter_of_a_patient_who_fits_it() -> None:
    sample = encounter_of("a1", NOTE)
    record = EncounterIn.model_validate_json(json.dumps(sample.body))
    age = (record.service_date - record.patient.birth_date).days // 365.25
    assert (record.patient.sex, age, record.new_patient) == ("F", 58, True)
    assert record.notes[0].text == NOTE
    assert date(2026, 4, 1) <= record.service_date <= date(2026, 9, 30)
    assert encounter_of("a1", NOTE) == sample
    assert encounter_of("a2", NOTE).body["patient"] != sample.body["patient"]


@pytest.mark.parametrize(
    ("text", "sex", "age"),
    [("4 y M w/ father", "M", 4), ("75M COPD", "M", 75), ("a 62 yo female", "F", 62), ("The 9-year-old girl", "F", 9)],
)
def test_age_and_sex_are_read_in_every_style(text: str, sex: str, age: int) -> None:
    record = EncounterIn.model_validate_json(json.dumps(encounter_of("x", text).body))
    born, day = record.patient.birth_date, record.service_date
    assert record.patient.sex == sex
    assert day.year - born.year - ((day.month, day.day) < (born.month, born.day)) == age
    assert (record.coverages[0].relationship == "child") is (age < 19)
    assert (record.coverages[0].filing_indicator == "MB") is (age >= 66)


def test_a_folder_of_texts_and_json_lines(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text(NOTE)
    (tmp_path / "a.txt").write_text("A: Cough.")
    (tmp_path / "ignored.md").write_text("no")
    assert [each.external_id for each in encounters_from(tmp_path)] == ["note-a", "note-b"]
    lines = tmp_path / "notes.jsonl"
    lines.write_text(json.dumps({"id": 7, "note": NOTE, "encounter": {"place_of_service": "22"}}) + "\n\n")
    (only,) = encounters_from(lines)
    assert (only.external_id, only.body["place_of_service"]) == ("note-7", "22")


def test_a_folder_may_hold_json_lines_and_odd_line_ends_are_text(tmp_path: Path) -> None:
    odd = "A: Cough.\u2028P: Rest.\x85"
    (tmp_path / "more.jsonl").write_text(json.dumps({"id": "x", "note": odd}, ensure_ascii=False) + "\r\n")
    (only,) = encounters_from(tmp_path)
    assert only.body["notes"][0]["text"] == odd


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "x"}', '{"note": "x"}', '{"id": "x", "note": 5}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "notes.jsonl"
    file.write_text(json.dumps({"id": "1", "note": NOTE}) + "\n" + line + "\n")
    with pytest.raises(BadNotes, match=r"notes\.jsonl:2"):
        list(encounters_from(file))


def test_a_missing_path_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadNotes, match="does not exist"):
        list(encounters_from(tmp_path / "nowhere"))
    with pytest.raises(BadNotes, match=r"no \.txt"):
        list(encounters_from(tmp_path))


# --- load ---


def test_load_is_unique_varied_and_the_same_for_a_seed() -> None:
    made = list(encounters(400, seed=3, mix="faults"))
    assert made == list(encounters(400, seed=3, mix="faults"))
    assert len({each.external_id for each in made}) == 400
    assert len({each.body["coverages"][0]["member_id"] for each in made}) == 400
    assert len({each.body["notes"][0]["text"] for each in made}) >= 15
    assert {"paid", "error_before", "error_after", "duplicated_new_id", "denied"} <= {each.expected for each in made}
    for each in made[:40]:
        EncounterIn.model_validate_json(json.dumps(each.body))


def test_load_bills_nobody_twice_for_the_same() -> None:
    patients = [each.body["patient"] for seed in (7, 8) for each in encounters(3000, seed=seed)]
    assert len({(who["last_name"], who["first_name"], who["birth_date"]) for who in patients}) == len(patients)


def test_load_gives_nobody_the_record_of_another() -> None:
    patients = [each.body["patient"] for seed in (7, 8) for each in encounters(3000, seed=seed)]
    assert len({who["medical_record_number"] for who in patients}) == len(patients)


def test_load_for_a_benchmark_is_all_paid() -> None:
    assert {each.expected for each in encounters(100)} == {"paid"}


# --- standing and books ---


def row(number: str, **changes: object) -> dict[str, object]:
    money = dict.fromkeys(("paid_cents", "contractual_cents", "patient_cents", "prior_payer_cents", "denied_cents"), 0)
    base = {"patient_control_number": number, "stage": "accepted", "outcome": "paid", "times_accepted": 1}
    return {**base, **money, **changes}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"paid_cents": 1}, "paid"),
        ({"paid_cents": 1, "denied_cents": 1}, "partially_paid"),
        ({"denied_cents": 1}, "denied"),
        ({"patient_cents": 1}, "patient_share"),
        ({"stage": "rejected_277ca"}, "rejected"),
        ({"outcome": "unbalanced", "paid_cents": 1}, "accepted"),
        ({"outcome": "reversed"}, "reversed"),
        ({"outcome": "void"}, "voided"),
    ],
)
def test_the_state_that_the_books_call_for(changes: dict[str, object], state: str) -> None:
    assert states_by_books([row("P1", **changes)]) == {"P1": state}


def test_the_last_row_of_a_claim_counts() -> None:
    rows = [row("P1", stage="rejected_999", outcome="rejected_999_with_neighbour"), row("P1", paid_cents=5)]
    assert states_by_books(rows) == {"P1": "paid"}


def standing(number: str, state: str) -> Standing:
    claim = ClaimStanding("c", number, "P", 1, state, False, 100, 0)
    return Standing("e", "x", "coded", 1, None, (), (claim,))


def test_disagreements_are_told_claim_by_claim() -> None:
    rows = [row("P1", paid_cents=5), row("P2", denied_cents=5), row("P3", paid_cents=5, times_accepted=2)]
    agreed = [standing("P1", "paid"), standing("P2", "denied"), standing("P3", "paid")]
    assert disagreements(agreed, rows) == ["P3: accepted 2 times"]
    wrong = [standing("P1", "denied"), standing("P9", "paid")]
    assert disagreements(wrong, rows[:1]) == [
        "P1: denied here, paid by the payer's books",
        "P9: paid here, unknown to the payer",
    ]


def test_counts_and_rest() -> None:
    held = Standing("e", "x", "held", 1, "coder", ("coding.no-diagnosis",))
    coded = Standing("e", "x", "coded", 1, None, ())
    assert counts([held, standing("P1", "paid"), standing("P2", "paid")]) == {"paid": 2, "waits_on_coder": 1}
    assert [s.is_at_rest for s in (held, coded, standing("P1", "submitted"), standing("P1", "rejected"))] == [
        True,
        False,
        False,
        True,
    ]


def test_the_day_has_its_revisions() -> None:
    kinds = {each.revision.kind: each for each in sample_day() if each.revision}
    assert set(kinds) == {"addendum", "coverage", "cancelled"}
    assert len(_revised(kinds["addendum"])["notes"]) == 2
    assert _revised(kinds["cancelled"])["status"] == "cancelled"
    assert _revised(kinds["coverage"])["coverages"] != kinds["coverage"].body["coverages"]


def _revised(sample: SampleEncounter) -> dict[str, Any]:
    assert sample.revision is not None
    return sample.revision.body
