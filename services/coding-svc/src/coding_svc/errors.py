"""The catalogue of problems that this service answers; kit adds those about keys, bodies and pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kit.api import Problem, ProblemItem

CATALOGUE: Final[dict[str, tuple[int, str]]] = {
    "encounter.not-found": (404, "No encounter of your practice has this id."),
    "encounter.exists-changed": (
        422,
        "An encounter with this external_id is stored with other content. Revise it by PUT /v1/encounters/{id}.",
    ),
    "encounter.external-id-differs": (422, "external_id is the encounter's name and cannot be changed by a revision."),
    "encounter.in-flight": (409, "The same encounter is being stored by another request. Repeat it in a moment."),
    "encounter.nothing-decided": (404, "The newest version has not been coded yet. Ask again in a moment."),
    "fhir.unusable": (422, "The bundle holds no encounter that can be used; see errors."),
    "fhir.one-encounter-only": (422, "A revision takes a bundle with exactly one encounter."),
    "fhir.not-json": (422, "Send one well-formed JSON document in UTF-8 without NUL and lone surrogates."),
    "review.not-found": (404, "No review item of your practice has this id."),
    "review.decided": (409, "The item is no longer open: it was decided, or the encounter was revised."),
    "review.encounter-revised": (
        409,
        "The encounter was revised meanwhile. Its new version is coded by itself; read the queue again.",
    ),
    "review.edit-refused": (422, "An edit cannot be carried out; see errors."),
    "lexicon.changed": (409, "The lexicon was changed meanwhile. Read it again and repeat with its version."),
    "lexicon.refused": (422, "A lesson cannot be taken into the lexicon; see errors."),
    "quality.not-found": (404, "No sample of your practice has this id."),
    "quality.own-work": (403, "You released this encounter: somebody else codes it a second time."),
    "quality.coded": (409, "Somebody has coded this sample already."),
}
"""Code to HTTP status and what to do."""

RETRY_SECONDS: Final = "1"


def problem(code: str, *, pointer: str | None = None, items: Sequence[ProblemItem] = ()) -> Problem:
    """The Problem to raise for a code of the catalogue."""
    status, hint = CATALOGUE[code]
    headers = {"Retry-After": RETRY_SECONDS} if code == "encounter.in-flight" else {}
    return Problem(status, code, hint=hint, pointer=pointer, items=items, headers=headers)
