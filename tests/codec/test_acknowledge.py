"""What a receiver answers: TA1 and 999 from the findings, valid themselves, naming the claim."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from x12 import (
    ack_999,
    attachment_275,
    attachment_request_277,
    claim_837i,
    claim_837p,
    claim_ack_277ca,
    claim_status_276,
    claim_status_277,
    remittance_835,
    ta1,
)
from x12.ack_999.models import ImplementationAcknowledgement

from tests.codec.damage import damaged
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


OTHERS: dict[str, tuple[Any, Any, bytes, str]] = {
    "837I": (claim_837i, MAKER.institutional_sets(1, 2), b"~SV2*", "CLM01"),
    "835": (remittance_835, [MAKER.remittance(1, 2)], b"~SVC*", "TRN02"),
    "277CA": (claim_ack_277ca, [MAKER.claim_acknowledgement(1, 3)], b"~REF*1K*", "TRN02"),
    "276": (claim_status_276, [MAKER.claim_status_request(n) for n in range(1, 4)], b"~AMT*T3*", "TRN02"),
    "277": (claim_status_277, [MAKER.claim_status_response(n) for n in range(1, 4)], b"~DTP*472*", "TRN02"),
    "277 request": (attachment_request_277, [MAKER.information_request(1)], b"~DTP*472*", "TRN02"),
    "275": (attachment_275, [MAKER.submission(1)], b"~CAT*", ""),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_every_transaction_is_acknowledged(kind: str) -> None:
    codec, made, mark, unit = OTHERS[kind]
    data = codec.write(ENVELOPE, made)
    assert answer(data)[:2] == (["A"], ["A"])
    bad = data.replace(mark, b"~XYZ*1" + mark, 1)
    _, codes, sets = answer(bad)
    assert codes == ["P" if len(made) > 1 else "R"]
    refused = next(r for r in ack_999.acknowledge(bad)[1][0].responses if r.rejected)
    assert sum(codes == "R" for codes in sets[0]) == 1
    assert {"4", "5"} >= set(refused.error_codes) >= {"5"}
    note = refused.segment_notes[0]
    assert (note.segment_id, note.error_code) == ("XYZ", "1")
    assert [context.name for context in note.contexts] == ([unit] if unit else [])
    if kind != "275":  # pyx12's 999 does not know the functional group PI
        assert pyx12_errors(ack_999.write(ENVELOPE, ack_999.acknowledge(bad)[1])) == []


def refusals(data: bytes) -> list[tuple[str, ...]]:
    return [response.error_codes for group in ack_999.acknowledge(data)[1] for response in group.responses]


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        (b"~ST*837*0001*", b"~ST*834*0001*", "1"),
        (b"005010X222A1~BHT", b"005010X999~BHT", "I6"),
        (b"005010X222A1~BHT", b"004010X098A1~BHT", "I6"),
        (b"~ST*837*0002*", b"~ST*837*0001*", "23"),
        (b"~ST*837*0002*", b"~ST*837*2*", "7"),
        (b"*0003~GE", b"*0009~GE", "3"),
        (b"~SE*", b"~SE*9", "4"),
        (b"~HI*", b"~HX*", "5"),
    ],
)
def test_why_a_set_is_refused(old: bytes, new: bytes, codes: str) -> None:
    found = refusals(DATA.replace(old, new, 1))
    assert sum(codes in each for each in found) == 1
    assert sum(not each for each in found) == 2


def test_a_set_without_its_trailer() -> None:
    start = DATA.index(b"~SE*")
    found = refusals(DATA[:start] + DATA[DATA.index(b"~ST*837*0002") :])
    assert "2" in found[0]


def test_counts_are_those_sent_received_and_accepted() -> None:
    group = ack_999.acknowledge(DATA.replace(b"~GE*3*", b"~GE*7*", 1))[1][0]
    assert (group.included_count, group.received_count, group.accepted_count) == (7, 3, 3)
    assert (group.ack_code, group.error_codes) == ("E", ("5",))


def test_an_interchange_that_comes_twice_is_refused_once() -> None:
    assert answer(DATA + DATA) == (["A", "R"], ["A"], [["A", "A", "A"]])


IK304 = frozenset(["1", "2", "3", "4", "5", "6", "7", "8", "I4", "I6", "I7", "I8", "I9"])
IK403 = frozenset([*map(str, range(1, 14)), "I6", "I9", "I10", "I11", "I12", "I13"])
IK502 = frozenset([*map(str, range(1, 28)), "I5", "I6"])


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_any_damaged_file_can_be_answered_in_the_standards_codes(seed: int) -> None:
    ta1s, groups = ack_999.acknowledge(damaged(seed))
    assert ta1.read(ta1.write(ENVELOPE, ta1s))[0] == ta1s
    read = ack_999.read(ack_999.write(ENVELOPE, groups, ta1s)) if groups else None
    assert read is None or (read.findings == () and len(read.transaction_sets) == len(groups))
    for response in (response for group in groups for response in group.responses):
        assert set(response.error_codes) <= IK502
        assert response.rejected == bool(response.error_codes)
        for note in response.segment_notes:
            assert note.error_code in IK304
            assert {each.error_code for each in note.element_notes} <= IK403
            assert (note.error_code == "8") == bool(note.element_notes)


def known(group: ImplementationAcknowledgement) -> bool:
    """True if pyx12's 999 knows the ids in it; it has a list of them, which has neither PI nor 275."""
    sets = {response.transaction_set_id for response in group.responses}
    return group.functional_id in {"HC", "HP", "HN", "HR"} and sets <= {"276", "277", "835", "837"}


