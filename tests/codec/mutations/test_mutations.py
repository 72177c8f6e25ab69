"""Every defect is found where it is, and what is right is left alone."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from x12.cli import main
from x12.examining import examine
from x12.findings import Finding

from tests.codec.mutations import claim_bases, claim_content, claim_structure, remittance_bases, remittances
from tests.codec.mutations.editing import Mutation, Segments, mutated, text_of

CLAIMS = (*claim_structure.MUTATIONS, *claim_content.MUTATIONS)
REMITTANCES = remittances.MUTATIONS
VARIANTS = [
    *(("claim: " + name, segments) for name, segments in claim_bases.VARIANTS.items()),
    *(("remittance: " + name, segments) for name, segments in remittance_bases.VARIANTS.items()),
]


def errors(data: bytes) -> list[Finding]:
    return [each for each in examine(data) if isinstance(each, Finding) and each.is_error]


def is_found(mutation: Mutation, data: bytes) -> bool:
    return any(f"{each.loop}/{each.segment}" in mutation.places for each in errors(data))


@pytest.mark.parametrize("mutation", CLAIMS, ids=lambda mutation: mutation.name)
def test_a_defect_of_a_claim_is_found_where_it_is(mutation: Mutation) -> None:
    assert is_found(mutation, mutated(mutation, claim_bases.BASES))


@pytest.mark.parametrize("mutation", REMITTANCES, ids=lambda mutation: mutation.name)
def test_a_defect_of_a_remittance_is_found_where_it_is(mutation: Mutation) -> None:
    assert is_found(mutation, mutated(mutation, remittance_bases.BASES))


@pytest.mark.parametrize(("name", "segments"), VARIANTS, ids=[name for name, _ in VARIANTS])
def test_what_is_right_has_no_error(name: str, segments: Segments) -> None:
    assert [(each.code, each.loop, each.element, each.value) for each in errors(text_of(segments))] == []


def test_the_suite_is_as_large_as_promised() -> None:
    assert len(CLAIMS) >= 120 and len(REMITTANCES) >= 45 and len(VARIANTS) >= 50
    assert set(Counter(each.snip for each in CLAIMS)) == {1, 2, 3, 4, 5, 6}
    for suite in (CLAIMS, REMITTANCES):
        assert len({each.name for each in suite}) == len(suite)


@pytest.mark.parametrize("folder", ["837p", "835"])
def test_official_examples_have_no_structural_error(folder: str) -> None:
    """Their identifiers, codes and years are of 2002 to 2014, and told as such: SNIP 4 and 5."""
    for path in sorted((Path(__file__).parents[1] / "examples" / folder).iterdir()):
        assert [(path.stem, each.code) for each in errors(path.read_bytes()) if each.snip <= 3] == []


def test_the_command_tells_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, segments = tmp_path / "claim.edi", claim_bases.BASES["office"]
    path.write_bytes(text_of(segments).replace(b"1:2~", b"1:3~"))
    assert main(["validate", str(path)]) == 1
    (found,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (found["code"], found["severity"], found["snip"]) == ("SIT-POINTER", "error", 4)
    assert (found["loop"], found["segment"], found["element"], found["value"]) == ("2400", "SV1", "SV107-2", "3")
    assert found["position"] == next(at for at, line in enumerate(segments[2:], 1) if line.startswith("SV1"))
    assert (found["patient_control_number"], found["transaction_set"]) == ("PCN0001", "0001")
