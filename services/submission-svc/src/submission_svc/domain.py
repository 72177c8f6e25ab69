"""What a submission and an interchange may do, and what the answers of a payer mean for them.

Two state machines that are never blurred: an *interchange* (one file to one gateway) is delivered or not; a *claim
version* in it is accepted or rejected, which only acknowledgements can say. Everything here is derived from facts, so
that any order of arrival ends in the same state. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID, uuid5

KEY_NAMESPACE = UUID("a3b7c1de-0f52-5c3e-9a41-51b6f0c8d2e7")


class WrongMoment(ValueError):
    """The deed is not allowed in this state."""


class ClaimState(StrEnum):
    """Where one version of a claim stands on its way into the payer's adjudication."""

    PENDING = "pending"
    BATCHED = "batched"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    PARKED = "parked"


UNSENT = frozenset({ClaimState.PENDING, ClaimState.PARKED, ClaimState.WITHDRAWN})
"""The payer cannot have this version from us."""
HELD = frozenset({ClaimState.BATCHED, ClaimState.DELIVERED, ClaimState.ACCEPTED})
"""The payer has this version, or may have it: a second original would be a duplicate."""


class Reason(StrEnum):
    """Why a version is parked or withdrawn."""

    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    SENT_VERSION_EXISTS = "sent_version_exists"
    NO_GATEWAY = "no_gateway"
    NOT_ENCODABLE = "not_encodable"


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What is known of one claim version before it is sent, and its state if it was."""

    claim_version: int
    state: ClaimState
    corrects: bool = False
    """It was asked for by a CorrectionRequested: it may follow a version that the payer has."""
    routed: bool = True
    """A gateway account of the tenant serves its payer."""
    encodable: bool = True
    """The X12 writer did not refuse its content."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A state and, where a version does not go on by itself, the reason."""

    state: ClaimState
    reason: Reason | None = None


def standings(versions: Sequence[VersionFacts], withdrawn: frozenset[int]) -> dict[int, Standing]:
    """The standing of every unsent version of one claim; sent versions are not touched.

    The newest known version counts, whether built or withdrawn. It waits while the payer may have an older one and it
    does not say that it corrects it; a rejected older version does not hinder, as it was never adjudicated.
    """
    newest = max([v.claim_version for v in versions] + list(withdrawn), default=0)
    return {v.claim_version: _standing(v, versions, withdrawn, newest) for v in versions if v.state in UNSENT}


def _standing(
    version: VersionFacts, versions: Sequence[VersionFacts], withdrawn: frozenset[int], newest: int
) -> Standing:
    if version.claim_version in withdrawn:
        return Standing(ClaimState.WITHDRAWN, Reason.WITHDRAWN)
    if version.claim_version < newest:
        return Standing(ClaimState.WITHDRAWN, Reason.SUPERSEDED)
    if not version.encodable:
        return Standing(ClaimState.PARKED, Reason.NOT_ENCODABLE)
    if not version.routed:
        return Standing(ClaimState.PARKED, Reason.NO_GATEWAY)
    if not version.corrects and any(v.state in HELD for v in versions):
        return Standing(ClaimState.PARKED, Reason.SENT_VERSION_EXISTS)
    return Standing(ClaimState.PENDING)


class Verdict(StrEnum):
    """What one answer says about one claim of one interchange."""

    WAITING = "waiting"
    """Received or forwarded (277CA A0, A1, A4 ...): not yet an answer."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RELEASED = "released"
    """Unsent only because a neighbour's fault took the whole transaction set down (999): goes out again."""


def after(state: ClaimState, verdict: Verdict, *, current_attempt: bool) -> ClaimState:
    """The state of a claim version after a verdict; late facts never move it back.

    The worst answer stands in any order (a payer's rejection overrides a clearinghouse's acceptance and is not undone
    by it). An answer to an earlier attempt counts only if it accepts: then the payer has the claim.
    """
    if verdict is Verdict.ACCEPTED:
        return state if state in (ClaimState.REJECTED, ClaimState.WITHDRAWN) else ClaimState.ACCEPTED
    if not current_attempt or state not in HELD:
        return state
    if verdict is Verdict.REJECTED:
        return ClaimState.REJECTED
    if verdict is Verdict.RELEASED and state is not ClaimState.ACCEPTED:
        return ClaimState.PENDING
    return state


class InterchangeState(StrEnum):
    """Where one file stands between us and the gateway."""

    INTENT = "intent"
    SENDING = "sending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    STALLED = "stalled"


