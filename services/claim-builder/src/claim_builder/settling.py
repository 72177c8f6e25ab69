"""Bring an encounter's claims into line with the facts. Pure: a book goes in, changes come out.

A book is all that is known of one encounter: the newest codes, the newest closing, its claims as they stand. Every
order in which the facts arrived leaves the same book, and the same book leads to the same claims.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from events import CorrectionRequested
from events.parts import Correction
from events.phi import ClaimContent, CodedEncounter, PriorPayment

from claim_builder.building import (
    Draft,
    NoCoverage,
    Turn,
    build,
    build_next,
    build_void,
    coverage_of,
    next_coverage,
)
from claim_builder.domain import (
    NO_SOURCE,
    ORIGINAL,
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
from claim_builder.fixing import PAYER_FIELD, Fix, apply_fixes, fixed_lines
from claim_builder.scrubbing import Finding, ScrubContext, blocks, scrub

REVISED: Final = ("encounter.revised.", "claim.revised.")
"""What the reasons of corrections begin with that follow from a change of content, not from a person's wish."""


@dataclass(slots=True)
class Standing:
    """A claim as its newest version stands. `content` is loaded only where it is needed."""

    version: ClaimVersion
    sequence: PayerSequence
    payer_id: str
    source: Source
    content_sha256: bytes
    correction: Correction | None = None
    unpriced: frozenset[int] = frozenset()
    fixes: list[Fix] = field(default_factory=list)
    content: ClaimContent | None = None
    reasons: frozenset[str] = frozenset()
    """What its versions were made for; a repeated command finds its own reason here."""

    @property
    def stayed_here(self) -> bool:
        """True if no payer can have it: its only version is still on the desk."""
        return self.version.number == 1 and self.version.state is ClaimState.HELD

    @property
    def follows(self) -> UUID | None:
        """The claim whose decision it was built on; None for the first turn."""
        return self.correction.claim_id if self.correction and self.correction.action == "secondary" else None


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
        return self.current_id("P")

    def part(self, sequence: PayerSequence) -> int:
        """Of the payers asked in this turn the last one's number, from 1; 1 also if nobody was asked yet."""
        part = 1
        while claim_id(self.encounter_id, sequence, part + 1) in self.claims:
            part += 1
        return part

    def current_id(self, sequence: PayerSequence) -> UUID:
        """The claim to the payer whose turn it is now."""
        return claim_id(self.encounter_id, sequence, self.part(sequence))

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
    refused: list[tuple[CorrectionRequested, str]] = field(default_factory=list)
    """Commands that are not carried out, and why: their sender is told."""


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
    part = _part_for(book, sequence, _payer_of(book, sequence))
    former = book.claims.get(book.current_id(sequence))
    known = former.content.prior_payments if former and former.content else ()
    turn = _turn(book, sequence, part, correction, known)
    draft = build_from_codes(book, turn, bench)
    former = book.claims.get(draft.claim_id)
    made = _make(
        book,
        _fixed(draft, former),
        bench,
        f"coded:{book.newest.encounter_version}.{book.newest.coding_version}",
        correction,
    )
    if former and former.version.open and former.content_sha256 == made.content_sha256:
        _stands(former, book, changes)
        return
    if sequence == "P":
        _clear_later_turns(book, "superseded" if former else "payer_changed", changes)
    else:
        _stands(book.claims[book.primary_id], book, changes)  # a later turn never comes without the primary
    _retire(book, former, correction, changes)
    _add(book, made, sequence, changes)


def _aim(book: Book) -> tuple[PayerSequence, Correction | None]:
    """Whose claim new codes are for: that of the correction they came with, as long as its payer has the turn."""
    correction = book.correction
    target = book.claims.get(correction.claim_id) if correction else None
    if target is None or correction is None:
        return "P", correction
    if book.current_id(target.sequence) != correction.claim_id:
        return "P", None
    if _payer_of(book, target.sequence) != target.payer_id:
        return "P", None
    return target.sequence, correction


def _payer_of(book: Book, sequence: PayerSequence) -> str | None:
    """The payer whose turn it is by the newest codes and what billers made of them; None if there is none."""
    try:
        payer_id = coverage_of(book.coded.coverages if book.coded else (), sequence).payer_id
    except NoCoverage:
        return None
    standing = book.claims.get(book.current_id(sequence))
    for fix in standing.fixes if standing else ():
        if fix.field == PAYER_FIELD and fix.before == payer_id:
            payer_id = str(fix.after)
    return payer_id


def _part_for(book: Book, sequence: PayerSequence, payer_id: str | None, follows: UUID | None = None) -> int:
    """Which claim of a turn goes to this payer: the last one, or the next.

    The next if the last one went to another payer, was voided, or was built on another claim's decision (`follows`):
    what a payer decided on it stays with it.
    """
    part, standing = book.part(sequence), book.claims.get(book.current_id(sequence))
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
    _refuse_if_passed_on(book, standing, _payer_of(book, standing.sequence))
    known = standing.content.prior_payments if standing.content else ()
    turn = _turn(book, standing.sequence, book.part(standing.sequence), correction, tuple(payments) or known)
    draft = _fixed(build_from_codes(book, turn, bench), standing)
    made = _make(book, draft, bench, reason, correction)
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
    part = _part_for(book, coverage.sequence, coverage.payer_id, correction.claim_id)
    turn = _turn(book, coverage.sequence, part, correction, tuple(payments))
    draft = build_next(book.encounter_id, sent, turn)
    former = book.claims.get(draft.claim_id)
    made = _make(book, _fixed(draft, former), bench, reason, correction)
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


def _refuse_if_passed_on(book: Book, standing: Standing, payer_id: str | None) -> None:
    """A payer whose turn went to another one is not asked again; what it decided is taken back by itself."""
    if book.claims.get(book.current_id(standing.sequence)) is not standing or standing.payer_id != payer_id:
        raise CorrectionRefused("correction.payer-changed")


def _turn(
    book: Book,
    sequence: PayerSequence,
    part: int,
    correction: Correction | None,
    payments: tuple[PriorPayment, ...],
) -> Turn:
    """A replacement is of the claim that the payer decided; a part that begins is an original for its payer."""
    begins = claim_id(book.encounter_id, sequence, part) not in book.claims
    primary_part = book.part("P")
    if correction is None or begins:
        return Turn(sequence, prior_payments=payments, part=part, primary_part=primary_part)
    number = correction.payer_claim_control_number
    return Turn(sequence, correction.frequency_code, number, payments, part, primary_part)


def _says_the_same(content: ClaimContent, sent: ClaimContent) -> bool:
    """Whether two requests differ in nothing but the way in which they ask."""
    plain = {"frequency_code": ORIGINAL, "payer_claim_control_number": None}
    return content.model_copy(update=plain) == sent.model_copy(update=plain)


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
    return Made(book, version, source, reason, content, *canonical(content), findings, draft.unpriced, correction)


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


def _clear_later_turns(book: Book, reason: WithdrawalReason, changes: Changes) -> None:
    """A new request to the primary payer makes what was asked of others void of ground.

    `payer_changed`: that of the earlier primary payer too, and for good; they are to be taken back where they were
    sent. `superseded`: later payers are asked again once the primary one has decided.
    """
    for claim, standing in book.claims.items():
        if reason == "superseded" and claim == book.primary_id:
            continue
        if standing.version.open and not standing.version.is_void:
            _move(book, standing, standing.version.withdraw(), reason, changes)


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
