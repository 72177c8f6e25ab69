"""The practice's lexicon: what corrections suggest, what was taken up, and the way back."""

from __future__ import annotations

from typing import Annotated, Final

from codesets import icd10cm
from fastapi import APIRouter, Depends, Query, Request, Response
from kit.api import Caller, Context, ProblemItem, json_body, read_body, require
from kit.database import Transaction

from coding_svc.api.intake import body_of, once
from coding_svc.coding.practice import Lesson, PracticeLexicon, normalised
from coding_svc.errors import problem
from coding_svc.learning import going_back, lexicon_at, suggestions
from coding_svc.repository import lexicon as repository
from coding_svc.repository.lexicon import NewVersion
from coding_svc.schemas.answers import (
    LessonAnswer,
    LexiconAnswer,
    LexiconHistory,
    LexiconVersionAnswer,
    SuggestionAnswer,
    Suggestions,
)
from coding_svc.schemas.lexicon import LessonIn, LexiconChangeIn

router = APIRouter(prefix="/v1/lexicon", tags=["lexicon"])
Coder = Annotated[Caller, Depends(require("coder"))]
Version = Annotated[int | None, Query(ge=0, le=1_000_000)]
MAX_HISTORY: Final = 500


@router.get("")
async def get_lexicon(request: Request, caller: Coder, version: Version = None) -> LexiconAnswer:
    """The lexicon as it is, or as it was at a version."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        changes = await repository.changes(tx, caller.tenant_id)
    return _lexicon(lexicon_at(changes, version))


@router.get("/suggestions")
async def get_suggestions(
    request: Request, caller: Coder, minimum: Annotated[int, Query(ge=1, le=1000)] = 2
) -> Suggestions:
    """What at least `minimum` encounters' corrections taught and the lexicon does not hold, best supported first."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        now = lexicon_at(await repository.changes(tx, caller.tenant_id))
        taught = await repository.taught(tx, caller.tenant_id)
    found = suggestions(taught, now, minimum)
    items = [
        SuggestionAnswer(**_lesson(each.lesson).model_dump(), encounters=each.encounters, contrary=each.contrary)
        for each in found
    ]
    return Suggestions(base_version=now.version, items=items)


@router.get("/versions")
async def get_versions(request: Request, caller: Coder) -> LexiconHistory:
    """Who changed the lexicon, when and why; the newest first."""
    async with _context(request).database.transaction([caller.tenant_id]) as tx:
        rows = await repository.versions(tx, caller.tenant_id, MAX_HISTORY)
    return LexiconHistory(items=[LexiconVersionAnswer.model_validate(row._mapping) for row in rows])


@router.post("/versions", status_code=201, response_model=LexiconAnswer, openapi_extra=json_body(LexiconChangeIn))
async def post_version(request: Request, caller: Coder) -> Response:
    """Make a new version: lessons in and out, or what an earlier version held. In force from the next encounter on."""
    body, sha256 = await read_body(request, LexiconChangeIn)
    now = _context(request).clock.now()

    async def work(tx: Transaction) -> bytes:
        changes = await repository.changes(tx, caller.tenant_id)
        present = lexicon_at(changes)
        if body.base_version != present.version:
            raise problem("lexicon.changed", pointer="/base_version")
        if body.back_to is None:
            added, removed = _lessons(body.add, present, "/add"), frozenset(map(_taken, body.remove)) & present.lessons
        else:
            added, removed = going_back(present, lexicon_at(changes, body.back_to))
        _refuse_two_meanings((present.lessons - removed) | added)
        new = NewVersion(present.version + 1, caller.key_prefix, body.reason, added, removed)
        if not await repository.add_version(tx, caller.tenant_id, new, now):
            raise problem("lexicon.changed", pointer="/base_version")
        return body_of(_lexicon(PracticeLexicon(new.version, (present.lessons - removed) | added)))

    return await once(request, caller, sha256, 201, work)


def _lessons(given: tuple[LessonIn, ...], present: PracticeLexicon, pointer: str) -> frozenset[Lesson]:
    """The lessons that are new; refuses a meaning that no loaded release can bill."""
    items = [
        ProblemItem("lexicon.code-not-billable", f"{pointer}/{at}/code", "No loaded ICD-10-CM release bills this code.")
        for at, lesson in enumerate(given)
        if lesson.effect == "means" and not any(release.is_billable(lesson.code) for release in icd10cm.releases())
    ]
    if items:
        raise problem("lexicon.refused", items=items)
    return frozenset(map(_taken, given)) - present.lessons


def _taken(given: LessonIn) -> Lesson:
    return Lesson(normalised(given.term), given.code, given.effect)


def _refuse_two_meanings(lessons: frozenset[Lesson]) -> None:
    terms = [lesson.term for lesson in lessons if lesson.effect == "means"]
    if len(terms) != len(set(terms)):
        hint = "Remove the meaning that the words have now in the same change."
        raise problem("lexicon.refused", items=[ProblemItem("lexicon.two-meanings", "/add", hint)])


def _lexicon(lexicon: PracticeLexicon) -> LexiconAnswer:
    return LexiconAnswer(version=lexicon.version, lessons=[_lesson(lesson) for lesson in sorted(lexicon.lessons)])


def _lesson(lesson: Lesson) -> LessonAnswer:
    return LessonAnswer(term=lesson.term, code=lesson.code, effect=lesson.effect)


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context
