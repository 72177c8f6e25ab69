"""Bring an encounter's claims into line with the facts. Pure: a book goes in, changes come out.

A book is all that is known of one encounter: the newest codes, the newest closing, its claims as they stand. Every
order in which the facts arrived leaves the same book, and the same book leads to the same claims.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from events.parts import Correction
from events.phi import ClaimContent, PriorPayment

from claim_builder.book import Bench, Book, Changes, Made, Moved, Standing
from claim_builder.building import (
    Draft,
    NoCoverage,
    NoPage,
    Turn,
    build,
    build_next,
    build_void,
    coverage_of,
    next_coverage,
    page_count,
)
from claim_builder.domain import (
    ORIGINAL,
    VOID,
    WITHDRAWAL_OF_CLOSING,
    ClaimState,
    ClaimVersion,
    PayerSequence,
    Step,
    WithdrawalReason,
    claim_id,
    next_step,
)
from claim_builder.errors import CorrectionRefused, NothingToRelease, StillBlocked
from claim_builder.fixing import PAYER_FIELD, apply_fixes, fixed_lines
from claim_builder.scrubbing import blocks, scrub

REVISED: Final = ("encounter.revised.", "claim.revised.")
"""What the reasons of corrections begin with that follow from a change of content, not from a person's wish."""


def settle(book: Book, bench: Bench, changes: Changes) -> None:
    """Do what codes and closings demand. Raises CorrectionRefused if there is nobody to bill."""
    step = next_step(book.newest, book.closed_version, book.settled)
    if step is Step.WITHDRAW:
        _withdraw_all(book, changes)
    elif step is Step.BUILD:
        _rebuild(book, bench, changes)


def _withdraw_all(book: Book, changes: Changes) -> None:
    reason = WITHDRAWAL_OF_CLOSING[book.closed_reason or "cancelled"]
    for standing in book.claims.values():
        if standing.version.open and not standing.version.is_void:
            _move(book, standing, standing.version.withdraw(), reason, changes)


def _rebuild(book: Book, bench: Bench, changes: Changes) -> None:
    sequence, correction = _aim(book)
    if sequence == "P" or correction is None:
        _rebuild_primary(book, correction, bench, changes)
    else:
        _rebuild_later(book, sequence, correction, bench, changes)


def _rebuild_primary(book: Book, correction: Correction | None, bench: Bench, changes: Changes) -> None:
    """All pages of the request to the primary payer; a page that says what it said stands, and so does what follows."""
    part = _part_for(book, "P", _payer_of(book, "P"))
    begins = claim_id(book.encounter_id, "P", part) not in book.claims
    count = 1 if book.coded is None else page_count(book.coded)
    drafts: list[tuple[Draft, Correction | None]] = []
    for page in range(1, count + 1):
        own = _correction_of(book, claim_id(book.encounter_id, "P", part, page), page, correction)
        draft = build_from_codes(book, _turn(book, "P", part, page, own, ()), bench)
        drafts.append((_fixed(draft, book.claims.get(draft.claim_id)), own))
    contents = [draft.content for draft, _ in drafts]
    made = [
        _make(book, draft, bench, _reason_of_codes(book), own, (*contents[:at], *contents[at + 1 :]))
        for at, (draft, own) in enumerate(drafts)
    ]
    standing = [it for it in made if _says_so_already(book, it)]
    for it in standing:
        _stands(book.claims[it.version.claim_id], book, changes)
    _clear(book, begins, {it.version.claim_id for it in made}, {it.version.claim_id for it in standing}, changes)
    for it in made:
        if it not in standing:
            _retire(book, book.claims.get(it.version.claim_id), it.correction, changes)
            _add(book, it, "P", changes)


def _rebuild_later(book: Book, sequence: PayerSequence, correction: Correction, bench: Bench, changes: Changes) -> None:
    """The page of a later payer that the new codes were asked for; it never comes without the primary's."""
    page = book.page_of(correction.claim_id)
    part = _part_for(book, sequence, _payer_of(book, sequence, page), page)
    content = book.claims[correction.claim_id].content
    turn = _turn(book, sequence, part, page, correction, content.prior_payments if content else ())
    draft = build_from_codes(book, turn, bench)
    former = book.claims.get(draft.claim_id)
    siblings = book.siblings(sequence, draft.claim_id)
    made = _make(book, _fixed(draft, former), bench, _reason_of_codes(book), correction, siblings)
    if former and _says_so_already(book, made):
        _stands(former, book, changes)
        return
    for standing in (book.claims[book.primary_id], *book.pages("P")):
        _stands(standing, book, changes)
    _retire(book, former, correction, changes)
    _add(book, made, sequence, changes)


