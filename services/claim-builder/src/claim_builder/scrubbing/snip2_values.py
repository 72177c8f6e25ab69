"""SNIP 2, requirement: values out of the guide's own short lists, and how often a thing may stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from codesets.x12_code_sets import CODE_SETS
from events.phi import SecondaryId
from x12.claim_837.loops import NOTATIONS
from x12.code_sets import Standing
from x12.identifiers import COUNTRIES, is_placeholder, is_procedure

from claim_builder.domain import ORIGINAL
from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

EDITS = EditTable(Snip.REQUIREMENT)

_MAX_FILE_INFORMATION: Final = 10
_MAX_MEASUREMENTS: Final = 5
_MAX_CONDITION_CODES: Final = 24
_MAX_CODES_OF_CONDITION: Final = 5
_MAX_CONDITIONS: Final = {"07": 3, "E1": 3, "E2": 3, "E3": 3}
"""How often a category may stand: 07 ambulance, E1 to E3 lenses; others once."""
_MAX_ANESTHESIA_PROCEDURES: Final = 2
_CONDITION_CODE: Final = re.compile(r"[A-Z0-9]{2}")
_LETTER: Final = re.compile(r"[^\W\d_]")
_PROVIDER_IDS: Final = frozenset(("0B", "1G", "G2", "LU"))
_BILLING_PROVIDER_IDS: Final = frozenset(("0B", "1G"))
_MAX_SECONDARY_IDS: Final = {
    "billing_provider": 2,
    "coverage": 3,
    "referring_provider": 3,
    "primary_care_provider": 3,
    "service_facility": 3,
    "lines": 20,
}
_MOST_SECONDARY_IDS: Final = 4
_PAYER_IDS: Final = frozenset(("2U", "EI", "FY", "NF"))

Value = tuple[Place, str | None]


class Listed(NamedTuple):
    """An element whose values the guide lists: the edit's code and words, where the values stand, and the list."""

    code: str
    text: str
    action: str
    source: str
    values: Callable[[Subject], Iterator[Value]]
    known: frozenset[str]
    only: str = ""
    """The field that holds them, where it is one of claim or line."""


def _special_program(subject: Subject) -> Iterator[Value]:
    yield Place("special_program_code", "2300", "CLM12"), subject.claim.special_program_code or None


def _delay_reason(subject: Subject) -> Iterator[Value]:
    yield Place("delay_reason_code", "2300", "CLM20"), subject.claim.delay_reason_code or None


def _authorization_exception(subject: Subject) -> Iterator[Value]:
    place = Place("service_authorization_exception_code", "2300", "REF*4N")
    yield place, subject.claim.service_authorization_exception_code or None


def _insurance_type(subject: Subject) -> Iterator[Value]:
    yield Place("coverage/insurance_type_code", "2000B", "SBR05"), subject.claim.coverage.insurance_type_code or None
    for path, other in subject.other_covers:
        yield Place(f"{path}/insurance_type_code", "2320", "SBR05"), other.insurance_type_code or None


def _contract(subject: Subject) -> Iterator[Value]:
    for path, loop, holder in subject.parts:
        if holder.contract is not None:
            yield Place(f"{path}contract/type_code", loop, "CN101"), holder.contract.type_code


def _spinal_condition(subject: Subject) -> Iterator[Value]:
    if subject.claim.spinal_manipulation is not None:
        place = Place("spinal_manipulation/condition_code", "2300", "CR208")
        yield place, subject.claim.spinal_manipulation.condition_code


def _transport_reason(subject: Subject) -> Iterator[Value]:
    for path, _, ride in subject.rides:
        yield Place(f"{path}/reason_code", "2400" if path.startswith("lines") else "2300", "CR104"), ride.reason_code


def _measurement(subject: Subject) -> Iterator[Value]:
    for path, line in subject.lines:
        for at, measured in enumerate(line.measurements):
            yield Place(f"{path}/measurements/{at}/qualifier", "2400", "MEA02"), measured.qualifier


def _report_type(subject: Subject) -> Iterator[Value]:
    for path, loop, attachment in subject.attachments:
        yield Place(f"{path}/report_type_code", loop, "PWK01"), attachment.report_type_code


