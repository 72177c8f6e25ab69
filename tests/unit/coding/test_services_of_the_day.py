"""Bundling, unit limits, global periods, telehealth, the charge sheet: each rule with a case that fires and one that
does not. Code numbers only; the NCCI rows are made up in CMS's layout."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from codesets import store
from codesets.cli import main as codesets
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import (
    ClinicalEncounter,
    ClinicalNote,
    CodedDiagnosis,
    CodingResult,
    OtherService,
    PayerRules,
    ServiceLine,
    VisitType,
)

ENGINE = CodingEngine()
DAY = date(2026, 6, 10)
PTP = (
    "Column 1\tColumn 2\t*\tEffective\tDeletion\tModifier\n"
    "20610\t99213\t \t20150101\t*\t1\n"
    "20610\t99214\t \t20150101\t*\t1\n"
    "94060\t94010\t \t20150101\t*\t0\n"
    "11102\t17000\t \t20150101\t*\t1\n"
)
MUE = "20553,1,3 Clinical,x\nJ3301,16,3 Clinical,x\n99395,0,2 Policy,x\n"


@pytest.fixture(scope="module", autouse=True)
def ncci_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("codesets")
    (folder / "ptp.txt").write_text(PTP)
    (folder / "mue.csv").write_text(MUE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODESETS_DIR", str(folder / "sets"))
        store.forget()
        assert codesets(["load", "--ncci-ptp", str(folder / "ptp.txt")]) == 0
        assert codesets(["load", "--ncci-mue", str(folder / "mue.csv")]) == 0
        yield
    store.forget()


def coded(note: str, *lines: str, diagnoses: tuple[str, ...] = (), **facts: Any) -> CodingResult:
    """`lines` as CODE-MODIFIER*UNITS on the charge sheet."""
    sent = []
    for line in lines:
        code, _, units = line.partition("*")
        code, *modifiers = code.split("-")
        sent.append(ServiceLine(code, tuple(modifiers), Decimal(units or 1)))
    known = {"birth_date": date(1970, 1, 1), "new_patient": False, **facts}
    return ENGINE.code(
        ClinicalEncounter(
            DAY,
            (ClinicalNote("n", note),),
            service_lines=tuple(sent),
            diagnoses=tuple(CodedDiagnosis(code) for code in diagnoses),
            **known,
        )
    )


def billed(result: CodingResult) -> dict[str, tuple[str, ...]]:
    lines = {line.code: line.modifiers for line in result.procedures}
    return {**({result.em.code: result.em.modifiers} if result.em else {}), **lines}


def found(result: CodingResult) -> dict[str, bool]:
    """Subject to whether it needs a person."""
    return {finding.subject: finding.blocking for finding in result.findings}


KNEE = (
    "HPI: right knee pain, worse. Hypertension at goal on lisinopril.\nAssessment:\n1. Osteoarthritis of right knee\n"
    "2. Hypertension, at goal, continue lisinopril.\n"
    "Procedure: after consent the right knee joint was injected with triamcinolone 40 mg, tolerated."
)


def test_a_visit_beside_a_procedure_takes_25_where_a_pair_asks() -> None:
    result = coded(KNEE)
    assert result.em is not None and result.em.modifiers == ("25",)
    assert billed(result)["20610"] == ("RT",)
    assert not [subject for subject in found(result) if subject.startswith("ncci")], "nothing was billed wrongly"


def test_a_charge_sheet_without_25_is_mended_and_told() -> None:
    level = coded(KNEE).em
    assert level is not None
    result = coded(KNEE, level.code, "20610-RT")
    assert billed(result)[level.code] == ("25",)
    assert found(result)[f"ncci:20610~{level.code}"] is False
    assert f"ncci:20610~{level.code}" not in found(coded(KNEE, f"{level.code}-25", "20610-RT"))


SPIROMETRY = (
    "Assessment: moderate persistent asthma.\nSpirometry before and after albuterol done in our office, "
    "my interpretation: reversible obstruction.\nPlan: start budesonide formoterol."
)


def test_indicator_0_takes_the_second_code_away_and_asks_a_person() -> None:
    result = coded(SPIROMETRY, "94060", "94010")
    assert "94010" not in billed(result)
    assert found(result)["ncci:94060~94010"] is True
    assert "ncci:94060~94010" not in found(coded(SPIROMETRY, "94060"))


TWO_LESIONS = (
    "1) Left cheek: 5 mm papule. Shave biopsy done, specimen sent.\n"
    "2) Right forearm: actinic keratosis, one, treated with liquid nitrogen.\n"
    "Assessment: skin lesion; actinic keratosis."
)


def test_lesions_at_other_sites_are_told_apart() -> None:
    result = coded(TWO_LESIONS, "11102", "17000", visit_type=VisitType.PROCEDURE)
    assert billed(result)["17000"] == ("59",)
    assert found(result)["ncci:11102~17000"] is False


def test_the_same_lesion_is_not_told_apart() -> None:
    note = (
        "Left cheek: actinic keratosis. Shave biopsy done of it, the base of the actinic keratosis treated with "
        "liquid nitrogen."
    )
    result = coded(note, "11102", "17000", visit_type=VisitType.PROCEDURE)
    assert "17000" not in billed(result)
    assert found(result)["ncci:11102~17000"] is True


def test_a_payer_without_ncci_is_left_alone() -> None:
    result = coded(SPIROMETRY, "94060", "94010", payer_rules=PayerRules(ncci=False))
    assert {"94060", "94010"} <= set(billed(result))


TRIGGER = (
    "Assessment: myofascial pain. Trigger point injections today: right trapezius, left trapezius, rhomboid, lidocaine."
)


def test_units_above_the_limit_are_cut_and_told() -> None:
    result = coded(TRIGGER, "20553*2", visit_type=VisitType.PROCEDURE)
    (line,) = [line for line in result.procedures if line.code == "20553"]
    assert line.units == 1
    assert found(result)["mue:20553:2>1"] is True
    assert not [s for s in found(coded(TRIGGER, "20553", visit_type=VisitType.PROCEDURE)) if s.startswith("mue")]


def test_a_limit_of_nought_is_about_coverage_not_units() -> None:
    facts = {"birth_date": date(1990, 1, 1), "visit_type": VisitType.PREVENTIVE}
    result = coded("Annual exam. Assessment: routine adult physical, no abnormal findings.", "99395", **facts)
    assert billed(result)["99395"] == () and not [s for s in found(result) if s.startswith("mue")]


def earlier(code: str, days: int, ago: int, *modifiers: str, same_group: bool = True) -> tuple[OtherService, ...]:
    return (OtherService(code, date.fromordinal(DAY.toordinal() - ago), modifiers, days, same_group),)


SHOULDER = (
    "Left shoulder pain, new problem, unrelated to her knee replacement.\n"
    "Assessment: impingement of left shoulder. Start naproxen."
)
POSTOP = (
    "Postoperative visit two weeks after the knee replacement. Staples removed. Wound clean.\n"
    "Assessment: doing well after knee replacement."
)


def test_an_unrelated_visit_in_a_global_period_takes_24() -> None:
    result = coded(SHOULDER, "99213", earlier_services=earlier("27447", 90, 30, "RT"))
    assert result.em is not None and "24" in result.em.modifiers
    assert found(result)["global:27447"] is False


@pytest.mark.parametrize(
    "before",
    [
        earlier("27447", 90, 91, "RT"),
        earlier("20610", 0, 1, "RT"),
        earlier("27447", 90, 30, "RT", same_group=False),
        (),
    ],
)
def test_outside_a_global_period_there_is_no_24(before: tuple[OtherService, ...]) -> None:
    result = coded(SHOULDER, "99213", earlier_services=before)
    assert result.em is not None and "24" not in result.em.modifiers


def test_a_postoperative_visit_is_in_the_package() -> None:
    result = coded(POSTOP, earlier_services=earlier("27447", 90, 14, "RT"))
    assert result.em is None and "99024" in billed(result)
    assert "99024" not in billed(coded(POSTOP))


@pytest.mark.parametrize(
    ("said", "modifier"),
    [
        ("Second stage, as planned before the first operation. No complications.", "58"),
        ("Return to the operating room for a wound hematoma, a complication of the first operation.", "78"),
        ("The other eye is healing. No complications.", "79"),
    ],
)
def test_procedures_in_a_global_period(said: str, modifier: str) -> None:
    note = f"Operative note. {said} Procedure as on the sheet.\nDiagnosis: nuclear cataract, left eye."
    result = coded(note, "66984-LT", visit_type=VisitType.SURGERY, earlier_services=earlier("66984", 90, 20, "RT"))
    assert billed(result)["66984"] == (modifier, "LT")
    assert found(result)["global:66984"] is False


HERNIA = "New right groin bulge.\nAssessment: right inguinal hernia. Decision for surgery made today, consent signed."


def test_the_visit_of_the_decision_takes_57_before_a_major_operation_only() -> None:
    tomorrow = date.fromordinal(DAY.toordinal() + 1)
    major = coded(HERNIA, scheduled_services=(OtherService("49505", tomorrow, ("RT",), 90),)).em
    minor = coded(HERNIA, scheduled_services=(OtherService("11402", tomorrow, (), 10),)).em
    later = coded(HERNIA, scheduled_services=(OtherService("49505", date(2026, 7, 10), ("RT",), 90),)).em
    assert major is not None and major.modifiers == ("57",)
    assert minor is not None and later is not None and "57" not in minor.modifiers + later.modifiers


VIDEO = (
    "Video visit. She was at home in her kitchen, I was in my office.\n"
    "Assessment: rosacea, stable. Metronidazole cream refilled."
)
RULES = PayerRules(video_modifier="95", audio_modifier="93")


def test_the_payers_telehealth_modifier_and_place() -> None:
    kind = {"visit_type": VisitType.TELEHEALTH_VIDEO, "place_of_service": "10"}
    assert coded(VIDEO, payer_rules=RULES, **kind).em.modifiers == ("95",)  # type: ignore[union-attr]
    assert coded(VIDEO, **kind).em.modifiers == ()  # type: ignore[union-attr]
    audio = {**kind, "visit_type": VisitType.TELEHEALTH_AUDIO}
    assert coded(VIDEO, payer_rules=RULES, **audio).em.modifiers == ("93",)  # type: ignore[union-attr]
    assert not [s for s in found(coded(VIDEO, **kind)) if s.startswith("pos_")]
    assert found(coded(VIDEO, **{**kind, "place_of_service": "02"}))["pos_mismatch:02~10"] is True
    away = VIDEO.replace("at home in her kitchen", "in her parked car")
    assert found(coded(away, **kind))["pos_mismatch:10~02"] is True


@pytest.mark.parametrize(
    ("note", "ticked", "subject", "blocking"),
    [
        ("Assessment: left knee pain.", ("M25.569",), "unspecified:M25.569", False),
        ("Assessment: class 2 obesity, BMI 36.", ("E66.81",), "not_billable:E66.81", False),
        ("Assessment: routine adult physical, no abnormal findings.", ("Z00.129",), "age_conflict:Z00.129", True),
        (
            "Assessment: right ankle sprain after a fall.",
            ("W19.XXXA", "S93.401A"),
            "external_cause_first:W19.XXXA",
            False,
        ),
        ("Assessment: acute bronchitis.", ("J18.9",), "dx_not_supported:J18.9", True),
    ],
)
def test_what_is_wrong_with_the_charge_sheet(note: str, ticked: tuple[str, ...], subject: str, blocking: bool) -> None:
    kind = VisitType.PREVENTIVE if "physical" in note else VisitType.OFFICE
    assert found(coded(note, diagnoses=ticked, visit_type=kind)).get(subject) is blocking
    assert subject not in found(coded(note, visit_type=kind))


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("Laceration of the left forearm, 3 cm. Closed with interrupted nylon sutures.", "12002"),
        ("Laceration of the chin, 2 cm. Repaired with nylon sutures.", "12011"),
        ("Wound of the thigh closed in layers with deep dermis sutures, closed length 7.0 cm.", "12032"),
        ("Excision of nevus of the back performed, 1.4 cm including margins. Simple closure with nylon.", "11402"),
        ("Excision of basal cell carcinoma of the nose was performed, excised diameter with margins 0.9 cm.", "11641"),
    ],
)
def test_repairs_and_excisions_by_site_and_size(note: str, code: str) -> None:
    result = coded(note + "\nAssessment: as above.", visit_type=VisitType.PROCEDURE)
    assert code in billed(result), billed(result)
    assert len([each for each in billed(result) if each.startswith(("114", "116", "120"))]) == 1


def test_a_planned_excision_is_not_billed() -> None:
    note = "Nevus of the back. Plan: excision of the nevus will be scheduled next month."
    assert not [code for code in billed(coded(note)) if code.startswith("114")]


def test_medicare_has_its_own_codes_for_giving_vaccines() -> None:
    note = "High-dose influenza vaccine given IM right deltoid.\nAssessment: influenza vaccination."
    kind = {"visit_type": VisitType.PROCEDURE, "birth_date": date(1950, 1, 1)}
    assert set(billed(coded(note, payer_rules=PayerRules(medicare=True), **kind))) == {"90662", "G0008"}
    assert set(billed(coded(note, **kind))) == {"90662", "90471"}
