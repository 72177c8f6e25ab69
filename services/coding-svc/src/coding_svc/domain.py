"""The words of coding: what the engine is told, what it decides, and why. Standard library only.

An encounter's facts go in as `ClinicalEncounter`; `CodingResult` comes out. Every code carries the
span of the note it rests on, the section and assertion it was read under, the rule that made it, the
version of the data, and a confidence. Nothing here reads a clock, a file or a database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final


class CodeSystem(StrEnum):
    """Whose code it is. CPT numbers are owned by the AMA; this product holds numbers only, no descriptors."""

    ICD10CM = "ICD-10-CM"
    CPT = "CPT"
    HCPCS = "HCPCS"


class Sex(StrEnum):
    """Administrative sex as claims carry it (DMG03)."""

    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "U"


class VisitType(StrEnum):
    """What kind of encounter it is, which decides the family of E/M codes."""

    OFFICE = "office"
    TELEHEALTH_VIDEO = "telehealth_video"
    TELEHEALTH_AUDIO = "telehealth_audio"
    PREVENTIVE = "preventive"
    PROCEDURE = "procedure"
    SURGERY = "surgery"
    OTHER = "other"


class Assertion(StrEnum):
    """How the note speaks of a condition. Only `PRESENT` may become the code of an active disease."""

    PRESENT = "present"
    NEGATED = "negated"
    UNCERTAIN = "uncertain"
    HISTORICAL = "historical"
    FAMILY = "family"
    PLANNED = "planned"
    OTHER_PERSON = "other_person"
    CONDITIONAL = "conditional"


class Section(StrEnum):
    """Where in the note something stands, whatever words head that part."""

    ASSESSMENT = "assessment"
    PLAN = "plan"
    PROCEDURE = "procedure"
    RESULTS = "results"
    CHIEF_COMPLAINT = "chief_complaint"
    HPI = "hpi"
    ROS = "ros"
    EXAM = "exam"
    VITALS = "vitals"
    MEDICATIONS = "medications"
    ALLERGIES = "allergies"
    PAST_HISTORY = "past_history"
    PAST_SURGICAL = "past_surgical"
    PROBLEM_LIST = "problem_list"
    FAMILY_HISTORY = "family_history"
    SOCIAL_HISTORY = "social_history"
    INSTRUCTIONS = "instructions"
    ADMINISTRATIVE = "administrative"
    UNKNOWN = "unknown"
    STRUCTURED = "structured"


class Route(StrEnum):
    """Released by itself, or laid before a coder."""

    AUTO = "auto"
    QUEUE = "queue"


class Reason(StrEnum):
    """Why an encounter, or a code, goes to a person. The values are public and stable."""

    CODESET_NOT_LOADED = "codeset.not-loaded"
    NOTE_MISSING = "note.missing"
    NOTE_UNSIGNED = "note.unsigned"
    NOTE_UNATTESTED = "note.unattested"
    NOTE_TOO_LONG = "note.too-long"
    NO_DIAGNOSIS = "coding.no-diagnosis"
    NO_SERVICE = "coding.no-service"
    LOW_CONFIDENCE = "coding.low-confidence"
    EM_UNDETERMINED = "coding.em-undetermined"
    NEW_PATIENT_UNKNOWN = "coding.new-patient-unknown"
    CODE_NOT_BILLABLE = "coding.code-not-billable"
    CODE_NOT_SUPPORTED = "coding.code-not-supported"
    CODE_UNKNOWN = "coding.code-unknown"
    CHARGE_UNKNOWN = "coding.charge-unknown"
    EXCLUDES1 = "coding.excludes1"
    AGE_CONFLICT = "coding.age-conflict"
    SEX_CONFLICT = "coding.sex-conflict"
    MANIFESTATION_FIRST = "coding.manifestation-first"
    EXTERNAL_CAUSE_FIRST = "coding.external-cause-first"
    CODE_FIRST = "coding.code-first"
    USE_ADDITIONAL = "coding.use-additional"
    UNSPECIFIED_SIDE = "coding.unspecified-side"
    EM_LEVEL_DIFFERS = "coding.em-level-differs"
    POINTER_MISSING = "coding.pointer-missing"
    MISSING_FACT = "coding.missing-fact"
    NCCI = "coding.ncci"
    MUE = "coding.mue"
    GLOBAL_PERIOD = "coding.global-period"
    PLACE_OF_SERVICE = "coding.place-of-service"
    COPIED_FORWARD = "coding.copied-forward"
    CONFLICT = "coding.conflict"
    CONDITION_LEFT_OUT = "coding.condition-left-out"
    SERVICE_LEFT_OUT = "coding.service-left-out"


class MdmLevel(StrEnum):
    """One element of medical decision making, or the whole of it (2 of 3 decide)."""

    MINIMAL = "minimal"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


MDM_ORDER: Final = (MdmLevel.MINIMAL, MdmLevel.LOW, MdmLevel.MODERATE, MdmLevel.HIGH)
"""From lowest to highest. The tables' other words (straightforward, limited, extensive) map onto these."""

