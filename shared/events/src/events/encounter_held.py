"""Coding of an encounter waits for somebody."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from events.envelope import Event, ReasonCode, Topic


class EncounterHeld(Event):
    """Published once per encounter version and set of reasons; ends with EncounterCoded or EncounterClosed."""

    event_type: ClassVar[str] = "EncounterHeld"
    topic: ClassVar[Topic] = Topic.CODING
    identity: ClassVar[tuple[str, ...]] = (
        "encounter_id",
        "encounter_version",
        "hold_number",
    )

    hold_number: int = Field(ge=1)
    reason_codes: tuple[ReasonCode, ...]
    waits_on: Literal["coder", "provider", "emr"]
