"""Institutional claims of every shape, from the coded encounter to the 837I: nobody finds a fault in them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from claim_builder.scrubbing import ScrubContext, scrub
from events.phi import ClaimContent
from submission_svc.claim_837i import claim as claim_model
from x12 import claim_837i, cli
from x12.claim_837i.models import ClaimTransactionSet
from x12.claim_837i.write import in_hierarchy_order

from tests.codec.test_claims_of_every_shape import ENVELOPE, TODAY, acknowledgement, head, segments_of
from tests.codec.waivers import institutional_for_x12sdk
from tests.support.claim_lives import claims
from tests.support.stays import STAYS

COUNT, SEED = 300, 223


@pytest.fixture(scope="module")
def made() -> list[tuple[str, ClaimContent]]:
    return list(claims(COUNT, SEED, STAYS))


@pytest.fixture(scope="module")
def claim_set(made: list[tuple[str, ClaimContent]]) -> ClaimTransactionSet:
    models = [claim_model(scrub(content, ScrubContext(TODAY)).content) for _, content in made]
    return ClaimTransactionSet(*head(1), tuple(in_hierarchy_order(models)))


def test_every_shape_is_there_and_the_scrubber_holds_none(made: list[tuple[str, ClaimContent]]) -> None:
    assert {name for name, _ in made} == set(STAYS)
    turns = Counter((content.coverage.sequence, content.frequency_code) for _, content in made)
    assert turns.keys() == {("P", "1"), ("P", "7"), ("P", "8"), ("S", "1")}
    held = [
        (name, finding.code, finding.path)
        for name, content in made
        for finding in scrub(content, ScrubContext(TODAY)).findings
        if finding.blocks
    ]
    assert held == []


def test_pyx12_finds_no_error_and_accepts_the_set(claim_set: ClaimTransactionSet) -> None:
    answer = acknowledgement(claim_837i.write(ENVELOPE, [claim_set]))
    assert "IK5*A~" in answer
    assert "AK9*A*1*1*1~" in answer
    assert "IK3*" not in answer


def test_x12sdk_reads_the_claims_and_writes_the_same_segments(claim_set: ClaimTransactionSet) -> None:
    from x12sdk.io import X12ModelReader

    data = claim_837i.write(ENVELOPE, [institutional_for_x12sdk(claim_set)]).decode("ascii")
    with X12ModelReader(data) as reader:
        again = [segment for model in reader.models() for segment in segments_of(model.x12())]
    assert again == [it for it in segments_of(data) if it.split("*")[0] not in {"ISA", "GS", "GE", "IEA"}]


def test_our_own_validator_finds_no_error(
    claim_set: ClaimTransactionSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "stays.837"
    file.write_bytes(claim_837i.write(ENVELOPE, [claim_set]))
    code = cli.main(["validate", str(file)])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item for item in found if item["severity"] == "error"] == []
    assert code == 0


def test_what_is_read_back_is_what_was_written(claim_set: ClaimTransactionSet) -> None:
    parsed = claim_837i.read(claim_837i.write(ENVELOPE, [claim_set]))
    assert parsed.findings == ()
    assert parsed.transaction_sets == (claim_set,)
