"""Every rule of an institutional claim fires on what it is about, and on nothing in two right claims."""

from __future__ import annotations

from pathlib import Path

import pytest
from x12.claim_837.rules import tables as shared
from x12.claim_837i.rules import TABLES
from x12.examining import examine
from x12.findings import Finding

GOLDEN = Path(__file__).parents[1] / "golden"
INPATIENT = (GOLDEN / "837i-inpatient.edi").read_text("ascii")
OUTPATIENT = (GOLDEN / "837i-outpatient-secondary.edi").read_text("ascii")
OPERATING = "NM1*72*1*SMITH*ALAN****XX*1234567893~\n"
ATTENDING = "NM1*71*1*REYES*MARIA****XX*1234567893~\n"
Change = tuple[str, str]

CASES: list[tuple[str, str, tuple[Change, ...]]] = [
    ("REQ-VERSION", INPATIENT, (("*X*005010X223A2", "*X*005010X223A3"),)),
    ("COD-BILL-TYPE", OUTPATIENT, (("13:A:1", "19:A:1"),)),
    ("COD-FREQUENCY", OUTPATIENT, (("13:A:1", "13:A:W"),)),
    ("COD-ADMISSION-TYPE", OUTPATIENT, (("CL1*3*", "CL1*7*"),)),
    ("COD-ADMISSION-SOURCE", OUTPATIENT, (("CL1*3*1*", "CL1*3*H*"),)),
    ("COD-ADMISSION-SOURCE", INPATIENT, (("CL1*1*7*", "CL1*4*7*"),)),
    ("COD-PATIENT-STATUS", INPATIENT, (("CL1*1*7*01", "CL1*1*7*44"),)),
    ("COD-CONDITION", INPATIENT, (("BG:C1", "BG:C"),)),
    ("COD-CONDITION", INPATIENT, (("BE:80", "BE:a1"),)),
    ("SIT-CODE-REPEATED", INPATIENT, (("BG:C1", "BG:C1*BG:C1"),)),
    ("SIT-CODE-REPEATED", INPATIENT, (("BH:11:D8:20260601", "BH:11:D8:20260601*BH:11:D8:20260601"),)),
    ("SIT-VALUE-NEGATIVE", INPATIENT, (("BE:80:::3", "BE:80:::-3"),)),
    ("COD-DRG", INPATIENT, (("DR:280", "DR:28"),)),
    ("COD-EXTERNAL-CAUSE", OUTPATIENT, (("ABN:W1830XA", "ABN:S52501A"),)),
    ("COD-INPATIENT-PROCEDURE", INPATIENT, (("BBQ:4A023N7", "BBQ:4A02.3N"),)),
    ("COD-DIAGNOSIS-FORM", INPATIENT, (("ABJ:R079", "ABJ:R07.9"),)),
    ("COD-DIAGNOSIS-SET", OUTPATIENT, (("HI*APR:M25531", "HI*PR:7194"),)),
    ("COD-EXTERNAL-CAUSE-FIRST", OUTPATIENT, (("ABK:S52501A", "ABK:W1830XA"),)),
    ("SIT-DIAGNOSIS-REPEATED", INPATIENT, (("ABF:I10:", "ABF:I2109:"),)),
    ("SIT-ADMISSION-MISSING", INPATIENT, (("DTP*435*DT*202606010815~\n", ""),)),
    ("SIT-ADMISSION-HOUR", INPATIENT, (("435*DT*202606010815", "435*D8*20260601"),)),
    ("SIT-DISCHARGE-HOUR", INPATIENT, (("DTP*096*TM*1130~\n", ""),)),
    ("SIT-STILL-A-PATIENT", INPATIENT, (("11:A:1", "11:A:2"),)),
    ("SIT-ADMITTING-DIAGNOSIS", INPATIENT, (("HI*ABJ:R079~\n", ""),)),
    ("SIT-POA-MISSING", INPATIENT, (("ABF:I10:::::::Y", "ABF:I10"),)),
    ("SIT-POA-UNEXPECTED", OUTPATIENT, (("ABK:S52501A", "ABK:S52501A:::::::Y"),)),
    ("SIT-PRINCIPAL-PROCEDURE", INPATIENT, (("HI*BBR:027034Z:D8:20260601~\n", ""),)),
    ("SIT-PROCEDURE-OUTPATIENT", OUTPATIENT, (("W1830XA~\n", "W1830XA~\nHI*BBR:4A023N7:D8:20260610~\n"),)),
    ("SIT-PROCEDURE-DATE", INPATIENT, (("BBQ:4A023N7:D8:20260601", "BBQ:4A023N7:D8:20260605"),)),
    ("SIT-OPERATING", INPATIENT, ((OPERATING, ""),)),
    ("SIT-OTHER-OPERATING", OUTPATIENT, ((ATTENDING, ATTENDING + OPERATING.replace("*72*", "*ZZ*")),)),
    ("SIT-SPAN-ORDER", INPATIENT, (("20260501-20260503", "20260503-20260501"),)),
    ("SIT-STATEMENT-FUTURE", INPATIENT, (("20260601-20260604", "20260601-20260616"),)),
    ("SIT-ADMISSION-ORDER", INPATIENT, (("435*DT*20260601", "435*DT*20260605"),)),
    ("SIT-REASON-FOR-VISIT", OUTPATIENT, (("CL1*3", "CL1*1"), ("HI*APR:M25531~\n", ""))),
    ("SIT-REASON-UNEXPECTED", INPATIENT, (("HI*ABJ:R079~\n", "HI*ABJ:R079~\nHI*APR:R079~\n"),)),
    ("SIT-ATTENDING", OUTPATIENT, ((ATTENDING, ""),)),
    ("SIT-SERVICE-OUTSIDE", INPATIENT, (("DTP*472*D8*20260601", "DTP*472*D8*20260530"),)),
    (
        "SIT-SERVICE-DATE",
        OUTPATIENT,
        (("20260610-20260610", "20260609-20260610"), ("DTP*472*D8*20260610~\n", "")),
    ),
    ("COD-REVENUE", INPATIENT, (("SV2*0250", "SV2*250"),)),
    ("COD-REVENUE", INPATIENT, (("SV2*0250", "SV2*0001"),)),
    ("COD-PROCEDURE", OUTPATIENT, (("SV2*0450*HC:99283", "SV2*0450*HC:9928"),)),
    ("SIT-PROCEDURE-MISSING", OUTPATIENT, (("SV2*0450*HC:99283", "SV2*0450*"),)),
    ("SRV-UNITS", INPATIENT, (("1250.5*UN*1", "1250.5*UN*0"),)),
    ("SRV-NON-COVERED", INPATIENT, (("1250.5*UN*1", "1250.5*UN*1**2000"),)),
    ("SRV-DAYS", INPATIENT, (("3600*DA*3", "3600*DA*5"),)),
    ("SIT-CONTROL-NUMBER-MISSING", INPATIENT, (("11:A:1", "11:A:7"),)),
    ("SIT-CONTROL-NUMBER-UNEXPECTED", INPATIENT, (("REF*G1*AUTH556677", "REF*G1*AUTH556677~\nREF*F8*K123"),)),
    ("BAL-TOTAL", INPATIENT, (("ACCT7001*18250.5", "ACCT7001*18250"),)),
    ("BAL-COB-LINE", OUTPATIENT, (("CAS*PR*2*50", "CAS*PR*2*51"),)),
    ("BAL-COB-PAID", OUTPATIENT, (("AMT*D*300", "AMT*D*301"),)),
    ("SIT-COB-MISSING", OUTPATIENT, (("AMT*D*300~\n", ""),)),
    ("SIT-COB-DATE-ORDER", OUTPATIENT, (("DTP*573*D8*20260616", "DTP*573*D8*20260609"),)),
    ("REQ-LINE-NUMBER", INPATIENT, (("LX*3", "LX*4"),)),
    ("REQ-AMOUNT", INPATIENT, (("SV2*0250**1250.5", "SV2*0250**1250.504"),)),
    ("COD-ZIP4", INPATIENT, (("PA*191030001", "PA*19103"),)),
]


