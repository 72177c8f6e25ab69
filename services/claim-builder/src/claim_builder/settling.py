"""Bring an encounter's claims into line with the facts. Pure: a book goes in, changes come out.

A book is all that is known of one encounter: the newest codes, the newest closing, its claims as they stand. Every
order in which the facts arrived leaves the same book, and the same book leads to the same claims.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from events.parts import Correction
from events.phi import ClaimContent, CodedEncounter, PriorPayment

from claim_builder.building import Draft, NoCoverage, Turn, build, build_next, build_void
from claim_builder.domain import (
    NO_SOURCE,
    WITHDRAWAL_OF_CLOSING,
    ClaimState,
    ClaimVersion,
    ClosingReason,
    PayerSequence,
    Source,
    Step,
    WithdrawalReason,
    claim_id,
    next_step,
)
from claim_builder.errors import CorrectionRefused, NothingToRelease, StillBlocked
from claim_builder.fees import PriceList
from claim_builder.fixing import Fix, apply_fixes, fixed_lines
from claim_builder.scrubbing import Finding, ScrubContext, blocks, scrub


@dataclass(slots=True)
class Standing:
    """A claim as its newest version stands. `content` is loaded only where it is needed."""

    version: ClaimVersion
    sequence: PayerSequence
    source: Source
    content_sha256: bytes
    correction: Correction | None = None
    unpriced: frozenset[int] = frozenset()
    fixes: list[Fix] = field(default_factory=list)
    content: ClaimContent | None = None
    reasons: frozenset[str] = frozenset()
    """What its versions were made for; a repeated command finds its own reason here."""


@dataclass(slots=True)
class Book:
    """All that is known of one encounter."""

    tenant_id: str
    encounter_id: UUID
    newest: Source = NO_SOURCE
    coded: CodedEncounter | None = None
    correction: Correction | None = None
    closed_version: int = 0
    closed_reason: ClosingReason | None = None
    claims: dict[UUID, Standing] = field(default_factory=dict)

    @property
    def primary_id(self) -> UUID:
        """The claim to the primary payer."""
        return claim_id(self.encounter_id, "P")

    @property
    def settled(self) -> Source:
        """The source that the claims were last brought into line with."""
        primary = self.claims.get(self.primary_id)
        return primary.source if primary else NO_SOURCE


@dataclass(frozen=True, slots=True)
class Bench:
    """What a claim is made with: prices, and the business date at the practice."""

    prices: PriceList
    today: date


@dataclass(frozen=True, slots=True)
class Made:
    """A new claim version, held or built, with what was found in it."""

    book: Book
    version: ClaimVersion
    source: Source
    reason: str
    content: ClaimContent
    content_json: str
    content_sha256: bytes
    findings: tuple[Finding, ...]
    unpriced: frozenset[int]
    correction: Correction | None


@dataclass(frozen=True, slots=True)
class Moved:
    """An older version that stands elsewhere now; `withdrawn` is why it is not to be sent, if that must be told."""

    book: Book
    version: ClaimVersion
    withdrawn: WithdrawalReason | None


@dataclass(slots=True)
class Changes:
    """What a batch does, in order: written and published together."""

    made: list[Made] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    settled: list[tuple[UUID, Source]] = field(default_factory=list)
    """Claims that a newer source leaves as they are."""


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
    correction = book.correction
    target = book.claims.get(correction.claim_id) if correction else None
    sequence: PayerSequence = target.sequence if target else "P"
    former = book.claims.get(claim_id(book.encounter_id, sequence))
    turn = _turn(sequence, correction, former.content.prior_payments if former and former.content else ())
    draft = _fixed(build_from_codes(book, turn, bench), former)
    made = _make(
        book, draft, bench, f"coded:{book.newest.encounter_version}.{book.newest.coding_version}", correction
    )
    if former and former.version.open and former.content_sha256 == made.content_sha256:
        _stands(former, book, changes)
        return
    _retire(book, former, correction, changes)
    if sequence == "P":
        _supersede_later_turns(book, changes)
    else:
        _stands(book.claims[book.primary_id], book, changes)  # a later turn never comes without the primary
    _add(book, made, sequence, changes)


def rebill(
    book: Book, correction: Correction, payments: Sequence[PriorPayment], bench: Bench, changes: Changes
) -> None:
    """Build a claim again from the newest codes, as a correction of what the payer has. Raises CorrectionRefused."""
    standing = _commanded(book, correction)
    reason = reason_of(correction)
    if reason in standing.reasons:
        return
    _refuse_if_closed(book)
    known = standing.content.prior_payments if standing.content else ()
    turn = _turn(standing.sequence, correction, tuple(payments) or known)
    draft = _fixed(build_from_codes(book, turn, bench), standing)
    made = _make(book, draft, bench, reason, correction)
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
    _commanded(book, correction)
    reason = reason_of(correction)
    if any(reason in standing.reasons for standing in book.claims.values()):
        return
    _refuse_if_closed(book)
    try:
        draft = build_next(book.encounter_id, sent, payments)
    except NoCoverage:
        raise CorrectionRefused("correction.no-next-payer") from None
    former = book.claims.get(draft.claim_id)
    made = _make(book, _fixed(draft, former), bench, reason, correction)
    _retire(book, former, correction, changes)
    _add(book, made, draft.content.coverage.sequence, changes)


def release(book: Book, claim: UUID, content: ClaimContent, bench: Bench, changes: Changes) -> None:
    """Build what a biller has fixed, as a new version.

    Raises StillBlocked if findings remain that block, NothingToRelease if the claim is clean and unchanged.
    """
    standing = book.claims[claim]
    if not standing.version.open:
        raise NothingToRelease
    draft = _fixed(Draft(claim, content, standing.unpriced), standing)
    made = _make(book, draft, bench, f"release:{standing.version.number}", standing.correction)
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


def _turn(sequence: PayerSequence, correction: Correction | None, payments: tuple[PriorPayment, ...]) -> Turn:
    if correction is None:
        return Turn(sequence, prior_payments=payments)
    return Turn(sequence, correction.frequency_code, correction.payer_claim_control_number, payments)


def _fixed(draft: Draft, former: Standing | None) -> Draft:
    if former is None or not former.fixes:
        return draft
    content = apply_fixes(draft.content, former.fixes)
    return Draft(draft.claim_id, content, draft.unpriced - fixed_lines(former.fixes))


def _make(book: Book, draft: Draft, bench: Bench, reason: str, correction: Correction | None) -> Made:
    content, findings = scrub(draft.content, ScrubContext(bench.today, draft.unpriced))
    former = book.claims.get(draft.claim_id)
    version = ClaimVersion(draft.claim_id, 0).next(content.frequency_code)
    if former is not None:
        version = former.version.next(content.frequency_code)
    version = version.hold() if blocks(findings) else version.build()
    source = book.newest
    return Made(
        book, version, source, reason, content, *canonical(content), findings, draft.unpriced, correction
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


def _supersede_later_turns(book: Book, changes: Changes) -> None:
    """A new request to the primary payer makes what was asked of the later ones void of ground."""
    for claim, standing in book.claims.items():
        if claim != book.primary_id and standing.version.open and not standing.version.is_void:
            _move(book, standing, standing.version.withdraw(), "superseded", changes)


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
