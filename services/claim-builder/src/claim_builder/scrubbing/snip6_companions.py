"""SNIP 6, companions: what a service needs beside it, and modifiers that deny one another."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject
from claim_builder.scrubbing.snip6_services import cpt_number, is_laboratory

EDITS = EditTable(Snip.SERVICE)

_ONE_OF_EACH: Final = tuple(
    frozenset(group.split())
    for group in (
        "JW JZ",  # something was discarded, nothing was
        "62 66 80 81 82",  # co-surgeon, team, assistants
        "58 78 79",  # staged, return for a complication, unrelated
        "76 77",  # the same clinician, another
        "RR NU UE",  # rented, new, used
        "GA GZ",  # a notice was given, none was
        "93 95",  # sound alone, picture and sound
        "AA AD QK QX QY QZ",  # who gave anesthesia under whom
        "P1 P2 P3 P4 P5 P6",  # physical status
        "GN GO GP",  # speech, occupational, physical therapy
    )
)
_THERAPY: Final = frozenset({"GN", "GO", "GP"})
_ALWAYS_THERAPY: Final = frozenset(
    {
        *(92507, 92508, 92521, 92522, 92523, 92524, 92526, 97012, 97016, 97018, 97022, 97024, 97026, 97028),
        *(*range(97032, 97037), 97110, 97112, 97113, 97116, 97124, 97140, 97150, *range(97161, 97169)),
        *(97530, 97533, 97535, 97537, 97542, 97750, 97755, 97760, 97761, 97763),
    }
)
"""CPT numbers that are therapy whoever does them (CMS, annual therapy code list: always therapy)."""
_VACCINES: Final = ((90476, 90759), (91300, 91399))
_FLU_VACCINES: Final = frozenset({"Q2034", "Q2035", "Q2036", "Q2037", "Q2038", "Q2039"})
_GIVING_VACCINES: Final = frozenset({"90460", "90471", "90473", "90480", "G0008", "G0009", "G0010"})
_IMAGING: Final = range(70010, 77000)
"""CPT diagnostic radiology and ultrasound; mammography, which patients may ask for themselves, is beyond."""
_READ_ONLY: Final = "26"


@EDITS.error(
    "modifier.contradiction",
    "A line has two modifiers of which only one can be true.",
    do="Keep the one that the note bears out.",
    source="CPT and HCPCS level II modifiers: each says what another of its kind denies",
    only="modifiers",
)
def contradiction(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        told = set(line.modifiers)
        if len(told) > 1 and any(len(told & group) > 1 for group in _ONE_OF_EACH):
            yield Place(f"{path}/modifiers", "2400", "SV101-3")


@EDITS.error(
    "medicare.therapy-modifier",
    "Medicare is asked for a therapy service, and no modifier says under which plan of care.",
    do="Add GP (physical), GO (occupational) or GN (speech therapy).",
    source="Medicare Claims Processing Manual chapter 5, 20.1: returned as unprocessable without it",
    only="medicare",
)
def therapy_modifier(subject: Subject) -> Iterator[Place]:
    if subject.claim.coverage.filing_indicator != "MB":
        return
    for path, line in subject.lines:
        if cpt_number(line.code) in _ALWAYS_THERAPY and _THERAPY.isdisjoint(line.modifiers):
            yield Place(f"{path}/modifiers", "2400", "SV101-3")


@EDITS.warning(
    "medicare.orderer-missing",
    "Medicare is asked for a test or an image, and nobody is named who ordered it.",
    do="Name who ordered or referred; whoever did it for a patient of their own names themselves.",
    source="42 CFR 424.507; Medicare Claims Processing Manual chapter 26, 10.4 item 17; RARC N264",
    only="medicare",
)
def orderer_missing(subject: Subject) -> Iterator[Place]:
    claim = subject.claim
    if claim.coverage.filing_indicator != "MB" or claim.referring_provider or claim.ordering_provider:
        return
    for path, line in subject.lines:
        is_ordered = is_laboratory(line) or cpt_number(line.code) in _IMAGING
        named = line.ordering_provider or line.referring_provider
        if is_ordered and named is None and _READ_ONLY not in line.modifiers:
            yield Place(f"{path}/ordering_provider", "2420E", "NM1*DK")
            return


@lru_cache(maxsize=16_384)
def _is_vaccine(code: str) -> bool:
    number = cpt_number(code)
    return code in _FLU_VACCINES or any(first <= number <= last for first, last in _VACCINES)


def _vaccination(subject: Subject) -> tuple[bool, bool]:
    """Whether the encounter bills a vaccine, and the giving of one."""
    codes = [line.code for claim in (subject.claim, *subject.context.siblings) for line in claim.lines]
    return any(map(_is_vaccine, codes)), not _GIVING_VACCINES.isdisjoint(codes)


@EDITS.warning(
    "vaccine.not-given",
    "A vaccine is billed, and its administration is not.",
    do="Add the administration (90460, 90471, 90473, 90480, or G0008 to G0010 for Medicare) if it was given here.",
    source="CPT vaccines and their administration; Medicare Claims Processing Manual chapter 18, 10",
)
def vaccine_not_given(subject: Subject) -> Iterator[Place]:
    vaccine, given = subject.once(_vaccination)
    if vaccine and not given:
        yield from (Place(path, "2400", "SV101-2") for path, line in subject.lines if _is_vaccine(line.code))


@EDITS.warning(
    "vaccine.missing",
    "The administration of a vaccine is billed, and no vaccine is.",
    do="Add the vaccine, at no charge if the state supplied it; some payers want the administration alone.",
    source="CPT vaccines and their administration; Medicare Claims Processing Manual chapter 18, 10",
)
def vaccine_missing(subject: Subject) -> Iterator[Place]:
    vaccine, given = subject.once(_vaccination)
    if given and not vaccine:
        yield from (Place(path, "2400", "SV101-2") for path, line in subject.lines if line.code in _GIVING_VACCINES)
