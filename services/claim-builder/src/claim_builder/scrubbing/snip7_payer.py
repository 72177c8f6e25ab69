"""SNIP 7, payer: what is particular to a kind of payer. Rules of single payers are data, not code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from claim_builder.domain import ORIGINAL
from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject

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
)
def medicare_frequency(subject: Subject) -> Iterator[Place]:
    if _is_medicare(subject) and subject.claim.frequency_code != ORIGINAL:
        yield Place("frequency_code", "2300", "CLM05-3")


@EDITS.error(
    "medicare.subscriber",
    "Medicare's beneficiary is always the subscriber; this claim names another.",
    do="Make the patient the subscriber, with the patient's own Medicare number.",
    source="CMS 837P companion guide: SBR02 = 18, no loop 2000C",
)
def medicare_subscriber(subject: Subject) -> Iterator[Place]:
    if _is_medicare(subject) and not subject.patient_is_subscriber:
        yield Place("coverage/relationship", "2000B", "SBR02")


@EDITS.warning(
    "medicare.beneficiary-id",
    "The member id has not the form of a Medicare beneficiary identifier.",
    do="Take the eleven characters from the Medicare card.",
    source="CMS, MBI format",
)
def medicare_beneficiary(subject: Subject) -> Iterator[Place]:
    if _is_medicare(subject) and not _BENEFICIARY.fullmatch(subject.claim.coverage.member_id):
        yield Place("coverage/member_id", "2010BA", "NM109")
