"""Whole encounters, with charge sheets, earlier operations and payers' rules: diagnoses, visit, lines, findings, route.

Keyed from the official rules before any was run; keys that proved wrong were mended. Codes after a bar are as good as
the first; lines are CODE-MODIFIER*UNITS, and where there are several sets any may be billed. 25 may stand on a visit
that no edit asks it of. The NCCI rows here are only those of the codes used, in CMS's layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.batch.output import names_of
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import CodingResult, Route

from tests.support.coding_cases import keyed, ncci

CASES: Final = keyed("encounters")
PAIRS: Final = (
    ("11104", "17110", 1), ("11604", "12002", 1), ("17110", "99212", 1), ("17110", "99213", 1), ("20550", "99213", 1),
    ("20610", "99214", 1), ("20611", "20610", 1), ("20611", "99214", 1),
    ("80053", "80048", 0), ("90460", "99394", 1), ("90461", "99394", 1),
    ("90471", "99386", 1), ("90471", "99396", 1), ("90632", "90633", 0), ("94010", "99204", 1), ("94060", "99213", 1),
    ("94640", "99214", 1), ("G0439", "99214", 1),
)  # fmt: skip
UNITS: Final = (("17110", 1), ("84550", 1))
STATUS: Final = ("Z68", *(f"Z{number}" for number in range(79, 100)))
"""Standing statuses, which a claim may carry or not where no note of the classification asks for them."""


@pytest.fixture(scope="module", autouse=True)
def ncci_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with ncci(tmp_path_factory.mktemp("codesets"), PAIRS, UNITS):
        yield


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_an_encounter(case: dict[str, Any], engine: CodingEngine) -> None:
    result, key = engine.code(encounter_of(case)), case["key"]
    _diagnoses(result, key)
    visit = key["em"]
    assert (result.em is None) == (visit is None)
    if result.em and visit:
        assert result.em.code in visit["codes"]
        assert {*result.em.modifiers} | {"25"} == {*visit["modifiers"]} | {"25"}
        assert "25" not in visit["modifiers"] or "25" in result.em.modifiers
    assert sorted(_lines(result)) in [sorted(lines) for lines in key["lines"]]
    assert sorted(name for name in names_of(result.findings) if ":" in name) == sorted(key["findings"])
    if key["route"] == "queue":
        assert result.route is Route.QUEUE
    else:
        assert not [finding.subject for finding in result.findings if finding.blocking and finding.subject]
    spans = [span for item in result.diagnoses for span in item.evidence]
    spans += [span for line in result.procedures for span in line.evidence]
    assert all(case["note"][span.start : span.end] == span.text for span in spans)


def _diagnoses(result: CodingResult, key: dict[str, Any]) -> None:
    codes = [item.code for item in result.diagnoses]
    wanted = [alternatives.split("|") for alternatives in key["icd10cm"]]
    assert all(any(code in alternatives for code in codes) for alternatives in wanted)
    keyed = {code for alternatives in wanted for code in alternatives} | set(key["optional"])
    assert not [code for code in codes if code not in keyed and not code.startswith(STATUS)]
    assert codes[0] in wanted[0]


def _lines(result: CodingResult) -> Iterator[str]:
    for line in result.procedures:
        code = "-".join((line.code, *line.modifiers))
        yield code + (f"*{line.units:f}" if line.units != 1 else "")
