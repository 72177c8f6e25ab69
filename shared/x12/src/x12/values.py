"""Declares models: immutable to the type checker, cheap to make at run time.

A frozen dataclass sets its fields one by one through ``object.__setattr__``, which makes it six times as slow to
build as an ordinary one: half of the time of reading a remittance. So what a reader makes by the thousand is frozen
for mypy only; it compares and hashes as frozen ones do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(**options: Any) -> Callable[[type], type]:
        """``dataclass(...)`` with ``frozen`` left to the type checker."""
        return dataclass(**{**options, "frozen": False, "unsafe_hash": True})


__all__ = ["value"]
