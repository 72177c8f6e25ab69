"""What goes into each box, from the claim's content. Pure; `printing` sees to what a box cannot hold.

Sources are the NUCC's instructions for the 02/12 form and their counterparts in 005010X222A1, box by box.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from events.phi import Address, ClaimContent, ClaimLine, Coverage, Person, Provider

from claim_builder.cms1500.layout import LINES_PER_CLAIM_PAGE

Values = dict[str, str]
MARK: Final = "X"
ON_FILE: Final = "SIGNATURE ON FILE"
_KINDS: Final = {"MB": "medicare", "MA": "medicare", "MC": "medicaid", "CH": "tricare", "VA": "champva"}
_GROUP: Final = frozenset(("12", "13", "14", "15", "BL", "CI", "HM"))
_LETTERS: Final = "ABCDEFGHIJKL"


@dataclass(frozen=True, slots=True)
class Form:
    """One sheet: values by field of the layout, and up to six service lines."""

    values: Values
    lines: tuple[Values, ...]


def fill(claim: ClaimContent) -> tuple[Form, ...]:
    """The claim's sheets, six service lines each; totals stand on the last, as one claim has one total."""
    rows = [_service_line(line, claim) for line in claim.lines]
    groups = [rows[at : at + LINES_PER_CLAIM_PAGE] for at in range(0, len(rows), LINES_PER_CLAIM_PAGE)] or [[]]
    common = _common(claim)
    totals = {"total_charge": _money(claim.charge_cents), "amount_paid": _money(_paid_cents(claim))}
    sheets = [Form(common, tuple(group)) for group in groups[:-1]]
    return (*sheets, Form({**common, **totals}, tuple(groups[-1])))


def _common(claim: ClaimContent) -> Values:
    parts = (
        _payer(claim.coverage),
        _people(claim),
        _other_insured(claim),
        _conditions(claim),
        _dates(claim),
        _referring(claim),
        _numbers(claim),
        _providers(claim),
    )
    return {name: value for part in parts for name, value in part.items() if value}


def _paid_cents(claim: ClaimContent) -> int:
    """Box 29: what the patient and other payers have paid."""
    return (claim.patient_paid_cents or 0) + sum(payment.paid_cents for payment in claim.prior_payments)


def _payer(coverage: Coverage) -> Values:
    kind = _KINDS.get(coverage.filing_indicator) or (
        "group_plan" if coverage.filing_indicator in _GROUP and coverage.group_number else "other_plan"
    )
    address = coverage.payer_address
    return {
        kind: MARK,
        "insured_id": coverage.member_id,
        "payer_name": coverage.payer_name,
        "payer_street": address.line1 if address else "",
        "payer_street2": (address.line2 or "") if address else "",
        "payer_city": _city(address),
    }


def _people(claim: ClaimContent) -> Values:
    coverage = claim.coverage
    patient = claim.patient if coverage.relationship != "self" else coverage.subscriber
    insured = coverage.subscriber
    related = coverage.relationship if coverage.relationship in ("self", "spouse", "child") else "other"
    group = coverage.group_number or ""
    return {
        "patient_name": _name(patient),
        **_born(patient, "patient"),
        **_home(patient, "patient"),
        f"related_{related}": MARK,
        "insured_name": _name(insured),
        **_born(insured, "insured"),
        **_home(insured, "insured"),
        "group_number": group or ("NONE" if coverage.filing_indicator == "MB" else ""),
        "plan_name": coverage.group_name or coverage.payer_name,
        "another_plan_yes" if claim.other_coverages else "another_plan_no": MARK,
        "patient_signature": ON_FILE if claim.release_of_information == "Y" else "",
        "insured_signature": ON_FILE if claim.benefits_assigned == "Y" else "",
    }


def _name(person: Person) -> str:
    """Last, first, middle initial: commas between, no other punctuation."""
    if person.organization:
        return person.last_name
    parts = (
        " ".join(filter(None, (person.last_name, person.suffix))),
        person.first_name,
        (person.middle_name or "")[:1],
    )
    return ", ".join(part for part in parts if part)


