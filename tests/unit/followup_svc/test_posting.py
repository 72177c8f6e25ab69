"""Posting: any remittance keeps the ledger's invariant; each kind of money goes where it belongs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from followup_svc.denials import Playbook
from followup_svc.domain import AdjudicatedLine, Adjudication, Adjustment, Balances, Transfer, outstanding
from followup_svc.posting import (
    answers_what_was_billed,
    line_number_of,
    open_charges,
    original_of,
    post,
    provider_adjustments,
    release,
    reverse,
    suspend,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.followup_svc.makers import (
    CLAIM_ID,
    adjudication,
    billed,
    claim,
    line,
    opened,
    payment,
    target,
    version,
)

BOOK = Playbook.standard()
GROUPS = ("CO", "PR", "OA", "PI")
CARCS = ("1", "2", "3", "4", "16", "18", "22", "23", "27", "29", "45", "50", "94", "96", "97", "197", "253", "9999")


@st.composite
def adjudications(draw: st.DrawFn) -> Adjudication:
    """Any balanced CLP: any codes, negative amounts, claim-level and line-level adjustments, odd line numbers."""
    amounts = st.integers(-50_000, 50_000)
    triplets = st.lists(st.tuples(st.sampled_from(GROUPS), st.sampled_from(CARCS), amounts), max_size=5)
    lines: list[AdjudicatedLine] = []
    for position in range(1, draw(st.integers(0, 4)) + 1):
        made = line(position, draw(st.integers(0, 60_000)), *draw(triplets))
        lines.append(replace(made, control_number=draw(st.sampled_from((f"L{position}", str(position), "", "ODD")))))
    status = draw(st.sampled_from(("1", "2", "3", "4", "19", "23", "25")))
    return adjudication(*lines, at_claim=draw(triplets), status_code=status)


@given(adjudications(), st.lists(st.integers(0, 60_000), min_size=1, max_size=4), st.sampled_from((None, "S")))
def test_any_remittance_keeps_the_invariant(decided: Adjudication, charges: list[int], following: str | None) -> None:
    subject = claim(version(charges=charges))
    before = opened(subject)
    posting = post(payment(decided), target(subject, before, next_turn=following), BOOK)
    after = before.after(posting.transfers)
    assert after.balanced
    assert after.of("charges") == sum(charges)
    assert all(transfer.amount_cents > 0 for transfer in posting.transfers)
    assert len({transfer.key for transfer in posting.transfers}) == len(posting.transfers)
    moved = posting.paid_cents + posting.patient_cents + posting.contractual_cents
    assert after.outstanding("P") == sum(charges) - moved


@given(adjudications(), st.lists(st.integers(1, 60_000), min_size=1, max_size=4))
def test_a_reversal_puts_everything_back(decided: Adjudication, charges: list[int]) -> None:
    subject = claim(version(charges=charges))
    before = opened(subject)
    posting = post(payment(decided), target(subject, before), BOOK)
    taken = reverse(payment(decided, "reversal"), posting.transfers)
    after = before.after(posting.transfers).after(taken.transfers)
    assert {a: c for a, c in after.by_account.items() if c} == {a: c for a, c in before.by_account.items() if c}


@given(st.lists(st.lists(st.integers(0, 90_000), max_size=4), min_size=1, max_size=5))
def test_the_charge_on_the_ledger_is_that_of_the_newest_version(histories: list[list[int]]) -> None:
    subject, balances = claim(), Balances()
    for charges in histories:
        wanted = {number: cents for number, cents in enumerate(charges, start=1) if cents}
        transfers = open_charges(subject, CLAIM_ID, wanted)
        balances = balances.after(transfers)
        opened_now = subject.opening_number + (1 if transfers else 0)
        subject = replace(subject, opened_lines=wanted, opening_number=opened_now)
    assert balances.of("charges") == balances.outstanding("P") == sum(histories[-1])


@given(st.integers(-90_000, 90_000))
def test_suspense_is_released_to_nothing(cents: int) -> None:
    waiting = payment(replace(adjudication(line(1, 90_000)), paid_cents=cents))
    after = Balances().after(suspend(waiting)).after(release(waiting))
    assert not any(after.by_account.values())


@given(st.lists(st.tuples(st.sampled_from(("WO", "FB", "L6", "72")), st.integers(-9_000, 9_000)), max_size=6))
def test_provider_level_amounts_lower_the_cash_of_the_remittance(amounts: list[tuple[str, int]]) -> None:
    after = Balances().after(provider_adjustments(CLAIM_ID, amounts))
    assert after.of("payer_cash") == -sum(cents for _, cents in amounts)


def _accounts(transfers: tuple[Transfer, ...]) -> dict[tuple[str, int | None], int]:
    return {(t.debit_account, t.line_number): t.amount_cents for t in transfers}


def test_each_line_goes_to_its_own_line_of_the_ledger() -> None:
    subject = claim(version(charges=(10_000, 5_000)))
    decided = adjudication(
        line(1, 10_000, ("CO", "45", 2_000), ("PR", "2", 1_600)), line(2, 5_000, ("CO", "97", 5_000))
    )
    posting = post(payment(decided), target(subject, opened(subject)), BOOK)
    assert _accounts(posting.transfers) == {
        ("payer_cash:P", 1): 6_400,
        ("contractual:P", 1): 2_000,
        ("patient", 1): 1_600,
    }
    assert posting.denied_cents == 5_000
    assert posting.worst is not None
    assert posting.worst.ruling.category == "bundling"


def test_the_patients_share_goes_to_the_next_payer_where_there_is_one() -> None:
    subject = claim(version(charges=(10_000,), later_turns=("S",)))
    decided = adjudication(line(1, 10_000, ("PR", "1", 10_000)))
    posting = post(payment(decided), target(subject, opened(subject), next_turn="S"), BOOK)
    assert [t.debit_account for t in posting.transfers] == [outstanding("S")]


@pytest.mark.parametrize(
    ("adjustments", "paid", "contractual", "left"),
    [
        ((("OA", "23", 8_400),), 1_600, 0, 0),
        ((("CO", "45", 2_000), ("OA", "23", 6_400)), 1_600, 0, 0),  # restated from the full charge
        ((("CO", "45", 3_000), ("OA", "23", 6_400)), 600, 1_000, 0),  # allows less than the first payer
        ((("OA", "23", 8_400), ("CO", "50", 1_600)), 0, 0, 1_600),  # denied: stays outstanding
        ((("CO", "45", 2_000), ("OA", "23", 6_400), ("CO", "50", 1_600)), 0, 0, 1_600),
    ],
)
def test_a_second_payer_never_takes_off_what_the_first_settled(
    adjustments: tuple[tuple[str, str, int], ...], paid: int, contractual: int, left: int
) -> None:
    second = claim(version(charges=(10_000,), correction_action="secondary"), turn="S")
    before = Balances({"charges": 10_000, "payer_cash:P": 6_400, "contractual:P": 2_000, "outstanding:S": 1_600})
    decided = adjudication(line(1, 10_000, *adjustments), status_code="2")
    posting = post(payment(decided), target(second, before, turn="S"), BOOK)
    after = before.after(posting.transfers)
    assert (posting.paid_cents, posting.contractual_cents, after.outstanding("S")) == (paid, contractual, left)
    assert after.balanced
    assert after.of("patient") == 0


def test_a_predetermination_moves_nothing() -> None:
    subject = claim()
    decided = adjudication(line(1, 10_000, ("CO", "45", 2_000)), status_code="25")
    assert post(payment(decided), target(subject, opened(subject)), BOOK).transfers == ()


def test_lines_are_found_by_number_then_place_then_code() -> None:
    lines = billed((10_000, 5_000, 5_000))
    assert line_number_of(replace(line(2, 5_000), control_number="L2"), lines) == 2
    assert line_number_of(replace(line(1, 5_000), control_number="3", procedure_code="36415"), lines) == 3
    assert line_number_of(replace(line(1, 10_000), control_number=""), lines) == 1
    assert line_number_of(replace(line(1, 1), control_number="", procedure_code="00000"), lines) is None
    twice = (*lines, *billed((10_000,)))
    assert line_number_of(replace(line(1, 10_000), control_number=""), twice) is None


def test_a_reversal_takes_back_its_own_original_not_the_correction_after_it() -> None:
    first = replace(payment(adjudication(line(1, 10_000, ("CO", "45", 2_000))), "first"), state="posted")
    taken = adjudication(line(1, -10_000, ("CO", "45", -2_000)), status_code="22")
    reversal = payment(taken, "second", number=1)
    alike = replace(payment(first.adjudication, "second", number=2), state="posted")
    other = replace(payment(adjudication(line(1, 10_000, ("PR", "1", 2_000))), "third"), state="posted")
    assert original_of(reversal, [alike]) is None
    assert original_of(reversal, [alike, other, first]) == first
    assert original_of(reversal, [replace(first, reversed_by=alike.payment_id)]) is None
    assert original_of(reversal, [replace(first, state="suspense")]) is None


def test_only_what_was_billed_is_answered() -> None:
    subject = claim(version(charges=(10_000, 5_000)))
    assert answers_what_was_billed(adjudication(line(1, 10_000), line(2, 5_000)), subject)
    assert answers_what_was_billed(adjudication(line(2, 5_000)), subject), "a split claim"
    assert not answers_what_was_billed(adjudication(line(1, 9_999)), subject)
    assert not answers_what_was_billed(adjudication(line(3, 5_000)), subject)
    whole = replace(adjudication(line(1, 1)), lines=(), adjustments=(Adjustment("CO", "45", 1),), charge_cents=15_000)
    assert answers_what_was_billed(whole, subject)


@pytest.mark.parametrize(("debit", "credit", "cents"), [("patient", "patient", 1), ("a", "b", 0), ("a", "b", -1)])
def test_a_transfer_moves_something_between_two_accounts(debit: str, credit: str, cents: int) -> None:
    with pytest.raises(ValueError, match="more than zero"):
        Transfer("k", CLAIM_ID, debit, credit, cents, "test")
