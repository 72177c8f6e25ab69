"""Every edit fires on the fault it is for and is silent on its nearest neighbour that is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from claim_builder import fields
from claim_builder.scrubbing import (
    EDITS,
    PROFESSIONAL,
    ScrubContext,
    Severity,
    scrub,
    snip2_values,
    snip4_order,
    snip4_parts,
    snip4_shapes,
    snip5_providers,
    snip6_bundling,
    snip6_companions,
    snip6_visits,
)
from events.phi import ClaimContent

from tests.unit.claim_builder.claim_examples import (
    DAY,
    HOME,
    PRACTICE,
    TODAY,
    changed,
    clean_claim,
    dependent_claim,
    secondary_claim,
)

Changes = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Changes that make an edit fire, at which location, and changes that leave it silent."""

    fires: Changes
    at: str
    silent: Changes
    of: Callable[[], ClaimContent] = clean_claim
    unpriced: frozenset[int] = frozenset()


def case(at: str, fires: Any, silent: Any, **more: Any) -> Case:
    """A case that changes one path only, unless whole sets of changes are given."""
    return Case(
        fires if isinstance(fires, dict) and "=" in fires else {at: fires},
        at,
        silent if isinstance(silent, dict) and "=" in silent else {at: silent},
        **more,
    )


def both(**changes: Any) -> Changes:
    """Several changes at once; `__` in a name stands for `/`."""
    return {"=": None, **{name.replace("__", "/"): value for name, value in changes.items()}}


CHILD: dict[str, Any] = {"of": dependent_claim}
COB: dict[str, Any] = {"of": secondary_claim}
PERSON = {"npi": "1245319599", "entity": "person", "name": "OKAFOR", "first_name": "JOHN"}
FACILITY = {
    "npi": "1234567893",
    "entity": "organization",
    "name": "ALBANY HOSPITAL",
    "address": {"line1": "1 HILL RD", "city": "ALBANY", "state": "NY", "postal_code": "122081111"},
}
PAPER = {"report_type_code": "OZ", "transmission_code": "EL", "control_number": "DOC1"}
DRUG = {"ndc": "00409401201", "quantity": "1", "unit": "ML"}
TOMORROW = (TODAY + timedelta(days=1)).isoformat()
AFTER = (DAY + timedelta(days=1)).isoformat()
THE_DAY = DAY.isoformat()


def lines(count: int) -> Callable[[Any], Any]:
    """The first line as often as said, each with a number of its own."""
    return lambda old: [{**old[0], "line_item_control_number": f"L{n}"} for n in range(count)]


def on_line(**values: Any) -> Callable[[Any], Any]:
    """The second line with other values."""
    return lambda old: [old[0], {**old[1], **values}]