MAX_DIAGNOSES_PER_ENCOUNTER: Final = 50
"""A claim holds twelve: claim-builder drops what no line points to, or makes a second claim."""

MAX_POINTERS_PER_LINE: Final = 4
"""SV107: four pointers per service line."""


@dataclass(frozen=True, slots=True)
class ClinicalNote:
    """One document of the encounter. `text` is kept as received: every span counts its code points."""

    note_id: str
    text: str
    author: str = ""
    authored_at: datetime | None = None
    signed: bool = True
    note_type: str = "progress"


@dataclass(frozen=True, slots=True)
class CodedDiagnosis:
    """A diagnosis that the EMR sent as a code; a `system` other than ICD-10-CM is kept for the coder."""

    code: str
    system: str = "ICD-10-CM"
    text: str = ""
    snomed: str | None = None
    rank: int | None = None
    """1 = first-listed, as the EMR ranked it."""
    confirmed: bool = True
    """False for provisional or differential (FHIR verificationStatus): never coded, guideline IV.H."""
    active: bool = True
    """False for resolved ones, and for entries of a problem list that were not addressed today."""


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service that charge capture sent. `diagnosis_refs` are indices into the encounter's diagnoses."""

    code: str
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    charge_cents: int | None = None
    diagnosis_refs: tuple[int, ...] = ()
    date_of_service: date | None = None
    line_id: str | None = None
    charge_code: str = ""
    """The practice's own code, where that was sent; `code` is empty if the chargemaster does not know it."""


@dataclass(frozen=True, slots=True)
class ClinicalOrder:
    """An order with its state. Only an order `completed` in this practice becomes a billed service."""

    text: str
    code: str | None = None
    status: str = "active"
    """active | completed | cancelled"""
    performed_in_practice: bool = False
    units: Decimal = Decimal(1)
    order_id: str | None = None
    charge_code: str = ""
    """As on a service line."""


@dataclass(frozen=True, slots=True)
class MdmElements:
    """The three elements as the clinician or the EMR states them. None = not stated."""

    problems: MdmLevel | None = None
    data: MdmLevel | None = None
    risk: MdmLevel | None = None


@dataclass(frozen=True, slots=True)
class OtherService:
    """A service of this practice to the patient on another day: an earlier one, or one that is scheduled."""

    code: str
    date_of_service: date
    modifiers: tuple[str, ...] = ()
    global_days: int | None = None
    """0, 10 or 90 days after it; None: looked up in the fee schedule."""
    same_group: bool = True
    """The same physician, or one of the same group and specialty: only then the global period binds."""


@dataclass(frozen=True, slots=True)
class PayerRules:
    """What the payer's rules change about codes: payer data, never constants of the engine."""

    medicare: bool = False
    """Traditional Medicare: its own wellness and vaccine administration codes."""
    ncci: bool = True
    """Procedure pairs and unit limits apply."""
    program: str = ""
    """Whose NCCI tables: medicare, medicaid, or empty for those of everybody."""
    video_modifier: str = ""
    """On a visit by audio and video, e.g. 95; empty: none."""
    audio_modifier: str = ""
    """On a visit by audio alone, e.g. 93."""
    telehealth_in_person: bool = False
    """A visit by video or audio has the place of service of one in the practice, instead of 02 or 10."""
    prolonged_code: str = ""
    """99417 or G2212; empty: G2212 for traditional Medicare, else 99417."""
    longitudinal: bool = False
    """Pays G2211, as traditional Medicare does anyway."""
    telemedicine_codes: bool = False
    """Takes 98000 to 98015 for visits at a distance instead of office visits."""
    virtual_check_in: bool = True
    """Takes 98016."""


