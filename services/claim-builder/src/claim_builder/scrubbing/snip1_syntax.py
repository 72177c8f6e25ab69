"""SNIP 1, syntax: what the transaction can carry at all: characters, lengths, sizes, control numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from events.envelope import Part
from events.phi import Coverage

from claim_builder.domain import PATIENT_CONTROL_NUMBER_LENGTH
from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

EDITS = EditTable(Snip.SYNTAX)

# X12 basic and extended character set (005010 appendix B.1.1.2) without and with the delimiters that our writer uses.
_PLAIN: Final = r"A-Za-z0-9 !\"&'()+,\-./;?=%@\[\]_{}\\|<>#$"
_CHARACTERS: Final = re.compile(rf"[{_PLAIN}*:^~]*")
_DELIMITERS: Final = re.compile(r"[*:^~]")
_PATIENT_CONTROL_NUMBER: Final = re.compile(rf"[A-Z0-9]{{1,{PATIENT_CONTROL_NUMBER_LENGTH}}}")
_LINE_CONTROL_NUMBER: Final = re.compile(r"[A-Z0-9]{1,30}")
_LARGEST_AMOUNT_CENTS: Final = 9_999_999_999
"""A monetary amount holds ten digits, two of them cents (005010 appendix B.1.1.3.1.2)."""
_LARGEST_UNITS: Final = Decimal(100_000_000)
_MOST_DECIMALS: Final = 3


class _Element(NamedTuple):
    """A text element: the field that fills it, and the lengths that the implementation guide allows."""

    field: str
    name: str
    longest: int
    shortest: int
    has_nothing_wrong: Callable[[str], object]


def _element(field: str, name: str, longest: int, shortest: int = 1) -> _Element:
    right = re.compile(rf"(?! )[{_PLAIN}]{{{shortest},{longest}}}(?<! )")
    return _Element(field, name, longest, shortest, right.fullmatch)


_PERSON: Final = (
    _element("last_name", "NM103", 60),
    _element("first_name", "NM104", 35),
    _element("middle_name", "NM105", 25),
    _element("suffix", "NM107", 10),
)
_PROVIDER: Final = (
    _element("name", "NM103", 60),
    _element("first_name", "NM104", 35),
    _element("middle_name", "NM105", 25),
    _element("contact_name", "PER02", 60),
)
_ADDRESS: Final = (
    _element("line1", "N301", 55),
    _element("line2", "N302", 55),
    _element("city", "N401", 30, 2),
    _element("postal_code", "N403", 15, 3),
)
_MEMBER: Final = (_element("member_id", "NM109", 80, 2),)
_COVER: Final = (_element("group_number", "SBR03", 50), _element("group_name", "SBR04", 60))
_PAYER: Final = (_element("payer_name", "NM103", 60), _element("payer_id", "NM109", 80, 2))
_REFERENCES: Final = (
    _element("payer_claim_control_number", "REF*F8", 50),
    _element("prior_authorization_number", "REF*G1", 50),
    _element("referral_number", "REF*9F", 50),
    _element("medical_record_number", "REF*EA", 50),
)
_CLAIM_NUMBERS: Final = (
    _element("clia_number", "REF*X4", 50),
    _element("mammography_certification_number", "REF*EW", 50),
    _element("investigational_device_number", "REF*LX", 50),
    _element("demonstration_project_id", "REF*P4", 50),
    _element("care_plan_oversight_number", "REF*1J", 50),
)
_LINE_NUMBERS: Final = (
    _element("prior_authorization_number", "REF*G1", 50),
    _element("referral_number", "REF*9F", 50),
    _element("clia_number", "REF*X4", 50),
    _element("referring_clia_number", "REF*F4", 50),
    _element("mammography_certification_number", "REF*EW", 50),
    _element("immunization_batch_number", "REF*BT", 50),
)
_CONTRACT: Final = (_element("code", "CN104", 50), _element("version", "CN106", 30))
_DRUG: Final = (_element("prescription_number", "REF*XZ", 50),)
_FORM: Final = (_element("code", "LQ02", 30),)
_ANSWER: Final = (_element("question", "FRM01", 20), _element("text", "FRM03", 50))
_PLAN: Final = (_element("name", "NM103", 60), _element("payer_id", "NM109", 80, 2))
_CASE: Final = (_element("property_casualty_claim_number", "REF*Y4", 50),)
_BILLING_NUMBER: Final = (_element("billing_provider_number", "REF*G2", 50),)
_DECISION: Final = (_element("payer_claim_control_number", "REF*F8", 50),)
_ATTACHMENT: Final = (_element("control_number", "PWK06", 50, 2),)
_SECONDARY_ID: Final = (_element("value", "REF02", 50),)
_CLAIM_TEXTS: Final = (_element("claim_note", "NTE02", 80), _element("file_information", "K301", 80))
_LINE_TEXTS: Final = (
    _element("note", "NTE02", 80),
    _element("third_party_note", "NTE02", 80),
    _element("description", "SV101-7", 80),
    _element("file_information", "K301", 80),
)
_RIDE: Final = (_element("round_trip_purpose", "CR109", 80), _element("stretcher_purpose", "CR110", 80))
_DROP_OFF: Final = (_element("drop_off_name", "NM103", 60),)
_SPINE: Final = (_element("description", "CR210", 80), _element("description2", "CR211", 80))

_Holder = tuple[str, str, Part, tuple[_Element, ...]]
"""Where texts are: path up to them, loop, part of the claim, its elements."""


class _Text(NamedTuple):
    """One text with its place and element."""

    value: str
    place: Place
    element: _Element


def _odd_texts(subject: Subject) -> tuple[_Text, ...]:
    """The texts that have something wrong with them: every text is looked at once, these by each edit."""
    return tuple(
        text
        for prefix, loop, part, elements in _holders(subject)
        for element in elements
        if (value := getattr(part, element.field)) and (type(value) is tuple or not element.has_nothing_wrong(value))
        for text in _texts(value, prefix + element.field, loop, element)
    )


def _texts(value: str | tuple[str, ...], path: str, loop: str, element: _Element) -> Iterator[_Text]:
    if isinstance(value, str):
        yield _Text(value, Place(path, loop, element.name), element)
    else:
        for at, text in enumerate(value):
            if text and not element.has_nothing_wrong(text):
                yield _Text(text, Place(f"{path}/{at}", loop, element.name), element)


def _holders(subject: Subject) -> Iterator[_Holder]:
    claim = subject.claim
    for path, loop, person in subject.people:
        yield f"{path}/", loop, person, _PERSON
    for path, loop, provider in subject.providers:
        yield f"{path}/", loop, provider, _PROVIDER
    for path, loop, address in subject.addresses:
        yield f"{path}/", loop, address, _ADDRESS
    yield from _coverage(claim.coverage, "coverage/", "2000B", "2010BA", "2010BB")
    for path, other in subject.other_covers:
        yield from _coverage(other, f"{path}/", "2320", "2330A", "2330B")
        yield f"{path}/subscriber/", "2330A", other.subscriber, _PERSON
    yield "", "2300", claim, _REFERENCES
    for path, loop, attachment in subject.attachments:
        yield f"{path}/", loop, attachment, _ATTACHMENT
    yield "", "2300", claim, _CLAIM_NUMBERS
    for path, line in subject.lines:
        yield f"{path}/", "2400", line, _LINE_NUMBERS
    for path, loop, provider in subject.providers:
        for at, number in enumerate(provider.secondary_ids):
            yield f"{path}/secondary_ids/{at}/", loop, number, _SECONDARY_ID
    yield "", "2300", claim, _CLAIM_TEXTS
    for path, line in subject.lines:
        yield f"{path}/", "2400", line, _LINE_TEXTS
    for path, loops, ride in subject.rides:
        yield f"{path}/", "2300" if path == "ambulance" else "2400", ride, _RIDE
        yield f"{path}/", loops[1], ride, _DROP_OFF
    if claim.spinal_manipulation is not None:
        yield "spinal_manipulation/", "2300", claim.spinal_manipulation, _SPINE
    yield from _rare(subject)


def _rare(subject: Subject) -> Iterator[_Holder]:
    """What few claims have."""
    claim = subject.claim
    yield "coverage/", "2010BB", claim.coverage, _BILLING_NUMBER
    for at, number in enumerate(claim.coverage.payer_secondary_ids):
        yield f"coverage/payer_secondary_ids/{at}/", "2010BB", number, _SECONDARY_ID
    yield "patient_details/", "2010BA", claim.patient_details, _CASE
    if claim.pay_to_plan is not None:
        yield "pay_to_plan/", "2010AC", claim.pay_to_plan, _PLAN
    for path, loop, holder in subject.parts:
        if holder.contract is not None:
            yield f"{path}contract/", loop, holder.contract, _CONTRACT
    for path, line in subject.lines:
        if line.drug is not None:
            yield f"{path}/drug/", "2410", line.drug, _DRUG
        for at, form in enumerate(line.forms):
            yield f"{path}/forms/{at}/", "2440", form, _FORM
            for row, answer in enumerate(form.answers):
                yield f"{path}/forms/{at}/answers/{row}/", "2440", answer, _ANSWER
    for path, payment in subject.prior_payments:
        yield f"{path}/", "2330B", payment, _DECISION


def _coverage(coverage: Coverage, path: str, cover: str, subscriber: str, payer: str) -> Iterator[_Holder]:
    yield path, subscriber, coverage, _MEMBER
    yield path, cover, coverage, _COVER
    yield path, payer, coverage, _PAYER


@EDITS.error(
    "text.character-set",
    "A text holds a character that the X12 character set does not have.",
    do="Write it with plain letters, digits and punctuation.",
    source="005010 TR3 appendix B.1.1.2",
)
def characters(subject: Subject) -> Iterator[Place]:
    return (text.place for text in subject.once(_odd_texts) if not _CHARACTERS.fullmatch(text.value))


@EDITS.error(
    "text.delimiter",
    "A text holds one of the characters * : ^ ~, which separate elements and segments.",
    do="Remove the character or write it in words.",
    source="005010 TR3 appendix B.1.1.2.5",
)
def delimiters(subject: Subject) -> Iterator[Place]:
    return (text.place for text in subject.once(_odd_texts) if _DELIMITERS.search(text.value))


@EDITS.error(
    "text.too-long",
    "A text is longer than its element allows.",
    do="Shorten it to what the implementation guide allows.",
    source="005010X222A1 element lengths",
)
def too_long(subject: Subject) -> Iterator[Place]:
    return (text.place for text in subject.once(_odd_texts) if len(text.value) > text.element.longest)


@EDITS.error(
    "text.too-short",
    "A text is shorter than its element demands, or nothing but blanks.",
    do="Complete it, or leave it out.",
    source="005010X222A1 element lengths; 005010 TR3 appendix B.1.1.3.1.4: trailing spaces do not count",
    version=2,
)
def too_short(subject: Subject) -> Iterator[Place]:
    return (text.place for text in subject.once(_odd_texts) if len(text.value.strip()) < text.element.shortest)


@EDITS.error(
    "control-number.patient",
    "The patient control number is not 1 to 14 upper-case letters and digits.",
    do="Do not change the number that the claim was given.",
    source="005010X222A1 loop 2300 CLM01; lengths that payers return unchanged",
)
def patient_control_number(subject: Subject) -> Iterator[Place]:
    if not _PATIENT_CONTROL_NUMBER.fullmatch(subject.claim.patient_control_number):
        yield Place("patient_control_number", "2300", "CLM01")


@EDITS.error(
    "control-number.line",
    "A line item control number is missing, longer than 30 characters, or not letters and digits.",
    do="Do not change the numbers that the lines were given.",
    source="005010X222A1 loop 2400 REF*6R",
)
def line_control_number(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if not _LINE_CONTROL_NUMBER.fullmatch(line.line_item_control_number):
            yield Place(f"{path}/line_item_control_number", "2400", "REF*6R")


@EDITS.error(
    "control-number.line-repeated",
    "Two lines carry the same line item control number.",
    do="Give every line its own number; the payer's answer is matched by it.",
    source="X12 RFI 1917",
)
def line_control_number_repeated(subject: Subject) -> Iterator[Place]:
    seen: set[str] = set()
    for path, line in subject.lines:
        if line.line_item_control_number in seen:
            yield Place(f"{path}/line_item_control_number", "2400", "REF*6R")
        seen.add(line.line_item_control_number)


@EDITS.error(
    "amount.too-large",
    "An amount has more than ten digits.",
    do="Check the charge; an X12 amount ends at 99,999,999.99.",
    source="005010 TR3 appendix B.1.1.3.1.2",
    version=2,
)
def amounts(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    for name, element, cents in (
        ("charge_cents", "CLM02", claim.charge_cents),
        ("patient_paid_cents", "AMT*F5", claim.patient_paid_cents or 0),
    ):
        if cents > _LARGEST_AMOUNT_CENTS:
            yield Place(name, "2300", element)
    for path, line in subject.lines:
        for name, element, cents in (
            ("charge_cents", "SV102", line.charge_cents),
            ("purchased_service_cents", "PS102", line.purchased_service_cents or 0),
        ):
            if cents > _LARGEST_AMOUNT_CENTS:
                yield Place(f"{path}/{name}", "2400", element)


def _numbers(subject: Subject) -> Iterator[tuple[Place, Decimal | None, int]]:
    """Further numbers of a claim, with the digits that their elements hold."""
    yield Place("patient_details/weight_pounds", "2000B", "PAT08"), subject.claim.patient_details.weight_pounds, 10
    for path, _, ride in subject.rides:
        loop = "2300" if path == "ambulance" else "2400"
        yield Place(f"{path}/distance_miles", loop, "CR106"), ride.distance_miles, 15
        yield Place(f"{path}/weight_pounds", loop, "CR102"), ride.weight_pounds, 10
    for path, loop, holder in subject.parts:
        if holder.contract is not None:
            yield Place(f"{path}contract/percentage", loop, "CN103"), holder.contract.percentage, 6
    for path, line in subject.lines:
        yield Place(f"{path}/obstetric_units", "2400", "QTY02"), line.obstetric_units, 15
        if line.drug is not None:
            yield Place(f"{path}/drug/quantity", "2410", "CTP04"), line.drug.quantity, 15
        if line.equipment is not None:
            yield Place(f"{path}/equipment/days", "2400", "SV503"), line.equipment.days, 15
        if line.equipment_certification is not None:
            months = line.equipment_certification.months
            yield Place(f"{path}/equipment_certification/months", "2400", "CR303"), months, 15
    for path, payment in subject.prior_payments:
        for at, decided in enumerate(payment.lines):
            yield Place(f"{path}/lines/{at}/units", "2430", "SVD05"), decided.units, 15
            for row, adjusted in enumerate(decided.adjustments):
                yield Place(f"{path}/lines/{at}/adjustments/{row}/quantity", "2430", "CAS04"), adjusted.quantity, 15


@EDITS.error(
    "number.too-long",
    "A number has more digits than its element holds.",
    do="Round or correct it.",
    source="005010X222A1 element lengths; 005010 TR3 appendix B.1.1.3.1.2: sign and point do not count",
)
def numbers(subject: Subject) -> Iterator[Place]:
    for place, number, longest in _numbers(subject):
        if number is not None and len(f"{number:f}".lstrip("-").replace(".", "")) > longest:
            yield place


@EDITS.error(
    "units.format",
    "Units have more than eight digits or more than three decimals.",
    do="Round the units to three decimals, or correct them.",
    source="005010X222A1 loop 2400 SV104",
)
def units_format(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        units = line.units
        sized = units.is_finite() and abs(units) < _LARGEST_UNITS
        if not sized or units.scaleb(_MOST_DECIMALS) % 1:
            yield Place(f"{path}/units", "2400", "SV104")