CASES: dict[str, Case] = {
    # SNIP 1
    "text.character-set": case("coverage/group_number", "G\u00c91", "G-1"),
    "text.delimiter": case("coverage/member_id", "W12*4", "W12/4"),
    "text.too-long": case("claim_note", "X" * 81, "X" * 80),
    "text.too-short": case("coverage/member_id", "W", "WX"),
    "control-number.patient": case("patient_control_number", "ABC-1", "ABC1"),
    "control-number.line": case("lines/0/line_item_control_number", "A" * 31, "A" * 30),
    "control-number.line-repeated": case(
        "lines/1/line_item_control_number",
        both(lines=lambda old: [{**line, "line_item_control_number": "A"} for line in old]),
        "B",
    ),
    "amount.too-large": case("lines/0/charge_cents", 10_000_000_000, 9_999_999_999),
    "number.too-long": Case(
        {"lines": on_line(code="J1100", drug={**DRUG, "quantity": "12345678901.12345"})},
        "lines/1/drug/quantity",
        {"lines": on_line(code="J1100", drug={**DRUG, "quantity": "12345678901.1234"})},
    ),
    "units.format": case("lines/0/units", "1.2345", "1.234"),
    # SNIP 2
    "subscriber.member-id": case("coverage/member_id", " ", "W1"),
    "subscriber.name": case("patient/last_name", "", "RIVERA", **CHILD),
    "subscriber.first-name": case("coverage/subscriber/first_name", None, "ANA"),
    "patient.birth-date": case("patient/birth_date", None, "2016-02-03", **CHILD),
    "patient.sex": case("coverage/subscriber/sex", None, "F"),
    "patient.address": case("patient/address", None, lambda old: old, **CHILD),
    "address.street": case("billing_provider/address/line1", "", "1 MAIN ST"),
    "address.city": case("coverage/subscriber/address/city", " ", "TROY"),
    "payer.id": case("coverage/payer_id", "", "12345"),
    "payer.name": case("coverage/payer_name", "", "EXAMPLE"),
    "other-coverage.incomplete": case("other_coverages/0/member_id", "", "X1", **COB),
    "code.missing": case("lines/1/code", " ", "36415"),
    "billing-provider.npi": case("billing_provider/npi", None, "1234567893"),
    "billing-provider.tax-id": case("billing_provider/tax_id", None, "123456789"),
    "billing-provider.address": case("billing_provider/address", None, lambda old: old),
    "service-facility.address": Case(
        {"service_facility": {**FACILITY, "address": None}},
        "service_facility/address",
        {"service_facility": FACILITY},
    ),
    "provider.name": case("rendering_provider/name", "", "OKAFOR"),
    "provider.first-name": case("rendering_provider/first_name", None, "JOHN"),
    "provider.npi": case("rendering_provider/npi", None, "1245319599"),
    "provider.entity": Case(
        {"referring_provider": {**PERSON, "entity": "organization"}},
        "referring_provider/entity",
        {"referring_provider": PERSON},
    ),
    "diagnosis.missing": case("diagnosis_codes", [], ["I10"]),
    "diagnosis.too-many": Case(
        {"diagnosis_codes": [f"S{n:02}" for n in range(13)]},
        "diagnosis_codes/12",
        {"diagnosis_codes": [f"S{n:02}" for n in range(12)]},
    ),
    "line.missing": case("lines", [], lambda old: old),
    "line.too-many": Case({"lines": lines(51)}, "lines/50", {"lines": lines(50)}),
    "pointer.missing": case("lines/1/pointers", [], [1]),
    "pointer.too-many": case("lines/1/pointers", [1, 2, 3, 4, 5], [1, 2, 3, 4]),
    "modifier.too-many": case("lines/0/modifiers", ["25", "95", "GC", "CR", "CS"], ["25", "95", "GC", "CR"]),
    "attachment.too-many": Case(
        {"attachments": [{**PAPER, "control_number": f"D{n}"} for n in range(11)]},
        "attachments/10",
        {"attachments": [{**PAPER, "control_number": f"D{n}"} for n in range(10)]},
    ),
    "units.positive": case("lines/0/units", "0", "0.5"),
    # SNIP 3
    "total.lines": case("charge_cents", 16_201, 16_200),
    "total.zero": case("charge_cents", 0, 1),
    "charge.missing": case("lines/1/charge_cents", 0, 1, unpriced=frozenset({1})),
    "cob.line-balance": Case(
        {"prior_payments/0/lines/1/paid_cents": 799},
        "prior_payments/0/lines/1",
        {"prior_payments/0/lines/1/paid_cents": 800},
        **COB,
    ),
    "cob.paid-balance": case("prior_payments/0/paid_cents", 8_801, 8_800, **COB),
    "cob.claim-balance": Case(
        {"prior_payments/0/lines": []},
        "prior_payments/0/paid_cents",
        {"prior_payments/0/lines": [], "prior_payments/0/paid_cents": 16_200},
        **COB,
    ),
    "cob.negative-payment": case("prior_payments/0/lines/0/paid_cents", -1, 0, **COB),
    "cob.line-unknown": Case(
        {"prior_payments/0/lines/1/line_item_control_number": "OTHER"},
        "prior_payments/0/lines/1/line_item_control_number",
        {},
        **COB,
    ),
    "cob.line-undecided": case("prior_payments/0/lines", lambda old: old[:1], lambda old: old, **COB),
    "cob.line-repeated": case(
        "prior_payments/0/lines",
        lambda old: [*old, *([{**old[0], "paid_cents": 0, "adjustments": []}] * 15)],
        lambda old: [*old, {**old[0], "paid_cents": 0, "adjustments": []}],
        **COB,
    ),
    # SNIP 4, dates
    "date.service-future": case("lines/1/date_from", TOMORROW, TODAY.isoformat()),
    "date.service-order": case("lines/1/date_to", "2026-05-03", THE_DAY),
    "date.line-outside": case("lines/1/date_from", AFTER, THE_DAY),
    "date.birth-future": case("coverage/subscriber/birth_date", TOMORROW, TODAY.isoformat(), **CHILD),
    "date.birth-after-service": case("patient/birth_date", AFTER, THE_DAY, **CHILD),
    "date.birth-too-old": case("coverage/subscriber/birth_date", "1876-12-31", "1877-01-01", **CHILD),
    "date.accident-after-service": case("related_causes/accident_date", AFTER, THE_DAY),
    "date.earlier-after-service": case("dates/onset", AFTER, THE_DAY),
    "date.admission-missing": Case(
        {"place_of_service": "21"},
        "dates/admission",
        {"place_of_service": "21", "dates/admission": THE_DAY},
    ),
    "date.admission-after-service": case("dates/admission", AFTER, THE_DAY),
    "date.discharge-before-admission": Case(
        {"dates/admission": "2026-05-02", "dates/discharge": "2026-05-01"},
        "dates/discharge",
        {"dates/admission": "2026-05-02", "dates/discharge": "2026-05-02"},
    ),
    "date.discharge-future": case("dates/discharge", TOMORROW, TODAY.isoformat()),
    "accident.date-missing": Case(
        {"related_causes/other_accident": True},
        "related_causes/accident_date",
        {"related_causes/other_accident": True, "related_causes/accident_date": THE_DAY},
    ),
    "accident.employment-date": Case(
        {"related_causes/employment": True},
        "related_causes/accident_date",
        {"related_causes/employment": True, "related_causes/accident_date": THE_DAY},
    ),
    "accident.state-missing": Case(
        {"related_causes/auto_accident": True},
        "related_causes/accident_state",
        {"related_causes/auto_accident": True, "related_causes/accident_state": "NY"},
    ),
    "accident.cause-missing": Case(
        {"related_causes/accident_date": THE_DAY},
        "related_causes",
        {"related_causes/accident_date": THE_DAY, "related_causes/employment": True},
    ),
    "cob.date": case("prior_payments/0/adjudication_date", "2026-05-03", THE_DAY, **COB),
    # SNIP 4, situation
    "frequency.control-number-missing": Case(
        {"frequency_code": "7"},
        "payer_claim_control_number",
        {"frequency_code": "7", "payer_claim_control_number": "ICN1"},
    ),
    "frequency.control-number-unexpected": case("payer_claim_control_number", "ICN1", None),
    "subscriber.self-mismatch": Case({"patient/birth_date": "1980-02-04"}, "coverage/relationship", {}),
    "subscriber.self-name": Case({"patient/last_name": "RIVERO"}, "coverage/subscriber/last_name", {}),
    "subscriber.member-id-placeholder": case("coverage/member_id", "unknown", "UNKNOWN1"),
    "authorization.placeholder": case("prior_authorization_number", "0000", "0001"),
    "authorization.format": case("referral_number", "see fax", "R-77/1"),
    "pointer.unknown": case("lines/1/pointers", [3], [2]),
    "pointer.repeated": case("lines/1/pointers", [1, 1], [1, 2]),
    "diagnosis.repeated": Case(
        {"diagnosis_codes": ["I10", "i10"]}, "diagnosis_codes/1", {"diagnosis_codes": ["I10", "E1122"]}
    ),
    "provider.rendering-missing": case("rendering_provider", None, PERSON),
    "provider.referring-missing": Case(
        {"lines": on_line(referring_provider=PERSON)},
        "referring_provider",
        {"lines": on_line(referring_provider=PERSON), "referring_provider": {**PERSON, "npi": "1003000126"}},
    ),
    "provider.primary-care-alone": Case(
        {"primary_care_provider": PERSON},
        "referring_provider",
        {"primary_care_provider": PERSON, "referring_provider": PERSON},
    ),
    "provider.supervising-is-rendering": case("supervising_provider", PERSON, {**PERSON, "npi": "1234567893"}),
    "provider.facility-missing": Case(
        {"place_of_service": "22"},
        "service_facility",
        {"place_of_service": "22", "service_facility": FACILITY},
    ),
    "attachment.control-number-missing": Case(
        {"attachments": [{**PAPER, "control_number": None}]},
        "attachments/0/control_number",
        {"attachments": [{**PAPER, "control_number": None, "transmission_code": "AA"}]},
    ),
    "attachment.control-number-repeated": Case(
        {"attachments": [PAPER, PAPER]},
        "attachments/1/control_number",
        {"attachments": [PAPER, {**PAPER, "control_number": "DOC2"}]},
    ),
    "coverage.no-primary": case("coverage/sequence", "S", "P"),
    "coverage.order": case("other_coverages/0/sequence", "S", "P", **COB),
    "cob.missing": case("prior_payments", [], lambda old: old, **COB),
    "cob.unexpected": Case({"coverage/sequence": "P"}, "prior_payments", {}, **COB),
    "cob.payer-unknown": case("prior_payments/0/coverage/payer_id", "99999", "60054", **COB),
    "cob.payer-repeated": Case(
        {"prior_payments": lambda old: [old[0], old[0]]}, "prior_payments/1/coverage/payer_id", {}, **COB
    ),
    "cob.adjustment-amount": Case(
        {"prior_payments/0/lines/0/adjustments/0/amount_cents": 0},
        "prior_payments/0/lines/0/adjustments",
        {"prior_payments/0/lines/0/adjustments/0/amount_cents": 1},
        **COB,
    ),
    # SNIP 5, identifiers
    "npi.format": case("rendering_provider/npi", "3245319599", "1245319599"),
    "npi.check-digit": case("rendering_provider/npi", "1245319598", "1245319599"),
    "provider.upin": Case(
        {"rendering_provider": {**PERSON, "secondary_ids": [{"qualifier": "1G", "value": "123456789"}]}},
        "rendering_provider/secondary_ids/0/value",
        {"rendering_provider": {**PERSON, "secondary_ids": [{"qualifier": "1G", "value": "OTH000"}]}},
    ),
    "tax-id.format": case("billing_provider/tax_id", "12345678", "123456789"),
    "tax-id.invalid": case("billing_provider/tax_id", "001234567", "011234567"),
    "taxonomy.format": case("rendering_provider/taxonomy_code", "207Q00000Y", "207Q00000X"),
    "address.zip": case("billing_provider/address/postal_code", "1220", "122071234"),
    "address.zip4": case("billing_provider/address/postal_code", "12207", "122071234"),
    "address.state": case("coverage/subscriber/address/state", "NZ", "NJ"),
    "address.country": case("coverage/subscriber/address/country", "UK", "GB"),
    "address.billing-po-box": case("billing_provider/address/line1", "P.O. Box 12", "12 BOX HILL RD"),
    "phone.format": case("billing_provider/phone", "0185550100", "5185550100"),
    "accident.state": case("related_causes/accident_state", "XX", "NY"),
    "address.zip-state": case("patient/address/postal_code", "90210", "12210", **CHILD),
    "mammography.certification-format": case("mammography_certification_number", "ABC", "123456"),
    "clia.format": case("clia_number", "33X1234567", "33D1234567"),
    # SNIP 5, codes
    "code-set.not-loaded": case("service_date", "2020-05-04", THE_DAY),
    "diagnosis.before-icd10": Case({"service_date": "2015-09-30"}, "service_date", {"service_date": "2015-10-01"}),
    "diagnosis.unknown": Case({"diagnosis_codes": ["I10", "I10.9"]}, "diagnosis_codes/1", {}),
    "diagnosis.not-billable": case("diagnosis_codes/1", "E11", "E119"),
    "diagnosis.external-cause-first": case("diagnosis_codes/0", "W19XXXA", "S42001A"),
    "diagnosis.secondary-first": case("diagnosis_codes/0", "Z6830", "Z23"),
    "diagnosis.manifestation-first": case("diagnosis_codes/0", "F0280", "G309"),
    "diagnosis.age-conflict": case("diagnosis_codes/0", "A33", "A35"),
    "diagnosis.sex-conflict": case("diagnosis_codes/0", "N401", "R350"),
    "diagnosis.unspecified": case("diagnosis_codes/0", "J189", "J13"),
    "diagnosis.excludes1": Case({"diagnosis_codes": ["E1122", "E1022"]}, "diagnosis_codes/1", {}),
    "procedure.format": case("lines/1/code", "X0120", "D0120"),
    "procedure.range": case("lines/1/code", "02000", "01999"),
    "modifier.format": case("lines/0/modifiers/0", "2", "25"),
    "place-of-service.unknown": case("place_of_service", "98", "11"),
    "payer.filing-indicator": case("coverage/filing_indicator", "XX", "BL"),
    "cob.group-code": case("prior_payments/0/lines/0/adjustments/0/group_code", "CR", "OA", **COB),
    "cob.reason-code": case("prior_payments/0/lines/0/adjustments/0/reason_code", "999", "253", **COB),
    "cob.reason-retired": case("prior_payments/0/lines/0/adjustments/0/reason_code", "125", "253", **COB),
    "drug.ndc-format": Case(
        {"lines": on_line(code="J1100", drug={**DRUG, "ndc": "0409-4012"})},
        "lines/1/drug/ndc",
        {"lines": on_line(code="J1100", drug=DRUG)},
    ),
    # SNIP 6
    "charge.zero": case("lines/1/charge_cents", 0, 1),
    "line.repeated": Case(
        {"lines": on_line(code="99213", modifiers=["25"])},
        "lines/1",
        {"lines": on_line(code="99213", modifiers=["25", "76"])},
    ),
    "modifier.repeated": case("lines/0/modifiers", ["25", "25"], ["25", "95"]),
    "modifier.components": case("lines/1/modifiers", ["26", "TC"], ["26"]),
    "modifier.sides": case("lines/1/modifiers", ["RT", "LT"], ["RT"]),
    "modifier.bilateral-units": Case(
        {"lines": on_line(modifiers=["50"], units="2")}, "lines/1/units", {"lines": on_line(modifiers=["50"])}
    ),
    "modifier.evaluation-only": case("lines/1/modifiers", ["25"], ["59"]),
    "modifier.procedure-on-visit": case("lines/0/modifiers", ["59"], ["25"]),
    "modifier.unknown": case("lines/1/modifiers/0", both(lines__1__modifiers=["ZZ"]), both(lines__1__modifiers=["59"])),
    "units.evaluation": case("lines/0/units", "2", "1"),
    "units.minutes": case("lines/1/unit_basis", "MJ", both(lines=on_line(code="00142", unit_basis="MJ"))),
    "units.anesthesia": case("lines/1/unit_basis", both(lines__1__code="00142"), both(lines__1__code="01999")),
    "units.fraction": case("lines/1/units", "1.5", "2"),
    "drug.quantity": Case(
        {"lines": on_line(code="J1100", drug={**DRUG, "quantity": "0"})},
        "lines/1/drug/quantity",
        {"lines": on_line(code="J1100", drug=DRUG)},
    ),
    "drug.ndc-missing": Case(
        {"lines": on_line(code="J1100")}, "lines/1/drug", {"lines": on_line(code="J1100", drug=DRUG)}
    ),
    "clia.missing": Case(
        {"lines": on_line(code="80053")}, "clia_number", {"lines": on_line(code="80053", modifiers=["90"])}
    ),
    "mammography.certification-missing": Case(
        {"lines": on_line(code="77067")},
        "mammography_certification_number",
        {"lines": on_line(code="77067"), "mammography_certification_number": "123456"},
    ),
    # SNIP 7
    "medicare.frequency": Case(
        {"coverage/filing_indicator": "MB", "frequency_code": "7"},
        "frequency_code",
        {"coverage/filing_indicator": "MB"},
    ),
    "medicare.subscriber": case("coverage/relationship", both(coverage__filing_indicator="MB"), "child", **CHILD),
    "medicare.beneficiary-id": Case(
        {"coverage/filing_indicator": "MB", "coverage/member_id": "1EG4TE5MK7"},
        "coverage/member_id",
        {"coverage/filing_indicator": "MB", "coverage/member_id": "1EG4-TE5-MK73"},
    ),
    "medicare.clia": Case(
        {"coverage/filing_indicator": "MB", "lines": on_line(code="80053")},
        "clia_number",
        {"coverage/filing_indicator": "MB", "lines": on_line(code="80053", clia_number="33D1234567")},
    ),
}


