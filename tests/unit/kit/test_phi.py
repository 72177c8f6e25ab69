"""The PHI part cannot be read with another key, moved to another event, or changed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from events import CorrectionRequested
from events.phi import CorrectionContext
from kit.phi import PhiCipher, UnreadablePart

K1 = base64.b64encode(b"1" * 32).decode()
K2 = base64.b64encode(b"2" * 32).decode()
PART = CorrectionContext(note="PLANTED-PHI-TOKEN")


def event(**changes: object) -> CorrectionRequested:
    fields = {
        "occurred_at": datetime.now(UTC),
        "tenant_id": "valley",
        "encounter_id": uuid4(),
        "encounter_version": 1,
        "claim_id": uuid4(),
        "claim_version": 1,
        "action": "rebill",
        "reason_code": "encounter.revised",
        "frequency_code": "1",
        **changes,
    }
    return CorrectionRequested.create(**fields)


def sealed(cipher: PhiCipher, original: CorrectionRequested) -> CorrectionRequested:
    return original.model_copy(update={"phi": cipher.seal(original, PART)})


def test_it_opens_for_its_own_event_and_hides_its_content() -> None:
    cipher = PhiCipher.parse(f"k1:{K1}")
    carried = sealed(cipher, event())
    assert cipher.open(carried) == PART
    assert "PLANTED" not in carried.model_dump_json()
    assert base64.b64encode(b"PLANTED").decode()[:8] not in (carried.phi or "")


def test_an_old_key_stays_readable_after_rotation_and_a_removed_one_does_not() -> None:
    carried = sealed(PhiCipher.parse(f"k1:{K1}"), event())
    assert PhiCipher.parse(f"k2:{K2}, k1:{K1}").open(carried) == PART
    with pytest.raises(UnreadablePart):
        PhiCipher.parse(f"k2:{K2}").open(carried)


@pytest.mark.parametrize("change", [{"tenant_id": "hill"}, {"event_id": uuid4()}])
def test_it_does_not_open_for_another_event_or_tenant(change: dict[str, object]) -> None:
    cipher = PhiCipher.parse(f"k1:{K1}")
    carried = sealed(cipher, event())
    with pytest.raises(UnreadablePart):
        cipher.open(carried.model_copy(update=change))


@pytest.mark.parametrize("phi", [None, "", "a.b.c.d.e", "not a jwe", "....", "\x00" * 10])
def test_garbage_is_unreadable_not_an_error_of_another_kind(phi: str | None) -> None:
    with pytest.raises(UnreadablePart):
        PhiCipher.parse(f"k1:{K1}").open(event().model_copy(update={"phi": phi}))


def test_a_flipped_character_is_noticed() -> None:
    cipher = PhiCipher.parse(f"k1:{K1}")
    carried = sealed(cipher, event())
    token = carried.phi or ""
    middle = len(token) // 2
    flipped = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    with pytest.raises(UnreadablePart):
        cipher.open(carried.model_copy(update={"phi": flipped}))


@pytest.mark.parametrize("text", ["", "k1:short", "k1:" + base64.b64encode(b"x" * 16).decode(), "k1"])
def test_wrong_master_keys_are_refused_at_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        PhiCipher.parse(text)


def test_a_claim_of_many_lines_fits() -> None:
    cipher = PhiCipher.parse(f"k1:{K1}")
    large = CorrectionContext(note="x" * 1_000_000)
    original = event()
    assert cipher.open(original.model_copy(update={"phi": cipher.seal(original, large)})) == large
