"""What the next payer is told of a decision: bundled and recoded lines, remarks, the payer's own number."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime

from events import ClaimBuilt
from events.phi import PriorPayment
from followup_svc.domain import AdjudicatedLine, Claim
from followup_svc.prior_payments import prior_payments
from followup_svc.remittance import adjudication_of
from kit.phi import PhiCipher
from x12.parties import Adjustment, Name, Procedure
from x12.remittance_835.models import ClaimPayment, Party, ServicePayment

from tests.unit.followup_svc.makers import CLAIM_ID, ENCOUNTER_ID, adjudication, claim, line, payment, version
from tests.unit.submission_svc import samples

CIPHER = PhiCipher.parse("k1:" + base64.b64encode(b"1" * 32).decode())


def told(*lines: AdjudicatedLine, remarks: tuple[str, ...] = ()) -> PriorPayment:
    """The decision on a claim of two lines as the next payer is told of it."""
    content = samples.content(
        lines=(samples.line(1, 10_000, code="99213"), samples.line(2, 4_000, code="87880")), charge_cents=14_000
    )
    event = ClaimBuilt.create(
        occurred_at=datetime(2026, 8, 1, 9, tzinfo=UTC), tenant_id="valley", encounter_id=ENCOUNTER_ID,
        encounter_version=1, claim_id=CLAIM_ID, claim_version=1, coding_version=1, payer_id="60054",
        payer_sequence="P", patient_control_number="PCN1", frequency_code="1", charge_cents=14_000, line_count=2,
    )  # fmt: skip
    sealed = event.model_copy(update={"phi": CIPHER.seal(event, content)}).model_dump_json().encode()
    decided = replace(payment(replace(adjudication(*lines), remark_codes=remarks)), state="posted", turn="P")
    known: Claim = claim(version(1, (10_000, 4_000)), payments=[decided])
    (found,) = prior_payments([known], {(CLAIM_ID, 1): sealed}, CIPHER)
    return found


def test_the_payers_own_number_and_its_remarks_are_told() -> None:
    found = told(line(1, 10_000), line(2, 4_000), remarks=("MA01", "N130"))
    assert found.payer_claim_control_number == "ICN1"
    assert found.outpatient is not None
    assert found.outpatient.remark_codes == ("MA01", "N130")
    assert told(line(1, 10_000), line(2, 4_000)).outpatient is None


def test_a_line_that_was_bundled_names_the_line_it_went_into() -> None:
    bundled = replace(line(2, 4_000, ("CO", "97", 4_000)), decided_code="99213", decided_modifiers=("25",))
    second = told(line(1, 10_000), bundled).lines[1]
    assert (second.code, second.modifiers, second.bundled_line_number) == ("99213", ("25",), 1)
    assert second.line_item_control_number == "L0002"


def test_a_line_that_was_only_recoded_went_into_none() -> None:
    recoded = replace(line(1, 10_000), decided_code="99212")
    first = told(recoded, line(2, 4_000)).lines[0]
    assert (first.code, first.bundled_line_number) == ("99212", None)


def test_an_835_tells_what_was_decided_on_and_what_was_sent() -> None:
    service = ServicePayment(
        Procedure("99213", ("25",)), 4_000, 0, submitted_procedure=Procedure("87880"),
        adjustments=(Adjustment("CO", "97", 4_000),), line_item_control_number="L2",
    )  # fmt: skip
    plain = ServicePayment(Procedure("99213"), 10_000, 10_000, line_item_control_number="L1")
    patient = Party(Name.person("RIVERA"))
    whole = ClaimPayment("PCN1", "1", 14_000, 10_000, "CI", "ICN1", patient, service_payments=(plain, service))
    first, second = adjudication_of(whole).lines
    assert (first.procedure_code, first.decided_code) == ("99213", "")
    assert (second.procedure_code, second.decided_code, second.decided_modifiers) == ("87880", "99213", ("25",))