def found(case: Case, changes: Changes) -> dict[str, set[str]]:
    """Locations by code in the claim with these changes."""
    claim = changed(case.of(), {path: value for path, value in changes.items() if path != "="})
    locations: dict[str, set[str]] = {}
    for finding in scrub(claim, ScrubContext(TODAY, case.unpriced)).findings:
        locations.setdefault(finding.code, set()).add(finding.path)
    return locations


OTHER_TABLES = (
    *(snip2_values, snip4_order, snip4_parts, snip4_shapes, snip5_providers),
    *(snip6_bundling, snip6_companions, snip6_visits),
)


def test_every_edit_has_a_case() -> None:
    elsewhere = {  # see the tests of bundling, parts, providers, services, shapes and values
        edit.code for table in OTHER_TABLES for edit in table.EDITS.edits
    }
    of_payers = {edit.code for edit in PROFESSIONAL if "payers.toml" in edit.source}
    assert set(CASES) == {edit.code for edit in PROFESSIONAL} - elsewhere - of_payers
    assert len({edit.code for edit in EDITS}) == len(EDITS)


@pytest.mark.parametrize("code", sorted(CASES))
def test_fires(code: str) -> None:
    assert CASES[code].at in found(CASES[code], CASES[code].fires).get(code, set())


@pytest.mark.parametrize("code", sorted(CASES))
def test_silent(code: str) -> None:
    assert code not in found(CASES[code], CASES[code].silent)


