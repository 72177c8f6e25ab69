"""Reading claim by claim: the same as reading whole, the same as looking at every segment, in constant memory."""

import io
import random
import tracemalloc
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from x12 import claim_837i, claim_837p, remittance_835
from x12.envelope import Delimiters
from x12.examining import Summary, examine
from x12.findings import Finding
from x12.shapes import unit_shape

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


def test_summaries_come_while_the_file_is_read() -> None:
    source = Repeated(remittances(9), 500)
    first = next(each for each in examine(source) if isinstance(each, Summary))
    assert first.claims
    assert next(source._parts, None) is not None
