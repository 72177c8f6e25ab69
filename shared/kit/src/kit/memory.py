"""Garbage collection for a long-running process: what was loaded at the start is never looked at again."""

from __future__ import annotations

import gc

_YOUNG_OBJECTS = 50_000
_GENERATIONS = (20, 50)


def settle() -> None:
    """Collect once, then take all living objects out of collection and collect new ones less often.

    Code-set tables and the like are millions of objects that live as long as the process; without this a full
    collection walks them all, again and again, for hundreds of milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *_GENERATIONS)