LISTED: Final = (
    Listed(
        "special-program.unknown",
        "The special program is not one of the list.",
        "Use 02 (handicapped children), 03 (special federal funding), 05 (disability) or 09 (second opinion).",
        "005010X222A1 loop 2300 CLM12",
        _special_program,
        frozenset(("02", "03", "05", "09")),
        "special_program_code",
    ),
    Listed(
        "delay-reason.unknown",
        "The delay reason is not one of the list.",
        "Use 1 to 11 or 15.",
        "005010X222A1 loop 2300 CLM20",
        _delay_reason,
        frozenset((*map(str, range(1, 12)), "15")),
        "delay_reason_code",
    ),
    Listed(
        "authorization-exception.unknown",
        "Why there was no authorization is not one of the list.",
        "Use 1 to 7.",
        "005010X222A1 loop 2300 REF*4N",
        _authorization_exception,
        frozenset(map(str, range(1, 8))),
        "service_authorization_exception_code",
    ),
    Listed(
        "insurance-type.unknown",
        "The insurance type is not one of the list.",
        "Use 12 to 16, 41, 42, 43 or 47, and only where Medicare pays second.",
        "005010X222A1 loops 2000B and 2320 SBR05",
        _insurance_type,
        frozenset(("12", "13", "14", "15", "16", "41", "42", "43", "47")),
    ),
    Listed(
        "contract.type",
        "A contract's type is not one of the list.",
        "Use 01 to 06 or 09.",
        "005010X222A1 loops 2300 and 2400 CN101",
        _contract,
        frozenset(("01", "02", "03", "04", "05", "06", "09")),
        "contract",
    ),
    Listed(
        "spinal.condition",
        "The nature of the spinal condition is not one of the list.",
        "Use A, C, D, E, F, G or M.",
        "005010X222A1 loop 2300 CR208",
        _spinal_condition,
        frozenset("ACDEFGM"),
        "spinal_manipulation",
    ),
    Listed(
        "ambulance.reason",
        "The reason for a transport is not one of the list.",
        "Use A to E.",
        "005010X222A1 loops 2300 and 2400 CR104",
        _transport_reason,
        frozenset("ABCDE"),
        "ambulance",
    ),
    Listed(
        "measurement.qualifier",
        "What was measured is not one of the list.",
        "Use HT (height) or R1 to R4.",
        "005010X222A1 loop 2400 MEA02",
        _measurement,
        frozenset(("HT", "R1", "R2", "R3", "R4")),
        "measurements",
    ),
    Listed(
        "attachment.report-type",
        "An attachment's report type is not one of the list.",
        "Use the report type code, such as OZ for support data or 03 for a report.",
        "005010X222A1 loops 2300 and 2400 PWK01",
        _report_type,
        frozenset(NOTATIONS["$REPORT_TYPES"].split("|")),
        "attachments",
    ),
)


def _check(listed: Listed) -> Callable[[Subject], Iterator[Place]]:
    def check(subject: Subject) -> Iterator[Place]:
        return (place for place, value in listed.values(subject) if value is not None and value not in listed.known)

    return check


for _listed in LISTED:
    EDITS.error(_listed.code, _listed.text, do=_listed.action, source=_listed.source, only=_listed.only)(
        _check(_listed)
    )


def _secondary_ids(subject: Subject) -> Iterator[tuple[str, str, tuple[SecondaryId, ...], frozenset[str]]]:
    """Path, loop, the ids there, and the qualifiers that may stand there."""
    for path, loop, provider in subject.providers:
        known = _BILLING_PROVIDER_IDS if path == "billing_provider" else _PROVIDER_IDS
        yield f"{path}/secondary_ids", loop, provider.secondary_ids, known
    yield "coverage/payer_secondary_ids", "2010BB", subject.claim.coverage.payer_secondary_ids, _PAYER_IDS


@EDITS.error(
    "secondary-id.qualifier",
    "The kind of a further id is none that may stand there.",
    do="Use 0B, 1G, G2 or LU for providers, 0B or 1G for the billing provider, 2U, EI, FY or NF for the payer.",
    source="005010X222A1 REF01 of loops 2010AA, 2010BB, 2310, 2420",
)
def secondary_id_qualifier(subject: Subject) -> Iterator[Place]:
    for path, loop, numbers, known in _secondary_ids(subject):
        for at, number in enumerate(numbers):
            if number.qualifier not in known:
                yield Place(f"{path}/{at}/qualifier", loop, "REF01")


