"""More than a thousand claims of every shape, from the coded encounter to the file: nobody finds a fault in them.

Built by claim-builder, scrubbed, translated by submission-svc; then pyx12, x12sdk and our own validator read the file.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from claim_builder.scrubbing import ScrubContext, scrub
from events.phi import ClaimContent
from submission_svc.claim_837p import claim as claim_model
from x12 import claim_837p, cli
from x12.claim_837p.models import ClaimTransactionSet, Receiver, Submitter
from x12.claim_837p.write import in_hierarchy_order
from x12.envelope import Envelope
from x12.parties import CommunicationNumber, Contact, Name

from tests.codec.pyx12_waivers import LAST_REMARK_CODE, for_pyx12, line_supplement_codes, remark_codes
from tests.codec.validators import pyx12_errors
from tests.codec.waivers import for_x12sdk
from tests.support.claim_lives import claims
from tests.support.claim_shapes import SHAPES

COUNT, SEED, CLAIMS_PER_SET = 1_200, 837, 300
TODAY = date(2026, 11, 25)
NOON = datetime(2026, 11, 25, 12, 0)  # noqa: DTZ001 - a file's local time
ENVELOPE = Envelope("ZZ", "ELM", "ZZ", "GATE", NOON, 1, 1)


@pytest.fixture(scope="module")
def made() -> list[tuple[str, ClaimContent]]:
    return list(claims(COUNT, SEED))


@pytest.fixture(scope="module")
def sets(made: list[tuple[str, ClaimContent]]) -> list[ClaimTransactionSet]:
    """The claims as transaction sets of some hundred each."""
    models = [claim_model(scrub(content, ScrubContext(TODAY)).content) for _, content in made]
    return [
        ClaimTransactionSet(*head(number), tuple(in_hierarchy_order(models[start : start + CLAIMS_PER_SET])))
        for number, start in enumerate(range(0, len(models), CLAIMS_PER_SET), start=1)
    ]


def head(number: int) -> tuple[str, str, datetime, Submitter, Receiver]:
    """What a transaction set begins with."""
    contact = Contact("BILLING", (CommunicationNumber("TE", "5185550100"),))
    submitter = Submitter(Name.organization("ELM FAMILY PRACTICE"), "ELM", (contact,))
    return f"{number:04d}", f"{number:06d}", NOON, submitter, Receiver("EXAMPLE GATEWAY", "GATE")


def test_every_shape_is_there_and_the_scrubber_holds_none(made: list[tuple[str, ClaimContent]]) -> None:
    assert len(made) >= 1_000
    assert {name for name, _ in made} == set(SHAPES)
    turns = Counter((content.coverage.sequence, content.frequency_code) for _, content in made)
    assert all(turns[turn] >= 10 for turn in (("P", "1"), ("P", "7"), ("P", "8"), ("S", "1"), ("T", "1"))), turns
    held = [
        (name, finding.code, finding.path)
        for name, content in made
        for finding in scrub(content, ScrubContext(TODAY)).findings
        if finding.blocks
    ]
    assert held == []


def test_pyx12_finds_no_error_and_accepts_every_set(sets: list[ClaimTransactionSet]) -> None:
    data = claim_837p.write(ENVELOPE, [for_pyx12(each) for each in sets])
    answer = acknowledgement(data)
    assert answer.count("IK5*A~") == len(sets)
    assert f"AK9*A*{len(sets)}*{len(sets)}*{len(sets)}~" in answer
    assert "IK3*" not in answer


def acknowledgement(data: bytes) -> str:
    """The 999 that pyx12 would answer: every error that it finds stands in it."""
    import pyx12.params
    import pyx12.x12n_document

    answer = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        pyx12.x12n_document.x12n_document(
            pyx12.params.params(), io.StringIO(data.decode("ascii")), answer, None, None, None
        )
    return answer.getvalue().replace("\n", "")


def test_x12sdk_reads_the_claims_and_writes_the_samesegments_of(sets: list[ClaimTransactionSet]) -> None:
    from x12sdk.io import X12ModelReader

    data = claim_837p.write(ENVELOPE, [for_x12sdk(each) for each in sets]).decode("ascii")
    with X12ModelReader(data) as reader:
        again = [segment for model in reader.models() for segment in segments_of(model.x12())]
    sent = [segment for segment in segments_of(data) if segment.split("*")[0] not in {"ISA", "GS", "GE", "IEA"}]
    assert again == sent


def segments_of(text: str) -> list[str]:
    """Segments with their numbers in one form: 0.18 and .18 are the same to X12 (appendix B.1.1.3.1.2)."""
    plain = re.sub(r"(?<=[*:])0(?=\.[0-9])", "", text)
    return [segment.strip() for segment in plain.split("~") if segment.strip()]


def test_our_own_validator_finds_no_error(
    sets: list[ClaimTransactionSet], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "claims.837"
    file.write_bytes(claim_837p.write(ENVELOPE, sets))
    assert cli.main(["validate", str(file)]) == 0, capsys.readouterr().out[:2_000]
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item for item in found if item["severity"] == "error"] == []


def test_what_is_read_back_is_what_was_written(sets: list[ClaimTransactionSet]) -> None:
    parsed = claim_837p.read(claim_837p.write(ENVELOPE, sets))
    assert parsed.findings == ()
    assert parsed.transaction_sets == tuple(sets)


def test_what_pyx12_is_spared_is_valid_by_its_own_tables(sets: list[ClaimTransactionSet]) -> None:
    """The waivers: the certificate of medical necessity indicator, and remark codes newer than pyx12's table."""
    certificate = {"AB", "AD", "AF", "AG", "NS"}
    assert ({"CT"}, certificate) in line_supplement_codes()
    spared = {
        line.equipment_certificate_transmission_code for each in sets for c in each.claims for line in c.service_lines
    }
    assert spared - {""} <= certificate
    errors = pyx12_errors(claim_837p.write(ENVELOPE, [_only(sets, "equipment_certificate_transmission_code")]))
    assert errors
    assert all("PWK02" in error for error in errors)
    numbers = {int(code[1:]) for code in remark_codes() if code[0] == "N" and code[1:].isdigit()}
    assert max(numbers) == LAST_REMARK_CODE


def _only(sets: list[ClaimTransactionSet], field: str) -> ClaimTransactionSet:
    from dataclasses import replace

    found = [c for each in sets for c in each.claims if any(getattr(line, field) for line in c.service_lines)]
    return replace(sets[0], claims=tuple(found[:3]))
