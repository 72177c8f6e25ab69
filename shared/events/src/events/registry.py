"""The catalogue: every event by type and version. This file is the list to read first."""

from __future__ import annotations

from events.acknowledgement_quarantined import AcknowledgementQuarantined
from events.claim_accepted import ClaimAccepted
from events.claim_built import ClaimBuilt
from events.claim_closed import ClaimClosed
from events.claim_denied import ClaimDenied
from events.claim_held import ClaimHeld
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
from events.envelope import Event

CATALOGUE: tuple[type[Event], ...] = (
    EncounterReceived,
    EncounterCoded,
    EncounterHeld,
    EncounterClosed,
    ClaimBuilt,
    ClaimHeld,
    ClaimWithdrawn,
    CorrectionRefused,
    ClaimSubmitted,
    ClaimAccepted,
    ClaimRejected,
    ClaimStalled,
    AcknowledgementQuarantined,
    ClaimPaid,
    ClaimDenied,
    CorrectionRequested,
    ClaimClosed,
)

BY_TYPE_AND_VERSION: dict[tuple[str, int], type[Event]] = {(e.event_type, e.schema_version): e for e in CATALOGUE}


class UnknownEvent(LookupError):
    """No event of this type and schema version is in the catalogue."""


def event_class(event_type: str, schema_version: int) -> type[Event]:
    """The class of an event by its two headers; raises UnknownEvent."""
    try:
        return BY_TYPE_AND_VERSION[event_type, schema_version]
    except KeyError:
        raise UnknownEvent(f"{event_type} version {schema_version}") from None