@pytest.mark.parametrize("make", [clean_claim, dependent_claim, secondary_claim])
def test_clean_claims_have_no_findings(make: Callable[[], ClaimContent]) -> None:
    assert scrub(make(), ScrubContext(TODAY)).findings == ()


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_finding_names_a_field_that_is_there_to_be_fixed(code: str) -> None:
    claim = changed(CASES[code].of(), {p: v for p, v in CASES[code].fires.items() if p != "="})
    scrubbed = scrub(claim, ScrubContext(TODAY, CASES[code].unpriced))
    for finding in scrubbed.findings:
        parent, _, name = finding.path.rpartition("/")
        holder = fields.read(scrubbed.content.model_dump(mode="json"), parent) if parent else None
        known = ClaimContent.model_fields if holder is None else holder
        assert int(name) < len(holder) if isinstance(holder, list) else holder is None or name in known


def test_edits_explain_themselves() -> None:
    for edit in EDITS:
        assert edit.severity in (Severity.ERROR, Severity.WARNING)
        assert edit.text.endswith(".") and edit.action.endswith(".") and edit.source and edit.version >= 1


def test_the_billing_address_is_a_street_also_in_its_second_line() -> None:
    assert PRACTICE.address is not None
    claim = changed(clean_claim(), {"billing_provider/address/line2": "PO BOX 7"})
    assert "address.billing-po-box" in {f.code for f in scrub(claim, ScrubContext(TODAY)).findings}


