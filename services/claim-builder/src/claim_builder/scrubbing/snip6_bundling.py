"""SNIP 6, what goes together on a day: NCCI pairs and unit limits, add-on codes, coverage, frequency, global periods,
repetition, over all claims of an encounter and what was billed of the patient before.

The tables are the practice's own (`codesets load`); without them these edits stay silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from codesets import coverage, icd10cm, ncci, procedures
from codesets.ncci import PtpPair
from events.phi import ClaimLine

from claim_builder.scrubbing.edit import EarlierLine, EditTable, Place, Snip, Subject
from claim_builder.scrubbing.snip6_services import is_evaluation

EDITS = EditTable(Snip.SERVICE)

_REPEATED: Final = frozenset({"76", "77", "91", "59", "XE", "XS", "XP", "XU"})
_IN_GLOBAL_PERIOD: Final = frozenset({"24", "25", "57", "58", "78", "79"})
_ON_NOTICE: Final = frozenset({"GA", "GZ", "GY", "GX"})


def program_of(subject: Subject) -> str:
    """Whose NCCI tables apply, `none` if the payer uses none."""
    profile = subject.profile
    if profile is not None and profile.ncci != "any":
        return profile.ncci
    return ""


def _lines_of_day(subject: Subject) -> dict[date, list[ClaimLine]]:
    """By date: the lines of this claim and of the encounter's other claims."""
    found: dict[date, list[ClaimLine]] = {}
    for claim in (subject.claim, *subject.context.siblings):
        for line in claim.lines:
            found.setdefault(line.date_from, []).append(line)
    return found


def _pairs(subject: Subject) -> tuple[tuple[int, ClaimLine, ClaimLine, PtpPair], ...]:
    """Position and line of column 2 on this claim, the line of column 1 wherever it is, and the edit."""
    if program_of(subject) == "none":
        return ()
    days = subject.once(_lines_of_day)
    found: list[tuple[int, ClaimLine, ClaimLine, PtpPair]] = []
    for day, together in days.items():
        codes = {line.code for line in together if line.code}
        for pair in ncci.pairs(codes, day, program=program_of(subject)):
            first = next(line for line in together if line.code == pair.column1)
            found += [
                (at, line, first, pair)
                for at, line in enumerate(subject.claim.lines)
                if line.code == pair.column2 and line.date_from == day
            ]
    return tuple(found)


@EDITS.error(
    "ncci.bundled",
    "A service is part of another one of the same day, and no modifier may tell them apart.",
    do="Take it off; it is paid with the other service.",
    source="NCCI procedure-to-procedure edits, modifier indicator 0 (the practice's own file)",
    only="own-tables",
)
def bundled(subject: Subject) -> Iterator[Place]:
    for at, _, _, pair in subject.once(_pairs):
        if pair.modifier_indicator == 0:
            yield Place(f"lines/{at}", "2400", "SV101-2")


@EDITS.error(
    "ncci.modifier-missing",
    "A service is part of another one of the same day, unless a modifier says why it was separate.",
    do="If the note shows another site, session or problem, add XS, XE, XP, XU, 59, a side, or 25 on a visit.",
    source="NCCI procedure-to-procedure edits, modifier indicator 1 (the practice's own file)",
    only="own-tables",
)
def modifier_missing(subject: Subject) -> Iterator[Place]:
    for at, line, first, pair in subject.once(_pairs):
        if pair.modifier_indicator == 1 and not _told_apart(line, first):
            yield Place(f"lines/{at}/modifiers", "2400", "SV101-3")


def _told_apart(line: ClaimLine, first: ClaimLine) -> bool:
    visits = [each for each in (line, first) if is_evaluation(each)]
    if visits:
        return any({"24", "25", "57"}.intersection(each.modifiers) for each in visits)
    one, other = ncci.MODIFIERS.intersection(line.modifiers), ncci.MODIFIERS.intersection(first.modifiers)
    return bool(one or other) and one != other


@EDITS.warning(
    "ncci.unspecific-modifier",
    "Modifier 59 tells a service apart where a more precise one would say how.",
    do="Prefer XE (session), XS (site), XP (practitioner) or XU (unusual service) where it fits.",
    source="CMS, Medicare Claims Processing Manual chapter 23, X{EPSU} modifiers",
    only="own-tables",
)
def unspecific_modifier(subject: Subject) -> Iterator[Place]:
    for at, line, _, pair in subject.once(_pairs):
        if pair.modifier_indicator == 1 and "59" in line.modifiers and program_of(subject) == "medicare":
            yield Place(f"lines/{at}/modifiers", "2400", "SV101-3")


def _above_limit(subject: Subject) -> tuple[tuple[int, int], ...]:
    """Position of each line whose code is above its limit of the day, and the limit's adjudication indicator."""
    if program_of(subject) == "none":
        return ()
    days = subject.once(_lines_of_day)
    found: list[tuple[int, int]] = []
    for at, line in enumerate(subject.claim.lines):
        limit = ncci.mue(line.code, line.date_from, program=program_of(subject)) if line.code else None
        if limit is None or not limit.units:
            continue
        together = days[line.date_from] if limit.adjudication_indicator > 1 else [line]
        billed = sum((each.units for each in together if each.code == line.code), Decimal(0))
        if billed > limit.units:
            found.append((at, limit.adjudication_indicator))
    return tuple(found)


