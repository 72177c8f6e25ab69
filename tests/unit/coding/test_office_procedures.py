"""Procedures of the office by specialty: several phrasings that are billed, and statements that are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from coding_svc.domain import ClinicalOrder, CodingResult, PayerRules, ServiceLine

Code = Callable[..., CodingResult]
CHILD = {"birth_date": date(2018, 1, 1)}
ADULT = {"birth_date": date(1980, 1, 1)}


def lines(code: Code, text: str, **facts: Any) -> list[str]:
    """The lines as CODE-MODIFIER*UNITS, 25 aside."""
    result = code(f"{text}\nAssessment: as above.\nPlan: recheck as needed.", **facts)
    return sorted(
        "-".join((line.code, *(m for m in line.modifiers if m != "25")))
        + (f"*{line.units:f}" if line.units != 1 else "")
        for line in result.procedures
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A fiberglass short arm cast was applied to the left forearm.", ["29075-LT", "Q4010"]),
        ("Long arm cast of plaster placed on the right.", ["29065-RT", "Q4005"]),
        ("Right ankle: short leg walking cast applied, fiberglass.", ["29425-RT", "Q4038"]),
        ("Thumb spica splint, plaster, molded and applied to the right hand.", ["29125-RT", "Q4021"]),
        ("Sugar-tong splint applied by me, right forearm, fiberglass.", ["29105-RT", "Q4018"]),
        ("Left calf: posterior ankle splint of fiberglass applied.", ["29515-LT", "Q4046"]),
        ("Aluminum finger splint applied to the left ring finger.", ["29130-F3", "Q4049"]),
        ("Second and third toes of the right foot were buddy taped.", ["29550-RT"]),
        ("Left knee was strapped with athletic tape by me.", ["29530-LT"]),
        ("Unna boot applied to the left leg.", ["29580-LT"]),
        ("Nursemaid's elbow on the right reduced by supination and flexion.", ["24640-RT"]),
        ("Velcro wrist splint dispensed.", []),
        ("Prefabricated thumb spica splint placed, off the shelf.", []),
        ("Short arm cast removed, wrist stiff.", []),
        ("Continue the volar splint for two weeks.", []),
        ("Wearing a short leg cast since the hospital.", []),
        ("A short arm cast will be applied next week when swelling is down.", []),
    ],
)
def test_casts_splints_strapping(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text, **ADULT) == expected


def test_the_material_for_a_child_and_an_unknown_material(code: Code) -> None:
    assert lines(code, "Short arm cast of plaster applied, left wrist.", **CHILD) == ["29075-LT", "Q4011"]
    assert lines(code, "Short arm cast applied, left wrist.", **CHILD) == ["29075-LT"]


def test_a_side_told_elsewhere_unless_two_are_told(code: Code) -> None:
    done = "Procedure: short arm splint of plaster applied."
    assert lines(code, f"HPI: fell on the left wrist.\n{done}", **ADULT) == ["29125-LT", "Q4021"]
    assert lines(code, f"HPI: fell on the left wrist; right hand bruised.\n{done}", **ADULT) == ["29125", "Q4021"]
    both = f"HPI: fell on the left wrist; right wrist as before.\n{done}\nImpression: fracture of the left wrist."
    assert lines(code, both, **ADULT) == ["29125-LT", "Q4021"]
    assert lines(code, f"HPI: old left knee replacement. Wrist pain.\n{done}", **ADULT) == ["29125", "Q4021"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EKG done in the office, interpreted by me: sinus rhythm.", ["93000"]),
        ("ECG obtained here; tracing only, sent to cardiology for interpretation.", ["93005"]),
        ("ECG done in office, interpretation and report only, tracing from the hospital.", []),
        ("Treadmill stress test performed in our office, supervised and interpreted by me.", ["93015"]),
        ("Exercise stress test done here; I supervised only, supervision only.", ["93016"]),
        ("Echocardiogram performed in our office, read by me: EF 55.", ["93306"]),
        ("Limited echocardiogram performed in our office, read by me: no effusion.", ["93308"]),
        ("48-hour Holter applied today.", ["93225"]),
        ("Holter report, 24 hours, reviewed and interpreted by me.", ["93227"]),
        ("7-day patch monitor placed in clinic today.", ["93242"]),
        ("14 day Zio patch: interpreted by me, no AF.", ["93248"]),
        ("30-day event monitor hooked up in the office today.", ["93270"]),
        ("Mobile cardiac telemetry, 30 days, reviewed and interpreted by me.", ["93228"]),
        ("Holter ordered.", []),
        ("Will place a 14-day patch monitor next week.", []),
        ("Stress test last year was normal.", []),
        ("Echo at the hospital: EF 40.", []),
        ("Echocardiogram scheduled.", []),
    ],
)
def test_heart_tests_in_parts(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cerumen impaction: wax removed from both ears with a curette.", ["69210-50"]),
        ("Impacted wax of the right ear was flushed out with warm water lavage.", ["69209-RT"]),
        ("Flexible laryngoscopy performed: cords normal.", ["31575"]),
        ("The fiberoptic laryngoscope was passed through the right nostril.", ["31575"]),
        ("Nasal endoscopy was performed with a 30 degree scope.", ["31231"]),
        ("Nasopharyngoscopy performed today, adenoids small.", ["92511"]),
        ("Anterior septum of the left nose cauterized with silver nitrate today.", ["30901-LT"]),
        ("Both sides of the nasal septum were packed for epistaxis.", ["30901-50"]),
        ("Bead in the left nostril removed with an alligator forceps.", ["30300"]),
        ("Insect in the right ear canal was removed with suction.", ["69200-RT"]),
        ("Comprehensive audiogram performed here today.", ["92557"]),
        ("Tympanometry performed in the office: type B on the left.", ["92567"]),
        ("Epley maneuver performed for the right posterior canal, tolerated.", ["95992"]),
        ("Laryngoscopy 2023: normal, done elsewhere.", []),
        ("Laryngoscopy recommended if hoarse in four weeks.", []),
        ("Refer to ENT for nasal endoscopy.", []),
        ("Audiogram from 2023 reviewed.", []),
        ("Cerumen, not removed today.", []),
        ("Epley maneuver taught last month at PT.", []),
    ],
)
def test_ear_nose_throat(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Normal saline 1 liter IV given, start 09:00 stop 10:00.", ["96360"]),
        ("IV hydration with lactated ringers from 1:00 pm to 3:10 pm.", ["96360", "96361"]),
        ("Normal saline bolus 500 ml IV given over 25 minutes.", []),
        ("Ceftriaxone 2 g IV infused over 45 minutes.", ["96365", "J0696*8"]),
        ("Vancomycin 1 g IV infused from 10:00 to 12:35.", ["96365", "96366*2"]),
        ("Ketorolac 30 mg IV push given.", ["96374", "J1885*2"]),
        ("Ketorolac 30 mg IV push given. Ondansetron 4 mg IV push given.", ["96374", "96375", "J1885*2", "J2405*4"]),
        (
            "Reglan 10 mg IV push, Benadryl 50 mg IV push and Toradol 30 mg IV push given.",
            ["96374", "96375*2", "J1200", "J1885*2", "J2765"],
        ),
        ("Ceftriaxone 1 g IV piggyback over 10 minutes given.", ["96374", "J0696*4"]),
        (
            "Ceftriaxone 1 g IV infused from 10:00 to 10:40. Normal saline 1 liter IV from 10:45 to 11:50.",
            ["96361", "96365", "J0696*4"],
        ),
        (
            "Ceftriaxone 1 g IV infused from 10:00 to 10:40. Normal saline 1 liter IV from 10:00 to 11:00.",
            ["96365", "J0696*4"],
        ),
        ("IV fluids declined.", []),
        ("If she cannot drink, IV hydration at the hospital.", []),
        ("Received IV fluids at the ER last week.", []),
        ("Vancomycin 1 g IV every 12 hours on the ward.", []),
    ],
)
def test_into_a_vein_by_minutes(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


def test_an_infusion_without_times_asks(code: Code) -> None:
    result = code("Ceftriaxone 1 g IV infused, tolerated.\nAssessment: cellulitis.")
    assert "missing_fact:start_stop" in {finding.subject for finding in result.findings}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toradol 30 mg IM given and Zofran 4 mg IM given.", ["96372*2", "J1885*2", "J2405*4"]),
        ("Rocephin 1 g IM given in the right gluteus.", ["96372", "J0696*4"]),
        ("Both knees injected with triamcinolone 40 mg each.", ["20610-50", "J3301*8"]),
        ("Solu-Medrol 125 mg IM given.", ["96372", "J2919*25"]),
        ("Right knee injected with Kenalog 40 mg; left knee injected with Kenalog 20 mg.", ["20610-50", "J3301*6"]),
        ("Gives herself cyanocobalamin 1000 mcg IM at home.", []),
        ("In the ER Friday Toradol 30 mg IV was given there.", []),
        ("Ondansetron 4 mg given by mouth.", []),
        ("Furosemide 40 mg twice a day.", []),
        ("B12 injection 1000 mcg IM next visit.", []),
    ],
)
def test_injected_drugs(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Depo-Medrol 40 mg from an 80 mg single-dose vial given IM, 40 mg discarded.", ["J1010*40", "J1010-JW*40"]),
        ("Toradol 30 mg IM given from a single use vial of 60 mg; wasted 30 mg.", ["J1885*2", "J1885-JW*2"]),
        ("Solu-Medrol 125 mg IM given, single-dose vial, no waste.", ["J2919-JZ*25"]),
        ("Rocephin 1 g IM given, single dose vial, nothing discarded.", ["J0696-JZ*4"]),
        ("Kenalog 40 mg IM given from a multi-dose vial, 10 mg discarded.", ["J3301*4"]),
        ("Toradol 60 mg IM given.", ["J1885*4"]),
    ],
)
def test_what_was_left_of_a_vial_is_told_to_medicare(code: Code, text: str, expected: list[str]) -> None:
    told = [line for line in lines(code, text, payer_rules=PayerRules(medicare=True)) if line[0] == "J"]
    assert told == expected
    assert not any("-J" in line for line in lines(code, text)), "only Medicare asks"


def test_a_single_dose_vial_without_a_word_on_waste_asks(code: Code) -> None:
    note = "Toradol 30 mg IM given from a single-dose vial.\nAssessment: migraine."
    medicare = {finding.subject for finding in code(note, payer_rules=PayerRules(medicare=True)).findings}
    assert "missing_fact:waste" in medicare
    assert "missing_fact:waste" not in {finding.subject for finding in code(note).findings}


def test_guidance_without_a_kept_image_asks(code: Code) -> None:
    note = "Right shoulder subacromial injection under ultrasound guidance{}, tolerated.\nAssessment: bursitis."
    assert "missing_fact:image" in {finding.subject for finding in code(note.format("")).findings}
    kept = code(note.format(", image stored")).findings
    assert "missing_fact:image" not in {finding.subject for finding in kept}


def test_an_order_without_a_code_is_read_for_its_drug(code: Code) -> None:
    order = ClinicalOrder("Ketorolac 60 mg IM x1", None, "completed", True)
    assert lines(code, "Back strain.", orders=(order,)) == ["96372", "J1885*4"]
    assert lines(code, "Ketorolac 60 mg IM given.", orders=(order,)) == ["96372", "J1885*4"], "once"
    elsewhere = ClinicalOrder("Ketorolac 60 mg IM x1", None, "completed", False)
    by_mouth = ClinicalOrder("Ketorolac 10 mg tablets", None, "completed", True)
    assert lines(code, "Back strain.", orders=(elsewhere, by_mouth)) == []


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("MMR given SC. Counseled on the vaccine by me.", CHILD, ["90460", "90461*2", "90707"]),
        ("MMR given SC. Vaccine counseling by nurse.", CHILD, ["90471", "90707"]),
        ("Rotarix given by mouth.", {"birth_date": date(2026, 3, 1)}, ["90473", "90681"]),
        (
            "Hib IM given. Rotarix given by mouth.",
            {"birth_date": date(2026, 3, 1)},
            ["90471", "90474", "90648", "90681"],
        ),
        ("Comirnaty given IM left deltoid.", ADULT, ["90480", "91320"]),
        ("Flu vaccine given IM and Spikevax given IM.", ADULT, ["90471", "90480", "90656", "91322"]),
        ("Beyfortus 50 mg given IM left thigh.", {"birth_date": date(2026, 3, 1)}, ["90380", "96381"]),
        ("Counseled on smoking. Tdap given IM.", {"birth_date": date(2010, 1, 1)}, ["90471", "90715"]),
        ("Hepatitis B vaccine given IM.", ADULT, ["90471", "90746"]),
        ("Hepatitis B vaccine given IM.", CHILD, ["90471", "90744"]),
        ("Tdap declined.", ADULT, []),
        ("Fluzone high-dose given IM left deltoid; PPSV23 refused.", ADULT, ["90471", "90662"]),
        ("Flu shot at the pharmacy in October.", ADULT, []),
    ],
)
def test_vaccines(code: Code, text: str, facts: dict[str, Any], expected: list[str]) -> None:
    assert lines(code, text, **facts) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two punch biopsies done today, left arm and left leg.", ["11104", "11105"]),
        ("Punch biopsy of the back done. Shave biopsy of the ear done.", ["11103", "11104"]),
        ("3 mm punch biopsy of the calf done.", ["11104"]),
        ("Five AKs of the scalp treated with liquid nitrogen today.", ["17000", "17003*4"]),
        ("Actinic keratoses x 12 frozen today.", ["17000", "17003*11"]),
        ("Eighteen flat warts of the hands frozen today.", ["17111"]),
        ("One callus of the right heel pared.", ["11055"]),
        ("Six corns pared today.", ["11057"]),
        ("Four mycotic toenails debrided with a burr.", ["11720"]),
        ("Twenty skin tags snipped today.", ["11200", "11201"]),
        ("Subungual hematoma of the left great toe drained by trephination.", ["11740-TA"]),
        ("AKs of the scalp to be frozen after the vacation.", []),
        ("Abscess, no I&D needed today.", []),
        ("Actinic keratoses, liquid nitrogen at the next visit.", []),
        ("Warts: patient declined cryotherapy.", []),
        ("Three 4 mm punch biopsies taken today.", ["11104", "11105*2"]),
        ("Two abscesses, axilla and buttock, each incised and drained.", ["10061"]),
        ("Paronychia incised, pus expressed.", ["10060"]),
        ("An incision was made and the splinter removed with forceps.", ["10120"]),
        ("Punch biopsy planned.", []),
    ],
)
def test_counts_of_the_skin(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BCC of the back, 1.2 cm, treated with electrodesiccation and curettage today.", ["17262"]),
        ("SCC in situ, left cheek, 8 mm: ED&C x3 performed.", ["17281"]),
        ("Bowen disease of the right hand 6 mm destroyed with cryotherapy.", ["17271"]),
        ("Shave removal of a 7 mm nevus of the chin done.", ["11311"]),
        ("Neck papule 4 mm removed by shaving.", ["11305"]),
        ("BCC of the back, ED&C recommended.", []),
        ("Wart of the hand 4 mm: electrodesiccation done.", []),
        ("Shave removal planned for the mole.", []),
    ],
)
def test_malignant_lesions_destroyed_and_lesions_shaved_off(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


def test_a_destroyed_lesion_without_its_diameter_asks(code: Code) -> None:
    result = code("BCC of the back, ED&C performed.\nAssessment: basal cell carcinoma of back.")
    assert "missing_fact:lesion_size" in {finding.subject for finding in result.findings}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Right shoulder subacromial injection under ultrasound guidance, image stored; tolerated.", ["20611-RT"]),
        ("Left knee aspirated, 30 ml, tolerated.", ["20610-LT"]),
        ("Left knee injection without ultrasound, tolerated well: the left knee was injected.", ["20610-LT"]),
        ("Right olecranon bursa was aspirated.", ["20605-RT"]),
        ("Left first CMC joint injected.", ["20600-LT"]),
        ("Right trigger thumb: tendon sheath injected.", ["20550-F5"]),
        ("Left lateral epicondyle was injected.", ["20551-LT"]),
        ("Ganglion of the right wrist aspirated.", ["20612-RT"]),
        ("Greater occipital nerve block done on the left.", ["64405-LT"]),
        ("Knee injection discussed, she would like to wait.", []),
        ("Right knee was injected in 2024.", []),
        ("Right knee better since the steroid injection three weeks ago; may repeat it.", []),
    ],
)
def test_joints_tendons_nerves(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kyleena IUD placed without difficulty.", ["58300", "J7296"]),
        ("IUD was removed by its strings.", ["58301"]),
        ("Nexplanon inserted in the left arm today.", ["11981", "J7307"]),
        ("Colposcopy performed with biopsy at 3 o'clock and endocervical curettage.", ["57454"]),
        ("Colposcopy performed, no lesion, no biopsy.", ["57452"]),
        ("Colposcopy performed: white lesion. Cervical biopsy taken and ECC performed.", ["57454"]),
        ("Colposcopy performed. ECC performed.", ["57456"]),
        ("Paragard IUD insertion was stopped due to pain.", ["58300-53"]),
        ("Endometrial biopsy performed with a pipelle.", ["58100"]),
        ("Bartholin abscess incised, Word catheter placed.", ["56420"]),
        ("Pessary fitted and inserted today.", ["57160"]),
        ("Pessary removed, cleaned and reinserted today.", []),
        ("NST done in our office, read by me: reactive.", ["59025"]),
        ("IUD placed in 2021, strings seen.", []),
        ("Colposcopy scheduled.", []),
        ("Wants Nexplanon; insertion next visit.", []),
    ],
)
def test_womens_health(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Foley catheter was exchanged today.", ["51702"]),
        ("Post-void residual by bladder scan done: 120 ml.", ["51798"]),
        ("Thrombosed external hemorrhoid incised, clot evacuated.", ["46083"]),
        ("Internal hemorrhoids banded through the anoscope, tolerated.", ["46221"]),
        ("PPD placed on the left forearm.", ["86580"]),
        ("Allergy shots given, two, observed 30 minutes.", ["95117"]),
        ("Spirometry performed in our office, read by me.", ["94010"]),
        ("Rapid RSV antigen in office: positive.", ["87807"]),
        ("Foley catheter came out last month.", []),
        ("PPD negative in 2020.", []),
        ("Uses albuterol neb at home twice a day.", []),
    ],
)
def test_other_rooms(code: Code, text: str, expected: list[str]) -> None:
    assert [line for line in lines(code, text) if line != "46600"] == expected


def test_screens_of_children_are_not_for_adults(code: Code) -> None:
    text = "Snellen visual acuity screen 20/20. Hearing screen passed. Fluoride varnish applied."
    assert lines(code, text, **CHILD) == ["92551", "99173", "99188"]
    assert lines(code, text, **ADULT) == []


def test_pelvic_and_breast_examination_is_medicares(code: Code) -> None:
    text = "Breast and pelvic exam performed."
    assert lines(code, text, payer_rules=PayerRules(medicare=True)) == ["G0101"]
    assert lines(code, text) == []


def test_what_goes_with_an_operation_is_not_billed_apart(code: Code) -> None:
    office = "Foley catheter was placed. Short arm splint of plaster applied, left."
    assert lines(code, office, **ADULT) == ["29125-LT", "51702", "Q4021"]
    assert lines(code, f"Under general anesthesia in the operating room. {office}", **ADULT) == []


def test_two_units_for_two_sides_become_one_line_with_50(code: Code) -> None:
    note = "Impacted wax removed from both ears with a curette, tolerated."
    sent = (ServiceLine("69210", units=Decimal(2)),)
    assert lines(code, note, service_lines=sent) == ["69210-50"]
    one_side = "Impacted wax removed from the left ear with a curette, tolerated."
    assert lines(code, one_side, service_lines=sent) == ["69210-LT*2"], "left to the finding about units"
