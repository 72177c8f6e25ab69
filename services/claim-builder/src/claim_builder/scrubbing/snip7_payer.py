"""SNIP 7, payer: what is particular to a kind of payer. Rules of single payers are data, not code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from codesets import coverage
from events.phi import ClaimLine
from x12.claim_837p.rules.services import is_certified_test

from claim_builder.domain import ORIGINAL
from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject
from claim_builder.scrubbing.payers import PayerProfile, at_path
from claim_builder.scrubbing.snip6_bundling import program_of
from claim_builder.scrubbing.snip6_services import is_evaluation, tests_without_clia

EDITS = EditTable(Snip.PAYER)

_LETTER: Final = "[AC-HJKMNP-RT-Y]"  # no S, L, O, I, B, Z: they are read as digits
_ALNUM: Final = "[0-9AC-HJKMNP-RT-Y]"
_BENEFICIARY: Final = re.compile(rf"[1-9]{_LETTER}{_ALNUM}\d{_LETTER}{_ALNUM}\d{_LETTER}{_LETTER}\d\d")


def _is_medicare(subject: Subject) -> bool:
    return subject.claim.coverage.filing_indicator == "MB"


@EDITS.error(
    "medicare.frequency",
    "Medicare Part B takes original claims only, no replacement and no void.",
    do="Ask for a reopening or a redetermination; an unprocessable claim is sent anew as an original.",
    source="Medicare Claims Processing Manual chapter 34; CLM05-3 = 1",
    only="medicare",
)
def medicare_frequency(subject: Subject) -> Iterator[Place]:
    if _is_medicare(subject) and subject.claim.frequency_code != ORIGINAL:
        yield Place("frequency_code", "2300", "CLM05-3")


@EDITS.error(
    "medicare.subscriber",
    "Medicare's beneficiary is always the subscriber; this claim names another.",
    do="Make the patient the subscriber, with the patient's own Medicare number.",
    source="CMS 837P companion guide: SBR02 = 18, no loop 2000C",
    only="medicare",
)
def medicare_subscriber(subject: Subject) -> Iterator[Place]:
    if _is_medicare(subject) and not subject.patient_is_subscriber:
        yield Place("coverage/relationship", "2000B", "SBR02")


@EDITS.error(
    "medicare.beneficiary-id",
    "The member id has not the form of a Medicare beneficiary identifier.",
    do="Take the eleven characters from the Medicare card.",
    source="CMS, MBI format; since 2020-01-01 claims without an MBI are refused at the front end",
    version=2,
    only="medicare",
)
def medicare_beneficiary(subject: Subject) -> Iterator[Place]:
    cover = subject.claim.coverage
    is_given = cover.filing_indicator in ("MA", "MB") and cover.member_id  # a missing one has an edit of its own
    if is_given and not _BENEFICIARY.fullmatch(cover.member_id):
        yield Place("coverage/member_id", "2010BA", "NM109")


@EDITS.error(
    "medicare.clia",
    "Medicare is asked for a laboratory test that CLIA covers, and neither claim nor line has a CLIA number.",
    do="Add the number of the laboratory's certificate; of a test sent out (90) that of the laboratory that made it.",
    source="Medicare Claims Processing Manual chapter 16, 70.2 and 70.10: unprocessable without it; 42 CFR 493",
    only="medicare",
)
def medicare_clia(subject: Subject) -> Iterator[Place]:
    if not _is_medicare(subject):
        return
    for _, line in tests_without_clia(subject, sent_out=True):
        is_covered = "QW" in line.modifiers or is_certified_test(line.code) or _is_waived(subject, line)
        if is_covered and not line.referring_clia_number:
            yield Place("clia_number", "2300", "REF*X4")
            return


def _is_waived(subject: Subject, line: ClaimLine) -> bool:
    """Whether the practice's own list says that the test takes QW: what can be waived is covered."""
    payer, program = subject.claim.coverage.payer_id, program_of(subject)
    rules = coverage.needed_modifiers(line.code, line.date_from, payer=payer, program=program)
    return any("QW" in rule.modifiers for rule in rules)


@EDITS.error(
    "payer.frequency-code",
    "The payer does not take a replacement or a void.",
    do="Ask for a reopening or correct it by the payer's own way; payer data says what it takes.",
    source="payer data (payers.toml): frequency_codes",
    only="payer-data",
)
def payer_frequency(subject: Subject) -> Iterator[Place]:
    profile = subject.profile
    if profile is None or _is_medicare(subject):  # Medicare's rule has an edit of its own
        return
    if subject.claim.frequency_code not in profile.frequency_codes:
        yield Place("frequency_code", "2300", "CLM05-3")


