"""The HTTP interface: claims with their versions, the edit queue, and the dry run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from events.phi import ClaimContent
from fastapi import APIRouter, Depends, Query, Request
from kit.api import (
    Caller,
    Context,
    Page,
    Problem,
    ProblemItem,
    decode_cursor,
    encode_cursor,
    json_body,
    media_type,
    read_body,
    read_bytes,
    require,
)
from kit.api.paging import PageCursor, PageLimit
from kit.api.problems import pointer_of, problem_of_validation
from kit.database import Transaction
from kit.telemetry.spans import annotate
from pydantic import ValidationError

from claim_builder import files, published, repository, views
from claim_builder.book import Book, Changes
from claim_builder.building import Draft, NoCoverage, Turn, build_all
from claim_builder.domain import ClaimState, claim_id
from claim_builder.errors import FieldNotFixable, NothingToRelease, StillBlocked
from claim_builder.fixing import FIXABLE, PAYER_FIELD, Fix, apply_fixes, fix_for, fixed_lines
from claim_builder.handlers import Handlers
from claim_builder.history import load_history
from claim_builder.models import Claim
from claim_builder.rules.loading import MAX_RULE_NAME, RULE_NAME
from claim_builder.schemas import (
    ClaimDetail,
    ClaimOut,
    DryFindingOut,
    EditDetail,
    EditItem,
    FileValidationOut,
    FixesIn,
    FixIn,
    Validated,
    ValidateIn,
    ValidationOut,
)
from claim_builder.scrubbing import Finding, blocks, scrub
from claim_builder.settling import release

router = APIRouter()
_PATIENT_DATA_ROLES = frozenset({"biller", "coder", "admin"})
Reader = Annotated[Caller, Depends(require("biller", "coder", "operator"))]
Biller = Annotated[Caller, Depends(require("biller"))]
DryRunner = Annotated[Caller, Depends(require("biller", "coder", "emr"))]
"""Who may ask for a dry run."""
StateFilter = Annotated[Literal["held", "built", "withdrawn"] | None, Query()]
TagFilter = Annotated[str | None, Query(pattern=RULE_NAME.pattern, max_length=MAX_RULE_NAME)]
_DRY_RUN = json_body(ValidateIn)
_DRY_RUN["requestBody"]["content"][files.MEDIA_TYPE] = files.BODY


@router.get("/v1/claims")
async def list_claims(
    request: Request,
    caller: Reader,
    state: StateFilter = None,
    tag: TagFilter = None,
    limit: PageLimit = 50,
    cursor: PageCursor = None,
) -> Page[ClaimOut]:
    """Claims in the order of their making; no patient data. `tag` is the name of a rule of the practice that tags."""
    async with _transaction(request, caller) as tx:
        after = decode_cursor(cursor)
        claims = await views.page_of_claims(tx, caller.tenant_id, state, after, limit + 1, tag=tag)
        findings = await views.findings_of(tx, claims)
    items = [views.claim_out(claim, findings.get(claim.claim_id, ())) for claim in claims[:limit]]
    return Page(items=items, next_cursor=_next_cursor(claims, limit))


@router.get("/v1/claims/{claim_id}")
async def get_claim(request: Request, caller: Reader, claim_id: UUID) -> ClaimDetail:
    """A claim with all versions and findings; the newest content only for billers and coders."""
    async with _transaction(request, caller) as tx:
        claim = await _claim(tx, caller, claim_id)
        versions = await views.versions_of(tx, claim)
    return views.claim_detail(claim, versions, with_content=bool(caller.roles & _PATIENT_DATA_ROLES))


@router.get("/v1/edits")
async def list_edits(
    request: Request, caller: Reader, limit: PageLimit = 50, cursor: PageCursor = None
) -> Page[EditItem]:
    """The edit queue: held claims, the oldest first, with what holds them."""
    async with _transaction(request, caller) as tx:
        after = decode_cursor(cursor)
        claims = await views.page_of_claims(tx, caller.tenant_id, ClaimState.HELD, after, limit + 1)
        findings = await views.findings_of(tx, claims)
    items = [views.edit_item(claim, findings[claim.claim_id]) for claim in claims[:limit]]
    return Page(items=items, next_cursor=_next_cursor(claims, limit))


@router.get("/v1/edits/{claim_id}")
async def get_edit(request: Request, caller: Biller, claim_id: UUID) -> EditDetail:
    """A claim on the desk: its content with the fixes made so far, and what is found in it now."""
    async with _transaction(request, caller) as tx:
        claim = await _claim(tx, caller, claim_id)
        book = (await repository.read_books(tx, [claim.encounter_id]))[claim.encounter_id]
        return await _edit_detail(tx, _handlers(request), claim, book)


@router.post("/v1/edits/{claim_id}/fixes", openapi_extra=json_body(FixesIn))
async def post_fixes(request: Request, caller: Biller, claim_id: UUID) -> EditDetail:
    """Change fields of a claim, each with a reason. Nothing goes out before it is released."""
    body, _ = await read_body(request, FixesIn)
    async with _transaction(request, caller) as tx:
        book = await _book(tx, caller, claim_id)
        _refuse_stale(book, claim_id, body.claim_version)
        fixes = _fixes(await _working_content(tx, book, claim_id), body.fixes)
        _refuse_other_payer(book, claim_id, fixes)
        if fixes:
            now = _handlers(request).clock.now()
            await repository.insert_fixes(tx, book, claim_id, fixes, caller.key_prefix, now)
            await load_history(tx, [book])  # the fixes may say that the patient is another
        return await _edit_detail(tx, _handlers(request), await _claim(tx, caller, claim_id), book)


@router.post("/v1/edits/{claim_id}/release")
async def post_release(request: Request, caller: Biller, claim_id: UUID) -> ClaimDetail:
    """Scrub the fixed claim again and build it as a new version; 409 with the findings if it is still blocked."""
    handlers = _handlers(request)
    async with _transaction(request, caller) as tx:
        book = await _book(tx, caller, claim_id)
        content = await _stored_content(tx, book, claim_id)
        await _load_siblings(tx, book, claim_id)
        changes = Changes()
        _release(book, claim_id, content, handlers, changes)
        now = handlers.clock.now()
        await repository.write(tx, changes, now)
        published.publish(tx, changes, now)
        claim = await _claim(tx, caller, claim_id)
        return views.claim_detail(claim, await views.versions_of(tx, claim), with_content=True)


@router.post("/v1/claims/validate", openapi_extra=_DRY_RUN)
async def post_validate(request: Request, caller: DryRunner) -> ValidationOut | FileValidationOut:
    """What would be found in a claim, in the claim built from a coded encounter, or in an X12 file. Stores nothing."""
    if media_type(request) == files.MEDIA_TYPE:
        raw = await read_bytes(request, request.app.state.context.settings.body_limit_bytes)
        return await asyncio.to_thread(files.validated_file, raw)
    body, _ = await read_body(request, ValidateIn, other_types=files.MEDIA_TYPE)
    handlers = _handlers(request)
    drafts = _drafts(_strict(body), handlers, caller.tenant_id)
    contents, bench = [draft.content for draft in drafts], handlers.bench(caller.tenant_id)
    scrubbed = [
        scrub(draft.content, bench.scrub_context(draft.unpriced, _others(contents, at)))
        for at, draft in enumerate(drafts)
    ]
    return ValidationOut(
        clean=not any(blocks(page.findings) for page in scrubbed),
        charge_cents=sum(page.content.charge_cents for page in scrubbed),
        pages=len(scrubbed),
        findings=[
            DryFindingOut(**finding.to_json(), page=number)
            for number, page in enumerate(scrubbed, start=1)
            for finding in page.findings
        ],
    )


def _others(contents: Sequence[ClaimContent], at: int) -> tuple[ClaimContent, ...]:
    return (*contents[:at], *contents[at + 1 :])


def _transaction(request: Request, caller: Caller) -> AbstractAsyncContextManager[Transaction]:
    context: Context = request.app.state.context
    return context.database.transaction([caller.tenant_id])


def _handlers(request: Request) -> Handlers:
    handlers: Handlers = request.app.state.context.parts["handlers"]
    return handlers


def _next_cursor(claims: Sequence[Claim], limit: int) -> str | None:
    return encode_cursor(claims[limit - 1].created_at, claims[limit - 1].claim_id) if len(claims) > limit else None


async def _claim(tx: Transaction, caller: Caller, claim: UUID) -> Claim:
    found = await views.find_claim(tx, caller.tenant_id, claim)
    if found is None:
        raise Problem(404, "claim.not-found", hint="There is no such claim in your practice.")
    annotate(encounter_id=found.encounter_id, claim_id=found.claim_id)
    return found


async def _book(tx: Transaction, caller: Caller, claim: UUID) -> Book:
    """The book of the claim's encounter, locked until the transaction ends."""
    encounter_id = (await _claim(tx, caller, claim)).encounter_id
    return (await repository.lock_books(tx, [encounter_id]))[encounter_id]


