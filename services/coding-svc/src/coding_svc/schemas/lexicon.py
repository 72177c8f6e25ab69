"""A change of the practice's lexicon: lessons in and out, or back to an earlier version."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from kit.api import StrictModel
from kit.api.fields import Storable
from pydantic import Field, model_validator

from coding_svc.learning import MAX_TERM, MIN_TERM
from coding_svc.schemas.encounter import Icd10Cm
from coding_svc.schemas.review import EditReason

Term = Annotated[str, Field(min_length=MIN_TERM, max_length=MAX_TERM), Storable]
Lessons = Annotated[tuple["LessonIn", ...], Field(max_length=500)]


class LessonIn(StrictModel):
    """means: these words are this code where an assessment names them as present. not: they are not this code."""

    term: Term
    code: Icd10Cm
    effect: Literal["means", "not"]


class LexiconChangeIn(StrictModel):
    """`base_version` is the version that was looked at: if it is not the newest any more, nothing is changed."""

    base_version: Annotated[int, Field(ge=0, le=1_000_000)]
    reason: EditReason
    add: Lessons = ()
    remove: Lessons = ()
    back_to: Annotated[int, Field(ge=0, le=1_000_000)] | None = None

    @model_validator(mode="after")
    def _is_one_change(self) -> Self:
        if (self.back_to is None) == (not self.add and not self.remove):
            raise ValueError("give lessons to add or remove, or back_to alone")
        return self