RIGHT: dict[str, tuple[str, tuple[Change, ...]]] = {
    "a bill in between": (INPATIENT, (("11:A:1", "11:A:2"), ("CL1*1*7*01", "CL1*1*7*30"), ("DTP*096*TM*1130~\n", ""))),
    "a day more of who stays": (
        INPATIENT,
        (
            ("11:A:1", "11:A:3"), ("CL1*1*7*01", "CL1*1*7*30"), ("3600*DA*3", "3600*DA*4"),
            ("DTP*096*TM*1130~\n", ""),
        ),
    ),
    "skilled nursing without hours": (
        INPATIENT, (("11:A:1", "21:A:1"), ("DTP*096*TM*1130~\n", ""), ("435*DT*202606010815", "435*D8*20260601"))
    ),
    "a newborn": (INPATIENT, (("CL1*1*7*", "CL1*4*5*"),)),
    "no surgery": (INPATIENT, (("BBR:027034Z", "BBR:4A023N8"), (OPERATING, ""))),
    "a replacement": (INPATIENT, (("11:A:1", "11:A:7"), ("REF*G1*AUTH556677", "REF*G1*AUTH556677~\nREF*F8*K123"))),
    "a reopened bill": (OUTPATIENT, (("13:A:1", "13:A:Q"),)),
    "an unplanned visit with its reason": (OUTPATIENT, (("CL1*3", "CL1*1"),)),
    "a planned visit without reason": (OUTPATIENT, (("HI*APR:M25531~\n", ""),)),
    "a drug without date in a bill of two days": (
        OUTPATIENT,
        (
            ("20260610-20260610", "20260609-20260610"), ("LX*1~\n", "LX*1~\nSV2*0250**12*UN*1~\nLX*2~\n"),
            ("ACCT7002*412", "ACCT7002*424"), ("AMT*D*300", "AMT*D*300"),
        ),
    ),
    "only an ambulance": (OUTPATIENT, (("SV2*0450", "SV2*0540"), (ATTENDING, ""))),
    "two occurrences on other days": (INPATIENT, (("20260601~\nHI*BE", "20260601*BH:11:D8:20260602~\nHI*BE"),)),
    "nothing is charged for no units": (
        INPATIENT, (("SV2*0250**1250.5*UN*1", "SV2*0250**0*UN*0"), ("18250.5", "17000"))
    ),
}  # fmt: skip


