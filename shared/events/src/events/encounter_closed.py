"""An encounter ends without a claim."""

from __future__ import annotations

from typing import ClassVar, Literal

from events.envelope import Event, Topic


class EncounterClosed(Event):
    """Self-pay, not to be disclosed to the payer (45 CFR 164.522(a)(1)(vi)), cancelled, or nothing to bill."""

    event_type: ClassVar[str] = "EncounterClosed"
    topic: ClassVar[Topic] = Topic.CODING
    identity: ClassVar[tuple[str, ...]] = (
        "encounter_id",
        "encounter_version",
    )

    reason: Literal["self_pay", "not_disclosed", "cancelled", "nothing_billable"]
