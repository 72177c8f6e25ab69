"""SNIP 1, syntax: what the transaction can carry at all: characters, lengths, sizes, control numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from events.phi import Address, ClaimLine, Coverage, Person, Provider

from claim_builder.domain import PATIENT_CONTROL_NUMBER_LENGTH
from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

EDITS = EditTable(Snip.SYNTAX)

# X12 basic and extended character set (005010 appendix B.1.1.2) less the four delimiters that our writer uses.
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9 !\"&'()+,\-./;?=%@\[\]_{}\\|<>#$*:^~]*")
_DELIMITERS: Final = re.compile(r"[*:^~]")
_LARGEST_AMOUNT_CENTS: Final = 9_999_999_999
"""A monetary amount holds ten digits, two of them cents (005010 appendix B.1.1.3.1.2)."""
_LARGEST_UNITS: Final = Decimal(100_000_000)


_CLAIM_NUMBERS: Final = (
    ("clia_number", "REF*X4"),
    ("mammography_certification_number", "REF*EW"),
    ("investigational_device_number", "REF*LX"),
    ("demonstration_project_id", "REF*P4"),
    ("care_plan_oversight_number", "REF*1J"),
)
_LINE_NUMBERS: Final = (
    ("prior_authorization_number", "REF*G1"),
    ("referral_number", "REF*9F"),
    ("clia_number", "REF*X4"),
    ("referring_clia_number", "REF*F4"),
    ("mammography_certification_number", "REF*EW"),
    ("immunization_batch_number", "REF*BT"),
)
"""Numbers of claim and line that are written as they are, with their element."""


class _Text(NamedTuple):
    """One text element: its value, place, and the lengths that the implementation guide allows."""

    value: str
    place: Place
    longest: int
    shortest: int = 1


def _texts(subject: Subject) -> tuple[_Text, ...]:
    """The text elements that are filled."""
    return tuple(text for text in _every_text(subject) if text.value)


def _every_text(subject: Subject) -> Iterator[_Text]:
    claim = subject.claim
    for path, loop, person in subject.people:
        yield from _person(person, path, loop)
    for path, loop, provider in subject.providers:
        yield from _provider(provider, path, loop)
    for path, loop, address in subject.addresses:
        yield from _address(address, path, loop)
    yield from _coverage(claim.coverage, "coverage", "2000B", "2010BA", "2010BB")
    for at, other in enumerate(claim.other_coverages):
        yield from _coverage(other, f"other_coverages/{at}", "2320", "2330A", "2330B")
        yield from _person(other.subscriber, f"other_coverages/{at}/subscriber", "2330A")
    yield from _references(subject)
    yield _Text(claim.claim_note or "", Place("claim_note", "2300", "NTE02"), 80)
    for at, text in enumerate(claim.file_information):
        yield _Text(text, Place(f"file_information/{at}", "2300", "K301"), 80)
    for path, line in subject.lines:
        yield from _line(line, path)
    yield from _situations(subject)


def _line(line: ClaimLine, path: str) -> Iterator[_Text]:
    yield _Text(line.note or "", Place(f"{path}/note", "2400", "NTE02"), 80)
    yield _Text(line.third_party_note or "", Place(f"{path}/third_party_note", "2400", "NTE02"), 80)
    yield _Text(line.description or "", Place(f"{path}/description", "2400", "SV101-7"), 80)
    for at, text in enumerate(line.file_information):
        yield _Text(text, Place(f"{path}/file_information/{at}", "2400", "K301"), 80)


def _situations(subject: Subject) -> Iterator[_Text]:
    for path, loops, ride in subject.rides:
        loop = "2300" if path == "ambulance" else "2400"
        yield _Text(ride.round_trip_purpose or "", Place(f"{path}/round_trip_purpose", loop, "CR109"), 80)
        yield _Text(ride.stretcher_purpose or "", Place(f"{path}/stretcher_purpose", loop, "CR110"), 80)
        yield _Text(ride.drop_off_name or "", Place(f"{path}/drop_off_name", loops[1], "NM103"), 60)
    spine = subject.claim.spinal_manipulation
    if spine is not None:
        yield _Text(spine.description or "", Place("spinal_manipulation/description", "2300", "CR210"), 80)
        yield _Text(spine.description2 or "", Place("spinal_manipulation/description2", "2300", "CR211"), 80)


def _person(person: Person, path: str, loop: str) -> Iterator[_Text]:
    yield _Text(person.last_name, Place(f"{path}/last_name", loop, "NM103"), 60)
    yield _Text(person.first_name or "", Place(f"{path}/first_name", loop, "NM104"), 35)
    yield _Text(person.middle_name or "", Place(f"{path}/middle_name", loop, "NM105"), 25)
    yield _Text(person.suffix or "", Place(f"{path}/suffix", loop, "NM107"), 10)


def _provider(provider: Provider, path: str, loop: str) -> Iterator[_Text]:
    yield _Text(provider.name, Place(f"{path}/name", loop, "NM103"), 60)
    yield _Text(provider.first_name or "", Place(f"{path}/first_name", loop, "NM104"), 35)
    yield _Text(provider.middle_name or "", Place(f"{path}/middle_name", loop, "NM105"), 25)
    yield _Text(provider.contact_name or "", Place(f"{path}/contact_name", loop, "PER02"), 60)


def _address(address: Address, path: str, loop: str) -> Iterator[_Text]:
    yield _Text(address.line1, Place(f"{path}/line1", loop, "N301"), 55)
    yield _Text(address.line2 or "", Place(f"{path}/line2", loop, "N302"), 55)
    yield _Text(address.city, Place(f"{path}/city", loop, "N401"), 30, 2)


def _coverage(coverage: Coverage, path: str, cover: str, subscriber: str, payer: str) -> Iterator[_Text]:
    yield _Text(coverage.member_id, Place(f"{path}/member_id", subscriber, "NM109"), 80, 2)
    yield _Text(coverage.group_number or "", Place(f"{path}/group_number", cover, "SBR03"), 50)
    yield _Text(coverage.group_name or "", Place(f"{path}/group_name", cover, "SBR04"), 60)
    yield _Text(coverage.payer_name, Place(f"{path}/payer_name", payer, "NM103"), 60)
    yield _Text(coverage.payer_id, Place(f"{path}/payer_id", payer, "NM109"), 80, 2)


def _references(subject: Subject) -> Iterator[_Text]:
    claim = subject.claim
    replaced = claim.payer_claim_control_number
    yield _Text(replaced or "", Place("payer_claim_control_number", "2300", "REF*F8"), 50)
    yield _Text(claim.prior_authorization_number or "", Place("prior_authorization_number", "2300", "REF*G1"), 50)
    yield _Text(claim.referral_number or "", Place("referral_number", "2300", "REF*9F"), 50)
    yield _Text(claim.medical_record_number or "", Place("medical_record_number", "2300", "REF*EA"), 50)
    for path, loop, attachment in subject.attachments:
        yield _Text(attachment.control_number or "", Place(f"{path}/control_number", loop, "PWK06"), 50, 2)
    for name, element in _CLAIM_NUMBERS:
        yield _Text(getattr(claim, name) or "", Place(name, "2300", element), 50)
    for path, line in subject.lines:
        for name, element in _LINE_NUMBERS:
            yield _Text(getattr(line, name) or "", Place(f"{path}/{name}", "2400", element), 50)
    for path, loop, provider in subject.providers:
        for at, number in enumerate(provider.secondary_ids):
            yield _Text(number.value, Place(f"{path}/secondary_ids/{at}/value", loop, "REF02"), 50)


@EDITS.error(
    "text.character-set",
    "A text holds a character that the X12 character set does not have.",
    do="Write it with plain letters, digits and punctuation.",
    source="005010 TR3 appendix B.1.1.2",
)
def characters(subject: Subject) -> Iterator[Place]:
    return (text.place for text in subject.once(_texts) if not _CHARACTERS.fullmatch(text.value))


@EDITS.error(
    "text.delimiter",
    "A text holds one of the characters * : ^ ~, which separate elements and segments.",
    do="Remove the character or write it in words.",
    source="005010 TR3 appendix B.1.1.2.5",
)
def delimiters(subject: Subject) -> Iterator[Place]:
    return (text.place for text in subject.once(_texts) if _DELIMITERS.search(text.value))


@EDITS.error(
    "text.too-long",
    "A text is longer than its element allows.",
    do="Shorten it to what the implementation guide allows.",
    source="005010X222A1 element lengths",
)
def too_long(subject: Subject) -> Iterator[Place]:
    return (text.place for text in subject.once(_texts) if len(text.value) > text.longest)


@EDITS.error(
    "text.too-short",
    "A text is shorter than its element demands.",
    do="Complete it.",
    source="005010X222A1 element lengths",
)
def too_short(subject: Subject) -> Iterator[Place]:
    return (text.place for text in subject.once(_texts) if len(text.value) < text.shortest)


@EDITS.error(
    "control-number.patient",
    "The patient control number is not 1 to 14 upper-case letters and digits.",
    do="Do not change the number that the claim was given.",
    source="005010X222A1 loop 2300 CLM01; lengths that payers return unchanged",
)
def patient_control_number(subject: Subject) -> Iterator[Place]:
    if not re.fullmatch(rf"[A-Z0-9]{{1,{PATIENT_CONTROL_NUMBER_LENGTH}}}", subject.claim.patient_control_number):
        yield Place("patient_control_number", "2300", "CLM01")


@EDITS.error(
    "control-number.line",
    "A line item control number is missing, longer than 30 characters, or not letters and digits.",
    do="Do not change the numbers that the lines were given.",
    source="005010X222A1 loop 2400 REF*6R",
)
def line_control_number(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if not re.fullmatch(r"[A-Z0-9]{1,30}", line.line_item_control_number):
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
)
def amounts(subject: Subject) -> Iterator[Place]:
    if subject.claim.charge_cents > _LARGEST_AMOUNT_CENTS:
        yield Place("charge_cents", "2300", "CLM02")
    for path, line in subject.lines:
        if line.charge_cents > _LARGEST_AMOUNT_CENTS:
            yield Place(f"{path}/charge_cents", "2400", "SV102")


@EDITS.error(
    "units.format",
    "Units have more than eight digits or more than three decimals.",
    do="Round the units to three decimals, or correct them.",
    source="005010X222A1 loop 2400 SV104",
)
def units_format(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        exponent = line.units.normalize().as_tuple().exponent if line.units.is_finite() else -9
        if not isinstance(exponent, int) or exponent < -3 or abs(line.units) >= _LARGEST_UNITS:
            yield Place(f"{path}/units", "2400", "SV104")
