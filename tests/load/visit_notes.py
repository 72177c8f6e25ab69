"""Whole visit notes for the coding bench, as long as dictated ones are: about 2.6 kB. Made up, of two problems each."""

from __future__ import annotations

from itertools import combinations
from typing import Final, NamedTuple


class Problem(NamedTuple):
    """What one problem adds to each part of a note."""

    complaint: str
    story: str
    results: str
    plan: str


PROBLEMS: Final = (
    Problem(
        "Follow-up of diabetes",
        "Her type 2 diabetes has been harder to manage since the winter. She checks her sugar most mornings and reports"
        " values between 160 and 210. She takes metformin 1000 mg twice a day and has had no low readings. She denies"
        " numbness or tingling in her feet, blurred vision and excessive thirst. Her last eye examination was in"
        " March.",
        "Hemoglobin A1c 8.4, up from 7.6 in January. Creatinine 0.9.",
        "Type 2 diabetes mellitus, not at goal.\n- Medical Reasoning: Her A1c has risen despite metformin.\n"
        "- Medical Treatment: Continue metformin. Start empagliflozin 10 mg daily. We will repeat the A1c in 3 months"
        " and order a urine microalbumin today. I discussed the risk of genital infection, and she agrees.",
    ),
    Problem(
        "High blood pressure",
        "For her hypertension she takes lisinopril 20 mg every morning and does not miss doses. At home the"
        " pressure has"
        " been around 128 over 78. She walks two miles on most days and has cut back on salt. She denies chest pain,"
        " shortness of breath, palpitations, swelling of the legs and dizziness when she stands up.",
        "Basic metabolic panel from last week was reviewed: potassium 4.2, sodium 139.",
        "Hypertension, well controlled.\n- Medical Reasoning: Her readings at home and in the office are at goal.\n"
        "- Medical Treatment: Continue lisinopril 20 mg daily. She should keep her log and bring it to the next visit.",
    ),
    Problem(
        "Right knee pain",
        "She twisted her right knee while she was getting out of a car four days ago. It hurts on the inner side, worse"
        " with stairs, and it was swollen for two days. There was no pop, no locking and no giving way. She has been"
        " icing it and taking ibuprofen 400 mg as needed, which helps somewhat. She has never injured this knee"
        " before.",
        "X-ray of the right knee, three views, taken here today: no fracture, no effusion, mild medial narrowing.",
        "Right knee sprain.\n- Medical Reasoning: Examination is consistent with a sprain of the medial collateral"
        " ligament; the films show no fracture.\n- Medical Treatment: Continue ibuprofen with food. Referral to"
        " physical"
        " therapy twice a week for 6 weeks. If it is not better by then we will consider an MRI.",
    ),
    Problem(
        "Trouble sleeping and low mood",
        "She has felt down on most days since her mother died in the spring. She wakes at three and cannot get back to"
        " sleep, her appetite is poor and she has lost interest in her garden. She denies thoughts of harming herself."
        " She has seen a counselor twice and found it useful. There is no history of mania. Her sister had depression.",
        "PHQ-9 completed and scored today: 14.",
        "Major depressive disorder, single episode, moderate.\n- Medical Reasoning: Her score today is 14, and her"
        " symptoms have lasted for more than three months.\n- Medical Treatment: Start sertraline 50 mg daily. She will"
        " go on with counseling. I would like to see her back in 4 weeks, sooner if her mood gets worse.",
    ),
    Problem(
        "Cough and wheezing",
        "She has had asthma since childhood and uses her albuterol inhaler about twice a month. For the last week"
        " she has"
        " needed it four times a day because of a cough that started with a cold. She wakes up wheezing. She denies"
        " fever, chills, bloody sputum and chest pain. Nobody else at home is ill. She never smoked.",
        "Peak flow 310, predicted 420. Chest x-ray from the urgent care was reviewed and showed no infiltrate.",
        "Moderate persistent asthma with acute exacerbation.\n- Medical Reasoning: Wheezing on examination and a lower"
        " peak flow after a viral cold.\n- Medical Treatment: Prednisone 40 mg daily for 5 days. Start fluticasone"
        " inhaler 110 mcg, two puffs twice daily. Continue albuterol as needed.",
    ),
)
_FRAME: Final = """CHIEF COMPLAINT

{complaints}.

HISTORY OF PRESENT ILLNESS

Ms. Porter is a 58-year-old female who presents today for {first}. {stories}

PAST HISTORY

Medical: hyperlipidemia, seasonal allergies, gastroesophageal reflux.
Surgical: cholecystectomy in 2011. She lives with her husband, works as a school librarian and does not drink alcohol.
Family: her father had a heart attack at 71, her mother had breast cancer.

MEDICATIONS

Atorvastatin 20 mg at night, omeprazole 20 mg as needed, a multivitamin.

REVIEW OF SYSTEMS

Constitutional: Denies fever, chills and weight loss.
Cardiovascular: Denies chest pain and palpitations.
Gastrointestinal: Denies abdominal pain, nausea, vomiting and diarrhea.
Skin: No rashes.

VITALS

Blood pressure 126/76, pulse 72, respirations 14, temperature 98.4, oxygen saturation 98 percent on room air.

PHYSICAL EXAM

General: Well appearing, in no distress.
Neck: Supple, no carotid bruits, no enlarged lymph nodes.
Lungs: No rales. Good air movement.
Heart: Regular rate and rhythm, no murmurs.
Extremities: No edema, pulses are equal.

RESULTS

{results}

ASSESSMENT AND PLAN

{plans}

Instructions: I will see her back in 3 months, and she will call if anything changes before then.
"""


def visit_notes() -> list[str]:
    """A note for each two of the problems."""
    return [
        _FRAME.format(
            complaints=", ".join(problem.complaint for problem in both).lower().capitalize(),
            first=both[0].complaint.lower(),
            stories="\n\n".join(problem.story for problem in both),
            results="\n".join(problem.results for problem in both),
            plans="\n\n".join(f"{number}. {problem.plan}" for number, problem in enumerate(both, start=1)),
        )
        for both in combinations(PROBLEMS, 2)
    ]
