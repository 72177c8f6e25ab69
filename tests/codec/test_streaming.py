"""Reading claim by claim: the same as reading whole, the same as looking at every segment, in constant memory."""

import gc
import io
import random
import re
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from x12 import claim_837i, claim_837p, remittance_835
from x12.ack_999 import answer_each
from x12.envelope import Delimiters
from x12.examining import Summary, examine
from x12.findings import Finding
from x12.remembering import Seen
from x12.shapes import unit_shape
from x12.showing import show
from x12.sourcing import CHUNK
from x12.tokenizing import MAX_SEGMENT

from tests.codec.makers import Maker

STANDARD = Delimiters()
SEEDS = st.integers(0, 2**32)
DELIMITERS = st.sampled_from([Delimiters(), Delimiters("|", "^", ">", "\n"), Delimiters("\x1d", "%", "\x1f", "\x1c")])


def remittances(seed: int, delimiters: Delimiters = STANDARD, size: int = 3) -> bytes:
    maker = Maker(seed)
    return remittance_835.write(maker.envelope(delimiters), [maker.remittance(number, size) for number in (1, 2)])


def damaged(data: bytes, seed: int, times: int) -> bytes:
    """``data`` with a few segments dropped, doubled, swapped, and elements changed."""
    rng = random.Random(seed)
    separator, end = data[3:4], data[105:106]
    segments = data.split(end)
    for _ in range(times):
        at = rng.randrange(2, len(segments) - 3)
        match rng.randrange(5):
            case 0:
                del segments[at]
            case 1:
                segments.insert(at, segments[rng.randrange(2, len(segments) - 3)])
            case 2:
                other = rng.randrange(2, len(segments) - 3)
                segments[at], segments[other] = segments[other], segments[at]
            case 3:
                elements = segments[at].split(separator)
                value = rng.choice((b"", b"X" * 90, b"-1.234", b"QC", b"20260431", b"1E3", b":", b"\xc3\xa9"))
                elements[rng.randrange(1, len(elements) + 1) - 1] = value
                segments[at] = separator.join(elements)
            case 4:
                segments[at] += separator * rng.randint(1, 12) + rng.choice((b"", b"7", b"CO"))
    return end.join(segments)


def outcome(data: bytes) -> tuple[object, ...]:
    parsed = remittance_835.read(data)
    return parsed.transaction_sets, parsed.findings, sorted(map(repr, examine(data)))


@given(seed=SEEDS, delimiters=DELIMITERS, times=st.integers(0, 6))
@settings(max_examples=120, deadline=None)
def test_a_unit_taken_in_one_match_is_read_as_one_that_was_walked(
    seed: int, delimiters: Delimiters, times: int
) -> None:
    data = damaged(remittances(seed, delimiters), seed, times)
    with patch("x12.reading.unit_shape", return_value=None):
        walked = outcome(data)
    assert outcome(data) == walked


def test_right_units_are_taken_in_one_match() -> None:
    """Otherwise the test above would compare walking with walking."""
    shape = unit_shape(remittance_835.loops.GUIDE, Delimiters())
    assert shape is not None
    text = remittances(5).decode()
    starts = [at for at in range(len(text)) if text.startswith("~CLP*", at)]
    taken = sum(shape.match(text, at + 1) is not None for at in starts)
    assert taken > len(starts) / 4


