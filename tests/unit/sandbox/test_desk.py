"""The desk and the treasury: files taken once, every outcome acknowledged and remitted as its switch says."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest
from sandbox.payer.desk import BodyChangedError, UnreadableError
from sandbox.payer.switches import OUTCOMES
from x12.claim_837p.models import Claim, LineAdjudication, OtherCoverage, ServiceLine
from x12.envelope import Delimiters
from x12.parties import Adjustment, Name, Procedure
from x12.remittance_835 import balance
from x12.remittance_835.models import Remittance

from tests.codec.validators import oxedi_errors, pyx12_errors
from tests.unit.sandbox.claim_files import (
    BLUE,
    COMMERCIAL,
    MEDICAID,
    MEDICARE,
    SandboxPayer,
    adjustments,
    claim,
    claim_file,
    line,
    member,
)

VISIT_AND_ECG = (line("99213", 189_00, "25"), line("93000", 68_00, number=2))


@pytest.fixture
def payer(tmp_path: Path) -> SandboxPayer:
    return SandboxPayer(tmp_path)


# --- idempotency ---


def test_the_same_key_and_body_is_the_same_file(payer: SandboxPayer) -> None:
    body = claim_file([claim("PCN1", "W1")])
    first, again = payer.take(body), payer.take(body)
    assert first.file_id == again.file_id
    assert again.planned == []
    assert len(payer.booked("PCN1")) == 1


def test_the_same_key_with_another_body_is_refused_and_changes_nothing(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", "W1")]))
    with pytest.raises(BodyChangedError):
        payer.take(claim_file([claim("PCN2", "W2")], 2))
    assert payer.booked("PCN2") == []


def test_a_new_key_with_an_old_interchange_number_is_a_duplicate_ta1(payer: SandboxPayer) -> None:
    body = claim_file([claim("PCN1", "W1")])
    payer.take(body, "key-1")
    payer.take(body, "key-2")
    assert payer.ta1s() == ["R025"]
    assert [row["stage"] for row in payer.booked("PCN1")] == ["accepted", "rejected_ta1"]


def test_a_claim_sent_again_in_a_new_interchange_is_booked_as_duplicate(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", "W1")], 1), "key-1")
    payer.take(claim_file([claim("PCN1", "W1")], 2), "key-2")
    payer.pay()
    assert [row["duplicate"] for row in payer.booked("PCN1")] == [0, 1]
    assert payer.books.times_accepted() == {("acc-1", "PCN1"): 2}
    said = [" ".join(adjustments(p)) for p in payer.payments("PCN1")]
    assert [("OA18" in each) for each in said] == [False, True]


def test_two_accounts_do_not_meet(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", "W1")]))
    payer.account = payer.account.model_copy(update={"id": "acc-2"})
    payer.take(claim_file([claim("PCN1", "W1")]))
    rows = payer.booked("PCN1")
    assert [(row["account"], row["stage"], row["duplicate"]) for row in rows] == [
        ("acc-1", "accepted", 0),
        ("acc-2", "accepted", 0),
    ]
    assert rows[0]["denied_cents"] == rows[1]["denied_cents"] == 0


def test_what_cannot_be_read_at_all_is_refused_and_not_booked(payer: SandboxPayer) -> None:
    with pytest.raises(UnreadableError):
        payer.take(b"ISA*00*")
    assert payer.books.taken_file("acc-1", "key-1") is None


def test_a_damaged_envelope_gets_a_ta1_and_no_999(payer: SandboxPayer) -> None:
    body = claim_file([claim("PCN1", "W1")]).replace(b"IEA*1*000000001", b"IEA*1*000000009")
    payer.take(body)
    assert payer.ta1s() == ["R001"]
    assert payer.acks() == []
    assert [row["stage"] for row in payer.booked("PCN1")] == ["rejected_ta1"]


def test_a_ta1_comes_only_when_it_was_asked_for(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", "W1")], 1), "key-1")
    assert payer.ta1s() == []
    payer.take(claim_file([claim("PCN2", "W2")], 2, acknowledgement_requested=True), "key-2")
    assert payer.ta1s() == ["A000"]


# --- gateway faults ---


@pytest.mark.parametrize("code", ["80", "82", "84"])
def test_a_fault_before_accepting_books_nothing_until_the_attempts_are_used_up(payer: SandboxPayer, code: str) -> None:
    body = claim_file([claim("PCN1", member(f"{code}3"))])
    answers = [payer.take(body) for _ in range(4)]
    assert [a.fault for a in answers] == [OUTCOMES[code].name] * 3 + [""]
    assert [a.file_id is not None for a in answers] == [False, False, False, True]
    assert len(payer.booked("PCN1")) == 1


@pytest.mark.parametrize("code", ["81", "83"])
def test_a_fault_after_accepting_books_once(payer: SandboxPayer, code: str) -> None:
    body = claim_file([claim("PCN1", member(code))])
    answers = [payer.take(body) for _ in range(4)]
    assert [a.fault for a in answers] == [OUTCOMES[code].name] * 2 + ["", ""]
    assert len({a.file_id for a in answers}) == 1
    assert len(payer.booked("PCN1")) == 1


# --- acknowledgements ---


def test_a_structural_rejection_takes_the_neighbours_of_the_set_and_names_the_culprit(payer: SandboxPayer) -> None:
    claims = [claim("BAD", member("11")), claim("GOOD1", "W1"), claim("NEXTDOOR", "W2"), claim("GOOD2", "W3")]
    payer.take(claim_file(claims, sets=2))  # BAD and NEXTDOOR, GOOD1 and GOOD2
    (ack,) = payer.acks()
    assert (ack.ack_code, [r.ack_code for r in ack.responses], ack.accepted_count) == ("P", ["R", "A"], 1)
    note = ack.responses[0].segment_notes[0]
    assert (note.segment_id, note.contexts[0].value) == ("CLM", "BAD")
    assert {row["patient_control_number"]: row["outcome"] for row in payer.books.claims(0, 9)} == {
        "BAD": "rejected_999",
        "NEXTDOOR": "rejected_999_with_neighbour",
        "GOOD1": "paid" if payer.booked("GOOD1")[0]["paid_cents"] else "deductible",
        "GOOD2": "paid" if payer.booked("GOOD2")[0]["paid_cents"] else "deductible",
    }
    assert set(payer.statuses()) == {"GOOD1", "GOOD2"}


def test_the_999_points_at_the_claims_own_segment(payer: SandboxPayer) -> None:
    body = claim_file([claim("OK", "W1"), claim("BAD", member("11"))])
    payer.take(body)
    position = payer.acks()[0].responses[0].segment_notes[0].position
    segments = body.split(b"~")
    first = next(n for n, each in enumerate(segments) if each.startswith(b"ST*"))
    assert segments[first + position - 1].startswith(b"CLM*BAD*")


def test_accepted_with_errors_goes_on(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", member("12"))]))
    assert [a.ack_code for a in payer.acks()] == ["E"]
    assert payer.statuses() == {"PCN1": "A2:20"}


def test_a_real_structural_error_is_rejected_without_any_switch(payer: SandboxPayer) -> None:
    body = claim_file([claim("PCN1", "W1")]).replace(b"*11:B:1*", b"*11:B:1X*")
    payer.take(body)
    assert [a.ack_code for a in payer.acks()] == ["R"]
    assert [row["stage"] for row in payer.booked("PCN1")] == ["rejected_999"]


@pytest.mark.parametrize("code", ["20", "21", "22", "23", "24"])
def test_a_claim_rejection_says_the_status_of_its_switch_and_is_never_paid(payer: SandboxPayer, code: str) -> None:
    payer.take(claim_file([claim("PCN1", member(code)), claim("PCN2", "W2")]))
    payer.pay()
    rejection = OUTCOMES[code].rejection
    assert rejection is not None
    expected = f"{rejection.category}:{rejection.status}:{rejection.entity or ''}".rstrip(":")
    assert payer.statuses() == {"PCN1": expected, "PCN2": "A2:20"}
    assert payer.payments("PCN1") == []
    assert len(payer.payments("PCN2")) == 1


def test_a_277ca_counts_and_totals_what_it_says(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", member("20")), claim("PCN2", "W2"), claim("PCN3", "W3")]))
    (ack,) = payer.claim_acks()
    totals = ack.receivers[0].totals
    assert (totals.accepted_quantity, totals.rejected_quantity) == (2, 1)
    assert (totals.accepted_cents, totals.rejected_cents) == (536_00, 268_00)
    assert ack.receivers[0].receiver_trace_number == "B1X0"


def test_rejected_once_is_accepted_when_sent_again(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", member("25"))], 1), "key-1")
    payer.take(claim_file([claim("PCN1", member("25"))], 2), "key-2")
    payer.pay()
    assert [row["stage"] for row in payer.booked("PCN1")] == ["rejected_277ca", "accepted"]
    assert payer.books.times_accepted() == {("acc-1", "PCN1"): 1}
    assert payer.payments("PCN1")[0].paid_cents > 0


def test_a_ta1_rejection_happens_once_per_claim(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", member("10"))], 1), "key-1")
    payer.take(claim_file([claim("PCN1", member("10"))], 2), "key-2")
    assert payer.ta1s() == ["R006"]
    assert [row["stage"] for row in payer.booked("PCN1")] == ["rejected_ta1", "accepted"]


# --- order, duplicates, lateness ---


def order_of(payer: SandboxPayer, number: str) -> list[str]:
    """Kinds of webhooks in order of due time, 277CA and 835 only those of the claim."""
    due = [payer.books.delivery(seq) for _, seq in sorted(payer.books.open_deliveries())]
    return [d.kind for d in due if d.kind == "999" or number.encode() in d.body]


def run(payer: SandboxPayer, code: str) -> None:
    payer.take(claim_file([claim("PCN1", member(code))]))
    for _ in range(60):
        payer.now += 2
        payer.treasury.run_cycle(payer.now)


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("00", ["999", "277CA", "835"]),
        ("70", ["277CA", "999", "835"]),
        ("71", ["999", "835", "277CA"]),
        ("72", ["999", "277CA", "277CA", "835", "835"]),
        ("73", ["999", "277CA", "277CA", "835", "835"]),
        ("74", ["999", "277CA", "835"]),
        ("76", ["999"]),
    ],
)
def test_the_order_of_answers(payer: SandboxPayer, code: str, kinds: list[str]) -> None:
    run(payer, code)
    assert order_of(payer, "PCN1") == kinds


@pytest.mark.parametrize(("code", "distinct"), [("72", 1), ("73", 2)])
def test_duplicates_come_under_the_same_or_a_new_webhook_id(payer: SandboxPayer, code: str, distinct: int) -> None:
    run(payer, code)
    sent = [payer.books.delivery(seq) for _, seq in payer.books.open_deliveries()]
    for kind in ("277CA", "835"):
        assert len({d.webhook_id for d in sent if d.kind == kind}) == distinct
        assert len({d.body for d in sent if d.kind == kind}) == 1


def test_late_answers_come_by_the_configured_delay(payer: SandboxPayer) -> None:
    start = payer.now
    run(payer, "74")
    due = {payer.books.delivery(seq).kind: at - start for at, seq in payer.books.open_deliveries()}
    assert due["277CA"] == pytest.approx(63.0)
    assert due["835"] >= 68.0


def test_an_unbalanced_835_is_off_by_a_cent_and_alone(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", member("75")), claim("PCN2", member("00"))]))
    payer.pay()
    by_claim = {r.claims[0].patient_control_number: r for r in payer.remittances()}
    assert len(by_claim) == 2
    assert [f.code for f in balance.check(by_claim["PCN1"])] != []
    assert balance.check(by_claim["PCN2"]) == []
    assert sorted(bool(oxedi_errors(each)) for each in payer.bodies("835")) == [False, True]


# --- money ---


def test_the_835_gives_back_line_numbers_allowed_amounts_and_remarks(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", member("30"), VISIT_AND_ECG), claim("PCN2", member("00"), VISIT_AND_ECG)]))
    payer.pay()
    (denied,), (paid,) = payer.payments("PCN1"), payer.payments("PCN2")
    assert [s.line_item_control_number for s in paid.service_payments] == ["L1", "L2"]
    assert [s.allowed_cents for s in paid.service_payments] == [110_94, 17_88]
    assert [r.code for s in denied.service_payments for r in s.remark_codes] == ["N382", "N382"]
    assert denied.remark_codes == ("N382",)


def test_lines_without_a_number_get_their_position_back(payer: SandboxPayer) -> None:
    lines = [replace(each, line_item_control_number="") for each in VISIT_AND_ECG]
    payer.take(claim_file([claim("PCN1", member("00"), lines)]))
    payer.pay()
    assert [s.line_item_control_number for s in payer.payments("PCN1")[0].service_payments] == ["1", "2"]


def test_reversal_and_correction_share_an_835_after_the_payment(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", member("60")), claim("PCN2", member("00"))]))
    payer.pay()
    statuses = [[c.status_code for c in r.claims if c.patient_control_number == "PCN1"] for r in payer.remittances()]
    assert [s for s in statuses if s] == [["1"], ["22", "1"]]
    assert sum(p.paid_cents for p in payer.payments("PCN1")) == payer.booked("PCN1")[0]["paid_cents"]


def test_a_negative_835_pays_nothing_and_forwards_its_balance_until_it_can_be_taken(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", member("61"))], 1), "key-1")
    payer.pay(3)
    first, second = payer.remittances()
    paid = first.payment.amount_cents
    assert [(a.reason_code, a.amount_cents) for a in second.provider_adjustments] == [("FB", -paid)]
    assert (second.payment.amount_cents, second.payment.method_code) == (0, "NON")
    payer.take(claim_file([claim("PCN2", "W2XX00"), claim("PCN3", "W3XX00")], 2), "key-2")
    payer.pay(2)
    third = payer.remittances()[2]
    assert [(a.reason_code, a.amount_cents, a.reference) for a in third.provider_adjustments] == [
        ("FB", paid, second.payment.trace_number)
    ]
    assert sum(r.payment.amount_cents for r in payer.remittances()) == 2 * paid


def test_a_takeback_waits_until_other_payments_can_carry_it(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", member("62"))], 1), "key-1")
    payer.pay(5)
    assert payer.books.open_work()["takebacks"] == 1
    payer.take(claim_file([claim("PCN2", member("00"))], 2), "key-2")
    payer.pay(2)
    assert payer.books.open_work()["takebacks"] == 0
    pairs = [(a.reason_code, a.amount_cents) for r in payer.remittances() for a in r.provider_adjustments]
    assert [code for code, _ in pairs] == ["WO", "WO"]
    assert sum(cents for _, cents in pairs) == 0


def test_a_replacement_reverses_the_original_and_takes_its_place(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", "W1XX00")], 1), "key-1")
    payer.pay()
    number = payer.payments("PCN1")[0].payer_claim_control_number
    changed = claim("PCN1", "W1XX00", [line("99213", 189_00)], frequency_code="7", payer_claim_control_number=number)
    payer.take(claim_file([changed], 2), "key-2")
    payer.pay()
    assert [p.status_code for p in payer.payments("PCN1")] == ["1", "22", "1"]
    assert [row["replaced"] for row in payer.booked("PCN1")] == [1, 0]
    assert payer.books.times_accepted() == {("acc-1", "PCN1"): 1}
    assert sum(p.paid_cents for p in payer.payments("PCN1")) == payer.books.totals()["paid_cents"] == 110_94


def test_a_void_reverses_the_original_and_leaves_nothing(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", "W1XX00")], 1), "key-1")
    payer.pay()
    number = payer.payments("PCN1")[0].payer_claim_control_number
    payer.take(claim_file([claim("PCN1", "W1XX00", frequency_code="8", payer_claim_control_number=number)], 2), "key-2")
    payer.pay()
    assert [p.status_code for p in payer.payments("PCN1")] == ["1", "22"]
    assert sum(p.paid_cents for p in payer.payments("PCN1")) == 0
    assert payer.books.totals()["paid_cents"] == 0


def test_a_replacement_of_an_unknown_claim_is_rejected(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", "W1", frequency_code="7", payer_claim_control_number="404")]))
    assert payer.statuses() == {"PCN1": "A7:464"}


def test_another_payers_claim_cannot_be_replaced(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", "W1XX00")], 1), "key-1")
    payer.pay()
    number = payer.payments("PCN1")[0].payer_claim_control_number
    moved = claim("PCN1", "BPQ1XX00", payer=BLUE, frequency_code="7", payer_claim_control_number=number)
    payer.take(claim_file([moved], 2), "key-2")
    assert payer.statuses()["PCN1"] == "A7:464"
    assert [row["replaced"] for row in payer.booked("PCN1")] == [0, 0]


def test_an_unprocessable_claim_may_come_again_as_a_new_one(payer: SandboxPayer) -> None:
    payer.take(claim_file([claim("PCN1", "W1XX31")], 1), "key-1")
    payer.take(claim_file([claim("PCN1", "W1XX00")], 2), "key-2")
    payer.pay()
    assert [p.paid_cents > 0 for p in payer.payments("PCN1")] == [False, True]
    assert payer.books.times_accepted() == {("acc-1", "PCN1"): 1}


def test_a_secondary_claim_is_paid_after_the_first_payer(payer: SandboxPayer) -> None:
    primary = OtherCoverage(
        "P",
        "18",
        Name.person("OKONKWO", "ADA"),
        "1EG4TE5MK73",
        "MEDICARE PART B OHIO",
        "15202",
        "MB",
        paid_cents=102_39,
    )
    said = LineAdjudication(
        "15202",
        102_39,
        Procedure("99214"),
        line("99214", 1).units,
        date(2026, 7, 1),
        (Adjustment("CO", "45", 137_40), Adjustment("CO", "253", 2_09), Adjustment("PR", "2", 26_12)),
    )
    second = claim("PCN1", "W9XX00", [replace(line("99214", 268_00), adjudications=(said,))])
    subscriber = replace(second.subscriber, payer_responsibility="S")
    payer.take(claim_file([replace(second, subscriber=subscriber, other_coverages=(primary,))]))
    payer.pay()
    (payment,) = payer.payments("PCN1")
    assert (payment.status_code, payment.paid_cents, adjustments(payment)) == ("2", 26_12, ["1:OA23:24188"])


def test_the_deductible_runs_over_the_claims_of_a_member(payer: SandboxPayer) -> None:
    plan_start = next(n for n in range(100) if _first_claim_is_all_deductible(payer, n))
    member_id = f"D{plan_start}"
    for n in range(2, 14):
        payer.take(claim_file([claim(f"PCN{plan_start}X{n}", member_id, _on_day(n))], 1000 + n), f"more-{n}")
    payer.pay()
    shares = [adjustments(p) for n in range(2, 14) for p in payer.payments(f"PCN{plan_start}X{n}")]
    deductibles = [int(a.rsplit(":", 1)[1]) for share in shares for a in share if "PR1" in a]
    assert 0 < sum(deductibles) < 12 * 156_72
    assert "PR1" not in " ".join(shares[-1])


def _on_day(n: int) -> list[ServiceLine]:
    return [replace(line("99214", 268_00), service_date=date(2026, 6, n))]


def _first_claim_is_all_deductible(payer: SandboxPayer, n: int) -> bool:
    payer.take(claim_file([claim(f"FIRST{n}", f"D{n}")], 2000 + n), f"first-{n}")
    return payer.booked(f"FIRST{n}")[0]["outcome"] == "deductible"


# --- what comes from outside ---


def test_an_id_that_an_835_cannot_carry_keeps_nobody_from_their_money(payer: SandboxPayer) -> None:
    bad = replace(line("99214", 268_00), line_item_control_number="L*1")
    claims = [claim(f"PCN{n}", f"W{n}XX00", [bad] if n == 3 else ()) for n in range(7)]
    payer.take(claim_file(claims, delimiters=Delimiters(element="|")))
    payer.pay()
    paid = {c.patient_control_number for r in payer.remittances() for c in r.claims}
    assert paid == {f"PCN{n}" for n in range(7)} - {"PCN3"}
    assert payer.books.open_work()["remittances"] == 0


def test_damaged_files_are_answered_or_refused_but_never_break_the_payer(payer: SandboxPayer) -> None:
    """Cut, doubled, emptied, overwritten: a fixed sample of the ways in which files arrive broken."""
    random = Random(5)
    whole = claim_file(all_outcomes()[::9])
    for n in range(300):
        with contextlib.suppress(UnreadableError):
            payer.take(_damaged(whole, random), f"key-{n}")
    payer.pay(2)
    assert [f for r in payer.remittances() for f in balance.check(r) if "PCN75" not in _numbers(r)] == []


def _damaged(body: bytes, random: Random) -> bytes:
    segments = body.split(b"~")
    at = random.randrange(len(segments))
    match random.randrange(5):
        case 0:
            return body[: random.randrange(len(body))]
        case 1:
            del segments[at]
        case 2:
            segments.insert(random.randrange(len(segments)), segments[at])
        case 3:
            elements = segments[at].split(b"*")
            elements[random.randrange(len(elements))] = random.choice([b"", b"X", b"-1", b"9" * 20, b"1.234", b"\xff"])
            segments[at] = b"*".join(elements)
        case _:
            segments[at] = bytes(random.randrange(256) for _ in segments[at])
    return b"~".join(segments)


def _numbers(remittance: Remittance) -> set[str]:
    return {c.patient_control_number for c in remittance.claims}


# --- everything together ---


def all_outcomes() -> list[Claim]:
    payers = (COMMERCIAL, BLUE, MEDICARE, MEDICAID)
    return [
        claim(f"PCN{code}", f"W{code}XX{code}", VISIT_AND_ECG, payers[n % 4], dependent=n % 3 == 0)
        for n, code in enumerate(OUTCOMES)
        if code not in ("10", "11") and code < "80"
    ]


def test_every_answer_is_valid_and_every_835_balances(payer: SandboxPayer) -> None:
    """All outcomes over four payers: pyx12 finds no error in any answer, oxedi none in any balanced 835."""
    body = claim_file(all_outcomes(), acknowledgement_requested=True)
    assert pyx12_errors(body) == []
    payer.take(body)
    payer.take(claim_file([claim("PCN10", member("10"))], 2), "key-2")
    payer.take(claim_file([claim("PCN11", member("11"))], 3), "key-3")
    payer.pay()
    seen = {kind: payer.bodies(kind) for kind in ("TA1", "999", "277CA", "835")}
    assert all(seen.values())
    bodies = {body for kind in seen.values() for body in kind}
    assert {body: errors for body in bodies if (errors := pyx12_errors(body))} == {}
    unbalanced = [r for r in payer.remittances() if balance.check(r)]
    assert [c.patient_control_number for r in unbalanced for c in r.claims] == ["PCN75"]
    assert [e for each in seen["835"] if b"PCN75" not in each for e in oxedi_errors(each)] == []


def test_the_books_say_what_the_remittances_say(payer: SandboxPayer) -> None:
    payer.take(claim_file(all_outcomes()))
    payer.pay(6)
    for row in payer.books.claims(0, 1000):
        number, outcome = str(row["patient_control_number"]), row["outcome"]
        payments = payer.payments(number)
        if outcome in ("duplicated_same_id", "duplicated_new_id"):
            payments = payments[:1]
        if outcome in ("unbalanced", "silent"):
            continue
        assert sum(p.paid_cents for p in payments) == row["paid_cents"], outcome
        parts = ("paid_cents", "contractual_cents", "patient_cents", "prior_payer_cents", "denied_cents")
        if row["stage"] == "accepted" and outcome != "reversed":
            assert sum(int(str(row[part])) for part in parts) == row["charge_cents"], outcome


def test_decisions_follow_from_seed_and_claim_not_from_the_order_of_arrival(tmp_path: Path) -> None:
    claims = [claim(f"PCN{n}", f"W7{n}", payer=(COMMERCIAL, BLUE, MEDICARE, MEDICAID)[n % 4]) for n in range(40)]
    said = []
    for name, order in (("a", claims), ("b", claims[::-1])):
        payer = SandboxPayer(tmp_path / name)
        for n in range(4):
            payer.take(claim_file(order[n * 10 : n * 10 + 10], n + 1), f"key-{n}")
        payer.pay()
        payments = {c.patient_control_number: c for r in payer.remittances() for c in r.claims}
        said.append({n: (p.payer_claim_control_number, p.paid_cents, adjustments(p)) for n, p in payments.items()})
    assert said[0] == said[1]
    assert len({tuple(s[2]) for s in said[0].values()}) > 5


def test_another_seed_gives_members_other_terms(tmp_path: Path) -> None:
    totals = []
    for seed in (1, 2):
        payer = SandboxPayer(tmp_path / str(seed), seed=seed)
        payer.take(claim_file([claim(f"PCN{n}", f"W7{n}") for n in range(40)]))
        totals.append(payer.books.totals()["paid_cents"])
    assert totals[0] != totals[1]