def _correction_of(book: Book, claim: UUID, page: int, correction: Correction | None) -> Correction | None:
    """The correction if it is of this claim; one of a claim that is not known here belongs to the first page."""
    if correction is None or correction.claim_id == claim:
        return correction
    return correction if page == 1 and correction.claim_id not in book.claims else None


def _reason_of_codes(book: Book) -> str:
    return f"coded:{book.newest.encounter_version}.{book.newest.coding_version}"


def _says_so_already(book: Book, made: Made) -> bool:
    """True if the claim stands open with this content, and its siblings have not made it blocked meanwhile."""
    former = book.claims.get(made.version.claim_id)
    if former is None or not former.version.open or former.content_sha256 != made.content_sha256:
        return False
    return not made.split or former.version.state is made.version.state


def _aim(book: Book) -> tuple[PayerSequence, Correction | None]:
    """Whose claim new codes are for: that of the correction they came with, as long as its payer has the turn."""
    correction = book.correction
    target = book.claims.get(correction.claim_id) if correction else None
    if target is None or correction is None:
        return "P", correction
    page = book.page_of(correction.claim_id)
    if book.coded is not None and page > page_count(book.coded):
        return "P", None
    if book.current_id(target.sequence, page) != correction.claim_id:
        return "P", None
    if _payer_of(book, target.sequence, page) != target.payer_id:
        return "P", None
    return target.sequence, correction


def _payer_of(book: Book, sequence: PayerSequence, page: int = 1) -> str | None:
    """The payer whose turn it is by the newest codes and what billers made of them; None if there is none."""
    try:
        payer_id = coverage_of(book.coded.coverages if book.coded else (), sequence).payer_id
    except NoCoverage:
        return None
    standing = book.claims.get(book.current_id(sequence, page))
    for fix in standing.fixes if standing else ():
        if fix.field == PAYER_FIELD and fix.before == payer_id:
            payer_id = str(fix.after)
    return payer_id


def _part_for(
    book: Book, sequence: PayerSequence, payer_id: str | None, page: int = 1, follows: UUID | None = None
) -> int:
    """Which claim of a turn goes to this payer: the last one, or the next.

    The next if the last one went to another payer, was voided, or was built on another claim's decision (`follows`):
    what a payer decided on it stays with it.
    """
    part, standing = book.part(sequence, page), book.claims.get(book.current_id(sequence, page))
    if standing is None or standing.stayed_here:
        return part
    follows_another = follows is not None and standing.follows != follows
    if standing.payer_id != payer_id or standing.version.is_void or follows_another:
        return part + 1
    return part


def rebill(
    book: Book,
    correction: Correction,
    sent: ClaimContent,
    payments: Sequence[PriorPayment],
    bench: Bench,
    changes: Changes,
) -> None:
    """Build a claim again from the newest codes, as a correction of what the payer has. Raises CorrectionRefused.

    If it follows a revision that in the end says what `sent` said, nothing is asked of the payer.
    """
    standing = _commanded(book, correction)
    reason = reason_of(correction)
    if reason in standing.reasons:
        return
    _refuse_if_closed(book)
    sequence, page = standing.sequence, book.page_of(correction.claim_id)
    _refuse_if_passed_on(book, standing, _payer_of(book, sequence, page))
    known = standing.content.prior_payments if standing.content else ()
    turn = _turn(book, sequence, book.part(sequence, page), page, correction, tuple(payments) or known)
    draft = _fixed(build_from_codes(book, turn, bench), standing)
    made = _make(book, draft, bench, reason, correction, book.siblings(sequence, correction.claim_id))
    if correction.reason_code.startswith(REVISED) and _says_the_same(made.content, sent):
        if standing.version.open and standing.version.number > correction.claim_version:
            _move(book, standing, standing.version.withdraw(), "superseded", changes)
        return
    _retire(book, standing, correction, changes)
    _add(book, made, standing.sequence, changes)


def void(book: Book, correction: Correction, sent: ClaimContent, bench: Bench, changes: Changes) -> None:
    """Take back the version that the payer has; also after the encounter was closed. Raises CorrectionRefused."""
    standing = _commanded(book, correction)
    reason = reason_of(correction)
    if reason in standing.reasons:
        return
    draft = build_void(correction.claim_id, sent, correction.payer_claim_control_number)
    made = _make(book, draft, bench, reason, correction)
    _retire(book, standing, correction, changes)
    _add(book, made, standing.sequence, changes)