@EDITS.error(
    "mue.exceeded",
    "More units than are payable: the limit is absolute, or counts for each line.",
    do="Correct the units; on another line with a modifier only where the limit counts by line.",
    source="NCCI medically unlikely edits, adjudication indicator 1 or 2 (the practice's own file)",
    only="own-tables",
)
def above_limit(subject: Subject) -> Iterator[Place]:
    for at, indicator in subject.once(_above_limit):
        if indicator in (1, 2):
            yield Place(f"lines/{at}/units", "2400", "SV104")


@EDITS.warning(
    "mue.unlikely",
    "More units in a day than are plausible.",
    do="Check the units; keep the documentation for an appeal if they are right.",
    source="NCCI medically unlikely edits, adjudication indicator 3 (the practice's own file)",
    only="own-tables",
)
def unlikely_units(subject: Subject) -> Iterator[Place]:
    for at, indicator in subject.once(_above_limit):
        if indicator == 3:
            yield Place(f"lines/{at}/units", "2400", "SV104")


@EDITS.error(
    "add-on.alone",
    "An add-on code is billed without the code that it adds to.",
    do="Add the primary service of the day, or take the add-on off.",
    source="CMS add-on code edits (the practice's own file)",
    only="own-tables",
)
def add_on_alone(subject: Subject) -> Iterator[Place]:
    days = subject.once(_lines_of_day)
    for at, line in enumerate(subject.claim.lines):
        primaries = ncci.primaries(line.code, line.date_from) if line.code else None
        if primaries and not any(each.code in primaries for each in days[line.date_from]):
            yield Place(f"lines/{at}/code", "2400", "SV101-2")