def found(data: str) -> list[Finding]:
    """Findings above the structure; what does not fit the guide would say that the change is not what it should be."""
    findings = [each for each in examine(data.encode("ascii")) if isinstance(each, Finding)]
    counted = [each for each in findings if each.code not in ("IK502-4", "IK502-I6")]
    assert [each for each in counted if each.code.startswith(("IK", "AK", "TA"))] == []
    return counted


@pytest.mark.parametrize("base", [INPATIENT, OUTPATIENT], ids=["inpatient", "outpatient"])
def test_nothing_is_found_in_right_claims(base: str) -> None:
    assert found(base) == []


@pytest.mark.parametrize(
    ("code", "base", "changes"), CASES, ids=[f"{code}-{at}" for at, (code, _, _) in enumerate(CASES)]
)
def test_a_rule_fires_where_it_should(code: str, base: str, changes: tuple[Change, ...]) -> None:
    for old, new in changes:
        assert old in base
        base = base.replace(old, new, 1)
    assert {each.code for each in found(base)} == {code}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_rare_and_right_is_left_alone(name: str) -> None:
    base, changes = RIGHT[name]
    for old, new in changes:
        assert old in base
        base = base.replace(old, new, 1)
    assert found(base) == []


def test_all_rules_of_institutional_claims_are_tried() -> None:
    of_both = {id(rule) for table in shared.ALL for rule in table.rules}
    own = {rule.code for table in TABLES for rule in table.rules if id(rule) not in of_both}
    assert own <= {code for code, _, _ in CASES}


def test_rules_have_a_text_an_action_and_a_source() -> None:
    for rule in (rule for table in TABLES for rule in table.rules):
        assert rule.message and rule.action.endswith(".") and rule.source
