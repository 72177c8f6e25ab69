"""Wild files: every irregularity is a located finding, the data is read all the same, and nothing ever raises."""

import io
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from x12 import ack_999, claim_837i, claim_837p, claim_ack_277ca, remittance_835, ta1
from x12.findings import MAX_FINDINGS
from x12.segments import CHUNK

from tests.codec.makers import Maker

ERA = (Path(__file__).parent / "examples/835/X221-multiple-claims-single-check.edi").read_bytes()
CLAIM = (Path(__file__).parent / "examples/837p/X222-ambulance.edi").read_bytes()
PLAIN = remittance_835.read(ERA)
READERS = (claim_837p.read, remittance_835.read, claim_ack_277ca.read, ack_999.read, ta1.read, ack_999.acknowledge)


def codes(data: bytes) -> list[str]:
    return [finding.code for finding in remittance_835.read(data).findings]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: b"\r\n  \n" + data,
        lambda data: data.replace(b"~", b"~\r\n"),
        lambda data: data.replace(b"~", b"~\n    "),
        lambda data: data.replace(b"~", b"***~").replace(b"^*00501*000000195*0*P*:***~", b"^*00501*000000195*0*P*:~"),
        lambda data: data.replace(b"*", b"|").replace(b"~", b"\n"),
        lambda data: data.replace(b":", b">"),
        lambda data: data.replace(b"~", b"\r"),
        lambda data: b"\n".join(data[i : i + 80] for i in range(0, len(data), 80)),
        lambda data: data + b"\x1a\r\n\x00",
        lambda data: data.rstrip(b"~"),
    ],
    ids=[
        "bom",
        "blank-lines",
        "crlf",
        "indented",
        "trailing-separators",
        "pipes",
        "angle",
        "cr",
        "wrapped",
        "eof",
        "cut",
    ],
)
def test_harmless_dirt_changes_nothing(change) -> None:
    parsed = remittance_835.read(change(ERA))
    assert parsed.transaction_sets == PLAIN.transaction_sets
    assert parsed.findings == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"SE*", b"SE*9", ["IK502-4"]),
        (b"*35681~GE", b"*35682~GE", ["IK502-3"]),
        (b"GE*1", b"GE*2", ["AK905-5"]),
        (b"GE*1*278", b"GE*1*279", ["AK905-4"]),
        (b"IEA*1", b"IEA*3", ["TA105-021"]),
        (b"IEA*1*000000195", b"IEA*1*000000196", ["TA105-001"]),
        (b"*00501*", b"*00401*", ["TA105-017"]),
        (b"CLP*7722337*1*", b"CLP*7722337*77*", ["IK403-7"]),
        (b"*226*132**12", b"*226*13X**12", ["IK403-6"]),
        (b"DTM*472*20140324", b"DTM*472*20140231", ["IK403-8"]),
        (b"LX*1~", b"", ["IK304-3", "IK502-4"]),
        (b"AMT*AU*132~", b"XYZ*1~", ["IK304-1"]),
        (b"AMT*AU*132~", b"BHT*1~", ["IK304-1"]),
        (b"AMT*AU*132~", b"AMT*Q9*132~", ["IK403-7"]),
        (b"N1*PE*BAN DDS LLC*FI*999994703~", b"", ["IK304-3", "IK502-4"]),
        (b"CLP*7722337*1*226", b"CLP*%s*1*226" % (b"X" * 60), ["IK403-5"]),
    ],
)
def test_irregularities_are_found_and_read_over(old: bytes, new: bytes, expected: list[str]) -> None:
    parsed = remittance_835.read(ERA.replace(old, new, 1))
    assert sorted(finding.code for finding in parsed.findings) == sorted(expected)
    assert len(parsed.transaction_sets[0].claims) == len(PLAIN.transaction_sets[0].claims)


def test_a_finding_says_where_and_what_to_do() -> None:
    finding = remittance_835.read(ERA.replace(b"*226*132**12", b"*226*13X**12", 1)).findings[0]
    assert (finding.loop, finding.segment, finding.position, finding.element) == ("2100", "CLP", 11, "CLP04")
    assert (finding.value, finding.transaction_set_control_number) == ("13X", "35681")
    assert finding.action
    assert "13X" not in repr(finding)


def test_several_interchanges_with_their_own_delimiters() -> None:
    other = ERA.replace(b"*", b"|").replace(b"~", b"\n").replace(b"000000195", b"000000196")
    parsed = remittance_835.read(ERA + b"\r\n" + other)
    assert parsed.findings == ()
    assert [len(group.transaction_sets[0].claims) for group in parsed.groups] == [9, 9]
    assert parsed.groups[1].envelope.delimiters.element == "|"


def test_a_repeated_interchange_is_noted() -> None:
    assert codes(ERA + ERA) == ["TA105-025"]