async def _stored_content(tx: Transaction, book: Book, claim: UUID) -> ClaimContent:
    key = (claim, book.claims[claim].version.number)
    return (await repository.load_contents(tx, [key]))[key]


async def _working_content(tx: Transaction, book: Book, claim: UUID) -> ClaimContent:
    return apply_fixes(await _stored_content(tx, book, claim), book.claims[claim].fixes)


async def _edit_detail(tx: Transaction, handlers: Handlers, claim: Claim, book: Book) -> EditDetail:
    standing = book.claims[claim.claim_id]
    content = await _working_content(tx, book, claim.claim_id)
    unpriced = standing.unpriced - fixed_lines(standing.fixes)
    await _load_siblings(tx, book, claim.claim_id)
    siblings = book.siblings(standing.sequence, claim.claim_id)
    bench = handlers.bench(book.tenant_id)
    scrubbed = scrub(content, bench.scrub_context(unpriced, siblings, book.billed_elsewhere(content)))
    findings = [finding.to_json() for finding in scrubbed.findings]
    return EditDetail(
        **views.edit_item(claim, findings).model_dump(),
        content=content.model_dump(mode="json"),
        fixes=await views.fixes_of(tx, claim),
        fixable=list(FIXABLE),
    )


async def _load_siblings(tx: Transaction, book: Book, claim: UUID) -> None:
    """The other claims of a split encounter, which edits look at as well."""
    if len(book.pages(book.claims[claim].sequence)) > 1:
        await repository.load_current_contents(tx, [book])


