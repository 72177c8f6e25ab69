"""What a row says of an encounter, from the services' answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from local_stack.rows import (
    acknowledgement_of,
    codes_of,
    denial_codes,
    money_of,
    trace_search_url,
    was_corrected,
    why,
)
from local_stack.table import Money
from sandbox.emr.status import ClaimStanding, Standing


def payment(status: str = "1", reversed_by: str | None = None, denied_cents: int = 0) -> dict[str, Any]:
    line = {
        "adjustments": [{"group_code": "CO", "reason_code": "45"}, {"group_code": "CO", "reason_code": "16"}],
        "remark_codes": ["N382"],
    }
    told = {"adjustments": [], "remark_codes": [], "lines": [line]}
    return {
        "claim_status_code": status,
        "reversed_by": reversed_by,
        "denied_cents": denied_cents,
        "adjudication": told,
    }


def test_codes_are_diagnoses_then_services_with_modifiers() -> None:
    lines = [{"code": "99213", "modifiers": ["25"]}, {"code": "93000", "modifiers": []}]
    assert codes_of({"codes": {"diagnoses": [{"code": "I10"}], "lines": lines}}) == ("I10", "99213-25", "93000")
    assert codes_of({"codes": None}) == ()


def test_money_is_that_of_all_ledgers() -> None:
    one = {f"{name}_cents": 10 for name in ("paid", "contractual", "patient", "written_off", "outstanding")}
    assert money_of({"ledgers": [{**one, "charge_cents": 50}] * 2}) == Money(100, 20, 20, 20, 20, 20)
    assert money_of({}) == Money()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([], "delivered"),
        ([("999", "accepted", []), ("277CA", "accepted", [("A2", "20", None)])], "277CA A2:20"),
        ([("277CA", "rejected", [("A7", "562", "82")])], "277CA A7:562:82"),
        ([("TA1", "rejected", [])], "TA1 rejected"),
    ],
)
def test_the_last_acknowledgement_counts(answers: list[Any], words: str) -> None:
    told = [
        {
            "source": s,
            "verdict": v,
            "status_codes": [dict(zip(("category", "status", "entity"), c, strict=True)) for c in cs],
        }
        for s, v, cs in answers
    ]
    assert acknowledgement_of({"state": "delivered", "acknowledgements": told}) == words


def test_a_correction_is_a_reversed_decision_beside_one_that_stands() -> None:
    taken_back, reversal = payment(reversed_by="p2"), payment("22")
    assert was_corrected([_claim([taken_back, reversal, payment()])])
    assert not was_corrected([_claim([taken_back, reversal])])
    assert not was_corrected([_claim([payment()])])
    assert not was_corrected([None])
    by_another = _claim([taken_back, reversal], payer_id="OTHER")
    assert was_corrected([by_another, _claim([payment()])]), "the former payer's decision was taken back"
    assert not was_corrected([_claim([payment()]), _claim([payment()], "S")]), "the second payer's is another turn"
    assert not was_corrected([_claim([], payer_id="OTHER"), _claim([payment()])]), "the former payer never had it"
    assert not was_corrected([_claim([payment()]), _claim([payment()])]), "two pages of one encounter"


def _claim(payments: list[dict[str, Any]], turn: str = "P", payer_id: str = "HVM01") -> dict[str, Any]:
    return {"payments": payments, "payer_sequence": turn, "payer_id": payer_id}


def test_a_denial_is_explained_by_its_codes_without_the_contract() -> None:
    assert denial_codes({"payments": [payment(denied_cents=5)]}) == ["CO-16", "N382"]
    assert denial_codes({"payments": [payment()]}) == []
    assert denial_codes({"payments": []}) == []


def test_why_names_reason_and_whose_turn_it_is() -> None:
    held = Standing("e", "x", "held", 1, "provider", ("note.unsigned",))
    assert why(held, None) == "note.unsigned → provider"
    claim = ClaimStanding("id", "A1", "P", 1, "accepted", closed=False, charge_cents=1, outstanding_cents=1)
    accepted = Standing("e", "x", "coded", 1, None, (), (claim,))
    assert why(accepted, {"payments": [], "work_items": []}) == "no usable 835 → payer"
    item = {
        "state": "open",
        "waits_on": "biller",
        "reason_code": "claim.held",
        "details": {"findings": [{"code": "npi"}]},
    }
    assert why(accepted, {"payments": [], "work_items": [item]}) == "npi → biller"
    assert why(accepted, {"payments": [], "work_items": [{**item, "details": {}}]}) == "claim.held → biller"
    paid = replace(accepted, claims=(replace(claim, state="paid"),))
    assert why(paid, {"payments": [], "work_items": [{**item, "state": "closed"}]}) == ""


def test_the_search_in_zipkin_runs_by_itself_and_leaves_reads_out() -> None:
    url = urlparse(trace_search_url("http://z", "e-1"))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/zipkin/"
    assert query["annotationQuery"] == "cleanclaim.encounter.id=e-1 and http.request.method=POST"
    assert int(query["endTs"]) > 1_700_000_000_000
    assert trace_search_url(None, "e-1") == ""
