"""New or established: from the encounter and the practice's records, else from what the note tells of earlier visits.

CPT: established is who had a face-to-face service by the same group and specialty within three years. What is only
planned ("will follow up in two weeks") says nothing of that, nor does being new to one clinician of the practice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from coding_svc.coding import em, mdm
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import ClinicalEncounter, Section

_COUNT: Final = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
_WHO: Final = r"(?:he|she|they|patient|pt|mr\.?|mrs\.?|ms\.?|who|\d{1,3} ?(?:y/?o|f|m|year[- ]old \w+))"
_NOT_HERE: Final = (
    r"(?! (?:to|at|with|by) (?:an? |the |his |her |their )?(?!(?:us|me|our|my|this|clinic|office|here)\b)\w)"
)
"""The last visit to somebody else."""
_NEW: Final = Screened(
    r"\bnew (?:\w+ )?(?:patient|pt|infant)\b(?! (?:to me\b|packet|appointment|forms?|paperwork))"
    r"|\bestablish(?:ing)? care\b(?! with (?:an?|his|her|their|another)\b)"
    r"|new to (?:us|the practice|our|this (?:\w+ )?(?:office|practice|clinic))"
    r"|\bfirst (?:visit|time|appointment) (?:here|(?:to|with|at|in) (?:our|us|this))"
    r"|(?:seen|here) (?:here )?for the first time|\binitial visit (?:to|with|at) (?:our|us|this)"
    r"|\bnever (?:been )?seen (?:here|by us|(?:in|at) (?:our|this))"
    r"|\btransfer(?:s|red|ring)? (?:of )?(?:his |her |their )?care (?:to us|here|from)"
    r"|\bmoved (?:here|to town|to the area)\b[^.\n]{0,60}\b(?:needs?|looking for|wants?|seeking) an? (?:new )?"
    r"(?:doctor|pcp|physician|provider|clinic|dermatologist|pediatrician)"
)
_REFERRED: Final = Screened(
    r"\breferred (?:to (?:me|us|our|this) ?(?:\w+ ){0,2})?(?:in |over |here )?"
    r"(?:by|from) (?:an? |the |his |her |their )?(?!physical|our\b|my\b|me\b)\w"
    r"|\bsent (?:(?:in|over|here|to (?:me|us|our (?:\w+ )?clinic)) )?by (?:an? |the |his |her |their )?(?!our\b|my\b"
    r"|me\b)\w"
    r"|\bsent (?:in|over|here|to (?:me|us)) from (?:an? |the |his |her |their )?\w"
    r"|\b(?:referred|sent) (?:him|her|them|the patient) (?:here|to (?:me|us|our|this))\b"
    r"|\bconsult(?:ation|ed)? (?:was )?(?:at the request|requested by|for dr)|\brequest(?:ed|s)? (?:this |a )?consult"
    r"|\b(?:for|as) (?:an? |his |her |the )?initial (?:\w+ )?(?:consult\w*|evaluation)\b"
    r"|\binitial (?:\w+ )?consult\w* for\b"
    r"|\b(?:here|seen|in|presents) for an? (?:\w+ )?(?:consultation|second opinion)\b"
)
"""Sent by somebody else for an opinion: most are new, some come back."""
_FOLLOW_UP: Final = r"(?:follow[- ]?up|f/u|re-?check|re-?evaluation|post-?op(?:erative)? (?:visit|check))"
_PERIOD: Final = r"(?:days|weeks|months|years)"
_THEM: Final = r"(?:him|her|them|the patient|mr|ms|mrs)"
_ESTABLISHED: Final = Screened(
    r"\bestablished (?:\w+ )?(?:patient|pt)\b|\best pt\b|\breturn(?:ing)? patient\b"
    r"|\b(?:presents?|presenting|presented|here|seen|comes?|came|comes in|visit|evaluated|today|returns|returned"
    r"|returning|in)"
    r" (?:today |back |in )*(?:for|in|as) "
    r"(?:(?:an?|the|his|her|their|our|routine|regular|scheduled|postoperative|post-op|\S+[- ](?:week|month|year)s?) )*"
    rf"{_FOLLOW_UP}\b(?! (?:ct|mri|labs?|blood|imaging|x-?ray|ultrasound|scan))"
    r"|\b(?:returns|returned|returning) for (?:an? |the |his |her )?post-?op"
    r"|\bknown to (?:me|us|this practice|our)|\b(?:patient of mine|been (?:my|our) patient|my patient (?:for|since))\b"
    rf"|\b{_COUNT}[- ](?:month|week|year)s? (?:(?!to |then |and |for |with |after )\w+ )?(?:check|recheck|visit"
    rf"|follow-?up)\b(?! in\b)"
    r"|\bseen (?:here|by us) since|\bestablished care (?:here|with us|with me|in|since)"
    r"|\b(?:seen|has seen) (?:dr\.? )?\w+ in (?:this|our) practice"
    r"|\b(?:last|previous|prior) (?:(?!er |ed |emergency |hospital |icu |dental |urgent |inpatient |home )\w+ )?"
    rf"(?:visit|appointment|exam)\b{_NOT_HERE}(?! (?:was )?(?:elsewhere|there))"
    rf"|\b(?:i|we) (?:had )?(?:last|first) (?:saw|seen) {_THEM}\b"
    rf"|\b(?:i|we) saw {_THEM}[^.\n]{{0,20}} (?:last|ago|in (?:january|february|march|april|may|june|july|august"
    rf"|september"
    r"|october|november|december))\b"
    r"|\blast seen\b(?! by (?:an?|the|his|her|their|\w*olog\w+|cardiol\w*|ortho\w*|a pcp)\b)(?! normal| well)"
    r"|\bsince (?:i|we) last (?:saw|met|spoke)"
    rf"|\b{_WHO} (?:has |is )?(?:returns|returned|returning|comes back|came back|back) "
    r"(?:today|in follow|for (?:a |his |her |the )?(?:\w+ )?(?:follow|visit|re|check|review|results)|to (?:the "
    r"|our )?(?:clinic|office)"
    rf"|sooner|early|because|with (?:on|per|wors|the same|new|increas)|about|\w+ {_PERIOD} after)"
    r"|\breturns (?:sooner|early|today|for (?:a |his |her |the )?(?:follow|re|review|results|check))"
    r"|\b(?:day|week|month)s? post-?op(?:erative)? (?:visit|check|follow|appointment)"
    r"|\b(?:labs?|tests?|results?|mri|ct|x-?rays?|films?|biopsy|bloodwork|blood work|ultrasound"
    r"|echo) (?:of \S+ \S+ ?\S* )?(?:that |which )?"
    r"(?:we|i) (?:ordered|drew|did|obtained|sent|took)\b(?! today)"
    rf"|\b(?:we|i) (?:started|put|prescribed|treated) {_THEM}\b[^.\n]{{0,50}}\b(?:last (?:visit|week|month|time"
    rf"|year)|{_PERIOD} ago)"
    r"|\b(?:we|i) (?:raised|increased|added|changed|stopped|lowered) [^.\n]{0,50}"
    rf"\b(?:last (?:visit|time)|(?:{_PERIOD}) ago|at (?:the|her|his) last)"
    r"|\breturns (?:to (?:the |our |this )?(?:clinic|office)\b(?! (?:in|if|as|when|prn|sooner)\b)"
    r"|for (?:(?:right|left|his|her) )?\w+ pain\b)"
    r"|\bestablished visit\b|\b(?:comes|came|is) back for (?:his|her|their) \w+"
    r"|\b(?:we|i) have (?:treated|followed|seen) (?:him|her|them|the patient)\b"
    r"|\breturn visit\b(?! (?:in|with|within|for|as|if|prn|\d))|\b\d{1,3} ?(?:y/?o)? ?[mf],? established\b"
    r"|\bpatient of (?:this|our) (?:clinic|practice|office)\b"
    r"|\bi have (?:followed|cared for|treated|known|been (?:following|treating|seeing|managing))\b"
    r"|\b(?:sutured|repaired|placed|treated|biopsied|removed|excised|injected|operated) (?:here"
    r"|by my partner)\b(?! today)"
)
_OPENING: Final = Screened(
    r"(?<!to )(?<!will )(?<!should )(?<!must )(?<!please )(?<![^\s.,:;*\-•])(?:follow[- ]?up|f/u|re-?check)\b"
    r"(?! (?:in|with|within|as|if|sooner|on (?:mon|tue|wed|thu|fri)|\d|prn"
    r"|(?:ct|mri|labs?|blood|imaging|x-?ray|ultrasound|scan|appointment|colonoscopy|echo|tests?|call)))"
)
"""As the reason of a visit; elsewhere it may be a plan."""
_KNOWN: Final = Screened(
    r"\b(?:seen|has seen) (?:dr\.? )?\w+ in (?:this|our) practice|\bseen (?:here|by us) since|\bestablished patient\b"
)
"""What makes a patient established whatever else the note calls new."""
_AHEAD: Final = (Section.PLAN, Section.INSTRUCTIONS)
"""What is told there is to come."""
_REASONS: Final = (Section.CHIEF_COMPLAINT, Section.HPI, Section.UNKNOWN)
_OPENS_WITHIN: Final = 60
"""Characters of a part's begin in which a follow-up is its reason."""
_CONTINUED: Final = Screened(
    r"\b(?:continue|continues|continued|continuing|refill\w*|renew\w*|remain on|stay on|keep (?:taking|on)|increase"
    r"|decrease"
    r"|(?:up|down) to|no change)\b"
)
TOLD, MANAGED, REFERRED, SILENT = 0.97, 0.95, 0.85, 0.9
"""How often the category is right: told in words; established by the care that goes on (several chronic illnesses whose
drugs are continued); sent by another, so new; assumed established where nothing is said. If one visit of six is of a
new patient (an assumption: the practice's share is not known), the new ones that the 60 visit notes name or refer leave
two or three among the 37 silent ones. Established is the lower charge, too."""
SURE: Final = MANAGED
"""From here on nobody is asked."""
_SEVERAL: Final = 2


