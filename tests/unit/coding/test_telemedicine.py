"""Telemedicine codes and the brief check-in: by payer, by kind of visit, by date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from coding_svc.coding import em
from coding_svc.coding.telemedicine import CODES, code_of, office_of, ticked_as_office
from coding_svc.domain import ClinicalEncounter, CodingResult, OtherService, PayerRules, ServiceLine, VisitType
from coding_svc.payers import load_payers

Code = Callable[..., CodingResult]
VIDEO, AUDIO = VisitType.TELEHEALTH_VIDEO, VisitType.TELEHEALTH_AUDIO
TAKES = PayerRules(telemedicine_codes=True, video_modifier="95", audio_modifier="93", longitudinal=True)
TAKES_NOT = PayerRules(video_modifier="95", audio_modifier="93", longitudinal=True)
NOTE = "Assessment: Hypertension, above goal.\nPlan: losartan increased to 100 mg."


def subjects(result: CodingResult) -> list[str]:
    return [finding.subject for finding in result.findings if finding.subject]


def test_each_office_visit_has_its_codes() -> None:
    offices = sorted(em.OFFICE_CODES)
    by_video = [code_of(code, by_telephone=False) for code in offices]
    by_telephone = [code_of(code, by_telephone=True) for code in offices]
    assert by_video == list(CODES[:8])
    assert by_telephone == list(CODES[8:])
    assert [office_of(code) for code in CODES] == offices * 2


@pytest.mark.parametrize(
    ("kind", "new", "rules", "expected", "modifiers"),
    [
        (VIDEO, False, TAKES, "98006", ()),
        (VIDEO, True, TAKES, "98002", ()),
        (AUDIO, False, TAKES, "98014", ()),
        (VIDEO, False, TAKES_NOT, "99214", ("95",)),
        (AUDIO, True, TAKES_NOT, "99204", ("93",)),
        (VisitType.OFFICE, False, TAKES, "99214", ()),
    ],
)
def test_the_payer_decides(
    code: Code, kind: VisitType, new: bool, rules: PayerRules, expected: str, modifiers: tuple[str, ...]
) -> None:
    note = f"{NOTE}\nTotal time on the date 20 minutes."
    visit = code(note, visit_type=kind, new_patient=new, payer_rules=rules, place_of_service="10").em
    assert visit is not None
    assert (visit.code, visit.modifiers) == (expected, modifiers)


@pytest.mark.parametrize(("day", "told"), [(date(2024, 12, 31), 1), (date(2025, 1, 1), 0)])
def test_before_2025_there_were_none(day: date, told: int) -> None:
    sheet = (ServiceLine("98006"),)
    asked = ClinicalEncounter(day, visit_type=VIDEO, payer_rules=TAKES, service_lines=sheet)
    encounter, findings = ticked_as_office(asked)
    assert [line.code for line in encounter.service_lines] == ["99214"]
    assert len(findings) == told


def test_medicare_takes_the_check_in_alone() -> None:
    rules = load_payers().rules_of("x", "MB", date(2026, 6, 1))
    assert (rules.telemedicine_codes, rules.virtual_check_in) == (False, True)


@pytest.mark.parametrize(
    ("minutes", "asked"), [("", True), ("Total time 10 minutes today.", True), ("Total time 11 minutes today.", False)]
)
def test_by_telephone_more_than_ten_minutes(code: Code, minutes: str, asked: bool) -> None:
    result = code(f"{NOTE}\n{minutes}", visit_type=AUDIO, payer_rules=TAKES)
    assert ("missing_fact:medical_discussion:98014" in subjects(result)) is asked


@pytest.mark.parametrize(("rules", "expected"), [(TAKES, []), (TAKES_NOT, ["G2211"])])
def test_the_longitudinal_add_on_goes_with_office_visits(code: Code, rules: PayerRules, expected: list[str]) -> None:
    note = f"I am her primary care physician and see her through all of it.\n{NOTE}"
    result = code(note, visit_type=VIDEO, payer_rules=rules)
    assert [line.code for line in result.procedures] == expected


def test_prolonged_time_stays(code: Code) -> None:
    note = f"{NOTE}\nTotal time on the date 56 minutes."
    result = code(note, visit_type=VIDEO, payer_rules=TAKES)
    assert result.em is not None and result.em.code == "98007"
    assert [line.code for line in result.procedures] == ["99417"]


@pytest.mark.parametrize(
    ("ticked", "kind", "rules", "expected", "told"),
    [
        ("98006", VIDEO, TAKES, "98006", []),
        ("98007", VIDEO, TAKES, "98006", ["em_level:99215>99214"]),
        ("98006", VIDEO, TAKES_NOT, "99214", ["telemedicine_payer:98006"]),
        ("98006", VisitType.OFFICE, TAKES, "99214", ["telemedicine_payer:98006"]),
    ],
)
def test_the_charge_sheet_is_compared_by_level(
    code: Code, ticked: str, kind: VisitType, rules: PayerRules, expected: str, told: list[str]
) -> None:
    result = code(NOTE, visit_type=kind, payer_rules=rules, service_lines=(ServiceLine(ticked),))
    assert result.em is not None and result.em.code == expected
    assert subjects(result) == told
    assert not result.procedures


CALL = "Virtual check-in requested by the patient: sore throat, no fever. {} No visit needed.\nAssessment: Sore throat."


@pytest.mark.parametrize(
    ("time", "lines", "visit"),
    [
        ("Medical discussion 7 minutes.", ["98016"], None),
        ("7 minutes of medical discussion.", ["98016"], None),
        ("Medical discussion 14 minutes.", [], "99212"),
        ("Medical discussion 4 minutes.", [], "99212"),
    ],
)
def test_the_brief_check_in(code: Code, time: str, lines: list[str], visit: str | None) -> None:
    result = code(CALL.format(time), visit_type=AUDIO, payer_rules=PayerRules(medicare=True))
    assert [line.code for line in result.procedures] == lines
    assert (result.em and result.em.code) == visit


def test_check_ins_that_are_none(code: Code) -> None:
    brief = CALL.format("Medical discussion 7 minutes.")
    earlier = (OtherService("99213", date(2026, 6, 10)),)
    covered = code(brief, visit_type=AUDIO, earlier_services=earlier, date_of_service=date(2026, 6, 15))
    unpaid = code(brief, visit_type=AUDIO, payer_rules=PayerRules(virtual_check_in=False))
    for result in (covered, unpaid):
        assert result.em is None and not result.procedures
        assert "service_not_supported:98016" in subjects(result)
    long_ago = code(brief, visit_type=AUDIO, earlier_services=earlier, date_of_service=date(2026, 6, 18))
    assert [line.code for line in long_ago.procedures] == ["98016"]
    unclear = code(CALL.format(""), visit_type=AUDIO)
    assert "missing_fact:check_in_minutes" in subjects(unclear) and not unclear.procedures
    assert not code(brief.replace("Virtual", "No virtual"), visit_type=AUDIO).procedures
    assert not code(brief, visit_type=AUDIO, new_patient=True).procedures
    assert not code(brief, visit_type=VisitType.OFFICE).procedures