def bill_next(
    book: Book,
    correction: Correction,
    sent: ClaimContent,
    payments: Sequence[PriorPayment],
    bench: Bench,
    changes: Changes,
) -> None:
    """Ask the payer after the one that has decided on `sent`. Raises CorrectionRefused."""
    decided = _commanded(book, correction)
    reason = reason_of(correction)
    if any(reason in standing.reasons for standing in book.claims.values()):
        return
    _refuse_if_closed(book)
    _refuse_if_passed_on(book, decided, decided.payer_id)
    try:
        coverage = next_coverage(sent)
    except NoCoverage:
        raise CorrectionRefused("correction.no-next-payer") from None
    page = book.page_of(correction.claim_id)
    part = _part_for(book, coverage.sequence, coverage.payer_id, page, correction.claim_id)
    turn = _turn(book, coverage.sequence, part, page, correction, tuple(payments))
    draft = build_next(book.encounter_id, sent, turn)
    former = book.claims.get(draft.claim_id)
    siblings = book.siblings(coverage.sequence, draft.claim_id)
    made = _make(book, _fixed(draft, former), bench, reason, correction, siblings)
    _retire(book, former, correction, changes)
    _add(book, made, coverage.sequence, changes)


def release(book: Book, claim: UUID, content: ClaimContent, bench: Bench, changes: Changes) -> None:
    """Build what a biller has fixed, as a new version.

    Raises StillBlocked if findings remain that block, NothingToRelease if the claim is clean and unchanged.
    """
    standing = book.claims[claim]
    if not standing.version.open:
        raise NothingToRelease
    draft = _fixed(Draft(claim, content, standing.unpriced), standing)
    siblings = book.siblings(standing.sequence, claim)
    made = _make(book, draft, bench, f"release:{standing.version.number}", standing.correction, siblings)
    if made.version.state is ClaimState.HELD:
        raise StillBlocked(made.findings)
    if standing.version.state is ClaimState.BUILT and made.content_sha256 == standing.content_sha256:
        raise NothingToRelease
    _retire(book, standing, None, changes)
    _add(book, made, standing.sequence, changes)


def build_from_codes(book: Book, turn: Turn, bench: Bench) -> Draft:
    """The draft for a turn from the book's codes. Raises CorrectionRefused if there is nobody to bill."""
    if book.coded is None:
        raise CorrectionRefused("claim.codes-missing")
    try:
        return build(book.encounter_id, book.coded, turn, bench.prices)
    except NoCoverage:
        raise CorrectionRefused("claim.coverage-missing") from None
    except NoPage:
        raise CorrectionRefused("correction.claim-merged") from None


def reason_of(correction: Correction) -> str:
    """What a version is made for: a command repeated under any event id has the same reason."""
    return f"{correction.action}:{correction.claim_id}:{correction.claim_version}:{correction.reason_code}"


def canonical(content: ClaimContent) -> tuple[str, bytes]:
    """Content as JSON without defaults, and its SHA-256: equal hashes say the same to the payer."""
    text = content.model_dump_json(exclude_defaults=True)
    return text, hashlib.sha256(text.encode()).digest()


def _commanded(book: Book, correction: Correction) -> Standing:
    standing = book.claims.get(correction.claim_id)
    if standing is None:
        raise CorrectionRefused("correction.claim-unknown")
    if correction.claim_version > standing.version.number:
        raise CorrectionRefused("correction.version-unknown")
    return standing


def _refuse_if_closed(book: Book) -> None:
    if book.closed_version >= book.newest.encounter_version:
        raise CorrectionRefused("correction.encounter-closed")


def _refuse_if_passed_on(book: Book, standing: Standing, payer_id: str | None) -> None:
    """A payer whose turn went to another one is not asked again; what it decided is taken back by itself."""
    current = book.current_id(standing.sequence, book.page_of(standing.version.claim_id))
    if current != standing.version.claim_id or standing.payer_id != payer_id:
        raise CorrectionRefused("correction.payer-changed")


def _turn(
    book: Book,
    sequence: PayerSequence,
    part: int,
    page: int,
    correction: Correction | None,
    payments: tuple[PriorPayment, ...],
) -> Turn:
    """A replacement is of the claim that the payer decided; a part that begins is an original for its payer."""
    begins = claim_id(book.encounter_id, sequence, part, page) not in book.claims
    original = Turn(sequence, prior_payments=payments, part=part, primary_part=book.part("P"), page=page)
    if correction is None or begins:
        return original
    number = correction.payer_claim_control_number
    return replace(original, frequency_code=correction.frequency_code, payer_claim_control_number=number)


