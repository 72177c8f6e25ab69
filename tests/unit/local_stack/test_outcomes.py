"""The words of the table: by the services, by the payer's books, and as each sample was meant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from local_stack.following import stage_counts
from local_stack.outcomes import is_at_rest, meant, not_as_meant, outcome_by_books, outcome_here
from sandbox.emr.day import sample_day
from sandbox.emr.status import ClaimStanding, Standing


def claim(state: str, number: str = "A1", sequence: str = "P") -> ClaimStanding:
    return ClaimStanding(
        f"id-{number}", number, sequence, 1, state, closed=False, charge_cents=100, outstanding_cents=0
    )


def standing(*states: str, status: str = "coded", waits_on: str | None = None) -> Standing:
    claims = tuple(claim(state, f"A{at}", "PST"[at - 1]) for at, state in enumerate(states, start=1))
    return Standing("e1", "ext-1", status, 1, waits_on, (), claims)


def booked(number: str = "A1", **different: Any) -> dict[str, Any]:
    row = {"patient_control_number": number, "stage": "accepted", "outcome": "paid", "replaced": 0}
    return {**row, "paid_cents": 80, "denied_cents": 0, "patient_cents": 0, **different}


@pytest.mark.parametrize(
    ("where", "word"),
    [
        (standing(status="received"), "on_the_way"),
        (standing(), "on_the_way"),
        (standing(status="held", waits_on="coder"), "review"),
        (standing(status="held", waits_on="provider"), "held"),
        (standing(status="closed"), "closed"),
        (standing("built"), "on_the_way"),
        (standing("submitted"), "on_the_way"),
        (standing("accepted"), "waiting"),
        (standing("paid"), "paid"),
        (standing("paid", status="received"), "on_the_way"),
        (standing("paid", "held"), "held"),
        (standing("paid", "submitted"), "on_the_way"),
        (standing("denied"), "denied"),
        (standing("voided", status="closed"), "voided"),
    ],
)
def test_the_word_by_the_services(where: Standing, word: str) -> None:
    assert outcome_here(where, was_corrected=False) == word
    assert is_at_rest(where) is (word != "on_the_way")


def test_a_decision_taken_back_and_replaced_is_a_correction_only_where_it_pays() -> None:
    assert outcome_here(standing("paid"), was_corrected=True) == "corrected"
    assert outcome_here(standing("denied"), was_corrected=True) == "denied"


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([], None),
        ([booked()], "paid"),
        ([booked(outcome="takeback")], "corrected"),
        ([booked(replaced=1), booked()], "corrected"),
        ([booked(replaced=1), booked(outcome="void", paid_cents=0)], "voided"),
        ([booked(stage="rejected_999", outcome="rejected_999_with_neighbour"), booked()], "paid"),
        ([booked(stage="rejected_277ca", outcome="rejected_277ca", paid_cents=0)], "rejected"),
        ([booked(outcome="unbalanced")], "waiting"),
        ([booked(outcome="denied", paid_cents=0, denied_cents=100)], "denied"),
        ([booked(outcome="deductible", paid_cents=0, patient_cents=60)], "patient_share"),
    ],
)
def test_the_word_by_the_books(rows: list[dict[str, Any]], word: str | None) -> None:
    assert outcome_by_books([claim("paid", "A1")], {"A1": rows}) == word


def test_pages_of_one_encounter_correct_nothing_and_a_former_payers_claim_does() -> None:
    books = {"A1": [booked()], "A2": [booked("A2")]}
    first, second = claim("paid", "A1"), claim("paid", "A2")
    assert outcome_by_books([first, second], books) == "paid"
    assert outcome_by_books([replace(first, payer_id="OTHER"), second], books) == "corrected"


def test_the_last_payer_has_the_last_word() -> None:
    books = {"A1": [booked()], "A2": [booked("A2", outcome="denied", paid_cents=0, denied_cents=20)]}
    assert outcome_by_books(standing("paid", "denied").claims, books) == "denied"
    assert outcome_by_books((), books) is None


@pytest.mark.parametrize("label", sorted({sample.expected for sample in sample_day()} - {"natural"}))
def test_every_label_of_the_day_is_held_against_outcome_and_books(label: str) -> None:
    wanted = meant(label)
    assert wanted is not None
    without_payer = label in {
        "waiting_for_signature",
        "codeset_not_loaded",
        "coder_queue",
        "held",
        "self_pay",
        "withheld",
    }
    books = {} if without_payer else {"A1": [booked(outcome=label)]}
    assert list(not_as_meant(label, wanted, [claim("any")], books)) == []
    assert list(not_as_meant(label, "on_the_way", [claim("any")], books)) != []
    if without_payer:
        assert list(not_as_meant(label, wanted, [claim("any")], {"A1": [booked()]})) != []


def test_an_outcome_that_was_not_asked_of_the_payer_is_named() -> None:
    (fault,) = not_as_meant("interest", "paid", [claim("paid")], {"A1": [booked(outcome="paid")]})
    assert fault == "the payer did paid, but 'interest' was asked for"


def test_a_natural_sample_is_adjudicated_whatever_comes_of_it() -> None:
    assert list(not_as_meant("natural", "denied", [], {})) == []
    assert list(not_as_meant("natural", "review", [], {})) != []


def test_stages_count_of_those_that_go_that_far() -> None:
    seen = [
        standing(status="received"),
        standing(status="held", waits_on="coder"),
        standing(),
        standing("held"),
        standing("built"),
        standing("submitted"),
        standing("accepted"),
        standing("paid"),
    ]
    assert stage_counts(seen, 9) == {
        "coded": (7, 9),
        "built": (5, 6),
        "submitted": (3, 4),
        "acknowledged": (2, 4),
        "settled": (1, 4),
    }
