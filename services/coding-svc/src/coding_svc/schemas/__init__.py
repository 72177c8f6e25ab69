"""What the API takes and answers: one file per subject."""

from coding_svc.schemas.encounter import EncounterIn, EncounterRecord
from coding_svc.schemas.review import DecisionIn

__all__ = ["DecisionIn", "EncounterIn", "EncounterRecord"]
