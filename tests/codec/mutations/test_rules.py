"""Every rule fires on what it is about, and the document lists them all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from x12 import claim_837p, remittance_835
from x12.claim_837p import rules as claim_rules
from x12.code_sets import NO_CODE_SETS, NoCodeSets, Standing, installed
from x12.examining import examine
from x12.findings import Finding
from x12.reading import FileReader
from x12.remittance_835 import rules as remittance_rules
from x12.rule_catalogue import catalogue
from x12.rules import Context, FileMemory

from tests.codec.mutations import claim_bases, claim_content, claim_structure, remittance_bases, remittances, warnings
from tests.codec.mutations.editing import Change, Mutation, Segments, mutated, sealed, text_of

UNREACHABLE = {"COD-TAXONOMY", "SIT-DATE-RANGE"}
"""Rules of segments that a remittance does not have (PRV, DTP)."""
LISTED_BY_USERS = {"COD-PROCEDURE-UNKNOWN", "COD-NPI-DEACTIVATED", "COD-TAXONOMY-UNKNOWN"}
"""Rules that need lists which only a user can load."""


def findings(data: bytes) -> list[Finding]:
    return [each for each in examine(data) if isinstance(each, Finding)]


def changed(base: Segments, change: Change) -> list[Finding]:
    return findings(text_of(sealed(change(list(base)))))


@pytest.mark.parametrize(
    ("code", "base", "change"),
    [
        *((code, claim_bases.BASES[base], change) for code, base, change in warnings.CLAIMS),
        *((code, remittance_bases.BASES[base], change) for code, base, change in warnings.REMITTANCES),
    ],
    ids=[code for code, _, _ in (*warnings.CLAIMS, *warnings.REMITTANCES)],
)
def test_a_warning_is_given_and_no_error(code: str, base: Segments, change: Change) -> None:
    found = changed(base, change)
    assert code in {each.code for each in found}
    assert [each.code for each in found if each.is_error] == []


@pytest.mark.parametrize(
    ("tables", "suite", "bases", "looks"),
    [
        (
            claim_rules.TABLES,
            (*claim_structure.MUTATIONS, *claim_content.MUTATIONS),
            claim_bases.BASES,
            warnings.CLAIMS,
        ),
        (remittance_rules.TABLES, remittances.MUTATIONS, remittance_bases.BASES, warnings.REMITTANCES),
    ],
    ids=["claim", "remittance"],
)
def test_every_rule_fires(
    tables: Sequence, suite: Sequence[Mutation], bases: Mapping[str, Segments], looks: Sequence
) -> None:
    fired = {each.code for mutation in suite for each in findings(mutated(mutation, dict(bases)))}
    fired |= {code for code, _, _ in looks}
    missing = {rule.code for table in tables for rule in table.rules} - fired
    assert missing - UNREACHABLE - {"COD-PAYEE-ID"} - LISTED_BY_USERS == set()


def test_the_document_is_up_to_date() -> None:
    document = Path(__file__).parents[3] / "docs" / "x12-rules.md"
    assert document.read_text("utf-8") == "\n".join(catalogue()) + "\n"


def test_rules_have_a_text_an_action_and_a_source() -> None:
    for table in (*claim_rules.TABLES, *remittance_rules.TABLES):
        for rule in table.rules:
            assert rule.message and rule.action.endswith(".") and rule.source
            assert rule.check.__doc__ == rule.message


def alone(segments: Segments, rules, codes=NO_CODE_SETS) -> list[Finding]:
    """The findings of the rules with these code sets."""
    file = FileReader(text_of(segments))
    found: list[Finding] = []
    for frame in file.transaction_sets():
        guide = claim_837p.loops.GUIDE if rules is claim_rules else remittance_835.loops.GUIDE
        walker = frame.walker(guide)
        context = Context(
            frame.component, frame.envelope.created.date(), frame.version, frame.group_version, codes, FileMemory()
        )
        checker = rules.Checker(context)
        for unit in walker.units(frame.pieces(guide)):
            found += checker.unit(unit.node())
        found += checker.end(walker.root)
    return found


def test_without_code_sets_only_forms_are_checked() -> None:
    base = claim_bases.BASES["office"]
    unknown = [each.replace("ABF:I10", "ABF:Z9999").replace("11:B:1", "98:B:1") for each in base]
    assert [each.code for each in alone(unknown, claim_rules)] == ["COD-DIAGNOSIS-UNCHECKED"]
    assert [each.code for each in alone(unknown, claim_rules, installed())] == ["COD-DIAGNOSIS", "COD-PLACE"]
    malformed = [each.replace("11:B:1", "1:B:1") for each in base]
    assert "COD-PLACE" in [each.code for each in alone(malformed, claim_rules)]


class Retired(NoCodeSets):
    """Knows one procedure, one NPI and one taxonomy that were given up."""

    def npi(self, number: str, day: date) -> Standing:
        return Standing.RETIRED if number == claim_bases.BILLING and day >= date(2026, 1, 1) else Standing.NOT_LOADED

    def taxonomy(self, code: str, day: date) -> Standing:
        return Standing.UNKNOWN if code == "207Q00000X" and day >= date(2026, 1, 1) else Standing.VALID

    def procedure(self, code: str, day: date) -> Standing:
        return Standing.RETIRED if code == "36415" and day >= date(2026, 1, 1) else Standing.VALID


def test_codes_are_looked_up_on_the_date_of_service() -> None:
    found = [each for each in alone(claim_bases.BASES["office"], claim_rules, Retired()) if each.is_error]
    assert sorted((each.code, each.loop, each.element, each.value) for each in found) == [
        ("COD-NPI-DEACTIVATED", "2010AA", "NM109", claim_bases.BILLING),
        ("COD-PROCEDURE-UNKNOWN", "2400", "SV101-2", "36415"),
        ("COD-TAXONOMY-UNKNOWN", "2000A", "PRV03", "207Q00000X"),
        ("COD-TAXONOMY-UNKNOWN", "2310B", "PRV03", "207Q00000X"),
    ]
    earlier = [each.replace("20260601", "20251201") for each in claim_bases.BASES["office"]]
    assert not [each for each in alone(earlier, claim_rules, Retired()) if each.code.startswith(("COD-NPI", "COD-TAX"))]


def test_findings_carry_no_value_in_their_representation() -> None:
    found = findings(text_of([each.replace("19800512", "20300512") for each in claim_bases.BASES["office"]]))
    assert found and all("20300512" not in repr(replace(each, message="")) for each in found)


def test_institutional_claims_have_the_rules_that_all_share() -> None:
    data = (Path(__file__).parents[1] / "examples" / "837_mixed" / "sample_837_1.txt").read_bytes()
    broken = re.sub(rb"(NM1\*85\*2\*[^~]*\*XX\*)\d{10}", rb"\g<1>1234567890", data)
    known, found = ({(each.code, each.loop) for each in findings(each)} for each in (data, broken))
    assert found - known == {("COD-NPI", "2010AA")}
