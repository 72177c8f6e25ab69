"""What the practice's own records add to an encounter: earlier services, earlier notes, whether the patient is new."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from coding_svc.coding.services import EM_CODES
from coding_svc.coding.telemedicine import BY_VIDEO
from coding_svc.domain import ClinicalEncounter, OtherService
from coding_svc.repository.history import EarlierLine, History

_HOSPITAL_VISITS: Final = ("992", "993")
_PROCEDURES: Final = tuple("123456")


def with_past(encounter: ClinicalEncounter, history: History | None, specialty: str | None) -> ClinicalEncounter:
    """The encounter with the practice's records of the patient.

    A face-to-face professional service by the same group and specialty within three years makes a patient established
    (CPT, E/M guidelines), whatever was sent; that there is none says nothing, since the records may be younger.
    """
    if history is None:
        return encounter
    own = [line for line in history.lines if _same_group(line, specialty)]
    known = any(_is_face_to_face(line.code) for line in own)
    return replace(
        encounter,
        new_patient=False if known else encounter.new_patient,
        earlier_notes=tuple(history.notes),
        earlier_services=tuple(
            OtherService(line.code, line.service_date, line.modifiers, same_group=_same_group(line, specialty))
            for line in history.lines
        ),
    )


def _same_group(line: EarlierLine, specialty: str | None) -> bool:
    """Unknown specialties count as the same: a person finds a needless hold sooner than a needless denial."""
    return line.specialty is None or specialty is None or line.specialty == specialty


def _is_face_to_face(code: str) -> bool:
    """Visits, also by video, and procedures; not what a laboratory or a film reader does without the patient."""
    return code in EM_CODES or code in BY_VIDEO or code.startswith((*_HOSPITAL_VISITS, *_PROCEDURES))
