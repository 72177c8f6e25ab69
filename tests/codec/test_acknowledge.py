"""What a receiver answers: TA1 and 999 from the findings, valid themselves, naming the claim."""

from pathlib import Path

import pytest
from x12 import ack_999, claim_837p, ta1

from tests.codec.makers import Maker
from tests.codec.validators import pyx12_errors

MAKER = Maker(21)
ENVELOPE = MAKER.envelope()
SETS = MAKER.claim_sets(3, 3)
DATA = claim_837p.write(ENVELOPE, SETS)


def answer(data: bytes) -> tuple[list[str], list[str], list[list[str]]]:
    ta1s, groups = ack_999.acknowledge(data)
    sets = [[response.ack_code for response in group.responses] for group in groups]
    return [each.ack_code for each in ta1s], [group.ack_code for group in groups], sets


def test_a_right_file_is_accepted() -> None:
    assert answer(DATA) == (["A"], ["A"], [["A", "A", "A"]])
    group = ack_999.acknowledge(DATA)[1][0]
    assert (group.functional_id, group.group_control_number) == ("HC", str(ENVELOPE.group_control_number))
    assert [response.control_number for response in group.responses] == ["0001", "0002", "0003"]


def test_one_bad_set_is_refused_and_the_claim_is_named() -> None:
    claim = SETS[1].claims[2]
    pcn = claim.patient_control_number.encode()
    start = DATA.index(b"CLM*" + pcn)
    end = DATA.index(b"~LX*1~", start)
    bad = DATA[:start] + DATA[start:end].replace(b"~HI*", b"~XX*", 1) + DATA[end:]
    assert answer(bad) == (["A"], ["P"], [["A", "R", "A"]])
    response = ack_999.acknowledge(bad)[1][0].responses[1]
    assert response.error_codes == ("5",)
    assert sorted(note.error_code for note in response.segment_notes) == ["1", "3"]
    assert {context.value for note in response.segment_notes for context in note.contexts} == {pcn.decode()}


def test_errors_beyond_the_cap_still_refuse_the_later_sets() -> None:
    first, second = DATA.index(b"~SE*"), DATA.index(b"~SE*", DATA.index(b"~SE*") + 1)
    bad = DATA[:first] + b"~XX*1" * 3000 + DATA[first:second] + b"~XX*1" + DATA[second:]
    assert answer(bad) == (["A"], ["P"], [["R", "R", "A"]])


def test_a_bad_element_is_noted_with_its_value() -> None:
    bad = DATA.replace(b"*UN*", b"*ZZ*", 1)
    note = next(note for response in ack_999.acknowledge(bad)[1][0].responses for note in response.segment_notes)
    assert (note.segment_id, note.error_code, note.loop_id) == ("SV1", "8", "2400")
    assert [(each.element_position, each.error_code, each.bad_value) for each in note.element_notes] == [(3, "7", "ZZ")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"~IEA*1*", b"~IEA*2*", (["E"], ["A"], [["A", "A", "A"]])),
        (b"*00501*", b"*00401*", (["R"], [], [])),
        (b"~GE*3*", b"~GE*4*", (["A"], ["E"], [["A", "A", "A"]])),
        (b"005010X222A1~BHT", b"005010X999A1~BHT", (["A"], ["P"], [["R", "A", "A"]])),
    ],
)
def test_envelope_errors(old: bytes, new: bytes, expected: tuple[list[str], list[str], list[list[str]]]) -> None:
    assert answer(DATA.replace(old, new, 1)) == expected


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_answers_are_valid_themselves(cut: float) -> None:
    broken = DATA[: int(len(DATA) * cut)].replace(b"~HI*", b"~HJ*").replace(b"~N3*", b"~N3*" + b"X" * 80, 3)
    ta1s, groups = ack_999.acknowledge(broken + b"~SE*1*0001~GE*1*1~IEA*1*1~")
    assert ta1s
    if groups:
        written = ack_999.write(ENVELOPE, groups)
        assert ack_999.read(written).transaction_sets == groups
        assert pyx12_errors(written) == []
    assert ta1.read(ta1.write(ENVELOPE, ta1s))[0] == ta1s


def test_ta1_and_999_travel_in_one_interchange() -> None:
    ta1s, groups = ack_999.acknowledge(DATA)
    written = ack_999.write(ENVELOPE, groups, ta1s)
    assert ack_999.read(written).transaction_sets == groups
    assert ta1.read(written)[0] == ta1s


def test_acknowledgements_are_not_acknowledged() -> None:
    written = ack_999.write(ENVELOPE, ack_999.acknowledge(DATA)[1])
    assert ack_999.acknowledge(written)[1] == ()


def test_the_examples_that_are_broken() -> None:
    folder = Path(__file__).parent / "examples/errors"
    assert ack_999.acknowledge((folder / "bad_file.edi").read_bytes()) == ((), ())
    assert answer((folder / "error_validation.edi").read_bytes())[0] == ["R"]