@pytest.mark.parametrize(
    "text", ["PO BOX 1", "P O Box 1", "p.o.box 1", "Post Office Box 9", "P.O. Drawer 3", "LOCKBOX 4"]
)
def test_boxes(text: str) -> None:
    claim = changed(clean_claim(), {"billing_provider/address/line1": text})
    assert "address.billing-po-box" in {f.code for f in scrub(claim, ScrubContext(TODAY)).findings}


@pytest.mark.parametrize(
    ("kind", "number", "found"),
    [
        ("SY", "900701234", False),  # an ITIN
        ("SY", "900451234", True),
        ("SY", "123450000", True),
        ("EI", "900451234", False),
        ("EI", "111111111", True),
    ],
)
def test_tax_ids_are_judged_by_their_kind(kind: str, number: str, found: bool) -> None:
    claim = changed(clean_claim(), {"billing_provider/tax_id": number, "billing_provider/tax_id_type": kind})
    codes = {finding.code for finding in scrub(claim, ScrubContext(TODAY)).findings}
    assert ("tax-id.invalid" in codes) is found


@pytest.mark.parametrize(("days", "found"), [(0, False), (1, False), (2, True)])
def test_a_payer_further_east_may_decide_tomorrow(days: int, found: bool) -> None:
    decided = (TODAY + timedelta(days=days)).isoformat()
    claim = changed(secondary_claim(), {"prior_payments/0/adjudication_date": decided})
    codes = {finding.code for finding in scrub(claim, ScrubContext(TODAY)).findings}
    assert ("cob.date" in codes) is found