@given(seed=SEEDS, times=st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_a_remittance_streamed_is_the_remittance_read(seed: int, times: int) -> None:
    data = damaged(remittances(seed), seed, times)
    parsed = remittance_835.read(data)
    streamed = []
    stream = remittance_835.stream(io.BytesIO(data))
    for remittance, whole in zip(stream, parsed.transaction_sets, strict=True):
        claims = list(remittance.claims())
        assert (remittance.payment, remittance.payer, remittance.payee) == (whole.payment, whole.payer, whole.payee)
        streamed.append([claim.payment for claim in claims])
        findings = [list(remittance_835.balance.check_claim(claim.payment)) for claim in claims]
        errors = [any(finding.is_error for finding in each) for each in findings]
        assert [not claim.balances for claim in claims] == errors
        for claim in claims:
            assert claim.charge_cents == claim.payment.charge_cents
            assert [line.paid_cents for line in claim.lines] == [
                line.paid_cents for line in claim.payment.service_payments
            ]
            assert [a[2] for a in claim.adjustments] == [a.amount_cents for a in claim.payment.adjustments]
        assert remittance.balances == (not any(f.is_error for f in remittance_835.balance.check(whole)))
        assert remittance.provider_adjustments() == whole.provider_adjustments
    assert streamed == [list(whole.claims) for whole in parsed.transaction_sets]
    assert stream.findings == parsed.findings


def test_a_remittance_that_does_not_balance_is_told() -> None:
    data = remittances(3)
    at = data.index(b"~BPR*I*") + 7
    wrong = data[:at] + b"9" + data[at:]
    assert [remittance.balances for remittance in remittance_835.stream(data)] == [True, True]
    assert [remittance.balances for remittance in remittance_835.stream(wrong)] == [False, True]


@pytest.mark.parametrize("codec", [claim_837p, claim_837i])
def test_claims_streamed_are_the_claims_read(codec) -> None:
    maker = Maker(11)
    if codec is claim_837p:
        data = claim_837p.write(maker.envelope(), maker.claim_sets(2, 5))
        stream = codec.stream(data)
        assert list(stream) == [claim for each in codec.read(data).transaction_sets for claim in each.claims]
        assert stream.envelope == codec.read(data).groups[0].envelope
        assert stream.findings == ()
    else:
        assert list(codec.stream(b"")) == []


class Repeated(io.RawIOBase):
    """A file of ``times`` interchanges, made while it is read."""

    def __init__(self, interchange: bytes, times: int) -> None:
        self._parts: Iterator[bytes] = (interchange for _ in range(times))

    def read(self, size: int = -1) -> bytes:
        return next(self._parts, b"")


def long_file(claims: int) -> Iterator[bytes]:
    data = remittances(9, size=6)
    head = data[: data.index(b"CLP*")]
    body = data[data.index(b"CLP*") : data.index(b"~SE*") + 1]
    yield head
    yield from (body for _ in range(claims))
    yield b"SE*1*0001~GE*1*1~IEA*1*1~"


class Long(Repeated):
    """One transaction set with many claims."""

    def __init__(self, times: int) -> None:
        self._parts = long_file(times)


def peak(run) -> int:
    tracemalloc.start()
    run()
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return used


@pytest.mark.parametrize("make", [Long, lambda times: Repeated(remittances(9), times)], ids=["claims", "interchanges"])
def test_memory_does_not_grow_with_the_file(make) -> None:
    def read(times: int) -> None:
        for remittance in remittance_835.stream(make(times)):
            for _ in remittance.claims():
                pass

    def look(times: int) -> None:
        findings = sum(isinstance(each, Finding) for each in examine(make(times)))
        assert findings

    for run in (read, look):
        run(2)  # patterns are compiled once
        assert peak(lambda run=run: run(120)) < peak(lambda run=run: run(30)) + 1_500_000


class Counted(io.BytesIO):
    """Bytes that know how many of them were read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


@pytest.mark.parametrize("run", [examine, show, answer_each])
def test_no_more_is_read_than_what_is_looked_at(run) -> None:
    """Many small interchanges: what is handed out keeps up with what is read."""
    one = remittances(9)
    source = Counted(one * 300)
    ahead = []
    sets = 0
    for each in run(source):
        sets += isinstance(each, Summary) or str(each).startswith("835 set") or 2 * hasattr(each, "ta1")
        ahead.append(source.taken - sets * len(one) // 2)
    assert sets == 600
    assert max(ahead) < 2 * CHUNK + MAX_SEGMENT + 2 * len(one)


def claims_file(times: int) -> Iterator[bytes]:
    """One 837P set with the same claim again and again, each with levels of its own."""
    maker = Maker(11)
    data = claim_837p.write(maker.envelope(), maker.claim_sets(1, 1))
    at = data.index(b"~HL*") + 1
    body = data[at : data.index(b"~SE*") + 1]
    levels = body.count(b"HL*")

    def numbered(ordinal: int) -> bytes:
        def level(match: re.Match[bytes]) -> bytes:
            own, above = (number and b"%d" % (int(number) + ordinal * levels) for number in match.groups())
            return b"HL*%s*%s*" % (own, above)

        return re.sub(rb"HL\*(\d+)\*(\d*)\*", level, body)

    yield data[:at]
    yield from map(numbered, range(times))


def payments(times: int, number: bytes = b"") -> Iterator[bytes]:
    """One 835 set with the same claim again and again, with numbers of its own if ``number`` is a format."""
    data = remittances(9, size=6)
    begin = data.index(b"CLP*")
    body = data[begin : data.index(b"~CLP*", begin) + 1]
    own = body.split(b"*")[1]
    yield data[:begin]
    yield from (body.replace(own, number % at) if number else body for at in range(times))


def numbered_payments(times: int) -> Iterator[bytes]:
    return payments(times, b"N%d")


GOLDEN = Path(__file__).parent / "golden"


def golden(stem: str, begin: bytes, end: bytes, times: int) -> Iterator[bytes]:
    """One set of a golden file in which what is between ``begin`` and ``end`` comes again and again."""
    data = (GOLDEN / f"{stem}.edi").read_bytes().replace(b"\n", b"")
    at, stop = data.rindex(b"~" + begin) + 1, data.rindex(b"~" + end) + 1
    body = data[at:stop]
    level = re.match(rb"HL\*(\d+)\*", body)
    first = int(level[1]) if level else 0
    yield data[:at]
    yield from (re.sub(rb"^HL\*\d+", b"HL*%d" % (first + ordinal), body) for ordinal in range(times))


class Weighed(Repeated):
    """A file made while it is read, which notes how many blocks of memory are in use early and late in it."""

    def __init__(self, parts: Iterator[bytes], *marks: int) -> None:
        self._parts = parts
        self._marks = marks
        self._reads = 0
        self.blocks: list[int] = []

    def read(self, size: int = -1) -> bytes:
        self._reads += 1
        if self._reads in self._marks:
            gc.collect()
            self.blocks.append(sys.getallocatedblocks())
        return super().read(size)


@pytest.mark.parametrize("make", [claims_file, payments, numbered_payments])
@pytest.mark.parametrize("run", [examine, show, answer_each])
def test_memory_does_not_grow_with_the_claims(make, run) -> None:
    source = Weighed(make(700), 200, 700)
    for _ in run(source):
        pass
    early, late = source.blocks
    assert late - early < 250, "less than a block for every two claims"


@pytest.mark.parametrize(
    ("stem", "begin", "end"),
    [
        ("277ca", b"HL*", b"SE*"),
        ("277", b"HL*", b"SE*"),
        ("276", b"HL*", b"SE*"),
        ("277-request-x313", b"HL*", b"SE*"),
        ("275-x314", b"LX*", b"SE*"),
        ("999", b"AK2*", b"AK9*"),
    ],
)
@pytest.mark.parametrize("run", [examine, show])
def test_memory_does_not_grow_with_the_answers(stem: str, begin: bytes, end: bytes, run) -> None:
    source = Weighed(golden(stem, begin, end, 6_000), 1_500, 5_500)
    lines = sum(1 for _ in run(source))
    early, late = source.blocks
    assert late - early < 1500, "4,000 claims came between"
    assert run is examine or lines > 6_000


@pytest.mark.parametrize(("repeated", "code"), [(b"~CAS*CO*45*1", "IK304-5"), (b"~SVC*HC:99213*1*1", "IK304-4")])
def test_a_claim_without_end_takes_no_memory_without_end(repeated: bytes, code: str) -> None:
    data = remittances(9)
    at = data.index(b"~", data.index(b"~CLP*") + 1)
    with patch("x12.walking.MAX_INSIDE", 50):
        source = Weighed(iter([data[:at], *([repeated * 40] * 900), data[at:]]), 300, 900)
        found = [each for each in examine(source) if isinstance(each, Finding) and "are not kept" in each.message]
    early, late = source.blocks
    assert late - early < 600
    assert [each.code for each in found] == [code]


def test_what_was_seen_is_remembered_up_to_a_bound() -> None:
    seen = Seen()
    assert not any(seen.repeats(("claim", number)) for number in range(5000))
    assert all(seen.repeats(("claim", number)) for number in range(5000))
    assert ("claim", 4999) in seen
    assert ("claim", 5000) not in seen
    with patch("x12.remembering.MAX_REMEMBERED", 5001):
        assert not seen.repeats("last")
        assert not seen.repeats("too many")
        assert seen.repeats("last")
        assert "too many" not in seen


def test_what_was_seen_takes_little_memory() -> None:
    def fill() -> None:
        seen = Seen()
        for number in range(50_000):
            seen.repeats(f"PCN{number:09d}")

    assert peak(fill) < 50_000 * 60
