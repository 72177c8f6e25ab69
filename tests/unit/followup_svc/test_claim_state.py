"""A claim's state is told by its facts, in any order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

import pytest
from followup_svc.domain import (
    Balances,
    Claim,
    Fact,
    Payment,
    cancelled,
    claim_state,
    opening_lines,
    version_of,
    voided,
)

from tests.unit.followup_svc.makers import BUILT_AT, adjudication, claim, fact, line, payment, version


def _posted(turn: str = "P", **fields: object) -> Payment:
    decided = adjudication(line(1, 10_000, ("CO", "45", 2_000)))
    return replace(payment(decided), state="posted", turn=turn, **fields)  # type: ignore[arg-type]


_BUILT, _SENT = fact("ClaimBuilt", day=2), fact("ClaimSubmitted", day=3)
_TAKEN, _REFUSED = fact("ClaimAccepted", day=4), fact("ClaimRejected", day=5)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([fact("ClaimHeld")], "held"),
        ([fact("ClaimHeld"), _BUILT], "built"),
        ([_BUILT, _SENT], "submitted"),
        ([_BUILT, _SENT, _TAKEN], "accepted"),
        ([_BUILT, _SENT, _TAKEN, _REFUSED], "rejected"),  # a payer's refusal after the clearing house's acceptance
        ([_BUILT, _SENT, fact("ClaimRejected", day=3), fact("ClaimSubmitted", day=4)], "submitted"),
        ([_BUILT, fact("ClaimStalled", day=3, reason="delivery_unknown")], "stalled"),
        ([_BUILT, _SENT, fact("ClaimStalled", day=4, reason="delivery_unknown")], "submitted"),
        ([_BUILT, _SENT, fact("ClaimStalled", day=6, reason="acknowledgement_overdue")], "stalled"),
        ([_BUILT, _SENT, _TAKEN, fact("ClaimStalled", day=6, reason="acknowledgement_overdue")], "accepted"),
        ([_BUILT, fact("ClaimWithdrawn", day=3, reason="superseded")], "withdrawn"),
        ([_BUILT, fact("ClaimWithdrawn", day=3, reason="superseded"), fact("ClaimBuilt", 2, day=3)], "built"),
        ([_BUILT, fact("ClaimWithdrawn", day=3, reason="encounter_cancelled")], "voided"),
    ],
)
def test_states_before_adjudication(facts: list[Fact], state: str) -> None:
    for order in itertools.permutations(facts):
        subject = claim(facts=sorted(order, key=lambda f: f.occurred_at))
        assert claim_state(subject, Balances()) == state


def test_a_late_acknowledgement_does_not_move_a_paid_claim_back() -> None:
    subject = claim(facts=[_BUILT, _SENT, fact("ClaimAccepted", day=28)], payments=[_posted()])
    assert claim_state(subject, Balances()) == "paid"
    assert claim_state(subject, Balances({"outstanding:P": 1})) == "partially_paid"


def test_a_sent_correction_is_what_counts_until_it_is_decided() -> None:
    versions = (version(), replace(version(2, frequency_code="7"), built_at=BUILT_AT.replace(day=20)))
    facts = [_BUILT, _SENT, fact("ClaimBuilt", 2, day=20), fact("ClaimSubmitted", 2, day=21)]
    first = _posted(denied_cents=1)
    subject = claim(*versions, facts=facts, payments=[first])
    assert claim_state(subject, Balances({"outstanding:P": 1})) == "submitted"
    second = replace(payment(first.adjudication, "two", paid_on=date(2026, 8, 30)), state="posted", turn="P")
    decided = replace(subject, payments=(first, second))
    assert claim_state(decided, Balances()) == "paid"


def test_reversed_and_nothing_after_it() -> None:
    first = replace(_posted(), reversed_by=_posted().payment_id)
    taken = adjudication(line(1, -10_000, ("CO", "45", -2_000)), status_code="22")
    reversal = replace(payment(taken, "taken"), state="posted", turn="P")
    subject = claim(facts=[_BUILT, _SENT], payments=[first, reversal])
    assert claim_state(subject, Balances({"outstanding:P": 10_000})) == "reversed"
    assert not voided(subject)


def test_a_void_is_done_when_the_payer_has_taken_the_money_back() -> None:
    versions = (version(), version(2, frequency_code="8"))
    paid = claim(*versions, facts=[_BUILT, _SENT], payments=[_posted()])
    assert cancelled(paid)
    assert not voided(paid)
    assert opening_lines(paid) == {1: 10_000}
    taken = adjudication(line(1, -10_000, ("CO", "45", -2_000)), status_code="22")
    reversal = replace(payment(taken, "taken"), state="posted", turn="P")
    back = replace(paid, payments=(replace(_posted(), reversed_by=reversal.payment_id), reversal))
    assert voided(back)
    assert opening_lines(back) == {}


def _answer(payer_number: str = "", frequency_code: str = "", paid_on: date = date(2026, 8, 10)) -> Payment:
    decided = adjudication(line(1, 10_000), payer_number=payer_number, frequency_code=frequency_code)
    return payment(decided, paid_on=paid_on)


def _two_versions(*facts: Fact) -> Claim:
    second = replace(version(2, frequency_code="7"), built_at=BUILT_AT.replace(day=20))
    return claim(version(), second, facts=facts)


def test_which_version_a_payment_answers() -> None:
    subject = _two_versions()
    assert version_of(_answer(), subject) == 1, "version 2 was not built on that day"
    assert version_of(_answer(paid_on=date(2026, 8, 25)), subject) == 2
    assert version_of(_answer(frequency_code="1", paid_on=date(2026, 8, 25)), subject) == 1
    assert version_of(_answer(frequency_code="7", paid_on=date(2026, 8, 25)), subject) == 2
    accepted = _two_versions(fact("ClaimAccepted", 1, payer_claim_control_number="A"))
    assert version_of(_answer("A", paid_on=date(2026, 8, 25)), accepted) == 1
    assert version_of(_answer(paid_on=date(2026, 7, 1)), subject) == 1, "before all of them: the oldest"
    other = claim(version(charges=(7_000,)), replace(version(2), built_at=BUILT_AT.replace(day=30)))
    assert version_of(_answer(), other) == 2, "only version 2 has this charge"
