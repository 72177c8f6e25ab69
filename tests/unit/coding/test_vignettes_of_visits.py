"""Short encounters with keys reasoned from CPT's and Medicare's rules before they were run: the visit's level, services
by time, care management, transitions, additions. Without NCCI files modifier 25 is left open."""

from __future__ import annotations

from typing import Any, Final

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.batch.output import names_of
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import Route

from tests.support.coding_cases import keyed

CASES: Final = keyed("visits") + keyed("levels")
ENGINE: Final = CodingEngine()


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_visit_and_its_services(case: dict[str, Any]) -> None:
    encounter = encounter_of(case)
    result, key = ENGINE.code(encounter), case["key"]
    visit = result.em and {"code": result.em.code, "modifiers": [m for m in result.em.modifiers if m != "25"]}
    assert visit == (key["em"] and {**key["em"], "modifiers": [m for m in key["em"]["modifiers"] if m != "25"]})
    lines = sorted((line.code, list(line.modifiers), int(line.units)) for line in result.procedures)
    assert lines == sorted((line["code"], line["modifiers"], line["units"]) for line in key["procedures"])
    assert [name for name in names_of(result.findings) if ":" in name] == key["findings"]
    if key.get("person"):
        assert result.route is Route.QUEUE
    spans = [span for line in result.procedures for span in line.evidence]
    assert all(case["note"][span.start : span.end] == span.text for span in spans)
