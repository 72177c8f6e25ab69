"""A golden sample per event and version: it must parse for ever.

The samples live in `golden/` and are never regenerated for an existing version; a new event or version gets a new file.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator

from events.envelope import Event
from events.registry import CATALOGUE


def golden_samples() -> Iterator[tuple[type[Event], bytes]]:
    """Every catalogued event with the bytes of its golden sample; raises FileNotFoundError if one is missing."""
    folder = importlib.resources.files("events") / "golden"
    for event in CATALOGUE:
        yield event, (folder / f"{event.event_type}.{event.schema_version}.json").read_bytes()
