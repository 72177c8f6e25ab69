"""Step 9, symptoms: what belongs to a confirmed diagnosis is not coded beside it (guideline I.B.5).

A table from symptoms to the diagnoses of which they are an ordinary part. A symptom that the clinician
lists as a problem of its own beside an unrelated diagnosis stays (guideline I.B.6).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from codesets.icd10cm import matches

from coding_svc.coding.reading import NARRATIVE, Proposal

_AIRWAYS: Final = ("J00-J22", "J40-J47", "J67-J84", "J09-J18", "U07.1", "B34.9")
_INTEGRAL: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("R05", "R06.0", "R06.2", "R09.81", "R09.82", "R09.89", "R07.0", "R09.02"), (*_AIRWAYS, "I50", "J30-J34")),
    (("R50",), ("A00-B99", "J00-J22", "H66", "N10", "N30", "N39.0", "L03", "U07.1", "K57.2-K57.9", "J36")),
    (("R10", "R14"), ("K20-K31", "K35-K38", "K50-K59", "K80-K87", "N10", "N20", "N30", "N39.0", "A08-A09")),
    (("R11", "R19.7"), ("A00-A09", "K52", "K50-K51", "K56", "K85", "K80-K81", "G43")),
    (("R12", "R13"), ("K21", "K20", "K22")),
    (("R19.7", "R19.4"), ("K58",)),
    (("K92.1", "K62.5", "R19.5"), ("K51", "K50", "K57", "K64", "K60")),
    (("R30", "R35", "R39.15", "R31"), ("N30", "N39.0", "N10", "N20-N23", "N41", "O23")),
    (("R51", "R42", "H53.1"), ("G43", "G44", "S06")),
    (("R21", "L29"), ("L20-L30", "L40", "L50", "B00-B09", "B35-B36", "L70-L71", "B86")),
    (("R60",), ("I50", "I11.0", "I13", "I87.2", "N18", "L03")),
    (("R00.2", "R00.0"), ("I47-I49", "E05")),
    (("R55",), ("I95",)),
    (("R07",), ("I20-I22", "M94.0", "J18", "I25.11", "K21", "R07.8")),
    (("R20", "M79.6", "M79.2"), ("G56-G57", "M54.1", "M54.3-M54.4", "G62", "E11.4", "M50-M51")),
    (("M54.5", "M54.9", "M54.1", "M54.3", "M54.4"), ("M48.0", "M51", "S39.0", "M43.1", "M47.8", "M54.4", "M46")),
    (("M54.2", "M54.12"), ("M50", "S16.1", "S13.4", "M47.812", "M48.02")),
    (("M25.56", "M25.46", "M25.66"), ("M17", "M22-M23", "S83", "M70.5", "M76.5", "S80-S82", "M10")),
    (("M25.51", "M25.61"), ("M75", "M19.01", "S43", "S46", "S40", "M12.81")),
    (("M25.55",), ("M16", "M70.6", "M70.7", "M87.05", "S72")),
    (("M25.57", "M79.67", "M25.47"), ("S93", "S92", "M72.2", "M76.6", "S82", "M20", "M77.4", "M19.07", "M21", "M10")),
    (("M25.52",), ("M77.0", "M77.1", "M70.2", "S52", "S53")),
    (("M25.53", "M79.64", "M25.54"), ("M65", "G56.0", "S62", "S63", "M18", "M19.04", "S60-S61")),
    (("H92.0",), ("H65-H67", "H60", "H61.2")),
    (("J02.9", "R07.0"), ("J02.0", "J03", "J06.9", "J00", "B27")),
    (("R53", "R63.4", "R63.5"), ("E03", "D50-D64", "F32-F33", "E66")),
    (("R73",), ("E08-E13",)),
    (("R03.0",), ("I10-I16",)),
    (("R41.3",), ("F01-F03", "G30-G31")),
    (("R25.1",), ("G25.0", "G20")),
    (("R80", "R31"), ("N18", "E11.2", "I12")),
    (("R45.0-R45.7", "R45.81-R45.84", "R45.86-R45.89", "R68.8"), ("F30-F43",)),
    (("N64.4",), ("N63",)),
    (("H55", "R42"), ("H81",)),
    (("R32",), ("N39.3-N39.4", "N32.8")),
    (("F41.9",), ("F41.1", "F41.0")),
    (("R06.83",), ("G47.33",)),
    (("R18",), ("K70.31", "K70.11", "K71.51")),
    (("R16",), ("K76.6", "K70", "K74")),
    (("M79.6", "M25.5"), ("G90.5", "M89.0")),
    (("G62.9", "G63"), ("E08.4", "E09.4", "E10.4", "E11.4", "E13.4")),
    (("R13",), ("K22",)),
    (("D64.9",), ("D50-D63", "D64.0-D64.8")),
)

_SAYS_LESS: Final = frozenset(("D64.9",))
ASKED_FOR: Final = "dx.prostate-symptom"
"""A symptom that the classification itself wants beside its diagnosis (use additional note at N40.1)."""


def drop_integral(proposals: list[Proposal]) -> tuple[list[Proposal], list[Proposal]]:
    """Proposals that stay, and symptoms that a confirmed diagnosis takes in.

    A text without an assessment confirms none: all is left to the coder there, but for a code that only says less
    than another (guideline I.B.2).
    """
    named = [p for p in proposals if p.confidence > 0.5]
    definite = [p for p in proposals if p.confidence > 0.6 and not p.rule.startswith(NARRATIVE)]
    dropped = [
        symptom
        for symptom in proposals
        if symptom.rule != ASKED_FOR
        and any(
            explains(other.code, symptom.code)
            for other in (named if symptom.code in _SAYS_LESS else definite)
            if other is not symptom
        )
    ]
    return [proposal for proposal in proposals if proposal not in dropped], dropped


@lru_cache(maxsize=65_536)
def explains(diagnosis: str, symptom: str) -> bool:
    """Whether a symptom is an ordinary part of a diagnosis."""
    if diagnosis[:3] == symptom[:3] and diagnosis[:3] != "M54":
        return False
    return any(
        any(matches(symptom, start) for start in symptoms)
        and any(matches(diagnosis, cause) for cause in causes)
        and not any(matches(diagnosis, start) for start in symptoms if len(start) > 3)
        for symptoms, causes in _INTEGRAL
    )
