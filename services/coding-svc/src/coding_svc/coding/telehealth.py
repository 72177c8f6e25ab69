"""Step 12f, telehealth: the payer's modifier, and where the patient was.

Place of service 10 is the patient's home, 02 any other place (CMS place of service codes). Which modifier a payer wants
is payer data; a telemedicine code (see `telemedicine`) says itself how the visit was held.
"""

from __future__ import annotations

import re
from typing import Final

from coding_svc.coding.services import EM_CODES, Services
from coding_svc.domain import CodingFinding, Reason, VisitType

_ALSO: Final = frozenset(
    ("99417", "G2212", "G2211", "99495", "99496", "99497", "99498", "99406", "99407", "99408", "99409", "G0442",
     "G0443", "G0444", "G0445", "G0446", "G0447")
)  # fmt: skip
"""Beside the visit itself, what is given by talking alone (Medicare's list of telehealth services)."""
HOME, ELSEWHERE = "10", "02"
_PATIENT: Final = (
    r"(?:patient|pt|she|he|they|mother|mom|father|dad|parents?|baby|child|family|both|him|her|\bmr\.? \w+|\bms\.? \w+"
    r"|\bmrs\.? \w+)"
)
_HOME: Final = r"(?:home|apartment|house|bedroom|living room|kitchen|residence|couch|sofa|dining room|porch|trailer)"
_AWAY: Final = (
    r"(?:workplace|work\b|office|break ?room|car\b|truck|hotel|school|dorm\w*|library|store|parked|nursing home"
    r"|another clinic|satellite clinic|shelter|friend's|gym|airport|campus)"
)
_AT_HOME: Final = re.compile(
    rf"{_PATIENT}\b[^.\n;]{{0,40}}\b(?:at|in|from|inside)\b[^.\n;]{{0,25}}\b{_HOME}"
    rf"|(?:patient )?location:? (?:patient'?s? )?{_HOME}|joined from (?:\w+ )?{_HOME}"
    r"|home (?:by|via|on) (?:secure )?video"
)
_AT_OTHER: Final = re.compile(
    rf"{_PATIENT}\b[^.\n;]{{0,40}}\b(?:at|in|from|inside)\b[^.\n;]{{0,30}}\b{_AWAY}|(?:patient )?location:? {_AWAY}"
)
_VIDEO: Final = (VisitType.TELEHEALTH_VIDEO,)
_TELEHEALTH: Final = (VisitType.TELEHEALTH_VIDEO, VisitType.TELEHEALTH_AUDIO)


def apply(services: Services) -> None:
    """Put the payer's modifier on the visit and what goes with it, and compare the place of service with the note."""
    encounter = services.encounter
    if encounter.visit_type not in _TELEHEALTH:
        return
    rules = encounter.payer_rules
    modifier = rules.video_modifier if encounter.visit_type in _VIDEO else rules.audio_modifier
    if modifier:
        for code in services.codes():
            if code in EM_CODES or code in _ALSO:
                services.add_modifier(code, modifier, first=False)
    documented = "" if rules.telehealth_in_person else _documented(services)
    if rules.telehealth_in_person and encounter.place_of_service in (HOME, ELSEWHERE):
        services.findings.append(_not_in_person(encounter.place_of_service))
    if documented and documented != encounter.place_of_service:
        services.findings.append(_mismatch(encounter.place_of_service, documented))


def _documented(services: Services) -> str:
    """Where the note puts the patient, empty if it does not say."""
    for reading in services.readings:
        at_home, elsewhere = _AT_HOME.search(reading.lowered), _AT_OTHER.search(reading.lowered)
        if at_home and (elsewhere is None or at_home.start() <= elsewhere.start()):
            return HOME
        if elsewhere:
            return ELSEWHERE
    return ""


def _not_in_person(billed: str) -> CodingFinding:
    return CodingFinding(
        Reason.PLACE_OF_SERVICE, "/place_of_service",
        f"place of service {billed} is sent, the payer wants that of a visit in the practice",
        "Send the place where the visit would have been.", subject=f"pos_payer:{billed}",
    )  # fmt: skip


def _mismatch(billed: str, documented: str) -> CodingFinding:
    return CodingFinding(
        Reason.PLACE_OF_SERVICE,
        "/place_of_service",
        f"place of service {billed} is sent, the note puts the patient at {documented}",
        "Correct the one that is wrong.",
        subject=f"pos_mismatch:{billed}~{documented}",
    )
