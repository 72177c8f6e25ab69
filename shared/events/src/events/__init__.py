"""The published language of cleanclaim: one file per event, frozen models, golden samples."""

from events.acknowledgement_quarantined import AcknowledgementQuarantined
from events.claim_accepted import ClaimAccepted
from events.claim_built import ClaimBuilt
from events.claim_closed import ClaimClosed
from events.claim_denied import ClaimDenied
from events.claim_held import ClaimHeld, HeldFinding
from events.claim_paid import ClaimPaid
from events.claim_rejected import ClaimRejected
from events.claim_stalled import ClaimStalled
from events.claim_submitted import ClaimSubmitted
from events.claim_withdrawn import ClaimWithdrawn
from events.correction_refused import CorrectionRefused
from events.correction_requested import CorrectionRequested
from events.encounter_closed import EncounterClosed
from events.encounter_coded import EncounterCoded
from events.encounter_held import EncounterHeld
from events.encounter_received import EncounterReceived
from events.envelope import Event, Part, Topic
from events.parts import Adjustment, Correction, StatusCode
from events.registry import CATALOGUE, UnknownEvent, event_class

__all__ = [
    "CATALOGUE",
    "AcknowledgementQuarantined",
    "Adjustment",
    "ClaimAccepted",
    "ClaimBuilt",
    "ClaimClosed",
    "ClaimDenied",
    "ClaimHeld",
    "ClaimPaid",
    "ClaimRejected",
    "ClaimStalled",
    "ClaimSubmitted",
    "ClaimWithdrawn",
    "Correction",
    "CorrectionRefused",
    "CorrectionRequested",
    "EncounterClosed",
    "EncounterCoded",
    "EncounterHeld",
    "EncounterReceived",
    "Event",
    "HeldFinding",
    "Part",
    "StatusCode",
    "Topic",
    "UnknownEvent",
    "event_class",
]