def test_pyx12_takes_our_answers_to_damaged_files() -> None:
    groups = [group for seed in range(80) for group in ack_999.acknowledge(damaged(seed))[1] if known(group)]
    numbered = [replace(group, control_number=f"{number:04d}") for number, group in enumerate(groups, 1)]
    assert any(response.rejected for group in groups for response in group.responses)
    assert pyx12_errors(ack_999.write(ENVELOPE, numbered)) == []


def test_each_interchange_is_answered_to_its_sender() -> None:
    other = replace(MAKER.envelope(), acknowledgement_requested=False)
    asking = replace(ENVELOPE, acknowledgement_requested=True)
    data = claim_837p.write(asking, SETS[:1]) + claim_837i.write(other, MAKER.institutional_sets(1, 1))
    first, second = (
        ack_999.write_answer(each, ENVELOPE.created, number) for number, each in enumerate(ack_999.answer_each(data), 5)
    )
    for written, asked, number in ((first, asking, 5), (second, other, 6)):
        reply = ack_999.read(written).groups[0].envelope
        assert (reply.sender_id, reply.receiver_id) == (asked.receiver_id, asked.sender_id)
        assert (reply.application_sender, reply.application_receiver) == (
            asked.application_receiver,
            asked.application_sender,
        )
        assert reply.interchange_control_number == number
    assert [len(ta1.read(each)[0]) for each in (first, second)] == [1, 0]


def test_what_needs_no_answer_gets_none() -> None:
    written = ack_999.write(replace(ENVELOPE, acknowledgement_requested=False), ack_999.acknowledge(DATA)[1])
    assert [ack_999.write_answer(each, ENVELOPE.created, 1) for each in ack_999.answer_each(written)] == [b""]


def test_a_group_behind_its_interchange_is_told_to_its_sender() -> None:
    """It belongs to nobody, so that it has no 999; what was right before it stays accepted."""
    group = DATA[DATA.index(b"GS*") : DATA.index(b"IEA*")]
    other = claim_837p.write(replace(ENVELOPE, interchange_control_number=77), SETS)
    ta1s, groups = ack_999.acknowledge(DATA + group + other)
    assert [(each.ack_code, each.note_code) for each in ta1s] == [("E", "024"), ("A", "000")]
    assert [each.ack_code for each in groups] == ["A", "A"]
    refused = DATA.replace(b"IEA*1*", b"IEA*1*9") + group
    assert [(each.ack_code, each.note_code) for each in ack_999.acknowledge(refused)[0]] == [("R", "001")]
