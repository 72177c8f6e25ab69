"""What `x12 validate` asks of external code sets, answered from the tables here (entry point ``x12.code_sets``).

Look-ups that cannot be decided from what is loaded are ``NOT_LOADED``, never guessed. One inference is made: a
diagnosis that the nearest later release does not have even as a heading did not exist in the three years before it,
since ICD-10-CM turns codes that it extends into headings and hardly ever strikes one out.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from x12.code_sets import Standing

from codesets import icd10cm, procedures, providers, store, tables

_REACH: Final = timedelta(days=3 * 365)
_RETIRED_REASONS: Final = (
    "15 17 25 28 30 36 37 38 41 42 43 46 47 48 52 57 62 63 64 65 67 68 71 72 73 77 79 80 81 82 83 84 86 87 88 92 93 "
    "98 99 113 120 123 124 125 126 127 138 141 145 156 162 165 168 191 196 214 217 218 220 221 230 244 255 A2 A3 A4 "
    "A7 B2 B3 B5 B6 B17 B18 B19 B21 D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 D11 D12 D13 D14 D15 D16 D17 D18 D19 D20 D21 D22 "
    "D23 W1 W2 W3 W4 W5 W6 W7 W8 W9 Y1 Y2 Y3"
)
RETIRED_REASONS: Final = frozenset(_RETIRED_REASONS.split())
"""CARC numbers that were given out once and have a stop date."""
_NEXT_REASONS: Final = frozenset(map(str, range(306, 321)))
"""CARC numbers that are next in turn: three times a year some are given out."""
_HCPCS_MODIFIERS: Final = (
    "A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AD AE AF AG AH AI AJ AK AM AO AP AQ AR AS AT AU AV AW AX AY AZ BA BL BO BP BR "
    "BU CA CB CC CD CE CF CG CH CI CJ CK CL CM CN CO CP CQ CR CS CT DA E1 E2 E3 E4 EA EB EC ED EE EJ EM EP ER ET EX "
    "EY F1 F2 F3 F4 F5 F6 F7 F8 F9 FA FB FC FP FQ FR FS FT FX FY G0 G1 G2 G3 G4 G5 G6 G7 G8 G9 GA GB GC GD GE GF GG "
    "GH GJ GK GL GM GN GO GP GQ GR GS GT GU GV GW GX GY GZ H9 HA HB HC HD HE HF HG HH HI HJ HK HL HM HN HO HP HQ HR "
    "HS HT HU HV HW HX HY HZ J1 J2 J3 J4 J5 JA JB JC JD JE JF JG JK JL JW JZ K0 K1 K2 K3 K4 KA KB KC KD KE KF KG KH "
    "KI KJ KK KL KM KN KO KP KQ KR KS KT KU KV KW KX KY KZ L1 LC LD LL LM LR LS LT LU M2 MA MB MC MD ME MF MG MH MS "
    "N1 N2 N3 NB NR NU P1 P2 P3 P4 P5 P6 PA PB PC PD PI PL PM PN PO PS PT Q0 Q1 Q2 Q3 Q4 Q5 Q6 Q7 Q8 Q9 QA QB QC QD "
    "QE QF QG QH QJ QK QL QM QN QP QQ QR QS QT QU QV QW QX QY QZ RA RB RC RD RE RI RR RT SA SB SC SD SE SF SG SH SJ "
    "SK SL SM SN SQ SS ST SU SV SW SY SZ T1 T2 T3 T4 T5 T6 T7 T8 T9 TA TB TC TD TE TF TG TH TJ TK TL TM TN TP TQ TR "
    "TS TT TU TV TW U1 U2 U3 U4 U5 U6 U7 U8 U9 UA UB UC UD UE UF UG UH UJ UK UN UP UQ UR US V1 V2 V3 V4 V5 V6 V7 V8 "
    "V9 VM VP X1 X2 X3 X4 X5 XE XP XS XU ZA ZB ZC"
)
_CPT_MODIFIERS: Final = (
    "22 23 24 25 26 27 32 33 47 50 51 52 53 54 55 56 57 58 59 62 63 66 73 74 76 77 78 79 80 81 82 90 91 92 93 95 96 "
    "97 99 1P 2P 3P 8P"
)
MODIFIERS: Final = frozenset((*_HCPCS_MODIFIERS.split(), *_CPT_MODIFIERS.split()))
"""Modifier code numbers: HCPCS level II (CMS; states define U1 to UD) and CPT (numbers only)."""
# RARC: the highest number by its letters. N rises with every release, so there is room above the last one known.
_LAST_REMARK: Final = {"M": 144, "MA": 134, "N": 949}


class PackagedCodeSets:
    """ICD-10-CM releases (packaged and loaded), and the tables of this package."""

    def diagnosis(self, code: str, day: date) -> Standing:
        """Whether an ICD-10-CM code may be reported on a day."""
        return _diagnosis(code, day)

    def is_manifestation(self, code: str, day: date) -> bool:
        """Whether a diagnosis must never be the first (Medicare Code Editor)."""
        release = _release(day)
        return release is not None and release.flags(code).manifestation

    def ages(self, code: str, day: date) -> tuple[int, int] | None:
        """The completed years of age that a diagnosis fits, None if all."""
        release = _release(day)
        group = release.flags(code).age_group if release is not None else ""
        return icd10cm.AGE_RANGES[group] if group else None

    def sex(self, code: str, day: date) -> str:
        """``F`` or ``M`` if a diagnosis is usual for one sex only."""
        release = _release(day)
        return release.flags(code).sex if release is not None else ""

    def procedure(self, code: str, day: date) -> Standing:
        """How a CPT or HCPCS code stands in the user's files."""
        if not procedures.is_loaded(code, day):
            return Standing.NOT_LOADED
        return Standing.UNKNOWN if procedures.lookup(code, day) is None else Standing.VALID

    def modifier(self, code: str) -> Standing:
        """How a modifier stands."""
        return Standing.VALID if code in MODIFIERS or code in tables.modifiers() else Standing.UNKNOWN

    def taxonomy(self, code: str, day: date) -> Standing:
        """How a provider taxonomy code stands in the user's file."""
        if providers.is_taxonomy_unknown(code, day):
            return Standing.UNKNOWN
        return Standing.VALID if store.in_force(providers.TAXONOMY, day) else Standing.NOT_LOADED

    def npi(self, number: str, day: date) -> Standing:
        """Whether an NPI was taken back, by the user's file; that it was ever given out, nobody here can say."""
        return Standing.RETIRED if providers.is_npi_deactivated(number, day) else Standing.NOT_LOADED

    def place_of_service(self, code: str) -> Standing:
        """How a place of service code stands."""
        return Standing.VALID if code in tables.places_of_service() else Standing.UNKNOWN

    def adjustment_reason(self, code: str) -> Standing:
        """How a CARC stands."""
        if code in tables.adjustment_reasons():
            return Standing.VALID
        if code in _NEXT_REASONS:
            return Standing.NOT_LOADED
        return Standing.RETIRED if code in RETIRED_REASONS else Standing.UNKNOWN

    def remark(self, code: str) -> Standing:
        """How a RARC stands. Numbers above the last one known here may be newer than this table."""
        letters = code.rstrip("0123456789")
        digits = code[len(letters) :]
        last = _LAST_REMARK.get(letters, 0)
        padded = digits.zfill(2) if letters == "MA" else digits.lstrip("0")
        given_out = digits == padded and digits != "" and 0 < int(digits) <= last
        return Standing.VALID if given_out else Standing.UNKNOWN


@lru_cache(maxsize=1 << 13)
def _diagnosis(code: str, day: date) -> Standing:
    release = _release(day)
    if release is not None:
        if release.is_billable(code):
            return Standing.VALID
        return Standing.INCOMPLETE if release.is_valid(code) else Standing.UNKNOWN
    later = next((each for each in icd10cm.releases() if day < each.valid_from <= day + _REACH), None)
    return Standing.NOT_LOADED if later is None or later.is_valid(code) else Standing.UNKNOWN


@lru_cache(maxsize=1024)
def _release(day: date) -> icd10cm.Release | None:
    return icd10cm.on(day)


CODE_SETS: Final = PackagedCodeSets()
