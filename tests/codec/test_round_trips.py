"""parse(write(x)) == x for every transaction and any delimiters; other validators accept what we write."""

from collections.abc import Callable, Sequence
from dataclasses import replace
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
from x12.envelope import Delimiters

from tests.codec.makers import Maker
from tests.codec.validators import oxedi_errors, pyx12_errors, x12sdk_parses
from tests.codec.waivers import (
    for_pyx12,
    for_x12sdk,
    institutional_for_x12sdk,
    status_for_x12sdk,
    without_misplaced,
)

DELIMITERS = (
    Delimiters(),
    Delimiters("|", "^", ">", "\n"),
    Delimiters("+", "`", "\\", "\r"),
    Delimiters("\x1d", "%", "\x1f", "\x1c"),
)
MAKERS: dict[str, tuple[Any, Callable[[Maker, int], Sequence[Any]]]] = {
    "837P": (claim_837p, lambda maker, size: maker.claim_sets(2, size)),
    "837I": (claim_837i, lambda maker, size: maker.institutional_sets(2, size)),
    "835": (remittance_835, lambda maker, size: [maker.remittance(number, size) for number in (1, 2)]),
    "277CA": (claim_ack_277ca, lambda maker, size: [maker.claim_acknowledgement(number, size) for number in (1, 2)]),
    "276": (claim_status_276, lambda maker, size: [maker.claim_status_request(n) for n in range(1, size + 1)]),
    "277": (claim_status_277, lambda maker, size: [maker.claim_status_response(n) for n in range(1, size + 1)]),
    "275": (attachment_275, lambda maker, size: [maker.submission(n) for n in range(1, size + 1)]),
    "277 request": (
        attachment_request_277,
        lambda maker, size: [maker.information_request(n) for n in range(1, size + 1)],
    ),
    "999": (
        ack_999,
        lambda maker, size: [maker.implementation_acknowledgement(number) for number in range(1, size + 1)],
    ),
}
NO_MAP = ("276", "277", "275", "277 request")
"""Transactions that pyx12 has no map for."""
SEEDS = st.integers(0, 2**32)


@pytest.mark.parametrize("transaction", MAKERS)
@given(seed=SEEDS, delimiters=st.sampled_from(DELIMITERS))
@settings(max_examples=40, deadline=None)
def test_what_was_written_is_read_back(transaction: str, seed: int, delimiters: Delimiters) -> None:
    codec, make = MAKERS[transaction]
    maker = Maker(seed)
    envelope = maker.envelope(delimiters)
    made = tuple(make(maker, 3))
    parsed = codec.read(codec.write(envelope, made))
    assert parsed.transaction_sets == made
    assert parsed.groups[0].envelope == envelope
    assert parsed.findings == ()


@pytest.mark.parametrize(
    ("codec", "make", "version"),
    [
        (attachment_275, lambda maker: maker.submission(1, adopted=False), "005010X210"),
        (attachment_request_277, lambda maker: maker.information_request(1), "005010X213"),
    ],
)
@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_attachments_in_the_version_used_until_2028(
    codec: Any, make: Callable[[Maker], Any], version: str, seed: int
) -> None:
    maker = Maker(seed)
    made = make(maker)
    parsed = codec.read(codec.write(maker.envelope(), [made], version))
    assert parsed.transaction_sets == (made,)
    assert parsed.groups[0].version == version
    assert parsed.findings == ()


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_interchange_acknowledgements_are_read_back(seed: int) -> None:
    maker = Maker(seed)
    made = tuple(maker.interchange_acknowledgement() for _ in range(3))
    assert ta1.read(ta1.write(maker.envelope(), made)) == (made, ())


@pytest.mark.parametrize("transaction", [each for each in MAKERS if each not in NO_MAP])
def test_pyx12_finds_no_error(transaction: str) -> None:
    codec, make = MAKERS[transaction]
    maker = Maker(2026)
    made = make(maker, 150 if transaction == "837P" else 60)
    if transaction == "835":
        made = [for_pyx12(remittance) for remittance in made]
    assert pyx12_errors(codec.write(maker.envelope(), made)) == []


def test_pyx12_finds_no_error_in_the_elements_of_a_277() -> None:
    maker = Maker(2026)
    made = [maker.claim_status_response(number) for number in range(1, 20)]
    single = [replace(each, receivers=each.receivers[:1]) for each in made]
    assert without_misplaced(pyx12_errors(claim_status_277.write(maker.envelope(), single))) == []


def test_x12sdk_reads_our_status_requests_and_responses() -> None:
    for seed in range(15):
        maker = Maker(seed)
        request = status_for_x12sdk(maker.claim_status_request(1))
        assert x12sdk_parses(claim_status_276.write(maker.envelope(), [request]))
        response = status_for_x12sdk(maker.claim_status_response(1))
        assert x12sdk_parses(claim_status_277.write(maker.envelope(), [response]))


def test_pyx12_finds_no_error_in_a_ta1() -> None:
    maker = Maker(1)
    assert pyx12_errors(ta1.write(maker.envelope(), [maker.interchange_acknowledgement()])) == []


def test_x12sdk_reads_our_claims() -> None:
    maker = Maker(7)
    sets = tuple(for_x12sdk(each) for each in maker.claim_sets(1, 60))
    assert x12sdk_parses(claim_837p.write(maker.envelope(), sets))


def test_x12sdk_reads_our_institutional_claims() -> None:
    maker = Maker(7)
    sets = tuple(institutional_for_x12sdk(each) for each in maker.institutional_sets(1, 60))
    assert x12sdk_parses(claim_837i.write(maker.envelope(), sets))


def test_x12sdk_and_oxedi_read_our_remittances() -> None:
    maker = Maker(8)
    data = remittance_835.write(maker.envelope(), [maker.remittance(1, 60)])
    assert x12sdk_parses(data)
    assert oxedi_errors(data) == []


def test_validators_do_find_errors() -> None:
    """The helpers other tests rely on must not be blind."""
    maker = Maker(9)
    data = remittance_835.write(maker.envelope(), [maker.remittance(1, 2)]).replace(b"CLP*", b"CLX*", 1)
    assert pyx12_errors(data)
    assert oxedi_errors(data)
    assert not x12sdk_parses(data)


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_generated_remittances_balance(seed: int) -> None:
    assert remittance_835.balance.check(Maker(seed).remittance(1, 5)) == []
