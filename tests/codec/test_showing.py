"""Files in words, with our names of codes or the user's own."""

from pathlib import Path

import pytest
from x12.cli import main

GOLDEN = Path(__file__).parent / "golden"
SECONDARY = Path(__file__).parent / "examples/835/X221-secondary-payments.edi"


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["show", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("stem", "lines"),
    [
        (
            "837i-inpatient",
            [
                "claim ACCT7001: 18250.50, frequency 1 (original)",
                "patient DOE, JANE, payer KEYSTONE HEALTH, P (primary)",
                "type of bill 0111, 2026-06-01 to 2026-06-04, patient status 01",
                "procedures 027034Z on 2026-06-01, 4A023N7 on 2026-06-01",
                "spans 71 2026-05-01 to 2026-05-03",
                "line 3: 2026-06-01 revenue code 0481, - x 1 UN, 13400.00",
            ],
        ),
        (
            "837i-outpatient-secondary",
            ["patient DOE, SAM", "payer 54771 paid 300.00, adjustments CO-45 62.00, PR-2 50.00"],
        ),
        ("276", ["RIVERSIDE HOSPITAL asks KEYSTONE HEALTH", "inquiry INQ7002: claim K20260611001 of DOE, SAM, 412.00"]),
        (
            "277",
            [
                "claim ACCT7001 of DOE, JANE (payer's number K20260616044): F1:65 (paid) of 2026-06-28, "
                "charge 18250.50, paid 12775.35, trace EFT556677",
                "2026-06-10 99283: P3:294:1P (waits for information) of 2026-06-30",
            ],
        ),
        (
            "277-request-x313",
            ["trace CASE1722634842, due 2026-08-01: R4:11506-3 (documents wanted)", "99283: R4:28570-0"],
        ),
        ("277ca", ["claim ACCT7002 (payer's number -): A7:562:85 (rejected: data not valid) A6:500:85"]),
        ("275-x314", ["claim ACCT7002 of DOE, SAM", "answers 11506-3", "format TX, 21 octets"]),
        ("275-x210", ["trace ATT7001, sent with the claim", "format TX, 43 octets"]),
        (
            "999",
            [
                "TA1 interchange 000000101: A (accepted) 000",
                "999 on group 101",
                "in all: P (accepted in part), 1 of 2 accepted",
                "segment 23 CL1 in 2300: 8 (error in an element) CLM01 ACCT7001",
                "element 3: 1 (required, and missing)",
            ],
        ),
        ("ta1", ["TA1 interchange 000000102: R (rejected) 010"]),
    ],
)
def test_every_transaction_is_shown(stem: str, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, str(GOLDEN / f"{stem}.edi"))
    assert [line for line in lines if line not in text] == []


def test_the_users_names_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = tmp_path / "names.tsv"
    names.write_text(
        "# list, code, name\nadjustment-reason\t42\tour words for 42\npayment-status\t2\tsecond\nbroken line\n", "utf-8"
    )
    text = shown(capsys, "--names", str(names), str(SECONDARY))
    assert "CO-42 (our words for 42) 85.00" in text
    assert "status 2 (second)" in text
    assert "status 2 (paid as secondary)" in shown(capsys, str(SECONDARY))


def test_what_is_not_known_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = next((Path(__file__).parent / "examples/27x").glob("*request*"))
    assert "270 005010X279A1: not known here" in shown(capsys, str(example))


def test_kinds_come_in_the_order_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = tmp_path / "both.edi"
    both.write_bytes(b"".join((GOLDEN / f"{stem}.edi").read_bytes() for stem in ("277", "276", "837i-inpatient")))
    heads = [line.split()[0] for line in shown(capsys, str(both)).splitlines() if not line.startswith(" ")]
    assert heads == ["277", "276", "837I"]


def test_names_that_are_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--names", "no-such-file", str(SECONDARY)]) == 2
    assert "no-such-file" in capsys.readouterr().err
