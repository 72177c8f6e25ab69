"""A book: all that is known of one encounter's claims, and what is done to them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from events import CorrectionRequested
from events.parts import Correction
from events.phi import ClaimContent, CodedEncounter

from claim_builder.domain import (
    NO_SOURCE,
    ClaimState,
    ClaimVersion,
    ClosingReason,
    PayerSequence,
    Source,
    WithdrawalReason,
    claim_id,
)
from claim_builder.fees import PriceList
from claim_builder.fixing import Fix
from claim_builder.patients import patient_keys
from claim_builder.rules import TenantRules
from claim_builder.scrubbing import EarlierLine, Finding, PayerProfiles, ScrubContext, load_profiles


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


class Earlier(NamedTuple):
    """What another encounter of a patient was billed for: the patient's keys, and the lines."""

    patient: frozenset[bytes]
    lines: tuple[EarlierLine, ...]


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
    patient: frozenset[bytes] = frozenset()
    """Keys of the patient, as coded and as billers have mended them; known together with the history."""
    history: tuple[Earlier, ...] | None = None
    """What was billed of the patient in other encounters; None until it was asked, which is not the same as nothing."""

    def billed_elsewhere(self, content: ClaimContent) -> tuple[EarlierLine, ...]:
        """The history of the patient that a claim names, whom a biller may have mended.

        Raises RuntimeError if nobody loaded it: a duplicate would go out unseen.
        """
        if self.history is None:
            raise RuntimeError("the patient's history of this book was not loaded")
        if not self.history:
            return ()
        patient = patient_keys(content)
        return tuple(line for each in self.history if not patient.isdisjoint(each.patient) for line in each.lines)

    @property
    def primary_id(self) -> UUID:
        """The claim to the primary payer."""
        return self.current_id("P")

    def part(self, sequence: PayerSequence, page: int = 1) -> int:
        """Of the payers asked in this turn the last one's number, from 1; 1 also if nobody was asked yet.

        The primary payer is asked for all pages at once; each later one for a page when the one before has decided.
        """
        part, counted = 1, 1 if sequence == "P" else page
        while claim_id(self.encounter_id, sequence, part + 1, counted) in self.claims:
            part += 1
        return part

    def current_id(self, sequence: PayerSequence, page: int = 1) -> UUID:
        """The claim to the payer whose turn it is now."""
        return claim_id(self.encounter_id, sequence, self.part(sequence, page), page)

    def page_of(self, claim: UUID) -> int:
        """Which of the claims of one request it is, from 1. Raises KeyError for a claim that is not here."""
        sequence, numbers = self.claims[claim].sequence, range(1, len(self.claims) + 1)
        names = ((page, claim_id(self.encounter_id, sequence, part, page)) for page in numbers for part in numbers)
        return next(page for page, name in names if name == claim)

    def pages(self, sequence: PayerSequence) -> list[Standing]:
        """The claims of the request to the payer whose turn it is now, those that are asked for."""
        current = (self.current_id(sequence, page) for page in range(1, len(self.claims) + 1))
        found = (self.claims.get(claim) for claim in current)
        return [standing for standing in found if standing is not None and standing.version.open]

    def siblings(self, sequence: PayerSequence, claim: UUID) -> tuple[ClaimContent, ...]:
        """The other pages of the request that a claim belongs to, as far as their contents are loaded."""
        others = [it for it in self.pages(sequence) if it.version.claim_id != claim]
        return tuple(it.content for it in others if it.content is not None and not it.version.is_void)

    @property
    def settled(self) -> Source:
        """The source that the claims were last brought into line with."""
        primary = self.claims.get(self.primary_id)
        return primary.source if primary else NO_SOURCE


@dataclass(frozen=True, slots=True)
class Bench:
    """What a claim is made with: prices, business date and rules of the practice, and what payers demand."""

    prices: PriceList
    today: date
    payers: PayerProfiles = field(default_factory=load_profiles)
    rules: TenantRules | None = None

    def scrub_context(
        self,
        unpriced: frozenset[int] = frozenset(),
        siblings: tuple[ClaimContent, ...] = (),
        history: tuple[EarlierLine, ...] = (),
    ) -> ScrubContext:
        """What the edits may know of a claim made here: lines without a price, its other pages, earlier lines."""
        return ScrubContext(self.today, unpriced, siblings, history, self.payers, self.rules)


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
    split: bool = False
    """Whether the encounter needs other claims beside this one."""


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