@dataclass(frozen=True, slots=True)
class ClinicalEncounter:
    """Everything the engine may know. Of the payer only the rules that change codes."""

    date_of_service: date
    notes: tuple[ClinicalNote, ...] = ()
    place_of_service: str = "11"
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    new_patient: bool | None = None
    visit_type: VisitType = VisitType.OFFICE
    diagnoses: tuple[CodedDiagnosis, ...] = ()
    service_lines: tuple[ServiceLine, ...] = ()
    orders: tuple[ClinicalOrder, ...] = ()
    total_minutes: int | None = None
    mdm: MdmElements | None = None
    earlier_notes: tuple[str, ...] = ()
    """Texts of the patient's earlier notes in this practice: what is copied from them is not today's work."""
    earlier_services: tuple[OtherService, ...] = ()
    scheduled_services: tuple[OtherService, ...] = ()
    payer_rules: PayerRules = PayerRules()

    def age_years(self) -> int | None:
        """Completed years on the date of service, or None without a birth date."""
        if self.birth_date is None:
            return None
        before_birthday = (self.date_of_service.month, self.date_of_service.day) < (
            self.birth_date.month,
            self.birth_date.day,
        )
        return self.date_of_service.year - self.birth_date.year - before_birthday


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim slice: `note.text[start:end] == text`, in code points, end exclusive."""

    note_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class CodeAssignment:
    """One code with all that argues for it. `rule` names the way it was found, e.g. `dx.term.assessment`."""

    code: str
    system: CodeSystem
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    section: Section = Section.UNKNOWN
    assertion: Assertion = Assertion.PRESENT
    rule: str = ""
    data_version: str = ""
    auto: bool = False
    """True if the confidence reaches the release threshold."""
    group: str = ""
    """What kind of code it is where confidence was measured (see `coding.confidence`)."""
    title: str = ""
    """Official ICD-10-CM title, or our own short label for a procedure."""


@dataclass(frozen=True, slots=True)
class ElementFinding:
    """One fact that was counted for an MDM element, with its span."""

    element: str
    """problems | data | risk"""
    level: MdmLevel
    what: str
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class EmDecision:
    """The visit's level (99202-99205, 99212-99215; by payer 98000-98015): the higher of MDM and total time."""

    code: str
    by: str
    """mdm | time"""
    confidence: float
    modifiers: tuple[str, ...] = ()
    minutes: int | None = None
    problems: MdmLevel | None = None
    data: MdmLevel | None = None
    risk: MdmLevel | None = None
    facts: tuple[ElementFinding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    rule: str = ""
    auto: bool = False
    diagnosis_pointers: tuple[int, ...] = ()
    """Zero-based indices into `CodingResult.diagnoses`, at most four."""
    line_id: str | None = None
    """The EMR's own line id, where it sent this very level."""
    time_evidence: tuple[Evidence, ...] = ()
    """The note's statement of the minutes, whichever method decides."""
    group: str = ""
    """What kind of estimate it is where confidence was measured; empty for what was stated or sent."""
    level_confidence: float = 0.0
    """How sure the level is; `confidence` is that of the code, which new or established decides as well."""


@dataclass(frozen=True, slots=True)
class ProcedureAssignment:
    """One billed service line other than the E/M (which stands in `CodingResult.em`)."""

    code: str
    system: CodeSystem
    confidence: float
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    diagnosis_pointers: tuple[int, ...] = ()
    """Zero-based indices into `CodingResult.diagnoses`, at most four, the main one first."""
    evidence: tuple[Evidence, ...] = ()
    section: Section = Section.UNKNOWN
    rule: str = ""
    data_version: str = ""
    auto: bool = False
    title: str = ""
    charge_cents: int | None = None
    line_id: str | None = None
    """The EMR's own line id, where the line came structured."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code for the coder to weigh: not billed. Ranked by confidence, with what argues for and against."""

    code: str
    system: CodeSystem
    confidence: float
    title: str = ""
    evidence: tuple[Evidence, ...] = ()
    arguments_for: tuple[str, ...] = ()
    arguments_against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodingFinding:
    """Something wrong or missing. `location` is a JSON pointer into the encounter or `note:ID:START-END`."""

    code: Reason
    location: str
    text: str
    action: str
    blocking: bool = True
    """True sends the encounter to a person; False is shown only."""
    subject: str = ""
    """Short machine form, e.g. `excludes1:E10.9~E11.9`, `missing_fact:units`."""


@dataclass(frozen=True, slots=True)
class CodingResult:
    """What was found and done. `diagnoses[0]` is first-listed. Route AUTO implies `reasons` is empty."""

    route: Route
    reasons: tuple[Reason, ...] = ()
    diagnoses: tuple[CodeAssignment, ...] = ()
    em: EmDecision | None = None
    procedures: tuple[ProcedureAssignment, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    findings: tuple[CodingFinding, ...] = ()
    data_versions: dict[str, str] = field(default_factory=dict)
    """What was in force: {"icd10cm": "2026-04", "lexicon": "…", "engine": "…"}."""
    waiting_for_signature: bool = False
    """True: nothing was coded because no note is signed; coded again when the signed note arrives."""
