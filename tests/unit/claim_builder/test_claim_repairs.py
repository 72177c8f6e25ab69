"""Repairs: made where they are certain, logged, and never of clinical content."""

from __future__ import annotations

from typing import Any

import pytest
from claim_builder.scrubbing import REPAIRS, ScrubContext, Severity, scrub
from claim_builder.scrubbing.repairing import Repair, repair
from events.phi import ClaimContent
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.claim_builder.claim_examples import TODAY, changed, clean_claim

CASES: list[tuple[str, Any, Any, set[str]]] = [
    ("patient/last_name", "  O'Brien   Smith ", "O'BRIEN SMITH", {"whitespace", "case"}),
    ("patient/first_name", "José–Łukasz", "JOSE-LUKASZ", {"accents", "case"}),
    ("billing_provider/name", "SMITH*JONES:CLINIC~", "SMITH JONES CLINIC", {"delimiters"}),
    ("billing_provider/npi", "123-456 7893", "1234567893", {"digits"}),
    ("billing_provider/npi", "12345X7893", "12345X7893", set()),
    ("billing_provider/tax_id", "12-3456789", "123456789", {"digits"}),
    ("billing_provider/address/postal_code", "12207-1234", "122071234", {"digits"}),
    ("billing_provider/phone", "+1 (518) 555-0100", "5185550100", {"telephone"}),
    ("billing_provider/phone", "555-0100 ext 3", "555-0100 ext 3", set()),
    ("billing_provider/address/state", "ny", "NY", {"case"}),
    ("coverage/member_id", "w12-345 6789", "W123456789", {"case", "member-id"}),
    ("coverage/filing_indicator", "ci", "CI", {"case"}),
    ("diagnosis_codes/0", " i10 ", "I10", {"whitespace", "case"}),
    ("diagnosis_codes/1", "E11.22", "E1122", {"diagnosis-dot"}),
    ("lines/0/modifiers/0", "lt", "LT", {"case"}),
    ("lines/0/note", "see   note: two*three", "SEE NOTE TWO THREE", {"whitespace", "delimiters", "case"}),
    ("prior_authorization_number", " A-1 ", "A-1", {"whitespace"}),
    ("coverage/group_number", "g 1", "g 1", set()),
]


@pytest.mark.parametrize(("path", "given_value", "better", "codes"), CASES)
def test_repairs(path: str, given_value: Any, better: Any, codes: set[str]) -> None:
    claim, findings = repair(changed(clean_claim(), {path: given_value}))
    assert claim == changed(clean_claim(), {path: better})
    assert {finding.code for finding in findings} == {f"repair.{code}" for code in codes}
    assert all(finding.severity is Severity.REPAIR and finding.path == path for finding in findings)


def test_every_kind_of_repair_has_a_case() -> None:
    shown = {f"repair.{code}" for *_, codes in CASES for code in codes}
    assert shown == {kind.code for kind in REPAIRS}


def test_a_claim_that_needs_none_is_returned_as_it_is() -> None:
    claim = clean_claim()
    assert repair(claim) == (claim, ())


def test_a_repair_of_the_drug_code() -> None:
    drug = {"ndc": "00409-4012-01", "quantity": "1", "unit": "ML"}
    claim = changed(clean_claim(), {"lines/1/drug": drug})
    mended, _ = repair(claim)
    assert mended.lines[1].drug is not None and mended.lines[1].drug.ndc == "00409401201"


@pytest.mark.parametrize("kind", REPAIRS, ids=lambda kind: kind.code)
def test_what_is_plain_needs_no_repair(kind: Repair) -> None:
    @settings(max_examples=200, deadline=None)
    @given(st.from_regex(kind.plain, fullmatch=True))
    def left_alone(text: str) -> None:
        assert kind.mend(text) == text

    left_alone()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=12))
def test_any_text_is_repaired_once_and_never_breaks_the_scrubber(name: str, street: str, number: str) -> None:
    claim = changed(
        clean_claim(),
        {"patient/last_name": name, "billing_provider/address/line1": street, "billing_provider/npi": number},
    )
    once = scrub(claim, ScrubContext(TODAY))
    twice = scrub(once.content, ScrubContext(TODAY))
    assert twice.content == once.content
    assert not [finding for finding in twice.findings if finding.severity is Severity.REPAIR]


def test_clinical_content_is_never_repaired() -> None:
    """What was coded stays: codes, pointers, units, dates and sex are only ever written in another style."""
    claim = changed(clean_claim(), {"diagnosis_codes/0": "e11.65", "lines/0/code": "99213 "})
    mended, _ = repair(claim)
    assert mended.diagnosis_codes[0] == "E1165" and mended.lines[0].code == "99213"
    kept = {"patient": {"birth_date", "sex"}, "lines": {0: {"units", "pointers", "date_from"}}}
    assert ClaimContent.model_dump(mended, include=kept) == ClaimContent.model_dump(claim, include=kept)  # type: ignore[arg-type]