def _born(person: Person, who: str) -> Values:
    sex = {"M": f"{who}_male", "F": f"{who}_female"}.get(person.sex or "")
    return {**_day(person.birth_date, f"{who}_birth"), **({sex: MARK} if sex else {})}


def _home(person: Person, who: str) -> Values:
    address, phone = person.address, person.phone or ""
    found = {f"{who}_area": phone[:3], f"{who}_phone": phone[3:]} if len(phone) == 10 else {f"{who}_phone": phone}
    if address is None:
        return found
    street = " ".join(filter(None, (address.line1, address.line2)))
    return {
        **found,
        f"{who}_street": street,
        f"{who}_city": address.city,
        f"{who}_state": address.state or "",
        f"{who}_zip": _zip(address),
    }


def _zip(address: Address) -> str:
    code = address.postal_code or ""
    return f"{code[:5]}-{code[5:]}" if len(code) == 9 and code.isdigit() else code


def _city(address: Address | None) -> str:
    return " ".join(filter(None, (address.city, address.state, _zip(address)))) if address else ""


def _day(day: date | None, field: str, *, short: bool = False) -> Values:
    if day is None:
        return {}
    year = f"{day:%y}" if short else f"{day:%Y}"
    return {f"{field}_month": f"{day:%m}", f"{field}_day": f"{day:%d}", f"{field}_year": year}


def _other_insured(claim: ClaimContent) -> Values:
    """Boxes 9 to 9d, of the next payer, where there is one (11d is marked)."""
    if not claim.other_coverages:
        return {}
    other = claim.other_coverages[0]
    return {
        "other_insured_name": _name(other.subscriber),
        "other_insured_policy": other.group_number or other.member_id,
        "other_insured_plan": other.group_name or other.payer_name,
    }


def _conditions(claim: ClaimContent) -> Values:
    causes = claim.related_causes
    number = claim.patient_details.property_casualty_claim_number
    return {
        "employment_yes" if causes.employment else "employment_no": MARK,
        "auto_yes" if causes.auto_accident else "auto_no": MARK,
        "auto_state": (causes.accident_state or "") if causes.auto_accident else "",
        "accident_yes" if causes.other_accident else "accident_no": MARK,
        "condition_codes": " ".join(claim.condition_codes),
        **({"other_claim_qualifier": "Y4", "other_claim_id": number} if number else {}),
    }


def _dates(claim: ClaimContent) -> Values:
    dates = claim.dates
    onset = (("431", dates.onset), ("484", dates.last_menstrual_period))
    other = (
        ("439", claim.related_causes.accident_date),
        ("454", dates.initial_treatment),
        ("304", dates.last_seen),
        ("453", dates.acute_manifestation),
        ("455", dates.last_x_ray),
    )
    return {
        **_qualified(onset, "onset"),
        **_qualified(other, "other_date"),
        **_day(dates.disability_start, "unable_from"),
        **_day(dates.disability_end, "unable_to"),
        **_day(dates.admission, "admitted"),
        **_day(dates.discharge, "discharged"),
    }


def _qualified(choices: Iterable[tuple[str, date | None]], field: str) -> Values:
    """The first of these dates that there is, with the qualifier that says which."""
    found = next(((qualifier, day) for qualifier, day in choices if day), None)
    return {f"{field}_qualifier": found[0], **_day(found[1], field)} if found else {}


def _referring(claim: ClaimContent) -> Values:
    """Box 17: the first of referring (DN), ordering (DK), supervising (DQ) that the claim or its lines name."""
    of_lines = (line.ordering_provider for line in claim.lines)
    ordering = claim.ordering_provider or next(filter(None, of_lines), None)
    named = (("DN", claim.referring_provider), ("DK", ordering), ("DQ", claim.supervising_provider))
    found = next(((qualifier, provider) for qualifier, provider in named if provider), None)
    if found is None:
        return {}
    qualifier, provider = found
    return {
        "referring_qualifier": qualifier,
        "referring_name": _provider_name(provider),
        "referring_npi": provider.npi or "",
    }


