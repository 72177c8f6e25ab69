"""The published examples are read without structural error, to the cent, and written as they were."""

from pathlib import Path

import pytest
from x12 import ack_999, claim_837p, remittance_835

from tests.codec.validators import pyx12_errors

EXAMPLES = Path(__file__).parent / "examples"
CLAIMS = sorted((EXAMPLES / "837p").iterdir())
REMITTANCES = sorted((EXAMPLES / "835").iterdir())


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.stem)
def test_official_claims(path: Path) -> None:
    parsed = claim_837p.read(path.read_bytes())
    assert parsed.findings == ()
    assert len(parsed.transaction_sets) == 1
    for claim in parsed.transaction_sets[0].claims:
        assert claim.charge_cents == sum(line.charge_cents for line in claim.service_lines)
    again = claim_837p.read(claim_837p.write(parsed.groups[0].envelope, parsed.transaction_sets))
    assert again.transaction_sets == parsed.transaction_sets


def _segments(data: bytes) -> list[str]:
    return [s for s in data.decode().replace("\n", "").split("~") if s[:3] not in ("ISA", "GS*", "GE*", "IEA", "BHT")]


_SPELLING = {".00*": "*", "766.50": "766.5", "8.20": "8.2", "12.30": "12.3", "682.50": "682.5", "10.50": "10.5"}


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.stem)
def test_official_claims_are_written_segment_by_segment_as_they_were(path: Path) -> None:
    """Only the spelling of numbers changes (766.50 to 766.5)."""
    data = path.read_bytes()
    parsed = claim_837p.read(data)
    ours = _segments(claim_837p.write(parsed.groups[0].envelope, parsed.transaction_sets))
    theirs = _segments(data)
    for long, short in _SPELLING.items():
        theirs = [segment.replace(long, short) for segment in theirs]
    assert ours == theirs


@pytest.mark.parametrize("path", REMITTANCES, ids=lambda path: path.stem)
def test_official_remittances_balance(path: Path) -> None:
    parsed = remittance_835.read(path.read_bytes())
    assert parsed.findings == ()
    for remittance in parsed.transaction_sets:
        assert remittance.claims
        assert remittance_835.balance.check(remittance) == []
    written = remittance_835.write(parsed.groups[0].envelope, parsed.transaction_sets)
    assert remittance_835.read(written).transaction_sets == parsed.transaction_sets


def test_a_remittance_says_what_the_example_says() -> None:
    data = (EXAMPLES / "835" / "X221-secondary-payments.edi").read_bytes()
    remittance = remittance_835.read(data).transaction_sets[0]
    first, second = remittance.claims
    assert remittance.payment.amount_cents == 122_200
    assert (first.patient_control_number, first.status_code, first.paid_cents) == ("L0004828311", "2", 91_200)
    assert [(a.group_code, a.reason_code, a.amount_cents) for a in first.adjustments] == [("OA", "23", 941_164)]
    line = second.service_payments[1]
    assert [(a.group_code, a.reason_code, a.amount_cents) for a in line.adjustments] == [
        ("PR", "1", 15_000),
        ("PR", "2", 7_000),
        ("CO", "42", 8_500),
    ]
    assert (line.procedure.code, line.procedure.modifiers, line.allowed_cents) == ("66543", ("26",), 50_000)


@pytest.mark.parametrize("path", [*CLAIMS, *REMITTANCES], ids=lambda path: path.stem)
def test_official_examples_are_accepted(path: Path) -> None:
    ta1s, acknowledgements = ack_999.acknowledge(path.read_bytes())
    assert [each.ack_code for each in ta1s] == ["A"]
    assert [each.ack_code for each in acknowledgements] == ["A"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.*")), ids=lambda path: path.stem)
def test_no_file_makes_any_reader_raise(path: Path) -> None:
    data = path.read_bytes()
    for codec in (claim_837p, remittance_835, ack_999):
        codec.read(data)
    ack_999.acknowledge(data)


def test_pyx12_agrees_on_the_official_remittances() -> None:
    assert [pyx12_errors(path.read_bytes()) for path in REMITTANCES] == [[] for _ in REMITTANCES]
