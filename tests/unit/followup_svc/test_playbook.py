"""The denial decision by line and code: CLP02 does not tell a denial, group and codes do."""

from __future__ import annotations

import pytest
from followup_svc.denials import Playbook
from followup_svc.denials.playbook import PlaybookError
from followup_svc.posting import post

from tests.unit.followup_svc.makers import adjudication, claim, line, opened, payment, target, version

BOOK = Playbook.standard()

DECISIONS = [
    ("CO", "45", (), "contractual", "contractual"),
    ("CO", "253", (), "contractual", "contractual"),
    ("CO", "24", (), "contractual", "contractual"),  # capitation: nothing paid, nothing denied
    ("PR", "1", (), "patient", "patient_share"),
    ("PR", "2", (), "patient", "patient_share"),
    ("PR", "3", (), "patient", "patient_share"),
    ("OA", "23", (), "prior_payer", "prior_payer"),
    ("PR", "27", (), "denied", "eligibility"),
    ("PR", "31", (), "denied", "eligibility"),
    ("PR", "96", (), "denied", "non_covered"),
    ("PR", "204", (), "denied", "non_covered"),
    ("CO", "1", (), "denied", "needs_a_person"),  # a deductible that nobody owes: look at it
    ("CO", "16", (), "denied", "missing_data"),
    ("CO", "16", ("N382",), "denied", "eligibility"),
    ("CO", "16", ("M127",), "denied", "records_requested"),
    ("CO", "16", ("MA63",), "denied", "coding_questioned"),
    ("CO", "16", ("MA130",), "denied", "missing_data"),
    ("CO", "4", (), "denied", "coding_questioned"),
    ("CO", "11", (), "denied", "coding_questioned"),
    ("CO", "18", (), "denied", "duplicate"),
    ("OA", "18", (), "denied", "duplicate"),
    ("CO", "22", (), "denied", "cob"),
    ("CO", "29", (), "denied", "timely_filing"),
    ("CO", "50", (), "denied", "medical_necessity"),
    ("CO", "97", (), "denied", "bundling"),
    ("CO", "236", (), "denied", "bundling"),
    ("CO", "119", (), "denied", "benefit_maximum"),
    ("CO", "197", (), "denied", "authorization"),
    ("CO", "252", (), "denied", "records_requested"),
    ("CO", "B7", (), "denied", "credentialing"),
    ("CO", "208", (), "denied", "credentialing"),
    ("CO", "9999", (), "denied", "needs_a_person"),
]


@pytest.mark.parametrize(("group", "carc", "rarcs", "money", "category"), DECISIONS)
def test_each_adjustment_has_its_ruling(
    group: str, carc: str, rarcs: tuple[str, ...], money: str, category: str
) -> None:
    ruling = BOOK.ruling("ANY", group, carc, rarcs)
    assert (ruling.money, ruling.category) == (money, category)


@pytest.mark.parametrize("status_code", ["1", "2", "4", "19"])
@pytest.mark.parametrize(("group", "carc", "rarcs", "money", "category"), DECISIONS)
def test_a_line_is_denied_by_its_codes_whatever_the_claim_status(
    status_code: str, group: str, carc: str, rarcs: tuple[str, ...], money: str, category: str
) -> None:
    subject = claim(version(charges=(10_000,)))
    decided = adjudication(line(1, 10_000, (group, carc, 10_000), remarks=rarcs), status_code=status_code)
    posting = post(payment(decided), target(subject, opened(subject)), BOOK)
    assert posting.denied_cents == (10_000 if money == "denied" else 0)
    left = opened(subject).after(posting.transfers).outstanding("P")
    assert left == (10_000 if money in ("denied", "prior_payer") else 0)


def test_a_line_may_be_denied_in_part() -> None:
    subject = claim(version(charges=(10_000,)))
    decided = adjudication(line(1, 10_000, ("CO", "45", 2_000), ("CO", "151", 3_000)))
    posting = post(payment(decided), target(subject, opened(subject)), BOOK)
    assert (posting.paid_cents, posting.contractual_cents, posting.denied_cents) == (5_000, 2_000, 3_000)


def test_every_denial_has_words_an_owner_and_a_deadline() -> None:
    for name in BOOK.categories:
        ruling = BOOK.category(name)
        assert ruling.action.endswith(".")
        assert ruling.denies == (ruling.days > 0)
        assert ruling.waits_on in {"coder", "biller", "provider", "emr", "payer", "operator"}


def test_a_payers_own_rule_wins_over_the_remark_and_the_general_one() -> None:
    book = Playbook.parse(
        """
        [categories.needs_a_person]
        action = "Look."
        days = 5
        [categories.a]
        action = "A."
        days = 1
        [categories.b]
        action = "B."
        days = 1
        [categories.c]
        action = "C."
        days = 1
        [[rules]]
        category = "a"
        carcs = ["16"]
        [[rules]]
        category = "b"
        carcs = ["16"]
        rarcs = ["N1"]
        [[rules]]
        category = "c"
        carcs = ["16"]
        payers = ["P1"]
        """
    )
    assert book.ruling("P2", "CO", "16").category == "a"
    assert book.ruling("P2", "CO", "16", ("N0", "N1")).category == "b"
    assert book.ruling("P1", "CO", "16", ("N1",)).category == "c"
    assert book.ruling("P1", "CO", "17").category == "needs_a_person"


@pytest.mark.parametrize(
    "text",
    [
        "not toml [",
        "[categories.a]\naction='A.'\ndays=1",
        "[categories.needs_a_person]\naction='A.'",
        "[categories.needs_a_person]\naction='A.'\ndays=1\nmoney='gold'",
        "[categories.needs_a_person]\naction='A.'\ndays=1\n[[rules]]\ncategory='b'\ncarcs=['1']",
        "[categories.needs_a_person]\naction='A.'\ndays=1\n[categories.b]\naction='B.'\ndays=1\n"
        "[[rules]]\ncategory='b'\ncarcs=['1']\n[[rules]]\ncategory='needs_a_person'\ncarcs=['1']",
    ],
)
def test_a_table_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(PlaybookError):
        Playbook.parse(text)
