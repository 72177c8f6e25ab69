"""Questions to the provider about what the record leaves open.

A question may quote the record and name clinical choices; it never names a code, a payment or the answer that would
be convenient, offers every choice that the record allows, and always another and none (ACDIS/AHIMA, Guidelines for
Achieving a Compliant Query Practice). The answer is a signed addendum: a new version of the encounter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel, ConfigDict

from coding_svc.domain import Reason
from coding_svc.sheet import CodeSheet, SheetCandidate, SheetDiagnosis, SheetEvidence, SheetFinding

OTHER: Final = "Other (please describe)"
UNABLE: Final = "Unable to determine"
_CLOSING: Final = "Please answer by a signed addendum to the note."
MAX_QUERIES: Final = 10

FACTS: Final = {
    "wound_length": "the length of each repaired wound in centimetres",
    "lesion_size": "the size of the lesion in centimetres, with margins if it was excised",
    "lesion_count": "the number of lesions treated",
    "biopsies_counted": "the number of biopsies taken, and the place of each",
    "tests_counted": "the number of allergens that were tested",
    "lid": "which eyelids were treated, upper or lower, of which eye",
    "site": "the site that was treated",
    "side": "which side was treated",
    "laterality": "which side is affected",
    "units": "the amount given",
    "dose": "the dose given",
    "drug_dose": "the dose given",
    "drug": "the name of the drug given",
    "waste": "the amount discarded from the single-dose container, or that none was",
    "route": "the route of administration",
    "start_stop": "the start and stop times",
    "minutes": "the total time spent on the date of the visit",
    "total_minutes": "the total time spent on the date of the visit",
    "service_minutes": "how many minutes the service took",
    "voluntary": "whether the patient took part in the discussion of his or her own will",
    "bmi": "the body mass index",
    "discharge_date": "the date of the discharge",
    "tcm_contact": "when the patient was contacted after the discharge, and by whom",
    "medication_reconciliation": "whether and when the medications were reconciled with those of the discharge",
    "consent": "whether the patient agreed to the service",
    "care_plan": "whether a care plan was made or revised",
    "chronic_conditions": "which lasting conditions the service was for",
    "longitudinal": "what part the clinician has in the patient's ongoing care",
    "wellness_number": "whether this is the patient's first yearly wellness visit or a later one",
    "depth": "the depth of the procedure",
    "method": "the method that was used",
    "new_patient": "whether anyone of the same specialty in the practice has seen the patient within three years",
    "counseling": "whether counseling was given with the vaccine, and by whom",
    "image": "whether a permanent image was recorded",
    "muscles": "which muscles were injected",
    "teaching_presence": "whether the teaching physician was present, and for which part of the procedure",
    "interpretation": "the written interpretation of the test",
    "gestation": "the weeks of gestation",
    "episode": "whether this visit is for active treatment, routine healing, or a late effect of the injury",
    "cause": "how the injury came about",
}
"""By the name of a missing fact: what the clinician is asked for."""
_SIDES: Final = ("Right", "Left", "Both sides", OTHER, UNABLE)
_CERTAINTY: Final = (
    "Confirmed at this visit",
    "Ruled out at this visit",
    "Still uncertain; treated or worked up for the signs and symptoms documented",
    OTHER,
    UNABLE,
)
_ADDRESSED: Final = (
    "It was evaluated, treated or affected care at this visit (please document how)",
    "It was not part of this visit",
    OTHER,
    UNABLE,
)
_UNCERTAIN: Final = "guideline IV.H"


class ProviderQuery(BaseModel):
    """One question. `about` is a finding's code or subject in machine form; `options` empty: free text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ref: str
    about: str
    text: str
    options: tuple[str, ...] = ()
    evidence: tuple[SheetEvidence, ...] = ()


def queries_of(sheet: CodeSheet) -> tuple[ProviderQuery, ...]:
    """What a coder may ask about this sheet, numbered `q1…` in the order of its findings. The same sheet, the same."""
    asked = {query.text: query for query in _all(sheet)}
    numbered = enumerate(list(asked.values())[:MAX_QUERIES], start=1)
    return tuple(query.model_copy(update={"ref": f"q{n}"}) for n, query in numbered)


