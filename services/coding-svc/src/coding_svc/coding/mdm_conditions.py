"""Which conditions are grave, minor, lasting or no problem of their own, for decision making (see `mdm`).

By code, from the field's knowledge of their course: CPT gives definitions and examples, no list.
"""

from __future__ import annotations

from typing import Final

from codesets.icd10cm import Codes

MENTAL: Final = Codes("F20-F69", "R45.85")
CANCER: Final = Codes("C00-C96")
LIFE: Final = Codes("I21", "I26", "I60-I63", "J96.0", "A41", "R57", "I46", "R65.2", "K35", "J80")
UNCERTAIN_PROGNOSIS: Final = Codes(
    "N63", "R91", "R00.2", "R07.9", "R07.89", "R55", "R63.4", "R22", "R59", "R31.0", "R31.9", "K92", "K62.5", "R97",
    "D48-D49", "R56", "R19.0", "R90", "R93", "R04.2", "N50.89", "R74", "E04.1", "N95.0", "R16", "R41.3", "R06.02",
    "R87", "R92.8", "R77", "D64.9", "R42",
)  # fmt: skip
SELF_LIMITED: Final = Codes(
    "L21.0", "L82.1", "J00", "J06.9", "B07", "B08.1", "L84", "H61.2", "L85.3", "T14", "S00-S01.0", "W57", "L60.0",
    "R04.0", "L22", "K12.0", "B00.1", "H00", "H11.3", "R06.6", "L98.9", "L57", "D22", "D17", "L72", "S80.8", "S20.3",
    "L23", "Z47", "Z48",
)  # fmt: skip
"""Minor, or passing by themselves; what heals as expected after an operation is no more."""
SYSTEMIC: Final = Codes(
    "J12-J18", "N10", "A08-A09", "J10-J11", "A40-A41", "K57.2-K57.3", "K57.92", "L03", "N12", "G03", "A00-A07",
    "U07.1",
)  # fmt: skip
SERIOUS: Final = Codes(
    "K80.0-K80.1", "K81", "K35", "K85", "K57.2", "K57.32", "L97", "L89", "O14", "O15", "O21.1",
    "E11.62", "E10.62", "N17", "C00-C96", "D35.2",
)  # fmt: skip
"""Conditions that are not minor or stable by their nature: acute with systemic effect, ulcers, active cancer."""
GRAVE: Final = LIFE | SERIOUS | UNCERTAIN_PROGNOSIS
COMPLICATED_INJURY: Final = Codes("S02", "S12", "S22", "S32", "S42", "S52", "S62", "S72", "S82", "S92", "S06")
SMALL_BONES: Final = Codes("S62", "S92")
DEMENTING: Final = Codes("G30-G31")
ONE_ILLNESS: Final = frozenset(("F32", "F33", "F41", "I50", "J44", "J45", "N18", "G43", "E78", "I48"))
COMPANION: Final = Codes(
    "I25.2",
    "B95-B97",
    "H36",
    "I43",
    "N08",
    "Z79",
    "Z68",
    "Z3A",
    "Z85",
    "Z86",
    "Z87",
    "Z80-Z84",
    "Z90-Z99",
    "Z77",
    "Z72",
    "Z23",
    "Z00-Z02",
    "Z55-Z65",
)
"""Statuses, what counts as a risk and no problem (social circumstances), and manifestations beside their cause."""
BY_DRUG: Final = Codes("T36-T50")
LASTING: Final = Codes(
    "B18", "B20", "D45-D47", "D50-D53", "D55-D58", "D68-D69", "D80-D86", "E00-E35", "E61", "E66", "E70-E88",
    "F01-F09", "F10-F16", "F18-F99", "G10-G14", "G20-G26", "G30-G37", "G40-G47", "G50", "G51.2-G51.9", "G52-G60",
    "G61.8-G64", "G70-G72", "G80-G83", "G89.2-G89.4", "G90", "H04.12", "H18", "H25-H26", "H35.3", "H40", "H81.0",
    "H90-H91", "H93.1", "I05-I15", "I20", "I25", "I27", "I34-I37", "I42-I51", "I65", "I67", "I69-I73", "I83", "I87",
    "I89", "J30-J32", "J33", "J40-J47", "J84", "K21-K22", "K29.5", "K44", "K50-K51", "K52.83", "K57.1", "K57.3",
    "K58", "K59.04", "K70-K76", "K80.2", "K86", "K90", "L20", "L28", "L30.1", "L40-L43", "L63-L68", "L70-L71", "L73.2",
    "L80", "L90-L94", "M05-M21", "M1A", "M30-M36", "M41", "M45-M51", "M72", "M75.0-M75.1", "M79.7", "M80-M81", "M88",
    "M96.1", "N02-N08", "N18", "N25", "N30.1", "N32.8", "N39.3-N39.4", "N40", "N41.1", "N46", "N48.6", "N52", "N80",
    "N81", "N91-N92", "N94", "N95.1-N95.2", "N97", "O10-O11", "O24", "Q00-Q99", "R73.0", "Z21", "Z94", "Z95",
)  # fmt: skip
"""Expected to last a year or until death (CPT's definition of a chronic illness), beyond those of `history`."""
TREATED_TO_GOALS: Final = Codes("F30-F42", "F90", "N40.1", "D63", "O24")
BROKEN_BONE: Final = Codes("M80", "M84.4-M84.6")
"""Pathological fractures: A in the seventh character is active treatment."""
SYMPTOM: Final = Codes("R00-R09", "R10-R19", "R20-R29", "R40-R49", "R50-R69", "M25.5", "M54", "M79")
FEARED: Final = Codes("I21", "I26", "I60-I63", "I82", "C00-C96", "I20", "I71", "G45", "K35", "A41", "G00-G03")
"""What may be behind a symptom that is dangerous untreated."""
PAIN: Final = Codes("M25.5", "M54", "M79", "R10", "R51")
