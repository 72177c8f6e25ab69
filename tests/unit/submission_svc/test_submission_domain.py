"""State machines: named deeds refuse the wrong moment, and facts lead to one state in any order."""

from __future__ import annotations

from itertools import permutations
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from submission_svc.domain import (
    HELD,
    UNSENT,
    Answer,
    AnswerKind,
    ClaimState,
    Interchange,
    InterchangeState,
    Reason,
    Standing,
    Verdict,
    VersionFacts,
    WrongMoment,
    after,
    own_duplicate,
    retry_delay_seconds,
    standings,
)

PENDING, PARKED, WITHDRAWN = ClaimState.PENDING, ClaimState.PARKED, ClaimState.WITHDRAWN


def facts(version: int, state: ClaimState = PENDING, **more: bool) -> VersionFacts:
    return VersionFacts(version, state, **more)


def test_the_newest_unsent_version_replaces_older_ones() -> None:
    assert standings([facts(1), facts(2)], frozenset()) == {
        1: Standing(WITHDRAWN, Reason.SUPERSEDED),
        2: Standing(PENDING),
    }


@pytest.mark.parametrize("state", sorted(HELD))
def test_a_version_waits_while_the_payer_may_have_an_older_one(state: ClaimState) -> None:
    parked = Standing(PARKED, Reason.SENT_VERSION_EXISTS)
    assert standings([facts(1, state), facts(2)], frozenset()) == {2: parked}
    assert standings([facts(1, state), facts(2, corrects=True)], frozenset()) == {2: Standing(PENDING)}


def test_a_rejected_version_does_not_hinder_the_next() -> None:
    assert standings([facts(1, ClaimState.REJECTED), facts(2, PARKED)], frozenset()) == {2: Standing(PENDING)}


def test_an_older_version_that_comes_late_is_superseded_even_by_a_sent_one() -> None:
    superseded = Standing(WITHDRAWN, Reason.SUPERSEDED)
    assert standings([facts(1), facts(2, ClaimState.DELIVERED)], frozenset()) == {1: superseded}


def test_a_withdrawal_counts_whether_its_version_is_here_or_not() -> None:
    assert standings([facts(2)], frozenset({2})) == {2: Standing(WITHDRAWN, Reason.WITHDRAWN)}
    # A withdrawal of a version that never arrives still shows that version 1 is not the newest.
    assert standings([facts(1)], frozenset({2})) == {1: Standing(WITHDRAWN, Reason.SUPERSEDED)}
    assert standings([facts(1, ClaimState.DELIVERED)], frozenset({1})) == {}


@pytest.mark.parametrize(
    ("more", "reason"), [({"routed": False}, Reason.NO_GATEWAY), ({"encodable": False}, Reason.NOT_ENCODABLE)]
)
def test_what_cannot_go_on_is_parked_with_its_reason(more: dict[str, bool], reason: Reason) -> None:
    assert standings([facts(1, **more)], frozenset()) == {1: Standing(PARKED, reason)}


VERSIONS = st.lists(
    st.builds(
        VersionFacts, st.integers(1, 5), st.sampled_from(ClaimState), st.booleans(), st.booleans(), st.booleans()
    ),
    max_size=5,
    unique_by=lambda v: v.claim_version,
)


@given(VERSIONS, st.frozensets(st.integers(1, 6), max_size=3))
def test_standings_do_not_depend_on_order_and_are_stable(
    versions: list[VersionFacts], withdrawn: frozenset[int]
) -> None:
    derived = standings(versions, withdrawn)
    assert derived == standings(versions[::-1], withdrawn)
    settled = [
        VersionFacts(v.claim_version, derived[v.claim_version].state, v.corrects, v.routed, v.encodable)
        if v.claim_version in derived
        else v
        for v in versions
    ]
    assert standings(settled, withdrawn) == derived
    assert set(derived) == {v.claim_version for v in versions if v.state in UNSENT}
    assert sum(s.state is PENDING for s in derived.values()) <= 1


VERDICTS = [Verdict.WAITING, Verdict.ACCEPTED, Verdict.REJECTED]


@pytest.mark.parametrize("order", list(permutations([*VERDICTS, Verdict.ACCEPTED])))
def test_the_worst_answer_stands_in_any_order(order: tuple[Verdict, ...]) -> None:
    """A payer's rejection overrides a clearinghouse's acceptance, whichever comes first."""
    state = ClaimState.BATCHED
    for verdict in order:
        state = after(state, verdict, current_attempt=True)
    assert state is ClaimState.REJECTED


def test_release_sends_an_innocent_claim_again_but_never_an_accepted_one() -> None:
    released = Verdict.RELEASED
    assert after(ClaimState.BATCHED, released, current_attempt=True) is PENDING
    assert after(ClaimState.DELIVERED, released, current_attempt=True) is PENDING
    assert after(ClaimState.ACCEPTED, released, current_attempt=True) is ClaimState.ACCEPTED
    assert after(PENDING, released, current_attempt=True) is PENDING
    assert after(ClaimState.BATCHED, released, current_attempt=False) is ClaimState.BATCHED


