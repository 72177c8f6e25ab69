"""An encounter version was stored and acknowledged."""

from __future__ import annotations

from typing import ClassVar, Literal

from events.envelope import Event, Topic


class EncounterReceived(Event):
    """Ids only: the encounter itself stays in coding-svc, whose worker codes it."""

    event_type: ClassVar[str] = "EncounterReceived"
    topic: ClassVar[Topic] = Topic.CODING
    identity: ClassVar[tuple[str, ...]] = (
        "encounter_id",
        "encounter_version",
    )

    cause: Literal["new", "revised", "cancelled"]