@EDITS.error(
    "condition-code.format",
    "A condition code is not two letters or digits, or stands twice.",
    do="Correct it, or take the second one off.",
    source="005010X222A1 and 005010X223A2 loop 2300 HI*BG; NUBC condition codes; claim edit lists (duplicates)",
    only="condition_codes",
)
def condition_code_format(subject: Subject) -> Iterator[Place]:
    times = Counter(subject.claim.condition_codes)
    for at, code in enumerate(subject.claim.condition_codes):
        if not _CONDITION_CODE.fullmatch(code) or times[code] > 1:
            yield Place(f"condition_codes/{at}", "2300", "HI*BG")


@EDITS.error(
    "anesthesia.procedure",
    "A procedure that anesthesia was given for is no CPT or HCPCS code by its form.",
    do="Correct the code.",
    source="005010X222A1 loop 2300 HI*BP, HI*BO",
    only="anesthesia_procedures",
)
def anesthesia_procedure(subject: Subject) -> Iterator[Place]:
    for at, code in enumerate(subject.claim.anesthesia_procedures):
        if not is_procedure(code):
            yield Place(f"anesthesia_procedures/{at}", "2300", "HI*BP")


@EDITS.error(
    "count.too-many",
    "More of one kind than claim or line can carry: file information, measurements, conditions, anesthesia codes.",
    do="Keep those that the payer or the state demands.",
    source="005010X222A1: K3 10, MEA 5, CRC 3 of ambulance and lenses and else 1 with five codes, HI*BG 24, HI*BP 2",
    only=("file_information", "measurements", "conditions", "condition_codes", "anesthesia_procedures"),
)
def too_many(subject: Subject) -> Iterator[Place]:
    for path, loop, holder in subject.parts:
        if len(holder.file_information) > _MAX_FILE_INFORMATION:
            yield Place(f"{path}file_information", loop, "K3")
    for path, line in subject.lines:
        if len(line.measurements) > _MAX_MEASUREMENTS:
            yield Place(f"{path}/measurements", "2400", "MEA")
    for path, loop, holder in subject.parts:
        times = Counter(condition.category for condition in holder.conditions)
        for at, condition in enumerate(holder.conditions):
            most = _MAX_CONDITIONS.get(condition.category, 1)
            if times[condition.category] > most or len(condition.codes) > _MAX_CODES_OF_CONDITION:
                yield Place(f"{path}conditions/{at}", loop, "CRC")
    if len(subject.claim.condition_codes) > _MAX_CONDITION_CODES:
        yield Place("condition_codes", "2300", "HI*BG")
    if len(subject.claim.anesthesia_procedures) > _MAX_ANESTHESIA_PROCEDURES:
        yield Place("anesthesia_procedures", "2300", "HI*BP")


@EDITS.error(
    "person.name-letters",
    "The last name of subscriber, patient or a provider who is a person has no letter.",
    do="Enter the name as the payer has it.",
    source="005010X222A1 NM103: a name, not a number",
)
def name_without_letters(subject: Subject) -> Iterator[Place]:
    for path, loop, person in subject.people:
        if person.last_name.strip() and not person.organization and not _LETTER.search(person.last_name):
            yield Place(f"{path}/last_name", loop, "NM103")
    for path, loop, provider in subject.providers:
        if provider.entity == "person" and provider.name.strip() and not _LETTER.search(provider.name):
            yield Place(f"{path}/name", loop, "NM103")


@EDITS.error(
    "measure.negative",
    "A weight is not above zero, or miles or a measurement are below zero.",
    do="Correct the number.",
    source="005010X222A1 PAT08 of loops 2000B and 2000C, CR102 and CR106 of loops 2300 and 2400, MEA03",
    only=("patient_details", "ambulance", "measurements"),
)
def negative_measure(subject: Subject) -> Iterator[Place]:
    weight = subject.claim.patient_details.weight_pounds
    if weight is not None and weight <= 0:
        yield Place("patient_details/weight_pounds", "2000B", "PAT08")
    for path, _, ride in subject.rides:
        loop = "2400" if path.startswith("lines") else "2300"
        if ride.weight_pounds is not None and ride.weight_pounds <= 0:
            yield Place(f"{path}/weight_pounds", loop, "CR102")
        if ride.distance_miles < 0:
            yield Place(f"{path}/distance_miles", loop, "CR106")

    for path, line in subject.lines:
        for at, measured in enumerate(line.measurements):
            if measured.value < 0:
                yield Place(f"{path}/measurements/{at}/value", "2400", "MEA03")


