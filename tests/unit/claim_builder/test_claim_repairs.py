"""Repairs: made where they are certain, logged, and never of clinical content."""

from __future__ import annotations

import random
from itertools import chain
from typing import Any

import pytest
from claim_builder.scrubbing import REPAIRS, ScrubContext, Severity, scrub
from claim_builder.scrubbing.repairing import Repair, repair
from events.envelope import Part
from events.phi import ClaimContent
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.claim_lives import claims
from tests.support.stays import STAYS
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


SHAPES = [content for _, content in chain(claims(90, 3), claims(20, 3, STAYS))]
CLINICAL = ("diagnosis_codes", "lines", "conditions", "condition_codes", "institutional", "dates", "patient_details")
NOT_CLINICAL = ("note", "third_party_note", "description")


def in_another_style(part: Any, rng: random.Random, words: list[str]) -> Any:
    """The same content with now and then a free text or code written otherwise, or another text."""
    changes = {}
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, Part):
            changes[name] = in_another_style(value, rng, words)
        elif isinstance(value, tuple) and value and isinstance(value[0], Part):
            changes[name] = tuple(in_another_style(each, rng, words) for each in value)
        elif field.annotation == tuple[str, ...]:
            changes[name] = tuple(dirtied(each, rng, words) for each in value)
        elif field.annotation in (str, str | None) and value is not None:
            changes[name] = dirtied(value, rng, words)
    return part.model_copy(update=changes)


def dirtied(text: str, rng: random.Random, words: list[str]) -> str:
    if rng.random() < 0.5:
        return text
    at = rng.randint(0, len(text))
    return rng.choice((f" {text}", text.lower(), f"{text[:at]}{rng.choice('.- *')}{text[at:]}", rng.choice(words)))


def clinical(content: ClaimContent) -> Any:
    """What was found and done, without the style in which codes are written."""
    tree = content.model_dump(include={*CLINICAL, "charge_cents", "service_date", "service_date_to"})
    for line, source in zip(tree["lines"], content.lines, strict=True):
        line["code"] = bare(source.code)
        line["modifiers"] = [bare(each) for each in source.modifiers]
        line["place_of_service"] = bare(source.place_of_service or "")
        if line["drug"]:
            line["drug"]["ndc"] = bare(line["drug"]["ndc"])
        for name in NOT_CLINICAL:
            del line[name]
    tree["diagnosis_codes"] = [bare(code) for code in content.diagnosis_codes]
    return tree, [(each.birth_date, each.sex) for each in (content.patient, content.coverage.subscriber)]


def bare(code: str) -> str:
    return "".join(filter(str.isalnum, code.upper()))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SHAPES), st.integers(0, 2**32), st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_repairs_are_made_once_and_leave_what_was_found_and_done(
    content: ClaimContent, seed: int, words: list[str]
) -> None:
    dirty = in_another_style(content, random.Random(seed), words)
    mended, _ = repair(dirty)
    assert repair(mended) == (mended, ())
    assert clinical(mended) == clinical(dirty)


@pytest.mark.parametrize("kind", REPAIRS, ids=lambda kind: kind.code)
def test_every_sign_is_mended_at_once(kind: Repair) -> None:
    """All the kinds of a field one after another, as `repair` makes them, for every sign of the basic plane."""
    together = [other for other in REPAIRS if set(kind.patterns) <= set(other.patterns)]
    for sign in map(chr, (*range(0xD800), *range(0xE000, 0x10000))):
        once = mended_by(together, f"{sign}{sign} 1")
        assert mended_by(together, once) == once, ascii(sign)


def mended_by(kinds: list[Repair], text: str) -> str:
    for kind in kinds:
        text = kind.mend(text)
    return text


def test_clinical_content_is_never_repaired() -> None:
    """What was coded stays: codes, pointers, units, dates and sex are only ever written in another style."""
    claim = changed(clean_claim(), {"diagnosis_codes/0": "e11.65", "lines/0/code": "99213 "})
    mended, _ = repair(claim)
    assert mended.diagnosis_codes[0] == "E1165" and mended.lines[0].code == "99213"
    kept = {"patient": {"birth_date", "sex"}, "lines": {0: {"units", "pointers", "date_from"}}}
    assert ClaimContent.model_dump(mended, include=kept) == ClaimContent.model_dump(claim, include=kept)  # type: ignore[arg-type]
