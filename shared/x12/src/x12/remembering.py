"""Whether something was seen before, in memory that does not grow with the file."""

from __future__ import annotations

from array import array
from collections.abc import Hashable

MAX_REMEMBERED = 170_000
"""How many things one `Seen` knows: 2 MiB at most. What comes later is not remembered, only compared with these."""
_FIRST_SLOTS = 64
_MASK = (1 << 64) - 1


class Seen:
    """A set of hashes of eight bytes, as a set of the texts themselves would take twenty times as much.

    Two different things share a hash in one of some hundred million files of the largest size.
    """

    __slots__ = ("_count", "_slots")

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))  # open addressing; 0 is a free slot
        self._count = 0

    def __contains__(self, thing: Hashable) -> bool:
        return self._slots[_slot(self._slots, _mark(thing))] != 0

    def repeats(self, thing: Hashable) -> bool:
        """Whether it was seen before; it is remembered from now on."""
        mark = _mark(thing)
        at = _slot(self._slots, mark)
        if self._slots[at]:
            return True
        if self._count < MAX_REMEMBERED:
            self._slots[at] = mark
            self._count += 1
            if 3 * self._count > 2 * len(self._slots):
                self._grow()
        return False

    def _grow(self) -> None:
        slots = array("Q", bytes(16 * len(self._slots)))
        for mark in self._slots:
            if mark:
                slots[_slot(slots, mark)] = mark
        self._slots = slots


def _mark(thing: Hashable) -> int:
    return hash(thing) & _MASK or 1


def _slot(slots: array[int], mark: int) -> int:
    """Where ``mark`` is, or the free slot for it."""
    last = len(slots) - 1
    at = mark & last
    while slots[at] and slots[at] != mark:
        at = (at + 1) & last
    return at