@pytest.mark.parametrize(
    ("codes", "found"),
    [(("A0429", "A0425"), False), (("80053",), False), (("E0570",), False), (("80053", "99213"), True)],
)
def test_an_organization_renders_transports_tests_and_supplies_itself(codes: tuple[str, ...], found: bool) -> None:
    lines = [{**clean_claim().lines[0].model_dump(mode="json"), "code": code} for code in codes]
    claim = changed(clean_claim(), {"lines": lines, "rendering_provider": None})
    known = {finding.code for finding in scrub(claim, ScrubContext(TODAY)).findings}
    assert ("provider.rendering-missing" in known) is found


@pytest.mark.parametrize(
    ("first", "found"),
    [("B9620", True), ("Z370", True), ("Z3A20", True), ("R6520", True), ("Z794", False), ("Z3800", False),
     ("B9789", True), ("R292", False), ("Z634", False)],
)  # fmt: skip
def test_what_only_adds_to_another_diagnosis(first: str, found: bool) -> None:
    claim = changed(clean_claim(), {"diagnosis_codes": [first, "I10"]})
    codes = {finding.code for finding in scrub(claim, ScrubContext(TODAY)).findings}
    assert ("diagnosis.secondary-first" in codes) is found
    second = changed(clean_claim(), {"diagnosis_codes": ["I10", first]})
    assert "diagnosis.secondary-first" not in {f.code for f in scrub(second, ScrubContext(TODAY)).findings}