def test_missing_trailers() -> None:
    cut = ERA[: ERA.index(b"SE*")]
    parsed = remittance_835.read(cut)
    assert [f.code for f in parsed.findings] == ["IK502-2", "AK905-3", "TA105-023"]
    assert parsed.transaction_sets[0].claims == PLAIN.transaction_sets[0].claims


def test_a_service_line_without_its_lx_is_kept() -> None:
    parsed = claim_837p.read(CLAIM.replace(b"LX*1~", b""))
    assert [f.code for f in parsed.findings] == ["IK304-3", "IK502-4"]
    assert [len(claim.service_lines) for claim in parsed.transaction_sets[0].claims] == [4]


def test_other_transactions_are_named_not_read() -> None:
    assert codes(CLAIM) == ["AK905-2"]


@pytest.mark.parametrize(
    "data", [b"", b"   ", b"bad_file", b"ISA", b"ISA*", b"\x00" * 500, ERA[:106], ERA[:90], b"ST*835*1~"]
)
def test_what_is_no_interchange_is_one_finding(data: bytes) -> None:
    for read in READERS:
        read(data)
    assert codes(data) or data.startswith(b"ST")


@given(st.binary(max_size=3000))
@settings(max_examples=200, deadline=None)
def test_garbage_never_raises(data: bytes) -> None:
    for read in READERS:
        read(data)
        read(ERA[:106] + data)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_mutations_never_raise(seed: int) -> None:
    rng = random.Random(seed)
    data = bytearray(rng.choice((ERA, CLAIM)))
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randint(1, 200)]
            case 2:
                data[at:at] = bytes(data[rng.randrange(len(data)) :][: rng.randint(1, 200)])
            case 3:
                data[at:at] = rng.choice((b"~", b"*", b":", b"^", b"ISA*", b"~SE*1*1~", b"~ST*837*1~", b"~IEA*1*1~"))
    for read in READERS:
        read(bytes(data))


@given(cut=st.integers(0, len(ERA)))
@settings(max_examples=100, deadline=None)
def test_truncation_never_raises(cut: int) -> None:
    for read in READERS:
        read(ERA[:cut])


@pytest.mark.parametrize(
    "data",
    [
        b"ISA*" * 500_000,
        ERA[:106] + b"IEA*" * 500_000,
        ERA[:106] + b"~" * 2_000_000,
        ERA[:106] + b"GS*HP*1*2*20260101*1200*1*X*005010X221A1~ST*835*0001~" + b"CAS" + b"*1" * 1_000_000,
        (ERA[:106] + b"IEA*0*000000195~") * 15_000,
        ERA[:106] + b"ST*835*1~" * 100_000,
        b"VISA" * 500_000,
    ],
    ids=["headers", "trailers", "terminators", "elements", "interchanges", "sets", "noise"],
)
def test_time_grows_with_size_only(data: bytes) -> None:
    """Two megabytes of the worst take seconds, not minutes, even on a busy machine."""
    start = time.process_time()
    remittance_835.read(data)
    assert time.process_time() - start < 30


def test_a_wrong_segment_of_many_composites_takes_no_longer() -> None:
    """A regular expression with two ways to take an element left out looks at 4,096 ways to take twelve."""
    codes = b"*".join(b"BE:%d:::%d.24" % (number, number) for number in range(10, 22))
    claim = ERA[:106] + b"GS*HC*1*2*20260101*1200*1*X*005010X223A2~ST*837*0001*005010X223A2~BHT*0019*00*1~HL*1**20*1~"
    claim += b"HL*2*1*22*0~CLM*1*2***11:A:1~HI*" + codes + b"X~" + b"SE*7*0001~GE*1*1~IEA*1*000000195~"
    start = time.process_time()
    assert "IK403-6" in [finding.code for finding in claim_837i.read(claim).findings]
    assert time.process_time() - start < 2


class Trickle(io.BytesIO):
    """A source that gives a few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(97, size or 97) if size != -1 else 97)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_a_stream_reads_as_the_whole_file_does(seed: int) -> None:
    maker = Maker(seed)
    data = remittance_835.write(maker.envelope(), [maker.remittance(1, 4)])
    data += remittance_835.write(maker.envelope(), [maker.remittance(2, 4)])
    assert remittance_835.read(Trickle(data)) == remittance_835.read(data)


def test_a_file_without_any_terminator_is_given_up_with_a_finding() -> None:
    found = codes(ERA[:106] + b"GS*HP*" + b"A" * (3 * CHUNK))
    assert "TA105-022" in found or "TA105-023" in found
    stream = io.BytesIO(ERA[:106] + b"GS*HP*" + b"A" * (3 * CHUNK))
    assert "TA105-022" in [f.code for f in remittance_835.read(stream).findings]


def test_findings_are_capped() -> None:
    broken = ERA.replace(b"AMT*AU*132~", b"XYZ*1~" * 5000)
    assert len(remittance_835.read(broken).findings) == MAX_FINDINGS
