"""The life of a claim version and the names it is known by. Standard library only.

A claim is one request to one payer: the same encounter asks its primary payer once, its secondary once. It is
rebuilt under a higher version whenever what it is made of changes; versions are never edited. What a version may
become is said by deeds (`hold`, `build`, `withdraw`, `supersede`, `correct`), each of which refuses the wrong moment.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal, NamedTuple
from uuid import UUID, uuid5

PATIENT_CONTROL_NUMBER_LENGTH: Final = 14
"""CLM01: upper-case letters and digits up to this length pass every known payer unchanged."""
MAX_DIAGNOSES: Final = 12
"""HI segment of a 005010X222A1 claim."""
MAX_LINES: Final = 50
"""LX loops of a 005010X222A1 claim."""
MAX_POINTERS: Final = 4
"""SV107: diagnosis pointers of one service line."""

PayerSequence = Literal["P", "S", "T"]
FrequencyCode = Literal["1", "7", "8"]
ClosingReason = Literal["self_pay", "not_disclosed", "cancelled", "nothing_billable"]
WithdrawalReason = Literal["encounter_cancelled", "superseded", "not_disclosed", "self_pay", "payer_changed", "merged"]

ORIGINAL: Final[FrequencyCode] = "1"
REPLACEMENT: Final[FrequencyCode] = "7"
VOID: Final[FrequencyCode] = "8"

WITHDRAWAL_OF_CLOSING: Final[dict[ClosingReason, WithdrawalReason]] = {
    "self_pay": "self_pay",
    "not_disclosed": "not_disclosed",
    "cancelled": "encounter_cancelled",
    "nothing_billable": "encounter_cancelled",
}


class ClaimState(StrEnum):
    """Where a claim version stands here. Whether it was sent is submission-svc's knowledge, not ours."""

    BUILDING = "building"
    HELD = "held"
    BUILT = "built"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    CORRECTED = "corrected"


class WrongMoment(Exception):
    """A deed was asked of a claim version whose state does not allow it."""

    def __init__(self, deed: str, state: ClaimState) -> None:
        super().__init__(f"a claim version that is {state} cannot {deed}")
        self.deed = deed
        self.state = state


_BEFORE: Final[dict[str, frozenset[ClaimState]]] = {
    "hold": frozenset({ClaimState.BUILDING}),
    "build": frozenset({ClaimState.BUILDING}),
    "withdraw": frozenset({ClaimState.HELD, ClaimState.BUILT}),
    "supersede": frozenset({ClaimState.HELD, ClaimState.BUILT}),
    "correct": frozenset({ClaimState.BUILT}),
}


@dataclass(frozen=True, slots=True)
class ClaimVersion:
    """One version of one claim: what is asked is in its content; this is only where it stands."""

    claim_id: UUID
    number: int
    frequency_code: FrequencyCode = ORIGINAL
    state: ClaimState = ClaimState.BUILDING

    @property
    def open(self) -> bool:
        """Whether this version is still meant to ask for money or waits to be allowed to."""
        return self.state in {ClaimState.HELD, ClaimState.BUILT}

    @property
    def is_void(self) -> bool:
        """A void takes a claim back. Nothing that happens to the encounter withdraws it."""
        return self.frequency_code == VOID

    def hold(self) -> ClaimVersion:
        """Blocking findings: it waits in the edit queue."""
        return self._become("hold", ClaimState.HELD)

    def build(self) -> ClaimVersion:
        """Clean: it may be sent."""
        return self._become("build", ClaimState.BUILT)

    def withdraw(self) -> ClaimVersion:
        """It is not to be sent, and nothing takes its place."""
        return self._become("withdraw", ClaimState.WITHDRAWN)

    def supersede(self) -> ClaimVersion:
        """A newer version takes its place."""
        return self._become("supersede", ClaimState.SUPERSEDED)

    def correct(self) -> ClaimVersion:
        """The payer has it, and a correction of it was asked for: a newer version corrects it."""
        return self._become("correct", ClaimState.CORRECTED)

    def next(self, frequency_code: FrequencyCode) -> ClaimVersion:
        """The version that follows this one."""
        return ClaimVersion(self.claim_id, self.number + 1, frequency_code)

    def _become(self, deed: str, state: ClaimState) -> ClaimVersion:
        if self.state not in _BEFORE[deed]:
            raise WrongMoment(deed, self.state)
        return replace(self, state=state)


class Source(NamedTuple):
    """What a claim version is made of. Compares by age: the larger is the newer."""

    encounter_version: int
    coding_version: int


NO_SOURCE: Final = Source(0, 0)


class Step(StrEnum):
    """What the facts demand of an encounter's claims."""

    NOTHING = "nothing"
    BUILD = "build"
    WITHDRAW = "withdraw"


def next_step(newest: Source, closed_version: int, settled: Source) -> Step:
    """Derive from the facts alone, so that every order of arrival ends in the same state.

    `newest` is the newest release of codes, `closed_version` the newest encounter version that was closed without a
    claim (0: none), `settled` the source that the claims were last brought into line with.
    """
    if 0 < closed_version >= newest.encounter_version:
        return Step.WITHDRAW
    return Step.BUILD if newest > settled else Step.NOTHING


def claim_id(encounter_id: UUID, payer_sequence: PayerSequence, part: int = 1, page: int = 1) -> UUID:
    """The claim's name: the same for every version, derived so that a redo names it again.

    A claim is one request to one payer: where another payer takes the turn over, its claim is the next part. What does
    not fit into one claim goes on the next page.
    """
    return uuid5(encounter_id, f"{payer_sequence}|{part}" if page == 1 else f"{payer_sequence}|{part}.{page}")


def patient_control_number(claim: UUID) -> str:
    """CLM01: 14 characters A-Z and 2-7 (70 bits of SHA-256 of the claim id), the same for all versions."""
    digest = hashlib.sha256(claim.bytes).digest()[:10]  # sixteen characters
    return base64.b32encode(digest).decode("ascii")[:PATIENT_CONTROL_NUMBER_LENGTH]


def line_item_control_number(control_number: str, line_number: int) -> str:
    """REF*6R: patient control number and line number, at most 30 characters (loop 2400), unique in the claim."""
    return f"{control_number}{line_number:03d}"


def next_sequence(sequence: PayerSequence) -> PayerSequence | None:
    """Who is asked after this payer, or None after the tertiary."""
    following: dict[PayerSequence, PayerSequence | None] = {"P": "S", "S": "T", "T": None}
    return following[sequence]