def test_an_employer_has_no_first_name() -> None:
    employer = {"last_name": "ACME", "organization": True, "address": HOME.model_dump(mode="json")}
    told = {"coverage/subscriber": employer, "coverage/relationship": "employee"}
    codes = {finding.code for finding in scrub(changed(clean_claim(), told), ScrubContext(TODAY)).findings}
    assert "subscriber.first-name" not in codes


@pytest.mark.parametrize("field", ["member_id", "payer_id", "payer_name", "subscriber/last_name"])
def test_every_part_of_another_coverage_that_the_payer_needs(field: str) -> None:
    path = f"other_coverages/0/{field}"
    found_at = {f.path for f in scrub(changed(secondary_claim(), {path: " "}), ScrubContext(TODAY)).findings}
    assert path in found_at


@pytest.mark.parametrize(
    ("payer", "code", "modifiers", "found"),
    [
        ("MB", "80053", [], {"medicare.clia", "clia.missing"}),
        ("MB", "87880", ["QW"], {"medicare.clia", "clia.missing"}),
        ("MB", "87880", ["90"], {"medicare.clia"}),  # sent out: the other laboratory's number
        ("CI", "87880", ["90"], set()),
        ("MB", "83013", [], {"clia.missing"}),  # CMS exempts it
        ("MB", "88305", ["26"], set()),  # read only
        ("MB", "36415", [], set()),
        ("16", "80053", [], {"clia.missing"}),  # a Medicare Advantage plan has rules of its own
        ("CI", "80053", [], {"clia.missing"}),
    ],
)
def test_medicare_takes_no_test_without_a_certificate(
    payer: str, code: str, modifiers: list[str], found: set[str]
) -> None:
    changes = {"coverage/filing_indicator": payer, "lines": on_line(code=code, modifiers=modifiers)}
    codes = {finding.code for finding in scrub(changed(clean_claim(), changes), ScrubContext(TODAY)).findings}
    assert codes & {"medicare.clia", "clia.missing"} == found


def test_a_test_sent_out_has_the_other_laboratorys_number() -> None:
    sent = {"code": "87880", "modifiers": ["90"], "referring_clia_number": "33D7654321"}
    claim = changed(clean_claim(), {"coverage/filing_indicator": "MB", "lines": on_line(**sent)})
    assert "medicare.clia" not in {finding.code for finding in scrub(claim, ScrubContext(TODAY)).findings}


