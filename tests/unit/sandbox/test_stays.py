"""The sandbox payer and institutional claims: taken, answered, paid line by line, also those known by revenue code."""

from __future__ import annotations

from pathlib import Path

from claim_builder.building import Turn, build
from submission_svc.claim_837i import claim as claim_model

from tests.unit.claim_builder.claim_examples import ENCOUNTER_ID, PRICES, TODAY, stay_in_hospital
from tests.unit.sandbox.claim_files import SandboxPayer, claim_file, member, stay_file
from tests.unit.sandbox.claim_files import claim as visit


def one_stay(number: int = 1) -> tuple[bytes, str]:
    """An interchange with one stay, sent as the practice sends its visits, and its patient control number."""
    stay = stay_in_hospital()
    paid_in_full = stay.coverages[0].model_copy(update={"member_id": member("00")})
    content = build(ENCOUNTER_ID, stay.model_copy(update={"coverages": (paid_in_full,)}), Turn(), PRICES).content
    return stay_file([claim_model(content)], number), content.patient_control_number


def test_a_stay_is_taken_accepted_and_paid(tmp_path: Path) -> None:
    payer = SandboxPayer(tmp_path, today=TODAY)
    body, number = one_stay()
    payer.take(body)
    (ack,) = payer.acks()
    assert (ack.ack_code, ack.version, ack.accepted_count) == ("A", "005010X223A2", 1)
    assert payer.statuses()[number].startswith("A2")
    payer.pay()
    (payment,) = payer.payments(number)
    assert payment.charge_cents == 205_200
    assert payment.paid_cents > 0
    room = payment.service_payments[2]
    assert (room.procedure.qualifier, room.procedure.code) == ("NU", "0120")
    assert room.line_item_control_number.endswith("003")


def test_a_stay_in_a_file_of_its_own_does_not_disturb_visits(tmp_path: Path) -> None:
    payer = SandboxPayer(tmp_path, today=TODAY)
    payer.take(one_stay(1)[0], "key-1")
    payer.take(claim_file([visit("P2", "W2")], 2), "key-2")
    assert len(payer.books.claims(0, 10)) == 2
