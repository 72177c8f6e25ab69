"""Services that a note tells in lists, across sentences and without verbs, and what such words do not mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from coding_svc.batch.output import names_of
from coding_svc.domain import CodingResult

Code = Callable[..., CodingResult]


def lines(result: CodingResult) -> list[str]:
    return sorted(
        "-".join((line.code, *(each for each in line.modifiers if each != "25")))
        + (f"*{line.units:f}" if line.units != 1 else "")
        for line in result.procedures
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Both canals full of impacted cerumen. Removed with loop curette and forceps.", ["69210-50"]),
        ("Left olecranon bursa: 18 gauge, 6 ml clear fluid off, then triamcinolone 20 mg.", ["20605-LT", "J3301*2"]),
        ("Biopsies.\nA: right shin plaque, shave biopsy.\nB: left forearm papule, shave biopsy.", ["11102", "11103"]),
        ("Scalp 4 and face 3 actinic keratoses, each treated with liquid nitrogen.", ["17000", "17003*6"]),
        ("Actinic keratoses frozen with liquid nitrogen: two on the scalp, 3 on the left ear.", ["17000", "17003*4"]),
        ("Zoster recombinant vaccine, first dose, IM left deltoid by MA.", ["90471", "90750"]),
        ("Automated urine dipstick in our lab: nitrite positive.", ["81003"]),
        ("One nebulizer treatment given here with albuterol 2.5 mg/ipratropium 0.5 mg.", ["94640", "J7620"]),
    ],
)  # fmt: skip
def test_what_is_told_in_few_words(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Both canals full of wax. Removed hearing aid with forceps handle for cleaning at home.",
        "Impacted cerumen. Will be removed with a curette next week.",
        "Plaques on both elbows, triamcinolone ointment 0.1 percent.",
        "Olecranon bursitis of the left elbow; triamcinolone injection offered and declined.",
        "She takes zoster recombinant vaccine at the pharmacy next month.",
        "Automated urine dipstick ordered at the hospital.",
    ],
)
def test_what_is_not_done_gives_no_line(code: Code, text: str) -> None:
    assert lines(code(text)) == []


def test_one_biopsy_that_is_told_twice_is_one(code: Code) -> None:
    text = "Shave biopsy of the left forearm performed today.\nAssessment: left forearm papule, shave biopsy done."
    assert lines(code(text)) == ["11102"]


@pytest.mark.parametrize(
    ("counseling", "expected"),
    [
        ("I counseled girl and mother on tetanus, diphtheria and pertussis.", ["90460", "90461*2", "90715"]),
        ("Nurse handed out the sheet.", ["90471", "90715"]),
        ("I counseled the girl on seat belts.", ["90471", "90715"]),
    ],
)
def test_counseling_on_the_vaccine_itself(code: Code, counseling: str, expected: list[str]) -> None:
    result = code(f"Tdap given IM left deltoid. {counseling}", birth_date=date(2012, 1, 1))
    assert lines(result) == expected


def test_a_simple_closure_belongs_to_the_excision_whatever_its_words(code: Code) -> None:
    text = (
        "Squamous cell carcinoma of the left forearm. Lesion with margins 3.2 cm excised to fat today, "
        "closed in {} with 4-0 nylon, 5 cm."
    )
    assert lines(code(text.format("one layer"))) == ["11604"]
    assert lines(code(text.format("layers, deep dermis"))) == ["11604", "12032"]


def test_stitches_that_come_out_are_no_repair(code: Code) -> None:
    out = code("Five stitches placed by us came out today, laceration healed.")
    assert "missing_fact:wound_length" not in names_of(out.findings)
    repaired = code("Laceration of left forearm. Procedure: closed with five nylon sutures.")
    assert "missing_fact:wound_length" in names_of(repaired.findings)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Procedure: right knee joint injected with triamcinolone.", True),
        ("Triamcinolone injected into the joint today.", True),
        ("Procedure: right knee joint injected with triamcinolone 40 mg.", False),
        ("Triamcinolone was injected into the knee last month.", False),
        ("Plan: triamcinolone ointment.", False),
    ],
)
def test_a_drug_without_its_dose_is_asked_for(code: Code, text: str, asked: bool) -> None:
    assert ("missing_fact:drug_dose" in names_of(code(text).findings)) is asked


RECORD = "Injection visit, consent signed. {} Tolerated well.\nAssessment: primary osteoarthritis of right knee."


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        (RECORD.format("Superolateral approach to the right knee, triamcinolone 40 mg."), True),
        ("Knee pain. Superolateral approach to the right knee, triamcinolone 40 mg.", False),
    ],
)
def test_what_the_record_of_a_procedure_names_was_done(code: Code, text: str, sure: bool) -> None:
    line = next(line for line in code(text).procedures if line.code == "20610")
    assert line.auto is sure


def test_what_the_record_of_a_procedure_denies_was_not(code: Code) -> None:
    assert lines(code(RECORD.format("Approach to the right knee discussed, injection declined."))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ganglion cyst of the left wrist aspirated today, 3 ml gel.", ["20612-LT"]),
        ("Influenza vaccine given IM left deltoid by MA, no counseling by me.", ["90471", "90656"]),
        ("Consent. Right upper arm papule, punch 6 mm, one suture. Left thigh macule, punch 4 mm.", ["11104", "11105"]),
        ("Papule of right arm, punch 6 mm planned next week.", []),
        ("ECG here, tracing and interpretation by me: normal sinus rhythm.", ["93000"]),
        ("Stage 2, planned at the first excision: re-excision of basal cell carcinoma of right cheek, scar plus "
         "margin 2.2 cm, layered closure 3.6 cm.", ["11643", "12052"]),
        ("Abscess of left buttock incised and drained today, packed.", ["10060"]),
        ("Drainage of an abscess was done by the emergency department yesterday.", []),
        ("Abscess of left buttock, drained, healing.", []),
        ("ECG at the hospital, interpretation by the cardiologist.", []),
        ("Influenza vaccine not given, no counseling.", []),
    ],
)  # fmt: skip
def test_further_short_statements(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code(text)) == expected


@pytest.mark.parametrize(
    ("muscles", "expected"),
    [
        ("right upper trapezius, left upper trapezius, right levator scapulae, right splenius", "20553"),
        ("right upper trapezius, right levator scapulae", "20552"),
    ],
)
def test_a_list_of_muscles_counts_to_its_end(code: Code, muscles: str, expected: str) -> None:
    text = (
        "Trigger point injection visit, third of a series. Indication: myofascial pain of neck and shoulder girdle. "
        f"Palpable taut bands marked in these muscles: {muscles}. Each injected once with lidocaine 1 percent. "
        "The infraspinatus is better and was left alone."
    )
    assert lines(code(text)) == [expected]