def _all(sheet: CodeSheet) -> Iterator[ProviderQuery]:
    for finding in sheet.findings:
        query = _about_finding(finding, sheet)
        if query is not None:
            yield query
    for candidate in sheet.candidates:
        if any(_UNCERTAIN in argument for argument in candidate.arguments_against) and candidate.evidence:
            yield _about_uncertain(candidate)
    if Reason.NO_DIAGNOSIS in sheet.reasons:
        yield _query(
            Reason.NO_DIAGNOSIS, "Please document the condition, sign or symptom that was evaluated or treated."
        )
    if Reason.NO_SERVICE in sheet.reasons or Reason.EM_UNDETERMINED in sheet.reasons:
        yield _query(
            Reason.EM_UNDETERMINED,
            "Please document what was done at this visit: the problems addressed, what was reviewed or ordered, and "
            "what was decided; or the total time spent on the date of the visit.",
        )


def _about_finding(finding: SheetFinding, sheet: CodeSheet) -> ProviderQuery | None:
    kind, _, rest = finding.subject.partition(":")
    if finding.code == Reason.MISSING_FACT:
        return _query(finding.subject, f"The note does not state {_fact(rest)}. Please document it if it is known.")
    if finding.code == Reason.NEW_PATIENT_UNKNOWN:
        return _query(finding.subject, f"The record does not say {FACTS['new_patient']}. Please document it.")
    if finding.code == Reason.CONFLICT:
        text = f"The record says two different things about {_fact(rest)}. Please document which describes the visit."
        return _query(finding.subject, text)
    if finding.code == Reason.UNSPECIFIED_SIDE:
        return _about_side(finding, sheet)
    if finding.code == Reason.CODE_NOT_SUPPORTED and kind == "dx_not_supported":
        text = (
            "A diagnosis was selected for this visit that the note does not describe. Please document whether it was "
            f"part of the visit: {_title(rest, sheet)}."
        )
        return _query(finding.subject, text, _ADDRESSED)
    return None


def _fact(subject: str) -> str:
    """`side:M25.562` gives the words for `side`; an unknown name is shown with its underscores taken out."""
    name = subject.partition(":")[0]
    return FACTS.get(name, name.replace("_", " ") or "a fact that the service depends on")


def _about_side(finding: SheetFinding, sheet: CodeSheet) -> ProviderQuery:
    item = _diagnosis_at(finding, sheet)
    quote = _quote(item.evidence) if item else ""
    text = f"The note does not say which side is affected{quote}. Please document the side."
    return _query(finding.subject or finding.code, text, _SIDES, item.evidence if item else ())


def _about_uncertain(candidate: SheetCandidate) -> ProviderQuery:
    text = (
        f"The note speaks of a condition as not certain{_quote(candidate.evidence)}. Please document what was known at "
        "the end of this visit."
    )
    return _query("uncertain", text, _CERTAINTY, candidate.evidence)


def _diagnosis_at(finding: SheetFinding, sheet: CodeSheet) -> SheetDiagnosis | None:
    place = finding.location.removeprefix("/diagnoses/")
    return sheet.diagnoses[int(place)] if place.isdecimal() and int(place) < len(sheet.diagnoses) else None


def _title(code: str, sheet: CodeSheet) -> str:
    known = {item.code: item.title for item in sheet.candidates} | {item.code: item.title for item in sheet.diagnoses}
    return known.get(code) or code


def _quote(evidence: tuple[SheetEvidence, ...]) -> str:
    return f' ("{" ".join(evidence[0].text.split())}")' if evidence else ""


def _query(
    about: str, text: str, options: tuple[str, ...] = (), evidence: tuple[SheetEvidence, ...] = ()
) -> ProviderQuery:
    return ProviderQuery(ref="", about=about, text=f"{text} {_CLOSING}", options=options, evidence=evidence)