def _says_the_same(content: ClaimContent, sent: ClaimContent) -> bool:
    """Whether two requests differ in nothing but the way in which they ask."""
    plain = {"frequency_code": ORIGINAL, "payer_claim_control_number": None}
    return content.model_copy(update=plain) == sent.model_copy(update=plain)


def _fixed(draft: Draft, former: Standing | None) -> Draft:
    if former is None or not former.fixes:
        return draft
    content = apply_fixes(draft.content, former.fixes)
    return Draft(draft.claim_id, content, draft.unpriced - fixed_lines(former.fixes))


def _make(
    book: Book,
    draft: Draft,
    bench: Bench,
    reason: str,
    correction: Correction | None,
    siblings: tuple[ClaimContent, ...] = (),
) -> Made:
    # A void takes back what was sent, so nothing that came later in other encounters may hold it.
    history = () if draft.content.frequency_code == VOID else book.billed_elsewhere(draft.content)
    content, findings = scrub(draft.content, bench.scrub_context(draft.unpriced, siblings, history))
    former = book.claims.get(draft.claim_id)
    version = ClaimVersion(draft.claim_id, 0).next(content.frequency_code)
    if former is not None:
        version = former.version.next(content.frequency_code)
    version = version.hold() if blocks(findings) else version.build()
    text, sha256 = canonical(content)
    return Made(
        book=book,
        version=version,
        source=book.newest,
        reason=reason,
        content=content,
        content_json=text,
        content_sha256=sha256,
        findings=findings,
        unpriced=draft.unpriced,
        correction=correction,
        split=bool(siblings),
    )


def _retire(book: Book, former: Standing | None, correction: Correction | None, changes: Changes) -> None:
    """Take the former version out of the way: corrected if the payer has it, else superseded. A void stands."""
    if former is None or not former.version.open or former.version.is_void:
        return
    version = former.version
    if version.state is ClaimState.HELD:
        _move(book, former, version.supersede(), None, changes)
    elif correction and (correction.claim_id, correction.claim_version) == (version.claim_id, version.number):
        _move(book, former, version.correct(), None, changes)
    else:
        _move(book, former, version.supersede(), "superseded", changes)


def _clear(book: Book, begins: bool, request: set[UUID], standing: set[UUID], changes: Changes) -> None:
    """Withdraw what a new request to the primary payer makes void of ground.

    `payer_changed`: it goes to another payer; that of the earlier one too, and for good: to be taken back where it was
    sent. `merged`: a page that is not needed any more. `superseded`: later payers are asked again once the primary one
    has decided on the pages that have changed.
    """
    for claim, other in book.claims.items():
        if claim in request or not other.version.open or other.version.is_void:
            continue
        if begins:
            reason: WithdrawalReason = "payer_changed"
        elif other.sequence == "P":
            reason = "merged"
        elif other.follows in standing:
            continue
        else:
            reason = "superseded"
        _move(book, other, other.version.withdraw(), reason, changes)


def _move(
    book: Book, standing: Standing, to: ClaimVersion, withdrawn: WithdrawalReason | None, changes: Changes
) -> None:
    standing.version = to
    changes.moved.append(Moved(book, to, withdrawn))


def _stands(standing: Standing, book: Book, changes: Changes) -> None:
    standing.source = book.newest
    changes.settled.append((standing.version.claim_id, book.newest))


def _add(book: Book, made: Made, sequence: PayerSequence, changes: Changes) -> None:
    former = book.claims.get(made.version.claim_id)
    book.claims[made.version.claim_id] = Standing(
        version=made.version,
        sequence=sequence,
        payer_id=made.content.coverage.payer_id,
        source=made.source,
        content_sha256=made.content_sha256,
        correction=made.correction,
        unpriced=made.unpriced,
        fixes=former.fixes if former else [],
        content=made.content,
        reasons=(former.reasons if former else frozenset()) | {made.reason},
    )
    changes.made.append(made)


def as_correction(event: Any) -> Correction:
    """The context of a CorrectionRequested that travels on with the claim."""
    return Correction(
        claim_id=event.claim_id,
        claim_version=event.claim_version,
        action=event.action,
        reason_code=event.reason_code,
        frequency_code=event.frequency_code,
        payer_claim_control_number=event.payer_claim_control_number,
    )
