"""docs/telemetry.md names every attribute and metric, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import kit.telemetry.metrics
from kit.telemetry.names import SPAN_ATTRIBUTES

DOCUMENT = Path(__file__).parents[3] / "docs" / "telemetry.md"


def _first_column(heading: str) -> set[str]:
    section = DOCUMENT.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


def test_every_attribute_is_told() -> None:
    assert _first_column("Attributes of spans") == set(SPAN_ATTRIBUTES)


def test_every_metric_is_told() -> None:
    source = Path(kit.telemetry.metrics.__file__).read_text()
    made = set(re.findall(r'create_\w+\(\s*"([^"]+)"', source))
    assert len(made) >= 11
    assert _first_column("Metrics") == made