@EDITS.error(
    "payer.timely-filing",
    "The payer's time for filing the claim is over.",
    do="Look for proof of an earlier filing, and send it with an appeal; delay reason codes stand in CLM20.",
    source="payer data (payers.toml): timely_filing_days; CARC 29",
    only="payer-data",
)
def timely_filing(subject: Subject) -> Iterator[Place]:
    profile, claim = subject.profile, subject.claim
    if profile is None or profile.timely_filing_days is None or claim.frequency_code != ORIGINAL:
        return
    starts = _filing_starts(subject, profile)
    late = starts is not None and (subject.context.today - starts).days > profile.timely_filing_days
    if late and not claim.delay_reason_code:
        yield Place("service_date", "2400", "DTP*472")


def _filing_starts(subject: Subject, profile: PayerProfile) -> date | None:
    claim = subject.claim
    if claim.coverage.sequence != "P" and profile.timely_filing_from == "primary_decision":
        return max((payment.adjudication_date for payment in claim.prior_payments), default=None)
    ends = [line.date_to or line.date_from for line in claim.lines]
    if profile.timely_filing_from == "last_service":
        return max(ends, default=claim.service_date)
    return claim.service_date


@EDITS.error(
    "payer.zero-charge",
    "The payer refuses lines without a charge.",
    do="Charge at least one cent, or take the line off.",
    source="payer data (payers.toml): zero_charge; X12 RFI 2836",
    only="payer-data",
)
def payer_zero_charge(subject: Subject) -> Iterator[Place]:
    if subject.profile is not None and subject.profile.zero_charge == "refused":
        for path, line in subject.lines:
            if line.charge_cents == 0:
                yield Place(f"{path}/charge_cents", "2400", "SV102")


@EDITS.error(
    "payer.ndc-required",
    "The payer demands the national drug code of every drug.",
    do="Add NDC, quantity and unit of measure to the line.",
    source="payer data (payers.toml): ndc_required; loop 2410",
    only="payer-data",
)
def ndc_required(subject: Subject) -> Iterator[Place]:
    if subject.profile is not None and subject.profile.ndc_required:
        for path, line in subject.lines:
            if line.code.startswith("J") and line.drug is None:
                yield Place(f"{path}/drug", "2410", "LIN03")


@EDITS.warning(
    "payer.waste-modifier",
    "A drug carries neither JW (discarded amount) nor JZ (nothing discarded).",
    do="Add JZ if it came from a single-dose container and nothing was left; JW on a line for what was discarded.",
    source="payer data (payers.toml): waste_modifiers; Medicare Claims Processing Manual chapter 17, 40",
    only="payer-data",
)
def waste_modifier(subject: Subject) -> Iterator[Place]:
    if subject.profile is None or not subject.profile.waste_modifiers:
        return
    for path, line in subject.lines:
        if line.code.startswith("J") and line.drug is not None and not {"JW", "JZ"}.intersection(line.modifiers):
            yield Place(f"{path}/modifiers", "2400", "SV101-3")


@EDITS.error(
    "payer.telehealth-modifier",
    "The payer wants its telehealth modifier on a visit at place of service 02 or 10.",
    do="Add the modifier that payer data names.",
    source="payer data (payers.toml): telehealth_modifier",
    only="payer-data",
)
def telehealth_modifier(subject: Subject) -> Iterator[Place]:
    wanted = subject.profile.telehealth_modifier if subject.profile is not None else ""
    if not wanted:
        return
    for path, line in subject.lines:
        at_distance = (line.place_of_service or subject.claim.place_of_service) in ("02", "10")
        if at_distance and is_evaluation(line) and wanted not in line.modifiers:
            yield Place(f"{path}/modifiers", "2400", "SV101-3")


@EDITS.error(
    "payer.field-required",
    "The payer demands a field that is empty.",
    do="Complete the field.",
    source="payer data (payers.toml): requires",
    only="payer-data",
)
def field_required(subject: Subject) -> Iterator[Place]:
    for path in subject.profile.requires if subject.profile is not None else ():
        for place, value in at_path(subject.claim, path):
            if value in (None, "", ()):
                yield Place(place, "2300", "")
