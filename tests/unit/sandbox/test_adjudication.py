"""Adjudication, rule by rule. On every decision: charge − Σ adjustments = paid, line by line, in whole cents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.payer import fees
from sandbox.payer.adjudication import Terms, adjudicate, installments, outcome_name
from sandbox.payer.coverage import BLUE, COMMERCIAL, MEDICAID, MEDICARE, Member, Plan, member_of
from sandbox.payer.domain import (
    ClaimPayment,
    Money,
    Person,
    PriorLine,
    SubmittedClaim,
    SubmittedLine,
    money_of,
    reversal_of,
)
from sandbox.payer.switches import OUTCOMES, switch_of

MET = Member(deductible_left_cents=0, has_copay=False, coinsurance_percent=20)
INDICATORS = {"commercial": "CI", "blue": "BL", "medicare": "MB", "medicaid": "MC"}


class Known:
    """A history in which everything, or nothing, was paid before."""

    def __init__(self, paid: bool = False) -> None:
        self.paid = paid

    def has_paid_line(self, claim: SubmittedClaim, line: SubmittedLine) -> bool:
        return self.paid


def line(code: str, cents: int, *modifiers: str, units: int = 1, number: int = 1, **changes: object) -> SubmittedLine:
    made = SubmittedLine(number, code, modifiers, Decimal(units), cents, date(2026, 6, 18), ("E119", "I10"))
    return replace(made, **changes)  # type: ignore[arg-type]


def claim(*lines: SubmittedLine, plan: Plan = COMMERCIAL, **changes: object) -> SubmittedClaim:
    made = SubmittedClaim(
        patient_control_number="PCN1",
        charge_cents=sum(each.charge_cents for each in lines),
        frequency_code="1",
        payer_id="HVM01",
        payer_name="HARBORVIEW MUTUAL",
        filing_indicator=INDICATORS[plan.name],
        payer_sequence="P",
        member_id="W1",
        patient=Person("OKONKWO", "ADA"),
        subscriber=Person("OKONKWO", "ADA"),
        patient_is_subscriber=True,
        place_of_service="11",
        diagnoses=("E119", "I10"),
        lines=lines,
        billing_npi="1847293101",
        billing_name="SCIOTO VALLEY MEDICAL GROUP",
        billing_tax_id="314159265",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def decide(
    submitted: SubmittedClaim,
    plan: Plan = COMMERCIAL,
    member: Member = MET,
    switch: str = "",
    received_on: date = date(2026, 10, 1),
    paid_before: bool = False,
) -> ClaimPayment:
    terms = Terms(plan, member, received_on, switch_of(switch), "ICN1")
    return adjudicate(submitted, terms, Known(paid_before))


def told(payment: ClaimPayment) -> list[str]:
    """`paid | CAS… | remarks` per line."""
    return [
        f"{each.paid_cents} {' '.join(f'{a.group}{a.reason}:{a.cents}' for a in each.adjustments)}"
        f" {' '.join(each.remarks)}".strip()
        for each in payment.lines
    ]


def assert_balanced(payment: ClaimPayment) -> None:
    for each in payment.lines:
        assert each.charge_cents - sum(a.cents for a in each.adjustments) == each.paid_cents


# --- price and patient's share ---


def test_listed_fee_times_plan_level_with_coinsurance() -> None:
    # 99214: 130.60 x 120 % = 156.72; 20 % of it 31.34; the rest of 268.00 is contractual
    assert told(decide(claim(line("99214", 268_00)))) == ["12538 CO45:11128 PR2:3134"]


def test_a_code_outside_the_table_is_allowed_by_family() -> None:
    assert fees.allowed_cents("33208", (), Decimal(1), 1_000_00, 120) == 600_00


def test_allowed_never_exceeds_the_charge() -> None:
    assert told(decide(claim(line("99214", 50_00)))) == ["4000 PR2:1000"]


@pytest.mark.parametrize(
    ("modifiers", "cents"), [((), 331_00), (("26",), 99_30), (("TC",), 231_70), (("50",), 496_50), (("52",), 165_50)]
)
def test_modifiers_change_the_allowed_amount(modifiers: tuple[str, ...], cents: int) -> None:
    assert fees.allowed_cents("70553", modifiers, Decimal(1), 2_000_00, 100) == cents


def test_units_multiply() -> None:
    assert fees.allowed_cents("97110", (), Decimal(4), 400_00, 100) == 116_40


def test_deductible_comes_before_coinsurance_and_runs_over_lines() -> None:
    member = Member(deductible_left_cents=200_00, has_copay=False, coinsurance_percent=20)
    payment = decide(claim(line("99214", 268_00), line("93000", 68_00, number=2)), member=member)
    # allowed 156.72 and 17.88: all deductible, since 200.00 are left
    assert told(payment) == ["0 CO45:11128 PR1:15672", "0 CO45:5012 PR1:1788"]
    assert outcome_name(payment, switch_of("")) == "deductible"


def test_a_copay_stands_alone_and_once_a_claim() -> None:
    member = Member(deductible_left_cents=0, has_copay=True, coinsurance_percent=20)
    payment = decide(claim(line("99214", 268_00), line("93000", 68_00, number=2)), member=member)
    assert told(payment) == ["12672 CO45:11128 PR3:3000", "1430 CO45:5012 PR2:358"]


def test_preventive_services_have_no_cost_sharing() -> None:
    member = Member(deductible_left_cents=500_00, has_copay=True, coinsurance_percent=20)
    assert told(decide(claim(line("99396", 230_00)), member=member)) == ["16080 CO45:6920"]


def test_medicare_withholds_two_percent_after_the_patients_share() -> None:
    payment = decide(claim(line("99214", 268_00), plan=MEDICARE), MEDICARE)
    # allowed 130.60, coinsurance 26.12, payable 104.48, sequestration 2.09
    assert told(payment) == ["10239 CO45:13740 CO253:209 PR2:2612"]


def test_without_assignment_the_excess_is_the_patients() -> None:
    payment = decide(claim(line("99214", 268_00), accepts_assignment=False))
    assert "PR45:11128" in told(payment)[0]
    assert money_of([payment]).patient_cents == 111_28 + 31_34


# --- denials by the plan's rules ---


@pytest.mark.parametrize(
    ("submitted", "plan", "expected"),
    [
        (claim(line("99214", 100_00, diagnoses=())), COMMERCIAL, "0 CO16:10000 M76"),
        (claim(line("64999", 100_00)), COMMERCIAL, "0 CO16:10000 N350"),
        (claim(line("J1885", 100_00), plan=MEDICAID), MEDICAID, "0 CO16:10000 M119"),
        (claim(line("99397", 100_00), plan=MEDICARE), MEDICARE, "0 PR96:10000 N425"),
        (claim(line("97810", 100_00)), COMMERCIAL, "0 PR204:10000 N130"),
        (claim(line("70553", 100_00), plan=BLUE), BLUE, "0 CO197:10000"),
        (claim(line("82306", 100_00), plan=MEDICARE), MEDICARE, "0 CO50:10000 N115"),
        (claim(line("36415", 100_00, units=3)), COMMERCIAL, "0 CO151:10000"),
        (claim(line("99214", 100_00), payer_sequence="S"), COMMERCIAL, "0 OA22:10000 MA04"),
    ],
)
def test_a_rule_denies_with_its_codes(submitted: SubmittedClaim, plan: Plan, expected: str) -> None:
    payment = decide(submitted, plan)
    assert told(payment) == [expected]
    assert (payment.status, outcome_name(payment, switch_of(""))) == ("2" if "22" in expected else "1", "denied")


@pytest.mark.parametrize(
    ("submitted", "plan"),
    [
        (claim(line("64999", 100_00, note="EXCISION OF NEUROMA")), COMMERCIAL),
        (claim(line("J1885", 100_00, has_drug_code=True), plan=MEDICAID), MEDICAID),
        (claim(line("70553", 100_00), prior_authorization="A1"), COMMERCIAL),
        (claim(line("83036", 100_00), plan=MEDICARE), MEDICARE),
        (claim(line("82306", 100_00)), COMMERCIAL),
        (claim(line("36415", 100_00, units=2)), COMMERCIAL),
    ],
)
def test_the_same_service_with_what_was_missing_is_paid(submitted: SubmittedClaim, plan: Plan) -> None:
    assert decide(submitted, plan).paid_cents > 0


def test_timely_filing_counts_from_the_date_of_service() -> None:
    submitted = claim(line("99214", 100_00))
    assert decide(submitted, received_on=date(2027, 6, 18)).paid_cents > 0
    assert told(decide(submitted, received_on=date(2027, 6, 19))) == ["0 CO29:10000 N211"]


@pytest.mark.parametrize(
    ("codes", "denied"),
    [
        ((("99213", ()), ("20610", ())), "99213"),
        ((("99213", ("25",)), ("20610", ())), ""),
        ((("93000", ()), ("93010", ())), "93010"),
        ((("80053", ()), ("82947", ())), "82947"),
        ((("80053", ()), ("82947", ("59",))), ""),
    ],
)
def test_bundling_denies_the_component(codes: tuple[tuple[str, tuple[str, ...]], ...], denied: str) -> None:
    lines = [line(code, 100_00, *modifiers, number=n) for n, (code, modifiers) in enumerate(codes, 1)]
    payment = decide(claim(*lines))
    assert [each.code for each in payment.lines if each.remarks == ("M15",)] == ([denied] if denied else [])


def test_an_exact_duplicate_is_denied_but_not_a_replacement() -> None:
    assert told(decide(claim(line("99214", 100_00)), paid_before=True)) == ["0 OA18:10000"]
    assert decide(claim(line("99214", 100_00), frequency_code="7"), paid_before=True).paid_cents > 0


# --- coordination of benefits ---


def test_a_secondary_payer_pays_what_the_first_left_to_the_patient() -> None:
    prior = PriorLine(paid_cents=104_48, patient_cents=26_12, other_cents=137_40)
    submitted = claim(line("99214", 268_00, prior=prior), payer_sequence="S", has_prior_payment=True)
    payment = decide(submitted)
    assert told(payment) == ["2612 OA23:24188"]
    assert (payment.status, money_of([payment]).prior_payer_cents) == ("2", 241_88)


def test_a_secondary_payer_pays_no_more_than_its_own_benefit() -> None:
    prior = PriorLine(paid_cents=0, patient_cents=268_00, other_cents=0)
    submitted = claim(line("99214", 268_00, prior=prior), payer_sequence="S", has_prior_payment=True)
    assert told(decide(submitted)) == ["12538 PR2:14262"]


# --- switches ---


@pytest.mark.parametrize("code", [code for code, outcome in OUTCOMES.items() if outcome.name == "denied"])
def test_a_switched_denial_carries_its_codes_on_every_line(code: str) -> None:
    payment = decide(claim(line("99213", 100_00), line("81003", 18_00, number=2)), switch=f"W1XX{code}")
    denial = OUTCOMES[code].denial
    assert denial is not None
    for each in payment.lines:
        assert (each.paid_cents, each.adjustments[0].group, each.adjustments[0].reason) == (
            0,
            denial.group,
            denial.reason,
        )
        assert each.remarks == ((denial.remark,) if denial.remark else ())
    assert payment.status == ("4" if code == "41" else "1")


def test_a_switch_for_payment_overrides_the_plans_rules() -> None:
    payment = decide(claim(line("70553", 900_00), plan=BLUE), BLUE, switch="W1XX00")
    assert told(payment) == ["37072 CO45:52928"]


def test_partial_payment_of_an_only_line_denies_half() -> None:
    assert told(decide(claim(line("99214", 268_00)), switch="W1XX50")) == ["7836 CO45:11128 CO151:7836"]


def test_partial_payment_of_several_lines_denies_the_last() -> None:
    payment = decide(claim(line("99213", 189_00), line("93000", 68_00, number=2)), switch="W1XX51")
    assert told(payment)[1] == "0 CO16:6800 N4"
    assert payment.lines[0].paid_cents > 0


def test_crossover_is_status_19_with_a_remark() -> None:
    payment = decide(claim(line("99214", 268_00)), switch="W1XX65")
    assert (payment.status, payment.remarks) == ("19", ("MA18",))


def test_reversal_negates_and_correction_follows_in_the_same_installment() -> None:
    payment = decide(claim(line("99214", 268_00)), switch="W1XX60")
    first, second = installments(payment, switch_of("W1XX60"))
    assert first.payments == (payment,)
    reversal, correction = second.payments
    assert (reversal.status, reversal.paid_cents, reversal.charge_cents) == ("22", -payment.paid_cents, -268_00)
    assert [(a.group, a.reason, -a.cents) for a in reversal.lines[0].adjustments] == [
        (a.group, a.reason, a.cents) for a in payment.lines[0].adjustments
    ]
    assert correction.paid_cents == payment.paid_cents - payment.paid_cents // 5
    assert_balanced(reversal)
    assert_balanced(correction)


def test_a_takeback_gives_back_now_and_takes_later() -> None:
    payment = decide(claim(line("99214", 268_00)), switch="W1XX62")
    plan = installments(payment, switch_of("W1XX62"))
    held, taken = plan[1].provider_adjustments[0], plan[2].provider_adjustments[0]
    assert (held.reason, taken.reason, held.cents + taken.cents, plan[2].payments) == ("WO", "WO", 0, ())
    assert taken.cents == -sum(p.paid_cents for p in plan[1].payments) > 0


def test_interest_raises_the_payment_by_a_negative_plb() -> None:
    payment = decide(claim(line("99214", 268_00)), switch="W1XX63")
    (only,) = installments(payment, switch_of("W1XX63"))
    assert [(a.reason, a.cents) for a in only.provider_adjustments] == [("L6", -235)]


def test_a_split_claim_keeps_all_lines_under_two_payer_numbers() -> None:
    payment = decide(claim(line("99213", 189_00), line("93000", 68_00, number=2)), switch="W1XX64")
    (only,) = installments(payment, switch_of("W1XX64"))
    assert [p.payer_claim_control_number for p in only.payments] == ["ICN1", "ICN1B"]
    assert sum(p.charge_cents for p in only.payments) == 257_00


# --- properties ---

CODES = ["99213", "99214", "93000", "20610", "80053", "J1885", "70553", "82306", "97110", "G0439", "33208", "12001"]
LINES = st.lists(
    st.tuples(
        st.sampled_from(CODES),
        st.integers(0, 500_000),
        st.sampled_from([(), ("25",), ("26",), ("50",), ("59",)]),
        st.integers(1, 12),
        st.none() | st.tuples(st.integers(0, 100), st.integers(0, 100)),
    ),
    min_size=1,
    max_size=6,
)


def submitted_from(rows: Sequence[tuple[str, int, tuple[str, ...], int, tuple[int, int] | None]]) -> SubmittedClaim:
    lines = []
    for n, (code, cents, modifiers, units, split) in enumerate(rows, 1):
        prior = None
        if split is not None:
            paid = cents * split[0] // 100
            patient = (cents - paid) * split[1] // 100
            prior = PriorLine(paid, patient, cents - paid - patient)
        lines.append(line(code, cents, *modifiers, units=units, number=n, prior=prior))
    has_prior = any(each.prior for each in lines)
    return claim(*lines, payer_sequence="S" if has_prior else "P", has_prior_payment=has_prior)


@given(
    rows=LINES,
    plan=st.sampled_from([COMMERCIAL, BLUE, MEDICARE, MEDICAID]),
    deductible=st.integers(0, 200_000),
    copay=st.booleans(),
    switch=st.sampled_from(["", *(f"W1XX{code}" for code in OUTCOMES)]),
)
def test_every_decision_balances_and_pays_between_zero_and_the_charge(
    rows: list[tuple[str, int, tuple[str, ...], int, tuple[int, int] | None]],
    plan: Plan,
    deductible: int,
    copay: bool,
    switch: str,
) -> None:
    submitted = submitted_from(rows)
    payment = decide(submitted, plan, Member(deductible, copay, 20), switch)
    assert_balanced(payment)
    assert all(0 <= each.paid_cents <= each.charge_cents for each in payment.lines)
    assert all(a.cents != 0 for each in payment.lines for a in each.adjustments)
    final = [p for installment in installments(payment, switch_of(switch)) for p in installment.payments]
    for each in final:
        assert_balanced(each)
    money = money_of(final)
    reversed_for_good = switch_of(switch).name == "reversed"
    assert sum(getattr(money, name) for name in Money.__dataclass_fields__) == (
        0 if reversed_for_good else submitted.charge_cents
    )


@given(rows=LINES)
def test_a_reversal_undoes_its_payment(
    rows: list[tuple[str, int, tuple[str, ...], int, tuple[int, int] | None]],
) -> None:
    payment = decide(submitted_from(rows))
    assert money_of([payment, reversal_of(payment)]) == Money()


def test_a_members_terms_follow_from_seed_and_id() -> None:
    ids = [f"W{n}" for n in range(200)]
    first = [member_of(COMMERCIAL, each, 1, 0) for each in ids]
    assert first == [member_of(COMMERCIAL, each, 1, 0) for each in ids]
    assert first != [member_of(COMMERCIAL, each, 2, 0) for each in ids]
    assert len(set(first)) > 5
    assert all(m.deductible_left_cents == 0 for m in (member_of(COMMERCIAL, each, 1, 10**9) for each in ids))
