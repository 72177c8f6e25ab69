"""The dry run of an X12 file: what is in it and wrong with it, and nothing that it says of a patient."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from claim_builder import files

from tests.codec.mutations import claim_bases, remittance_bases
from tests.codec.mutations.editing import Segments, put, sealed, swap, text_of
from tests.service.claim_builder.conftest import Stage

CLAIM, REMITTANCE = claim_bases.BASES["office"], remittance_bases.BASES["era"]
STAY = (Path(__file__).parents[2] / "codec" / "golden" / "837i-inpatient.edi").read_bytes()
NAMES = ("set", "claims", "lines", "charge_cents", "paid_cents")
PATIENTS = ("MORGAN", "JANE", "W123456789", "PCN0001", "000000101", "19800512")


async def examined(stage: Stage, content: bytes, **more: Any) -> httpx.Response:
    media_type = more.pop("media_type", "application/EDI-X12")
    return await stage.post("/v1/claims/validate", raw=content, media_type=media_type, **more)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (text_of(CLAIM), ("837", 1, 2, 15_000, 0)),
        (STAY, ("837", 1, 3, 1_825_050, 0)),
        (text_of(REMITTANCE), ("835", 2, 3, 23_000, 10_800)),
    ],
)
async def test_a_valid_file_is_clean(stage: Stage, content: bytes, expected: tuple[Any, ...]) -> None:
    answer = await examined(stage, content, role="emr")
    assert answer.status_code == 200, answer.text
    (transaction,) = answer.json()["transactions"]
    assert tuple(transaction[name] for name in NAMES) == expected
    assert answer.json()["clean"] and answer.json()["findings"] == []
    for table in ("encounter", "claim", "claim_version", "outbox"):
        assert await stage.rows(f"SELECT 1 FROM {table}") == []


@pytest.mark.parametrize(
    ("broken", "code", "place"),
    [
        (put("NM1*IL", 9, "")(CLAIM), "IK403-1", ("2010BA", "NM1", "NM109")),
        (put("CLM*", 2, "151")(CLAIM), "BAL-TOTAL", ("2300", "CLM", "CLM02")),
        (put("DMG*", 2, "19800599")(CLAIM), "IK403-8", ("2010BA", "DMG", "DMG02")),
        (put("CLP*PCN0001", 4, "109")(REMITTANCE), "BAL-CLAIM", ("2100", "CLP", "CLP04")),
    ],
)
async def test_a_broken_file_is_told_where_and_nothing_of_the_patient(
    stage: Stage, broken: Segments, code: str, place: tuple[str, ...]
) -> None:
    answer = await examined(stage, text_of(broken))
    assert answer.status_code == 200 and not answer.json()["clean"]
    found = {(it["code"], it["loop"], it["segment"], it["element"]) for it in answer.json()["findings"]}
    assert (code, *place) in found
    assert not [word for word in PATIENTS if word in answer.text]


async def test_a_patients_name_in_the_place_of_a_segments_is_left_out(stage: Stage) -> None:
    named = sealed(swap("DMG*", "MORGAN*JANE")(CLAIM))
    found = (await examined(stage, text_of(named))).json()["findings"]
    assert [it["segment"] for it in found if it["code"] == "IK304-1"] == [""]
    strange = text_of([segment.replace("ST*837*", "ST*MORGAN*") for segment in CLAIM])
    answer = await examined(stage, strange)
    assert not answer.json()["clean"] and "MORGAN" not in answer.text


async def test_findings_name_their_transaction_set(stage: Stage) -> None:
    begin, end = (next(at for at, it in enumerate(CLAIM) if it.startswith(start)) for start in ("ST*", "SE*"))
    second = put("SE*", 2, "0002")(put("CLM*", 2, "151")(put("ST*", 2, "0002")(CLAIM)))[begin : end + 1]
    both = put("GE*", 1, "2")([*CLAIM[: end + 1], *second, *CLAIM[end + 1 :]])
    answer = (await examined(stage, text_of(both))).json()
    assert [it["transaction"] for it in answer["transactions"]] == [1, 2]
    assert {it["transaction"] for it in answer["findings"] if it["severity"] == "error"} == {2}


async def test_a_flood_of_findings_is_counted_and_cut(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_FINDINGS", 2)
    broken = put("DMG*", 2, "x")(put("NM1*IL", 9, "")(put("CLM*", 2, "151")(CLAIM)))
    answer = (await examined(stage, text_of(broken))).json()
    assert len(answer["findings"]) == 2 and answer["findings_left_out"] >= 1


@pytest.mark.parametrize("content", [b"", b"hello", b"<xml>ISA</xml>", json.dumps({"claim": {}}).encode(), b"\x00\xff"])
async def test_what_is_no_x12_is_refused(stage: Stage, content: bytes) -> None:
    answer = await examined(stage, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "body.not-x12")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_is_too_large_or_of_another_kind_is_refused(stage: Stage) -> None:
    large = await examined(stage, text_of(CLAIM) + b" " * 1_000_000)
    assert (large.status_code, large.json()["code"]) == (413, "body.too-large")
    other = await examined(stage, text_of(CLAIM), media_type="text/plain")
    assert (other.status_code, other.json()["code"]) == (415, "body.not-json")
    assert "application/edi-x12" in other.json()["detail"]
    as_json = await examined(stage, text_of(CLAIM), media_type="application/json")
    assert (as_json.status_code, as_json.headers["content-type"]) == (422, "application/problem+json")


async def test_only_who_may_ask_for_a_dry_run_may_send_a_file(stage: Stage) -> None:
    assert (await examined(stage, text_of(CLAIM), role="operator")).status_code == 403
    assert (await examined(stage, text_of(CLAIM), role="coder")).status_code == 200
