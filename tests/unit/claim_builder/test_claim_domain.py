"""The life of a claim version, its names, and what the facts demand."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from claim_builder.domain import (
    NO_SOURCE,
    ClaimState,
    ClaimVersion,
    PayerSequence,
    Source,
    Step,
    WrongMoment,
    claim_id,
    line_item_control_number,
    next_sequence,
    next_step,
    patient_control_number,
)
from hypothesis import given
from hypothesis import strategies as st

DEEDS = {
    "hold": ({ClaimState.BUILDING}, ClaimState.HELD),
    "build": ({ClaimState.BUILDING}, ClaimState.BUILT),
    "withdraw": ({ClaimState.HELD, ClaimState.BUILT}, ClaimState.WITHDRAWN),
    "supersede": ({ClaimState.HELD, ClaimState.BUILT}, ClaimState.SUPERSEDED),
    "correct": ({ClaimState.BUILT}, ClaimState.CORRECTED),
}


@pytest.mark.parametrize("state", list(ClaimState))
@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_deeds_refuse_the_wrong_moment(deed: str, state: ClaimState) -> None:
    allowed, after = DEEDS[deed]
    version = ClaimVersion(uuid4(), 3, "7", state)
    if state in allowed:
        moved = getattr(version, deed)()
        assert (moved.state, moved.number, moved.frequency_code) == (after, 3, "7")
    else:
        with pytest.raises(WrongMoment) as refusal:
            getattr(version, deed)()
        assert (refusal.value.deed, refusal.value.state) == (deed, state)


def test_the_next_version_begins_anew() -> None:
    void = ClaimVersion(uuid4(), 1, state=ClaimState.BUILT).next("8")
    assert (void.number, void.state, void.is_void, void.open) == (2, ClaimState.BUILDING, True, False)


def test_the_names_are_fixed_for_ever() -> None:
    """Derived names must not change between releases of the product: payers answer with them."""
    encounter_id = UUID("0b0f9e7c-5a3a-4a55-9d67-2f3f8c1b7a10")
    primary = claim_id(encounter_id, "P")
    assert str(primary) == "745dc747-d400-5acc-a5f5-4523422e9cd3"
    assert patient_control_number(primary) == "DXR375AB45SVVR"
    assert line_item_control_number(patient_control_number(primary), 7) == "DXR375AB45SVVR007"


@given(st.uuids(), st.integers(1, 999))
def test_control_numbers_pass_every_payer(encounter_id: UUID, line: int) -> None:
    sequences: tuple[PayerSequence, ...] = ("P", "S", "T")
    numbers = {patient_control_number(claim_id(encounter_id, s, part)) for s in sequences for part in (1, 2)}
    assert len(numbers) == 6
    for number in numbers:
        assert len(number) == 14 and number.isascii() and number.isalnum() and number == number.upper()
        assert len(line_item_control_number(number, line)) <= 30


def test_payers_are_asked_in_turn() -> None:
    assert [next_sequence("P"), next_sequence("S"), next_sequence("T")] == ["S", "T", None]


@pytest.mark.parametrize(
    ("newest", "closed", "settled", "step"),
    [
        (Source(1, 1), 0, NO_SOURCE, Step.BUILD),
        (Source(1, 1), 0, Source(1, 1), Step.NOTHING),
        (Source(1, 2), 0, Source(1, 1), Step.BUILD),
        (Source(2, 1), 0, Source(1, 9), Step.BUILD),
        (Source(2, 1), 1, Source(1, 1), Step.BUILD),
        (Source(2, 1), 2, Source(1, 1), Step.WITHDRAW),
        (Source(1, 1), 2, Source(1, 1), Step.WITHDRAW),
        (NO_SOURCE, 1, NO_SOURCE, Step.WITHDRAW),
        (NO_SOURCE, 0, NO_SOURCE, Step.NOTHING),
    ],
)
def test_the_facts_alone_decide(newest: Source, closed: int, settled: Source, step: Step) -> None:
    assert next_step(newest, closed, settled) is step