class AnswerKind(StrEnum):
    """What a gateway's answer to a POST, or to the question after a file, means."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"
    """The gateway has this key, control number or file already."""
    REFUSED = "refused"
    ABSENT = "absent"
    """Asked for the file, the gateway says for sure that it has none."""
    UNASKABLE = "unaskable"
    """The gateway has no way to ask after a file."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """A gateway's answer; `code` is a machine word (`http-503`, `read-timeout`), never the answer's text."""

    kind: AnswerKind
    code: str
    reference: str | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Interchange:
    """One file and how often it was posted. Members, bytes, control numbers and key never change."""

    interchange_id: UUID
    state: InterchangeState
    post_count: int = 0

    @property
    def idempotency_key(self) -> UUID:
        """The one key of all its POSTs: UUIDv5 of its id."""
        return uuid5(KEY_NAMESPACE, str(self.interchange_id))

    def post(self) -> Interchange:
        """Begin a POST. A file left in SENDING by a process that died may be posted again: same bytes, same key."""
        self._require(InterchangeState.INTENT, InterchangeState.UNKNOWN, InterchangeState.SENDING)
        return replace(self, state=InterchangeState.SENDING, post_count=self.post_count + 1)

    def deliver(self) -> Interchange:
        """The gateway has the file, by its own answer or by an acknowledgement. It wins over every doubt."""
        if self.state is InterchangeState.REFUSED:
            raise WrongMoment("a refused interchange cannot become delivered")
        return replace(self, state=InterchangeState.DELIVERED)

    def refuse(self) -> Interchange:
        """The gateway did not take the file and says so."""
        self._require(InterchangeState.SENDING)
        return replace(self, state=InterchangeState.REFUSED)

    def lose_sight(self) -> Interchange:
        """A timeout, a reset or a 5xx: the gateway may have the file or not."""
        self._require(InterchangeState.SENDING)
        return replace(self, state=InterchangeState.UNKNOWN)

    def stall(self) -> Interchange:
        """The key's time is over and nobody knows: a person must look, nothing is sent again automatically."""
        self._require(InterchangeState.SENDING)
        return replace(self, state=InterchangeState.STALLED)

    def retry(self) -> Interchange:
        """A person asks for the same bytes under the same key once more."""
        self._require(InterchangeState.UNKNOWN, InterchangeState.STALLED)
        return replace(self, state=InterchangeState.UNKNOWN)

    def conclude(self, answer: Answer, *, only_copy: bool, key_expired: bool = False) -> Interchange:
        """The state after an answer to the latest POST or question.

        `only_copy`: no earlier POST can have arrived (this is the first, or the gateway was asked and has none). A
        duplicate answer to our own retry is evidence that an earlier POST arrived; to a first POST it is a refusal. A
        refusal of a retry proves nothing about the earlier ones, so sight is lost until the gateway has been asked.
        """
        if answer.kind is AnswerKind.TAKEN or (answer.kind is AnswerKind.DUPLICATE and self.post_count > 1):
            return self.deliver()
        if answer.kind in (AnswerKind.REFUSED, AnswerKind.DUPLICATE) and only_copy:
            return self.refuse()
        return self.stall() if key_expired else self.lose_sight()

    def _require(self, *states: InterchangeState) -> None:
        if self.state not in states:
            raise WrongMoment(f"interchange is {self.state}, not {' or '.join(states)}")


def retry_delay_seconds(
    post_count: int, base_seconds: float, retry_after_seconds: float | None, jitter: float
) -> float:
    """Seconds until the next POST: `base_seconds` doubled up to 30-fold, spread by `jitter` in [0, 1).

    Never before Retry-After; one of more than an hour is cut, so that a payer's slip cannot park a file for a day.
    """
    backoff = base_seconds * min(30.0, 2.0 ** min(post_count - 1, 10)) * (0.5 + jitter)
    return max(backoff, min(retry_after_seconds or 0.0, 3600.0))


SOURCES_OF_DUPLICATE: Mapping[str, frozenset[str]] = {"TA1": frozenset({"025"}), "277CA": frozenset({"54", "78"})}
"""Codes that say "I have this already": TA105 025 (interchange control number), claim status 54 and 78 (claim)."""


def own_duplicate(source: str, codes: Sequence[str], times_sent: int) -> bool:
    """True if a rejection only says that the payer has our earlier copy: evidence of acceptance, not a rejection."""
    return times_sent > 1 and any(code in SOURCES_OF_DUPLICATE.get(source, ()) for code in codes)
