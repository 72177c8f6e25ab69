"""Files of every transaction, damaged at random, the same for the same seed."""

from __future__ import annotations

import random
from functools import cache

from tests.codec.makers import Maker
from tests.codec.test_round_trips import MAKERS


@cache
def files() -> tuple[bytes, ...]:
    """A right file of every transaction."""
    maker = Maker(77)
    envelope = maker.envelope()
    return tuple(codec.write(envelope, make(maker, 2)) for codec, make in MAKERS.values())


def damaged(seed: int) -> bytes:
    """A file with bytes changed, segments lost, doubled and swapped."""
    rng = random.Random(seed)
    data = bytearray(rng.choice(files()))
    for _ in range(rng.randint(0, 6)):
        data[rng.randrange(106, len(data))] = rng.choice(b"*:~^\x00\xff A1z.")
    segments = bytes(data).split(b"~")
    for _ in range(rng.randint(0, 3)):
        at = rng.randrange(1, len(segments))
        segments[at : at + 1] = rng.choice(([], [segments[at]] * 2, [segments[at], b"ZZZ*" * 3], [b"\xe9*1"]))
    return b"~".join(segments)
