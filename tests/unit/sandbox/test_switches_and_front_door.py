"""Member switches are a pure, documented function of the id; the front door rejects what no payer would adjudicate."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sandbox.payer.config import Account
from sandbox.payer.front_door import is_npi, rejection_of
from sandbox.payer.intake import read_file, submitted_claim
from sandbox.payer.switches import NATURAL, OUTCOMES, Denial, switch_of
from x12 import ack_999

from tests.unit.sandbox.claim_files import MEDICARE, TODAY, claim, claim_file, line

ACCOUNT = Account(id="a", api_key="12345678", secrets=["whsec_AAAA"], webhooks={}, payers=["HVM01", "15202"])


@pytest.mark.parametrize("code", sorted(OUTCOMES))
def test_every_outcome_is_reached_by_its_number(code: str) -> None:
    assert switch_of(f"W20311447XX{code}").outcome is OUTCOMES[code]


@pytest.mark.parametrize("plain", ["W203114471", "1EG4TE5MK73", "BPQ123456789", "XX", "", "XX0", "W1XX99", "W1XX7a"])
def test_an_id_without_a_switch_is_adjudicated_by_the_plan(plain: str) -> None:
    assert switch_of(plain) is NATURAL


def test_a_switched_medicare_number_keeps_the_form_of_one() -> None:
    form = r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}"
    assert all(re.fullmatch(form, f"1EG4TE5XX{code}") for code in OUTCOMES)


def test_the_third_digit_is_the_number_of_faulty_attempts() -> None:
    assert switch_of("W1XX80").attempts == 2
    assert switch_of("W1XX805").attempts == 5


@pytest.mark.parametrize(
    ("ending", "denial"),
    [
        ("XDCO197", Denial("CO", "197")),
        ("XDCO16RN382", Denial("CO", "16", "N382")),
        ("XDPR96RMA130", Denial("PR", "96", "MA130")),
        ("XDOAB7", Denial("OA", "B7")),
    ],
)
def test_any_denial_can_be_chosen(ending: str, denial: Denial) -> None:
    assert switch_of(f"W20311447{ending}").outcome.denial == denial


def test_outcomes_have_names_that_tell_them_apart() -> None:
    shared = {"denied", "rejected_277ca", "partially_paid"}
    names = [outcome.name for outcome in OUTCOMES.values() if outcome.name not in shared]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("npi", "valid"),
    [("1234567893", True), ("1245319599", True), ("1234567890", False), ("123456789", False), ("12345678９3", False)],
)
def test_npi_check_digit(npi: str, valid: bool) -> None:
    assert is_npi(npi) is valid


CLEAN = submitted_claim(claim("PCN1", "W203114471"))


def test_a_clean_claim_passes() -> None:
    assert rejection_of(CLEAN, ACCOUNT, TODAY) is None


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"payer_id": "ELSE9"}, "A3:116"),
        ({"member_id": ""}, "A6:164"),
        ({"diagnoses": ()}, "A6:254"),
        ({"billing_npi": "1847293100"}, "A7:562"),
        ({"charge_cents": 1}, "A8:178"),
        ({"frequency_code": "6"}, "A7:535"),
        ({"frequency_code": "7"}, "A6:464"),
    ],
)
def test_what_cannot_be_adjudicated_is_rejected(changes: dict[str, Any], status: str) -> None:
    rejection = rejection_of(replace(CLEAN, **changes), ACCOUNT, TODAY)
    assert rejection is not None
    assert f"{rejection.category}:{rejection.status}" == status


def test_a_date_of_service_in_the_future_is_rejected() -> None:
    rejection = rejection_of(CLEAN, ACCOUNT, date(2026, 6, 17))
    assert rejection is not None
    assert rejection.status == "187"


def test_medicare_knows_no_replacement() -> None:
    medicare = replace(CLEAN, payer_id=MEDICARE[1], filing_indicator="MB", frequency_code="7", original_reference="1")
    rejection = rejection_of(medicare, ACCOUNT, TODAY)
    assert rejection is not None
    assert rejection.status == "535"


def test_lines_carry_the_codes_they_point_at() -> None:
    submitted = submitted_claim(claim("PCN1", "W1", [line("99213", 100_00, pointers=(2, 1))]))
    assert submitted.lines[0].diagnoses == ("I10", "E119")


@pytest.mark.parametrize("sets", [1, 3])
def test_a_file_without_findings_earns_what_a_full_reading_says(sets: int) -> None:
    body = claim_file([claim(f"PCN{n}", f"W{n}") for n in range(6)], sets=sets)
    received = read_file(body)
    assert (received.interchange_acks, received.group_acks) == ack_999.acknowledge(body)


def test_the_readme_lists_every_outcome() -> None:
    readme = (Path(__file__).parents[3] / "deploy" / "sandbox" / "README.md").read_text()
    rows = dict(re.findall(r"^\| `(\d\d)` \| (\w+) \|", readme, re.MULTILINE))
    assert rows == {code: outcome.name for code, outcome in OUTCOMES.items()}
