"""Short encounters of many specialties with keys reasoned from the rules: visit, service lines, findings.

The keys follow CPT's E/M guidelines and NCCI policy; the PTP and MUE rows here are made up in
CMS's layout for the codes used. Without NCCI files, 25 is what the lexicon says, so the key leaves it open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.batch.output import names_of
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import Route

from tests.support.coding_cases import keyed, ncci

CASES: Final = keyed("services")
ENGINE: Final = CodingEngine()
PAIRS: Final = (
    ("11104", "17110", 1), ("20611", "20610", 0), ("73110", "73100", 1), ("81003", "81002", 1),
    ("96372", "99211", 0), ("G0438", "G0439", 0),
)  # fmt: skip
UNITS: Final = (("90471", 1), ("69210", 1), ("20610", 2), ("J3301", 16))


@pytest.fixture(scope="module", autouse=True)
def ncci_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with ncci(tmp_path_factory.mktemp("codesets"), PAIRS, UNITS):
        yield


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_services_of_an_encounter(case: dict[str, Any]) -> None:
    result = ENGINE.code(encounter_of(case))
    key = case["key"]
    visit = result.em and {"code": result.em.code, "modifiers": [m for m in result.em.modifiers if m != "25"]}
    assert visit == key["em"]
    lines = [
        (line.code, sorted(line.modifiers), int(line.units))
        for line in result.procedures
        if line.code not in key["optional"]
    ]
    wanted = [(line["code"], sorted(line["modifiers"]), line["units"]) for line in key["procedures"]]
    assert _without_25(lines) == _without_25(wanted)
    assert sorted(name for name in names_of(result.findings) if ":" in name) == sorted(key["findings"])
    blocking = [finding.subject for finding in result.findings if finding.blocking]
    if key["person"]:
        assert result.route is Route.QUEUE
    else:
        assert not blocking, "a person may be asked for lack of certainty, not for a fault that is none"


def _without_25(lines: list[tuple[str, list[str], int]]) -> list[tuple[str, list[str], int]]:
    return sorted((code, [m for m in modifiers if m != "25"], units) for code, modifiers, units in lines)
