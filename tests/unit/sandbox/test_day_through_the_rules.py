"""The sample day through the pure parts of all services: coded, built, scrubbed, written as 837P, adjudicated.

No database and no broker: what the day is meant to show must follow from the rules alone.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from claim_builder.building import Turn, build_all
from claim_builder.fees import FeeSchedules, PriceList
from claim_builder.scrubbing import ScrubContext, blocks, scrub
from coding_svc.coding.engine import CodingEngine
from coding_svc.encounters import before_coding, clinical_encounter, coded_encounter
from coding_svc.fhir.mapping import map_bundle
from coding_svc.schemas import EncounterIn
from coding_svc.schemas.encounter import EncounterRecord
from coding_svc.sheet import sheet_of
from sandbox.emr.day import SampleEncounter, load_cases, sample_day
from sandbox.emr.load import encounters
from submission_svc.batching import Claim, model_of
from x12 import claim_837i
from x12.claim_837p.models import Claim as Visit

from tests.codec.validators import pyx12_errors, x12sdk_parses
from tests.unit.sandbox.claim_files import SandboxPayer, claim_file, stay_file

TODAY = date(2026, 11, 25)
FEES = Path(__file__).parents[3] / "services" / "claim-builder" / "data" / "fee_schedules"
ENDS_IN_CODING = {
    "waiting_for_signature": "note.unsigned",
    "codeset_not_loaded": "codeset.not-loaded",
    "coder_queue": ("coding.no-diagnosis", "coding.low-confidence"),
    "self_pay": "self_pay",
    "withheld": "not_disclosed",
}


@dataclass
class End:
    """How far an encounter came, and the claims if it came that far."""

    stage: str
    codes: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()


class Rules:
    """The services' pure rules in a row."""

    def __init__(self) -> None:
        self.engine = CodingEngine()
        self.prices: PriceList = FeeSchedules.load(FEES).for_tenant("any")

    def run(self, sample: SampleEncounter) -> End:
        record = _record(sample)
        early = before_coding(record)
        if early is not None:
            return End(getattr(early, "reason", "") or early.reasons[0])  # type: ignore[union-attr]
        result = self.engine.code(clinical_encounter(record))
        codes = tuple(d.code for d in result.diagnoses)
        if result.reasons:
            return End(str(result.reasons[0].value), codes)
        coded = coded_encounter(record, sheet_of(result))
        drafts = build_all(uuid.uuid5(uuid.NAMESPACE_URL, sample.external_id), coded, Turn(), self.prices)
        scrubbed = [scrub(draft.content, ScrubContext(TODAY, frozenset(draft.unpriced))) for draft in drafts]
        if any(blocks(each.findings) for each in scrubbed):
            return End("held", codes)
        return End("sent", codes, tuple(model_of(each.content) for each in scrubbed))


def _record(sample: SampleEncounter) -> EncounterRecord:
    if sample.format == "json":
        return EncounterIn.model_validate_json(json.dumps(sample.body))
    record = map_bundle(json.loads(json.dumps(sample.body)), "America/New_York").encounters[0].record
    assert record is not None
    return record


@pytest.fixture(scope="module")
def rules() -> Rules:
    return Rules()


@pytest.fixture(scope="module")
def ends(rules: Rules) -> dict[str, tuple[SampleEncounter, End]]:
    return {sample.external_id: (sample, rules.run(sample)) for sample in sample_day()}


def test_encounters_that_never_become_a_claim_stop_where_they_should(
    ends: dict[str, tuple[SampleEncounter, End]],
) -> None:
    for name, (sample, end) in ends.items():
        wanted = ENDS_IN_CODING.get(sample.expected, "held" if sample.expected == "held" else "sent")
        assert end.stage in ((wanted,) if isinstance(wanted, str) else wanted), name


def test_codes_are_those_a_coder_would_give(ends: dict[str, tuple[SampleEncounter, End]]) -> None:
    cases = load_cases()
    for name, (_, end) in ends.items():
        wanted = cases[name.removeprefix("day-1-")].get("dx", [])
        if end.stage in ("sent", "held"):
            assert set(wanted) <= set(end.codes), name
            assert end.codes[0] == wanted[0], name


def test_every_claim_of_the_day_is_a_valid_837p(ends: dict[str, tuple[SampleEncounter, End]]) -> None:
    claims = [claim for _, end in ends.values() for claim in end.claims]
    body = claim_file([claim for claim in claims if isinstance(claim, Visit)])
    assert len(claims) >= 60
    assert any(isinstance(claim, claim_837i.models.Claim) for claim in claims)
    assert any(len(end.claims) == 2 for _, end in ends.values())
    assert pyx12_errors(body) == []
    assert x12sdk_parses(body)


def test_the_payer_does_with_each_claim_what_the_day_expects(
    ends: dict[str, tuple[SampleEncounter, End]], tmp_path: Path
) -> None:
    payer = SandboxPayer(tmp_path, today=TODAY)
    sent = [(sample, claim) for sample, end in ends.values() for claim in end.claims]
    for n, (_, claim) in enumerate(sent):
        body = claim_file([claim], n + 1) if isinstance(claim, Visit) else stay_file([claim], n + 1)
        for _ in range(3):
            payer.take(body, f"key-{n}")
    payer.pay(6)
    outcomes = {row["patient_control_number"]: row["outcome"] for row in payer.books.claims(0, 1000)}
    loose = {"natural", "secondary", "revised", "cancelled"}
    for sample, claim in sent:
        if sample.expected not in loose:
            assert outcomes[claim.patient_control_number] == sample.expected, sample.external_id
        else:
            assert outcomes[claim.patient_control_number] in {"paid", "deductible", "paid_coinsurance", "paid_copay"}
    assert payer.books.totals()["duplicates"] == 0
    assert payer.books.open_work()["remittances"] == 0


def test_load_needs_no_person_and_is_paid(rules: Rules, tmp_path: Path) -> None:
    payer = SandboxPayer(tmp_path, today=TODAY)
    ends = [rules.run(sample) for sample in encounters(40)]
    assert {end.stage for end in ends} == {"sent"}
    payer.take(claim_file([claim for end in ends for claim in end.claims if isinstance(claim, Visit)]))
    rows = payer.books.claims(0, 100)
    assert {row["outcome"] for row in rows} == {"paid"}
    assert all(row["paid_cents"] > 0 for row in rows)