def _refuse_stale(book: Book, claim: UUID, expected: int | None) -> None:
    version = book.claims[claim].version
    if not version.open:
        raise Problem(409, "claim.not-open", hint="This claim is withdrawn; nothing on it can be fixed.")
    if expected is not None and expected != version.number:
        raise Problem(
            409,
            "claim.version-changed",
            hint="The claim was rebuilt meanwhile; look at it again.",
            pointer="/claim_version",
        )


def _refuse_other_payer(book: Book, claim: UUID, fixes: Sequence[tuple[Fix, str]]) -> None:
    standing = book.claims[claim]
    alone = standing.stayed_here and len(book.pages(standing.sequence)) == 1
    if any(fix.field == PAYER_FIELD for fix, _ in fixes) and not alone:
        hint = (
            "The payer may have this claim or a page of it. Revise the encounter's coverage: its claim is taken back, "
            "a new one built."
        )
        raise Problem(409, "claim.payer-has-it", hint=hint)


def _fixes(content: ClaimContent, wanted: Sequence[FixIn]) -> list[tuple[Fix, str]]:
    """The fixes that change something, each made on what the one before it left. Problem 422."""
    made: list[tuple[Fix, str]] = []
    for at, fix_in in enumerate(wanted):
        try:
            fix = fix_for(content, fix_in.field, fix_in.value)
        except FieldNotFixable as error:
            raise Problem(422, error.code, hint=_NOT_FIXABLE, pointer=f"/fixes/{at}/field") from None
        except ValidationError:
            hint = "The field cannot hold this value; see the claim's schema for its type."
            raise Problem(422, "fix.value-invalid", hint=hint, pointer=f"/fixes/{at}/value") from None
        if fix.before != fix.after:
            made.append((fix, fix_in.reason))
            content = apply_fixes(content, [fix])
    return made


_NOT_FIXABLE = "Use a field of this claim that GET /v1/edits/{claim_id} lists as fixable; codes are the coder's."


def _release(book: Book, claim: UUID, content: ClaimContent, handlers: Handlers, changes: Changes) -> None:
    try:
        release(book, claim, content, handlers.bench(book.tenant_id), changes)
    except StillBlocked as blocked:
        items = [_problem_item(finding) for finding in blocked.findings if finding.blocks]
        hint = "Findings still block this claim; fix them first."
        raise Problem(409, "claim.still-blocked", hint=hint, items=items) from None
    except NothingToRelease:
        hint = "The claim is not held, and no fix has changed it."
        raise Problem(409, "claim.nothing-to-release", hint=hint) from None


def _problem_item(finding: Finding) -> ProblemItem:
    return ProblemItem(finding.code, f"/{finding.path}", f"{finding.text} {finding.action}")


def _strict(body: ValidateIn) -> Validated:
    """The body with its typed content, unknown fields refused. Problem 422."""
    given = body.model_dump(exclude_none=True)
    try:
        typed = Validated.model_validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        raise problem_of_validation(error) from None
    unknown = list(_unknown_fields(given, typed.model_dump(), ()))
    if unknown:
        items = [ProblemItem("body.unknown-field", pointer_of(at), "Remove the unknown field.") for at in unknown]
        raise Problem(422, "body.invalid", hint="The body does not match the schema; see errors.", items=items)
    return typed


def _unknown_fields(given: Any, known: Any, at: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Places (of the holder, since a name is the caller's text) whose objects have fields that the models do not."""
    if isinstance(given, dict) and isinstance(known, dict):
        if given.keys() - known.keys():
            yield at
        for name in given.keys() & known.keys():
            yield from _unknown_fields(given[name], known[name], (*at, name))
    elif isinstance(given, list) and isinstance(known, list | tuple):
        for position, (item, it) in enumerate(zip(given, known, strict=False)):
            yield from _unknown_fields(item, it, (*at, position))


def _drafts(typed: Validated, handlers: Handlers, tenant_id: str) -> tuple[Draft, ...]:
    if typed.claim is not None:
        return (Draft(claim_id(uuid4(), "P"), typed.claim),)
    assert typed.encounter is not None
    try:
        return build_all(uuid4(), typed.encounter, Turn(), handlers.bench(tenant_id).prices)
    except NoCoverage:
        hint = "Name at least one coverage: without a payer there is no claim."
        raise Problem(422, "claim.coverage-missing", hint=hint, pointer="/encounter/coverages") from None