@EDITS.error(
    "charge.parts",
    "Sales tax and postage are more than the line's charge, which holds both.",
    do="Correct the parts or the charge.",
    source="005010X222A1 loop 2400 AMT*T and AMT*F4: parts of SV102",
    only=("sales_tax_cents", "postage_cents"),
)
def charge_parts(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if (line.sales_tax_cents or 0) + (line.postage_cents or 0) > line.charge_cents:
            yield Place(f"{path}/charge_cents", "2400", "SV102")


@EDITS.error(
    "secondary-id.repeated",
    "A further id stands twice, or there are more than can be written.",
    do="Keep each once.",
    source="005010X222A1 REF of loops 2010AA (2), 2010BB (3), 2310 (3 or 4)",
)
def secondary_id_repeated(subject: Subject) -> Iterator[Place]:
    for path, loop, numbers, _ in _secondary_ids(subject):
        most = _MAX_SECONDARY_IDS.get(path.split("/")[0], _MOST_SECONDARY_IDS)
        for at, number in enumerate(numbers):
            if number in numbers[:at] or at >= most:
                yield Place(f"{path}/{at}/value", loop, "REF")


@EDITS.error(
    "secondary-id.empty",
    "A further id of a provider or payer is empty.",
    do="Complete it, or leave it out.",
    source="005010X222A1 REF02 of loops 2010AA, 2010BB, 2310, 2420",
)
def secondary_id_empty(subject: Subject) -> Iterator[Place]:
    for path, loop, numbers, _ in _secondary_ids(subject):
        for at, number in enumerate(numbers):
            if not number.value.strip():
                yield Place(f"{path}/{at}/value", loop, "REF02")


@EDITS.error(
    "accident.country",
    "The country of the accident is not a two-letter code.",
    do="Use the ISO 3166 code, such as MX; leave it out for the United States.",
    source="005010X222A1 loop 2300 CLM11-5",
    only="related_causes",
)
def accident_country(subject: Subject) -> Iterator[Place]:
    country = subject.claim.related_causes.accident_country
    if country and country not in COUNTRIES:
        yield Place("related_causes/accident_country", "2300", "CLM11-5")


@EDITS.error(
    "coverage.repeated",
    "Two coverages are the same: one payer and one member id.",
    do="Remove the second one, or correct payer or member id.",
    source="005010X222A1 loops 2000B and 2320: once for each payer; claim edit lists (duplicate payer)",
    only="other_coverages",
)
def coverage_repeated(subject: Subject) -> Iterator[Place]:
    seen = {(subject.claim.coverage.payer_id, subject.claim.coverage.member_id)}
    for at, other in enumerate(subject.claim.other_coverages):
        if (other.payer_id, other.member_id) in seen:
            yield Place(f"other_coverages/{at}/member_id", "2330A", "NM109")
        seen.add((other.payer_id, other.member_id))


@EDITS.error(
    "frequency.control-number-placeholder",
    "The payer's number of the claim is a placeholder, not a number.",
    do="Take the payer claim control number from the remittance advice.",
    source="005010X222A1 loop 2300 REF*F8; X12 RFI 1538",
    only="payer_claim_control_number",
)
def control_number_placeholder(subject: Subject) -> Iterator[Place]:
    number = subject.claim.payer_claim_control_number or ""
    if subject.claim.frequency_code != ORIGINAL and is_placeholder(number):
        yield Place("payer_claim_control_number", "2300", "REF*F8")


@EDITS.error(
    "cob.remark-code",
    "A remark of an earlier payer is not a remittance advice remark code.",
    do="Take it from the earlier payer's remittance advice.",
    source="005010X222A1 loop 2320 MOA03 to MOA07; RARC numbers; claim edit lists (invalid RARC)",
    only="prior_payments",
)
def remark_code(subject: Subject) -> Iterator[Place]:
    for path, payment in subject.prior_payments:
        for at, code in enumerate(payment.outpatient.remark_codes if payment.outpatient else ()):
            if CODE_SETS.remark(code) is Standing.UNKNOWN:
                yield Place(f"{path}/outpatient/remark_codes/{at}", "2320", f"MOA0{at + 3}")
