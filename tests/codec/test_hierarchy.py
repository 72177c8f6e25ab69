"""The HL tree: numbers, parents and what HL04 announces; right trees are silent."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from x12 import attachment_request_277, claim_837i, claim_837p, claim_ack_277ca, claim_status_276, claim_status_277

from tests.codec.makers import Maker

MAKER = Maker(55)
ENVELOPE = MAKER.envelope()


def claims() -> bytes:
    """One provider, a subscriber with a claim of their own and one with a dependent who has a claim."""
    provider, payer = MAKER.billing_provider(), MAKER.payer()
    one, other = MAKER.subscriber("P"), MAKER.subscriber("P")
    made = (MAKER.claim(provider, one, payer, None), MAKER.claim(provider, other, payer, MAKER.patient()))
    return claim_837p.write(ENVELOPE, [replace(MAKER.claim_sets(1, 1)[0], claims=made)])


DATA = claims()


def found(data: bytes) -> list[tuple[str, str, str, str]]:
    findings = claim_837p.read(data).findings
    return [(f.code, f.loop, f.element or f.segment, f.value) for f in findings if not f.code.startswith("IK502")]


def test_the_tree_that_is_changed_below() -> None:
    levels = [segment.decode() for segment in DATA.split(b"~") if segment.startswith(b"HL*")]
    assert levels == ["HL*1**20*1", "HL*2*1*22*0", "HL*3*1*22*1", "HL*4*3*23*0"]
    assert found(DATA) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"HL*1**20", b"HL*7**20", [("IK403-7", "2000A", "HL01", "7"), ("IK403-7", "2000B", "HL01", "2")]),
        (b"HL*2*1*22", b"HL*5*1*22", [("IK403-7", "2000B", "HL01", "5"), ("IK403-7", "2000B", "HL01", "3")]),
        (b"HL*4*3*23", b"HL*X*3*23", [("IK403-7", "2000C", "HL01", "X")]),
        (b"HL*4*3*23", b"HL*4*2*23", [("IK403-7", "2000C", "HL02", "2")]),
        (b"HL*2*1*22", b"HL*2*9*22", [("IK403-7", "2000B", "HL02", "9")]),
        (b"HL*3*1*22*1", b"HL*3*1*22*0", [("IK403-7", "2000B", "HL04", "0")]),
        (b"HL*2*1*22*0", b"HL*2*1*22*1", [("IK403-7", "2000B", "HL04", "1")]),
    ],
)
def test_levels_that_contradict_each_other(old: bytes, new: bytes, expected: list[tuple[str, ...]]) -> None:
    shown = found(DATA.replace(old, new, 1))
    assert [each for each in shown if each in expected] == expected
    assert all(each[2] in ("HL01", "HL02") for each in shown if each not in expected)


def test_a_level_without_claim_or_level_is_noted() -> None:
    start, end = DATA.index(b"~CLM*"), DATA.index(b"~HL*3*")
    assert found(DATA[:start] + DATA[end:]) == [("IK304-3", "2300", "CLM", "")]
    last = DATA.rindex(b"~CLM*")
    assert found(DATA[:last] + DATA[DATA.index(b"~SE*") :]) == [("IK304-3", "2300", "CLM", "")]


RIGHT: dict[str, tuple[Any, Callable[[Maker], Any]]] = {
    "837P": (claim_837p, lambda maker: maker.claim_sets(1, 5)),
    "837I": (claim_837i, lambda maker: maker.institutional_sets(1, 5)),
    "277CA": (claim_ack_277ca, lambda maker: [maker.claim_acknowledgement(1, 4)]),
    "276": (claim_status_276, lambda maker: [maker.claim_status_request(1)]),
    "277": (claim_status_277, lambda maker: [maker.claim_status_response(1)]),
    "277 request": (attachment_request_277, lambda maker: [maker.information_request(1)]),
}


@pytest.mark.parametrize("kind", RIGHT)
def test_every_hierarchy_is_checked(kind: str) -> None:
    codec, make = RIGHT[kind]
    data = codec.write(ENVELOPE, make(Maker(3)))
    assert codec.read(data).findings == ()
    wrong = codec.read(data.replace(b"~HL*2*1*", b"~HL*2*7*", 1)).findings
    assert [(f.code, f.element, f.value) for f in wrong] == [("IK403-7", "HL02", "7")]
