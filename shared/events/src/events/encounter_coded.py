"""The codes of an encounter were released, by the machine or by a coder."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from events.envelope import Event, Part, Topic
from events.parts import Correction
from events.phi import CodedEncounter


class EncounterCoded(Event):
    """Carries all that a claim is made of; `coding_version` counts releases of one encounter version."""

    event_type: ClassVar[str] = "EncounterCoded"
    topic: ClassVar[Topic] = Topic.CODING
    identity: ClassVar[tuple[str, ...]] = (
        "encounter_id",
        "encounter_version",
        "coding_version",
    )
    phi_model: ClassVar[type[Part] | None] = CodedEncounter

    coding_version: int = Field(ge=1)
    released_by: Literal["auto", "coder"]
    payer_ids: tuple[str, ...] = Field(description="Payers in payment order.")
    diagnosis_count: int = Field(ge=0)
    line_count: int = Field(ge=0)
    code_set_release: str
    correction: Correction | None = None