def test_an_answer_to_an_earlier_attempt_counts_only_if_it_accepts() -> None:
    assert after(ClaimState.BATCHED, Verdict.REJECTED, current_attempt=False) is ClaimState.BATCHED
    assert after(ClaimState.BATCHED, Verdict.ACCEPTED, current_attempt=False) is ClaimState.ACCEPTED
    assert after(PENDING, Verdict.ACCEPTED, current_attempt=False) is ClaimState.ACCEPTED
    assert after(WITHDRAWN, Verdict.ACCEPTED, current_attempt=True) is WITHDRAWN


def interchange(state: InterchangeState, post_count: int = 1) -> Interchange:
    return Interchange(uuid4(), state, post_count)


def answer(kind: AnswerKind) -> Answer:
    return Answer(kind, "x")


def test_the_key_follows_from_the_interchange_and_never_changes() -> None:
    one = interchange(InterchangeState.INTENT, 0)
    assert one.post().lose_sight().post().deliver().idempotency_key == one.idempotency_key
    assert one.idempotency_key.version == 5
    assert interchange(InterchangeState.INTENT).idempotency_key != one.idempotency_key


ALLOWED = {
    "post": {InterchangeState.INTENT, InterchangeState.UNKNOWN, InterchangeState.SENDING},
    "refuse": {InterchangeState.SENDING},
    "lose_sight": {InterchangeState.SENDING},
    "stall": {InterchangeState.SENDING},
    "retry": {InterchangeState.UNKNOWN, InterchangeState.STALLED},
    "deliver": set(InterchangeState) - {InterchangeState.REFUSED},
}


@pytest.mark.parametrize("deed", sorted(ALLOWED))
@pytest.mark.parametrize("state", list(InterchangeState))
def test_deeds_refuse_the_wrong_moment(deed: str, state: InterchangeState) -> None:
    subject = interchange(state)
    if state in ALLOWED[deed]:
        assert getattr(subject, deed)().interchange_id == subject.interchange_id
    else:
        with pytest.raises(WrongMoment):
            getattr(subject, deed)()


@pytest.mark.parametrize(
    ("kind", "posts", "only_copy", "expired", "end"),
    [
        (AnswerKind.TAKEN, 1, True, False, InterchangeState.DELIVERED),
        (AnswerKind.TAKEN, 5, False, True, InterchangeState.DELIVERED),
        (AnswerKind.REFUSED, 1, True, False, InterchangeState.REFUSED),
        (AnswerKind.REFUSED, 2, True, False, InterchangeState.REFUSED),
        (AnswerKind.REFUSED, 2, False, False, InterchangeState.UNKNOWN),
        (AnswerKind.DUPLICATE, 1, True, False, InterchangeState.REFUSED),
        (AnswerKind.DUPLICATE, 2, True, False, InterchangeState.DELIVERED),
        (AnswerKind.DUPLICATE, 2, False, False, InterchangeState.DELIVERED),
        (AnswerKind.UNKNOWN, 1, True, False, InterchangeState.UNKNOWN),
        (AnswerKind.UNKNOWN, 9, False, True, InterchangeState.STALLED),
        (AnswerKind.ABSENT, 9, False, True, InterchangeState.STALLED),
    ],
)
def test_what_an_answer_leads_to(
    kind: AnswerKind, posts: int, only_copy: bool, expired: bool, end: InterchangeState
) -> None:
    sending = interchange(InterchangeState.SENDING, posts)
    assert sending.conclude(answer(kind), only_copy=only_copy, key_expired=expired).state is end


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True), st.none() | st.floats(0, 1e9))
def test_retries_are_spread_bounded_and_polite(posts: int, jitter: float, retry_after: float | None) -> None:
    wait = retry_delay_seconds(posts, 1.0, retry_after, jitter)
    assert 0.5 <= wait <= 3600
    assert wait >= min(retry_after or 0, 3600)


def test_retries_double() -> None:
    assert [retry_delay_seconds(n, 1.0, None, 0.5) for n in (1, 2, 3, 4, 30)] == [1, 2, 4, 8, 30]


@pytest.mark.parametrize(
    ("source", "code", "times", "ours"),
    [("TA1", "025", 2, True), ("TA1", "025", 1, False), ("TA1", "006", 2, False), ("277CA", "78", 3, True),
     ("277CA", "54", 2, True), ("277CA", "562", 2, False), ("999", "025", 2, False)],
)  # fmt: skip
def test_a_duplicate_is_ours_only_after_a_retry(source: str, code: str, times: int, ours: bool) -> None:
    assert own_duplicate(source, [code], times) is ours