@EDITS.error(
    "necessity.not-supported",
    "No diagnosis that the line points to supports the service under the payer's coverage policy.",
    do="Look at the note for a supporting diagnosis; else a notice to the patient and GA, or no claim for it.",
    source="local and national coverage determinations (the practice's own file)",
    only="own-tables",
)
def not_supported(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    for at, line in enumerate(claim.lines):
        if not line.code or _ON_NOTICE.intersection(line.modifiers):
            continue
        policies = coverage.policies(
            line.code, line.date_from, payer=claim.coverage.payer_id, program=program_of(subject)
        )
        codes = [claim.diagnosis_codes[p - 1] for p in line.pointers if 0 < p <= len(claim.diagnosis_codes)]
        dotted = [icd10cm.with_dot(code) for code in codes]
        if any(not any(policy.supports(code) for code in dotted) for policy in policies):
            yield Place(f"lines/{at}/pointers", "2400", "SV107")


@EDITS.error(
    "frequency.exceeded",
    "The service was billed for this patient as often as the payer pays it.",
    do="Check the earlier claim; a notice to the patient, or wait until it is due again.",
    source="coverage frequency limits (the practice's own file)",
    only="own-tables",
)
def too_often(subject: Subject) -> Iterator[Place]:
    payer, program = subject.claim.coverage.payer_id, program_of(subject)
    for at, line in enumerate(subject.claim.lines):
        for limit in coverage.limits(line.code, line.date_from, payer=payer, program=program) if line.code else ():
            since = line.date_from - timedelta(days=limit.days - 1)
            before = [
                each.units
                for each in subject.context.history
                if each.code == line.code and since <= each.date_from <= line.date_from
            ]
            if sum(before, line.units) > limit.units and not _ON_NOTICE.intersection(line.modifiers):
                yield Place(f"lines/{at}", "2400", "SV101-2")
                break


@EDITS.error(
    "modifier.required",
    "The payer wants a modifier on the service that is not there.",
    do="Add the one that fits: QW on a test of a waived laboratory, JW or JZ on a single-dose drug.",
    source="CLIA waived tests (42 CFR 493.15), JW and JZ policy (42 CFR 414.940): the practice's own file",
    only="own-tables",
)
def modifier_required(subject: Subject) -> Iterator[Place]:
    payer, program = subject.claim.coverage.payer_id, program_of(subject)
    for at, line in enumerate(subject.claim.lines):
        wanted = coverage.needed_modifiers(line.code, line.date_from, payer=payer, program=program) if line.code else ()
        if any(not set(each.modifiers).intersection(line.modifiers) for each in wanted):
            yield Place(f"lines/{at}/modifiers", "2400", "SV101-3")


def _global_days(earlier: EarlierLine) -> int:
    row = procedures.fee_schedule_row(earlier.code, earlier.date_from)
    return int(row.global_days) if row is not None and row.global_days.isdigit() else 0


@EDITS.error(
    "global.period",
    "A service lies in the global period of an earlier operation, and no modifier says why it is not part of it.",
    do="Bill 99024 for follow-up; else 24 on an unrelated visit, 58, 78 or 79 on a procedure.",
    source="Medicare Claims Processing Manual chapter 12, 40; global days of the practice's own fee schedule file",
    only="own-tables",
)
def in_global_period(subject: Subject) -> Iterator[Place]:
    if not subject.context.history:
        return
    for at, line in enumerate(subject.claim.lines):
        if line.code == "99024" or _IN_GLOBAL_PERIOD.intersection(line.modifiers) or not _is_bound(line):
            continue
        for earlier in subject.context.history:
            since = line.date_from - earlier.date_from
            days = _global_days(earlier)
            if days and timedelta(0) < since <= timedelta(days) and _same_provider(subject, earlier):
                yield Place(f"lines/{at}/modifiers", "2400", "SV101-3")
                break


def _is_bound(line: ClaimLine) -> bool:
    """Visits and procedures with a package of their own; not films, tests or drugs."""
    if is_evaluation(line):
        return True
    row = procedures.fee_schedule_row(line.code, line.date_from) if line.code else None
    return row is not None and row.global_days in ("000", "010", "090")


def _same_provider(subject: Subject, earlier: EarlierLine) -> bool:
    mine = subject.claim.rendering_provider or subject.claim.billing_provider
    return earlier.specialty is None or mine.taxonomy_code is None or earlier.specialty == mine.taxonomy_code


@EDITS.error(
    "claim.duplicate",
    "The same service of the same day was billed for this patient in another encounter.",
    do="If it is the same service, close one of the encounters; a repeated service takes 76, 77, 91 or 59.",
    source="CARC 18; Medicare Claims Processing Manual chapter 1, 120",
    only="history",
)
def duplicate(subject: Subject) -> Iterator[Place]:
    billed = {(each.code, each.date_from, each.modifiers) for each in subject.context.history}
    for at, line in enumerate(subject.claim.lines):
        if (line.code, line.date_from, line.modifiers) in billed and not _REPEATED.intersection(line.modifiers):
            yield Place(f"lines/{at}", "2400", "SV101-2")


@EDITS.error(
    "procedure.unknown",
    "The procedure code is not in the practice's code file on the date of service.",
    do="Check the code, and whether it was ended or not yet in force.",
    source="HCPCS Level II (CMS) or CPT (the practice's own licensed file)",
    only="own-tables",
)
def unknown_procedure(subject: Subject) -> Iterator[Place]:
    for at, line in enumerate(subject.claim.lines):
        if not line.code or not procedures.is_loaded(line.code, line.date_from):
            continue
        if procedures.lookup(line.code, line.date_from) is None:
            yield Place(f"lines/{at}/code", "2400", "SV101-2")


@EDITS.warning(
    "modifier.bilateral-not-payable",
    "Modifier 50 stands on a service that is not paid as bilateral.",
    do="Bill it without 50, or each side as the payer wants it.",
    source="physician fee schedule, bilateral indicator (the practice's own file)",
    only="own-tables",
)
def not_bilateral(subject: Subject) -> Iterator[Place]:
    for at, line in enumerate(subject.claim.lines):
        row = procedures.fee_schedule_row(line.code, line.date_from) if "50" in line.modifiers else None
        if row is not None and row.bilateral not in ("1", "3"):
            yield Place(f"lines/{at}/modifiers", "2400", "SV101-3")


@EDITS.warning(
    "modifier.side-and-diagnosis",
    "A line's side is not the side of any diagnosis that it points to.",
    do="Correct the modifier or the diagnosis.",
    source="ICD-10-CM guideline I.B.13; CARC 11",
    version=2,
    only="modifiers",
)
def side_conflict(subject: Subject) -> Iterator[Place]:
    release = subject.release
    if release is None:
        return
    codes = dict(subject.known_diagnoses)
    for at, line in enumerate(subject.claim.lines):
        side = _side(line.modifiers)
        titles = [release.title(codes[p - 1]).lower() for p in line.pointers if p - 1 in codes] if side else []
        sided = [title for title in titles if "right" in title or "left" in title or "bilateral" in title]
        if sided and len(sided) == len(titles) and not any(side in t or "bilateral" in t for t in sided):
            yield Place(f"lines/{at}/modifiers", "2400", "SV101-3")


def _side(modifiers: tuple[str, ...]) -> str:
    """The one side that the modifiers tell, by themselves or by a finger, toe or eyelid."""
    told = {_SIDES[modifier] for modifier in modifiers if modifier in _SIDES}
    return told.pop() if len(told) == 1 else ""


_SIDES: Final = {
    **dict.fromkeys(("LT", "FA", "F1", "F2", "F3", "F4", "TA", "T1", "T2", "T3", "T4", "E1", "E2"), "left"),
    **dict.fromkeys(("RT", "F5", "F6", "F7", "F8", "F9", "T5", "T6", "T7", "T8", "T9", "E3", "E4"), "right"),
}
