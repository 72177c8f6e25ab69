"""Golden files, made by hand: read without a finding, written again as they were, and shown as what they are."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from x12 import ack_999, attachment_275, ta1
from x12.cli import main
from x12.envelope import Envelope
from x12.reading import FileReader
from x12.transactions import Transaction, find

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.edi"))


def without_breaks(path: Path) -> bytes:
    return path.read_bytes().replace(b"\n", b"")


def transaction_of(data: bytes) -> Transaction:
    frame = next(FileReader(data).transaction_sets())
    found = find(frame.set_id, frame.version)
    assert found is not None
    return found


@pytest.mark.parametrize("path", [path for path in FILES if path.stem != "ta1"], ids=lambda path: path.stem)
def test_a_golden_file_is_read_and_written_as_it_was(path: Path) -> None:
    data = without_breaks(path)
    transaction = transaction_of(data)
    parsed = transaction.read(path.read_bytes())
    assert parsed.findings == ()
    further = {"275": (transaction.guide.version,), "277-request": (transaction.guide.version,)}
    ta1s = ta1.read(data)[0]
    arguments = (ta1s,) if ta1s else further.get(path.stem.rpartition("-")[0], ())
    assert transaction.write(parsed.groups[0].envelope, parsed.transaction_sets, *arguments) == data


def test_the_golden_interchange_acknowledgement() -> None:
    data = without_breaks(GOLDEN / "ta1.edi")
    answers, findings = ta1.read(data)
    assert findings == ()
    assert [(each.interchange_control_number, each.ack_code, each.note_code) for each in answers] == [(102, "R", "010")]
    headers: list[Envelope] = []
    assert list(FileReader(data, lambda _, header: headers.append(header)).transaction_sets()) == []
    assert ta1.write(replace(headers[0], group_control_number=1), answers) == data


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("837i-inpatient", {"set": "837", "claims": 1, "lines": 3, "charge_cents": 1_825_050}),
        ("837i-outpatient-secondary", {"set": "837", "claims": 1, "lines": 1, "charge_cents": 41_200}),
        ("276", {"set": "276", "claims": 2, "lines": 1}),
        ("277", {"set": "277", "claims": 2, "lines": 1, "paid_cents": 1_277_535, "statuses": {"F1": 1, "P1": 1}}),
        ("277ca", {"set": "277CA", "claims": 2, "statuses": {"A2": 1, "A7": 1}}),
        ("277-request-x313", {"set": "277", "claims": 1, "statuses": {"R4": 1}}),
        ("275-x314", {"set": "275", "version": "006020X314"}),
        ("275-x210", {"set": "275", "version": "005010X210"}),
        ("999", {"set": "999", "statuses": {"A": 1, "R": 1}}),
    ],
)
def test_a_golden_file_is_summarised(
    stem: str, expected: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["summary", str(GOLDEN / f"{stem}.edi")]) == 0
    line = json.loads(capsys.readouterr().out)
    found = next(each for each in line["transactions"] if each["set"] != "TA1")
    assert {name: found[name] for name in expected} == expected
    assert line["findings"] == 0


def test_documents_come_out_as_they_went_in() -> None:
    encoded = attachment_275.read((GOLDEN / "275-x314.edi").read_bytes()).transaction_sets[0]
    assert [each.content for each in encoded.documents] == [b"Fell from a swing.~*:"]
    plain = attachment_275.read((GOLDEN / "275-x210.edi").read_bytes()).transaction_sets[0]
    assert [each.content for each in plain.documents] == [b"Discharged home.~SE*9*0001~ With aspirin*:^"]


@pytest.mark.parametrize(
    ("stem", "right", "wrong", "code"),
    [
        ("275-x210", b"BIN*43*", b"BIN*44*", "IK403-4"),
        ("275-x210", b"BIN*43*", b"BIN*9999*", "IK403-4"),
        ("275-x210", b"BIN*43*", b"BIN*42*", "IK403-4"),
        ("275-x314", b"BDS*B64*28*", b"BDS*B64*27*", "IK403-5"),
        ("275-x314", b"BDS*B64*28*", b"BDS*B64*x*", "IK403-6"),
    ],
)
def test_a_binary_length_that_is_wrong_is_noted(stem: str, right: bytes, wrong: bytes, code: str) -> None:
    """Then only the next terminator is left to go by, even if it is one of the document's own."""
    data = without_breaks(GOLDEN / f"{stem}.edi")
    assert right in data
    found = attachment_275.read(data.replace(right, wrong)).findings
    assert (code, right[:3].decode()) in [(f.code, f.segment) for f in found]


def test_golden_claims_are_acknowledged() -> None:
    for path in FILES:
        codes = [group.ack_code for group in ack_999.acknowledge(path.read_bytes())[1]]
        assert codes == ([] if path.stem in ("999", "ta1") else ["A"])