@pytest.mark.parametrize(
    ("payer", "number", "found"),
    [
        ("MB", "1EG4TE5MK73", False),
        ("MB", "123456789A", True),  # the number before 2020
        ("MB", "1SG4TE5MK73", True),  # S is never given out
        ("MB", "0EG4TE5MK73", True),
        ("MA", "123456789A", True),
        ("16", "H123456789", False),  # a Medicare Advantage plan's own number
    ],
)
def test_medicare_refuses_what_is_no_beneficiary_identifier(payer: str, number: str, found: bool) -> None:
    claim = changed(clean_claim(), {"coverage/filing_indicator": payer, "coverage/member_id": number})
    held = {finding.code for finding in scrub(claim, ScrubContext(TODAY)).findings if finding.blocks}
    assert ("medicare.beneficiary-id" in held) is found


def test_what_holds_a_claim_is_told_before_what_was_repaired() -> None:
    changes = {"patient/last_name": "rivera", "coverage/payer_name": " ", "lines/1/charge_cents": 0}
    findings = scrub(changed(clean_claim(), changes), ScrubContext(TODAY)).findings
    order = [finding.severity.value for finding in findings]
    assert order == sorted(order, key=["error", "warning", "tag", "repair"].index) and len(set(order)) == 3
    by_edit = [edit.code for edit in PROFESSIONAL]
    errors = [by_edit.index(finding.code) for finding in findings if finding.blocks]
    assert errors == sorted(errors)  # in the order of their table within


@pytest.mark.parametrize(
    ("state", "country", "found"),
    [("ON", "CA", False), ("XX", "CA", True), ("JA", "MX", False), ("9", "MX", True), ("ON", None, True)],
)
def test_an_accident_abroad_is_in_a_province(state: str, country: str | None, found: bool) -> None:
    changes = {"related_causes/accident_state": state, "related_causes/accident_country": country}
    codes = {finding.code for finding in scrub(changed(clean_claim(), changes), ScrubContext(TODAY)).findings}
    assert ("accident.state" in codes) is found


@pytest.mark.parametrize(
    ("state", "code", "found"),
    [("CT", "06390", False), ("NY", "06390", False), ("AS", "96799", False), ("GU", "96913", False),
     ("AE", "09012", False), ("NY", "00400", False), ("CA", "89439", True)],
)  # fmt: skip
def test_a_zip_prefix_may_belong_to_several_states_or_to_none(state: str, code: str, found: bool) -> None:
    changes = {"patient/address/state": state, "patient/address/postal_code": code}
    codes = {finding.code for finding in scrub(changed(dependent_claim(), changes), ScrubContext(TODAY)).findings}
    assert ("address.zip-state" in codes) is found


def test_age_is_that_of_the_date_of_service() -> None:
    """A newborn code fits a child that was under a year old then, whatever its age now."""
    newborn = {"diagnosis_codes/0": "A33", "patient/birth_date": "2025-05-05"}
    a_day_older = {**newborn, "patient/birth_date": "2025-05-04"}
    for changes, conflict in ((newborn, False), (a_day_older, True)):
        claim = changed(dependent_claim(), changes)
        codes = {f.code for f in scrub(claim, ScrubContext(date(2026, 9, 1))).findings}
        assert ("diagnosis.age-conflict" in codes) is conflict


@pytest.mark.parametrize(
    ("changes", "code", "at"),
    [
        (
            {"lines/0/rendering_provider": {**PERSON, "npi": "1234567890"}},
            "npi.check-digit",
            "lines/0/rendering_provider/npi",
        ),
        ({"lines/0/referring_provider": {**PERSON, "npi": None}}, "provider.npi", "lines/0/referring_provider/npi"),
        ({"lines/1/service_facility": PERSON}, "provider.entity", "lines/1/service_facility/entity"),
        (
            {"lines/0/attachments": [{"report_type_code": "OZ", "transmission_code": "EL"}]},
            "attachment.control-number-missing",
            "lines/0/attachments/0/control_number",
        ),
        ({"lines/0/description": "X" * 81}, "text.too-long", "lines/0/description"),
        ({"file_information": ["X" * 81]}, "text.too-long", "file_information/0"),
    ],
)
def test_what_a_line_says_by_itself_is_examined_as_well(changes: Changes, code: str, at: str) -> None:
    found_at = scrub(changed(clean_claim(), changes), ScrubContext(TODAY)).findings
    assert (code, at) in {(finding.code, finding.path) for finding in found_at}