class Status(NamedTuple):
    """Whether the patient is new, and how sure that is; None: nothing says, and established is the likelier."""

    new: bool | None
    sure: float

    @property
    def open(self) -> bool:
        """Neither said nor shown: a person is asked before anything is billed."""
        return self.sure < SURE


def status_of(encounter: ClinicalEncounter, readings: Sequence[Reading], diagnoses: Sequence[Proposal] = ()) -> Status:
    """The encounter's word goes before the clinician's tick, that before the note's."""
    if encounter.new_patient is not None:
        return Status(encounter.new_patient, 1.0)
    ticked = next((line.code for line in encounter.service_lines if line.code in em.OFFICE_CODES), "")
    if ticked:
        return Status(ticked.startswith("9920"), TOLD)
    for reading in readings:
        if _said(_NEW, reading) and not _KNOWN.search(reading.lowered):
            return Status(True, TOLD)
        if _said(_ESTABLISHED, reading) or _opens_with_follow_up(reading):
            return Status(False, TOLD)
        if _said(_REFERRED, reading):
            return Status(True, REFERRED)
    return Status(False, MANAGED) if _is_managed(readings, diagnoses) else Status(None, SILENT)


def _is_managed(readings: Sequence[Reading], diagnoses: Sequence[Proposal]) -> bool:
    """Several chronic illnesses, and in the plan drugs that go on: care that did not begin today."""
    lasting = {proposal.code[:3] for proposal in diagnoses if mdm.is_lasting(proposal.code)}
    return len(lasting) >= _SEVERAL and any(_goes_on(reading) for reading in readings)


def _goes_on(reading: Reading) -> bool:
    for drug in reading.drugs:
        part = reading.part_at(drug.start)
        if part.section in mdm.PLAN_SECTIONS:
            begin = max(
                part.body,
                reading.lowered.rfind(".", part.body, drug.start),
                reading.lowered.rfind("\n", part.body, drug.start),
            )
            if _CONTINUED.search(reading.lowered, begin, drug.start):
                return True
    return False


def _said(pattern: Screened, reading: Reading) -> bool:
    return any(reading.part_at(match.start()).section not in _AHEAD for match in pattern.finditer(reading.lowered))


def _opens_with_follow_up(reading: Reading) -> bool:
    return any(_OPENING.search(reading.lowered, start, end) for start, end in _openings(reading))


def _openings(reading: Reading) -> Iterator[tuple[int, int]]:
    """The reason of the visit, and how its story begins."""
    for part in reading.parts:
        if part.section is Section.CHIEF_COMPLAINT:
            yield part.body, part.end
        elif part.section in _REASONS:
            yield part.body, min(part.end, part.body + _OPENS_WITHIN)