def _provider_name(provider: Provider) -> str:
    if provider.entity == "organization":
        return provider.name
    return " ".join(filter(None, (provider.first_name, (provider.middle_name or "")[:1], provider.name)))


def _numbers(claim: ClaimContent) -> Values:
    authorization = (
        claim.prior_authorization_number
        or claim.referral_number
        or claim.clia_number
        or claim.mammography_certification_number
        or ""
    )
    bought = [line for line in claim.lines if line.purchased_service_cents is not None]
    again = claim.frequency_code in ("7", "8")
    return {
        "additional": claim.claim_note or "",
        "outside_lab_yes" if bought else "outside_lab_no": MARK,
        "outside_lab_charge": _money(sum(line.purchased_service_cents or 0 for line in bought)) if bought else "",
        "icd_indicator": "0",
        **{f"diagnosis_{letter}": code for letter, code in zip(_LETTERS, claim.diagnosis_codes, strict=False)},
        "resubmission_code": claim.frequency_code if again else "",
        "original_reference": (claim.payer_claim_control_number or "") if again else "",
        "prior_authorization": authorization,
        "account_number": claim.patient_control_number,
        "assignment_yes" if claim.accepts_assignment == "A" else "assignment_no": MARK,
    }


def _providers(claim: ClaimContent) -> Values:
    billing = claim.billing_provider
    facility = claim.service_facility or billing
    phone = billing.phone or ""
    return {
        "tax_id": billing.tax_id or "",
        "tax_id_ein" if billing.tax_id_type == "EI" else "tax_id_ssn": MARK if billing.tax_id else "",
        "signature": ON_FILE if claim.provider_signature_on_file else "",
        "facility_name": _provider_name(facility),
        "facility_street": facility.address.line1 if facility.address else "",
        "facility_city": _city(facility.address),
        "facility_npi": facility.npi or "",
        "billing_area": phone[:3] if len(phone) == 10 else "",
        "billing_phone": phone[3:] if len(phone) == 10 else phone,
        "billing_name": _provider_name(billing),
        "billing_street": billing.address.line1 if billing.address else "",
        "billing_city": _city(billing.address),
        "billing_npi": billing.npi or "",
        "billing_other_id": f"ZZ{billing.taxonomy_code}" if billing.taxonomy_code else "",
    }


def _service_line(line: ClaimLine, claim: ClaimContent) -> Values:
    rendering = line.rendering_provider or claim.rendering_provider or claim.billing_provider
    modifiers = {f"modifier{at}": modifier for at, modifier in enumerate(line.modifiers[:4], start=1)}
    plan = "E" * line.epsdt + "F" * line.family_planning
    made = {
        "supplement": _supplement(line),
        **_day(line.date_from, "from", short=True),
        **_day(line.date_to or line.date_from, "to", short=True),
        "place": line.place_of_service or claim.place_of_service,
        "emergency": "Y" if line.emergency else "",
        "code": line.code,
        **modifiers,
        "pointers": "".join(_LETTERS[p - 1] for p in line.pointers[:4] if 0 < p <= len(_LETTERS)),
        "charge": _money(line.charge_cents),
        "units": _units(line.units),
        "family_plan": plan,
        "rendering_npi": rendering.npi or "",
    }
    return {name: value for name, value in made.items() if value}


def _supplement(line: ClaimLine) -> str:
    """Shaded half of the line: drug code (N4), minutes of anesthesia (7), note (ZZ), three blanks apart."""
    parts = []
    if line.drug is not None:
        parts.append(f"N4{line.drug.ndc} {line.drug.unit}{_units(line.drug.quantity)}")
    if line.unit_basis == "MJ":
        parts.append(f"7MINUTES {_units(line.units)}")
    if line.note:
        parts.append(f"ZZ{line.note}")
    return "   ".join(parts)


def _units(units: Decimal) -> str:
    return f"{units.normalize():f}"


def _money(cents: int) -> str:
    """Dollars and cents, a blank where the form has its line."""
    dollars, rest = divmod(abs(cents), 100)
    return f"{'-' * (cents < 0)}{dollars} {rest:02d}"
