"""Rules of users: what the language can ask, what it refuses, what rules do to a claim."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_origin

import pytest
from claim_builder.__main__ import main
from claim_builder.rules import BadRule, RuleBook, TenantRules, loading, read_rules
from claim_builder.rules.language import plain
from claim_builder.rules.loading import SETTABLE
from claim_builder.scrubbing import EarlierLine, ScrubContext, Severity, blocks, scrub
from events.phi import ClaimContent, ClaimLine
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.unit.claim_builder.claim_examples import DAY, TODAY, changed, clean_claim, dependent_claim

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "rules" / "practice.toml"


def rules_of(text: str, folder: Path) -> TenantRules:
    file = folder / "own.toml"
    file.write_text(text, "utf-8")
    return TenantRules(tuple(read_rules(file)))


def struck(when: str, folder: Path, claim: ClaimContent | None = None) -> tuple[str, ...]:
    """Where a rule with this condition strikes."""
    rule = f'[[rule]]\nname = "r"\ndo = "warn"\ntext = "t"\naction = "a"\n{when}\n'
    _, found = rules_of(rule, folder).apply(claim or clean_claim(), ScrubContext(TODAY))
    return tuple(finding.path for finding in found)


@pytest.mark.parametrize(
    ("fires", "silent"),
    [
        ('place_of_service = "11"', 'place_of_service = "22"'),
        ('place_of_service = ["11", "12"]', 'place_of_service = ["21", "22"]'),
        ('place_of_service = { not_in = ["21"] }', 'place_of_service = { not_in = ["11"] }'),
        ('place_of_service = { not_equals = "21" }', 'place_of_service = { not_equals = "11" }'),
        ('coverage.payer_id = { starts_with = "60" }', 'coverage.payer_id = { starts_with = ["7", "61"] }'),
        ('coverage.payer_id = { not_starts_with = "61" }', 'coverage.payer_id = { not_starts_with = "60" }'),
        ('coverage.payer_id = { ends_with = "54" }', 'coverage.payer_id = { ends_with = "55" }'),
        ('coverage.payer_name = { contains = "HEALTH" }', 'coverage.payer_name = { contains = "WEALTH" }'),
        ('coverage.member_id = { matches = "W[0-9]{9}" }', 'coverage.member_id = { matches = "W[0-9]{8}" }'),
        ("referral_number.missing = true", "referral_number.present = true"),
        ("coverage.group_number.present = true", "coverage.group_number.missing = true"),
        ("supervising_provider.missing = true", "supervising_provider.present = true"),
        ("supervising_provider.npi.missing = true", 'supervising_provider.npi = "1234567893"'),
        ("charge_cents = { greater = 16199 }", "charge_cents = { greater = 16200 }"),
        ("charge_cents = { at_least = 16200 }", "charge_cents = { at_least = 16201 }"),
        ("charge_cents = { less = 16201 }", "charge_cents = { less = 16200 }"),
        ("charge_cents = { at_most = 16200 }", "charge_cents = { at_most = 16199 }"),
        ("patient_age = 46", "patient_age = { less = 46 }"),
        ("patient_age = { between = [46, 50] }", "patient_age = { between = [47, 50] }"),
        ("service_date = 2026-05-04", "service_date = { greater = 2026-05-04 }"),
        ("days_since_service = 120", "days_since_service = { greater = 120 }"),
        ("provider_signature_on_file = true", "provider_signature_on_file = false"),
        ('diagnosis_codes.any = { starts_with = "E11.2" }', 'diagnosis_codes.any = { starts_with = "S" }'),
        ('diagnosis_codes.all = ["I10", "E11.22"]', 'diagnosis_codes.all = "I10"'),
        ('diagnosis_codes.none = "Z00.00"', 'diagnosis_codes.none = "I10"'),
        ("diagnosis_codes.count = 2", "diagnosis_codes.count = { greater = 2 }"),
        ('lines.all.code = { not_in = ["99215"] }', 'lines.all.code = "99213"'),
        ('lines.none.code = "99215"', 'lines.none.code = "99213"'),
        ('lines.any.units = "1.0"', "lines.any.units = { greater = 1 }"),
        ('lines.any.pointed_diagnoses.any = "I10"', 'lines.any.pointed_diagnoses.all = "Z00.00"'),
        ('lines.any.billed_place_of_service = "11"', 'lines.any.billed_place_of_service = "02"'),
        ("lines.any.modifiers.missing = true", 'lines.any.modifiers.any = "59"'),
        (
            'any_of = [{ place_of_service = "21" }, { patient_age = 46 }]',
            'any_of = [{ place_of_service = "21" }, { patient_age = 3 }]',
        ),
        ('none_of = [{ place_of_service = "21" }]', 'none_of = [{ place_of_service = "11" }]'),
        ('place_of_service = "11"\npatient_age = 46', 'place_of_service = "11"\npatient_age = 47'),
    ],
)
def test_what_a_condition_can_ask(fires: str, silent: str, tmp_path: Path) -> None:
    assert struck(f"[rule.when]\n{fires}", tmp_path)
    assert struck(f"[rule.when]\n{silent}", tmp_path) == ()


def test_a_finding_names_the_lines_or_the_field(tmp_path: Path) -> None:
    assert struck('when = { lines.any.code = { starts_with = "3" } }', tmp_path) == ("lines/1",)
    assert struck("when = { lines.any.charge_cents = { at_least = 1 } }", tmp_path) == ("lines/0", "lines/1")
    assert struck('when = { coverage.payer_id = "60054" }', tmp_path) == ("coverage/payer_id",)


def test_the_age_is_the_patients(tmp_path: Path) -> None:
    claim = dependent_claim()
    born = claim.patient.birth_date
    assert born is not None
    age = claim.service_date.year - born.year - ((born.month, born.day) > (5, 4))
    assert struck(f"when = {{ patient_age = {age} }}", tmp_path, claim)


@pytest.mark.parametrize(
    ("more", "strikes"),
    [
        ('payers = ["60054"]', True),
        ('payers = ["60055"]', False),
        ('filing_indicators = ["CI"]', True),
        ('filing_indicators = ["MB"]', False),
        ("effective_from = 2026-05-04", True),
        ("effective_from = 2026-05-05", False),
        ("effective_to = 2026-05-04", True),
        ("effective_to = 2026-05-03", False),
    ],
)
def test_payers_and_dates(more: str, strikes: bool, tmp_path: Path) -> None:
    assert bool(struck(f'{more}\nwhen = {{ place_of_service = "11" }}', tmp_path)) is strikes


GOOD = {"name": '"r"', "do": '"hold"', "text": '"t"', "action": '"a"', "when": '{ place_of_service = "11" }'}


@pytest.mark.parametrize(
    ("keys", "key", "advice"),
    [
        ({"colour": "1"}, "colour", "use one of: name, do"),
        ({"name": '"Not A Name"'}, "name", "small letters"),
        ({"do": '"delete"'}, "do", "hold, warn, set, tag"),
        ({"text": '""'}, "text", "write a text"),
        ({"action": "1"}, "action", "write a text"),
        ({"version": "0"}, "version", "from 1"),
        ({"payers": "[]"}, "payers", "leave the key out"),
        ({"tenants": '"valley"'}, "tenants", "list of texts"),
        ({"effective_from": '"2026-01-01"'}, "effective_from", "without quotes"),
        ({"effective_from": "2026-02-01", "effective_to": "2026-01-01"}, "effective_to", "before the first"),
        ({"when": "{}"}, "when", "at least one field"),
        ({"when": '{ place = "11" }'}, "when.place", "use one of: external_id"),
        ({"when": '{ place_of_service = { like = "1" } }'}, "when.place_of_service.like", "use one of: equals"),
        ({"when": "{ place_of_service = 11 }"}, "when.place_of_service.equals", "in quotes"),
        ({"when": '{ charge_cents = "5" }'}, "when.charge_cents.equals", "whole number"),
        ({"when": "{ charge_cents = 5.0 }"}, "when.charge_cents.equals", "whole number"),
        ({"when": '{ charge_cents = { starts_with = "5" } }'}, "when.charge_cents.starts_with", "no such operator"),
        ({"when": '{ frequency_code = "9" }'}, "when.frequency_code.equals", "one of: 1, 7, 8"),
        ({"when": '{ service_date = "2026-01-01" }'}, "when.service_date.equals", "a date such as"),
        ({"when": "{ patient_age = { between = [5, 1] } }"}, "when.patient_age.between", "smaller one first"),
        ({"when": '{ claim_note = { matches = "(" } }'}, "when.claim_note.matches", "regular expression"),
        ({"when": '{ diagnosis_codes = "I10" }'}, "when.diagnosis_codes", "this is a list"),
        ({"when": '{ diagnosis_codes.some = "I10" }'}, "when.diagnosis_codes.some", "any, all, none"),
        ({"when": '{ lines.any = "99213" }'}, "when.lines.any", "write a table"),
        ({"when": '{ lines.any.units = "many" }'}, "when.lines.any.units.equals", "decimal in quotes"),
        ({"when": '{ lines.any.units = "NaN" }'}, "when.lines.any.units.equals", "finite"),
        ({"when": "{ any_of = [] }"}, "when.any_of", "list of tables"),
        ({"when": "{ referral_number.missing = 1 }"}, "when.referral_number.missing", "true or false"),
        ({"when": "{ referral_number.starts_with = [] }"}, "when.referral_number.starts_with", "not empty"),
        ({"set": '{ claim_note = "x" }'}, "set", "belong together"),
        ({"do": '"set"'}, "set", "belong together"),
        ({"do": '"set"', "set": '{ diagnosis_codes = ["I10"] }'}, "set.diagnosis_codes", "must not set"),
        ({"do": '"set"', "set": '{ lines.code = "99214" }'}, "set.lines.code", "must not set"),
        ({"do": '"set"', "set": '{ lines.modifiers = ["25"] }'}, "set.lines.modifiers", "must not set"),
        ({"do": '"set"', "set": "{ lines.units = 2 }"}, "set.lines.units", "must not set"),
        ({"do": '"set"', "set": '{ coverage.payer_id = "1" }'}, "set.coverage.payer_id", "must not set"),
        ({"do": '"set"', "set": '{ claim_not = "x" }'}, "set.claim_not", "no such field"),
        ({"do": '"set"', "set": "{ claim_note = 1 }"}, "set.claim_note", "in quotes"),
    ],
)
def test_what_a_file_must_not_say(keys: dict[str, str], key: str, advice: str, tmp_path: Path) -> None:
    text = "[[rule]]\n" + "\n".join(f"{name} = {value}" for name, value in {**GOOD, **keys}.items())
    with pytest.raises(BadRule) as refused:
        rules_of(text, tmp_path)
    said = str(refused.value)
    assert said.startswith("own.toml, rule ")
    assert f", {key}: " in said
    assert advice in said


@pytest.mark.parametrize("text", ["[rule]\n", "x = 1\n", "[[rules]]\n", "[[rule]\n", "rule = [1]\n", "\x00"])
def test_what_is_no_rule_file(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadRule, match=r"own\.toml"):
        rules_of(text, tmp_path)


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.times())
WORDS = st.sampled_from(
    ["any", "all", "none", "count", "missing", "in", "between", "matches", "contains", "greater", "any_of", "lines",
     "code", "units", "modifiers", "diagnosis_codes", "coverage", "payer_id", "service_date", "patient_age", "x"]
)  # fmt: skip
TREES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3))
)


@given(st.sampled_from(["name", "do", "text", "version", "payers", "effective_from", "when", "set"]), TREES)
def test_whatever_stands_at_a_key_is_read_or_refused(key: str, value: Any) -> None:
    entry = {"name": "r", "do": "hold", "text": "t", "action": "a", "when": {"place_of_service": "11"}, key: value}
    for deed in ("hold", "set"):
        try:
            made = loading._rule({**entry, "do": deed} if key != "do" else entry, "own.toml", 1)
        except BadRule:
            continue
        TenantRules((made,)).apply(clean_claim(), ScrubContext(TODAY))


def rule(**keys: str) -> str:
    return "[[rule]]\n" + "\n".join(f"{name} = {value}" for name, value in {**GOOD, **keys}.items()) + "\n"


def test_hold_warn_and_tag(tmp_path: Path) -> None:
    claim = clean_claim()
    for deed, severity in (("hold", "error"), ("warn", "warning"), ("tag", "tag")):
        context = ScrubContext(TODAY, rules=rules_of(rule(do=f'"{deed}"'), tmp_path))
        content, findings = scrub(claim, context)
        assert content is claim
        assert [(f.code, f.severity.value, f.path, f.snip) for f in findings] == [
            ("rule.r", severity, "place_of_service", 7)
        ]
        assert blocks(findings) is (deed == "hold")


def test_what_is_set_is_logged_repaired_and_examined(tmp_path: Path) -> None:
    own = rules_of(rule(do='"set"', set='{ coverage.group_name = "Gé  1", referral_number = "R1" }'), tmp_path)
    content, findings = scrub(clean_claim(), ScrubContext(TODAY, rules=own))
    assert content.coverage.group_name == "GE 1"
    assert content.referral_number == "R1"
    logged = [f.path for f in findings if f.code == "rule.r"]
    assert logged == ["coverage/group_name", "referral_number"]
    assert all(f.severity is Severity.REPAIR for f in findings)
    bad = rules_of(rule(do='"set"', set='{ billing_provider.taxonomy_code = "X" }'), tmp_path)
    assert blocks(scrub(clean_claim(), ScrubContext(TODAY, rules=bad)).findings)


def test_a_set_that_changes_nothing_says_nothing(tmp_path: Path) -> None:
    own = rules_of(rule(do='"set"', set='{ coverage.group_number = "G100" }'), tmp_path)
    claim = clean_claim()
    assert own.apply(claim, ScrubContext(TODAY)) == (claim, ())
    absent = rules_of(rule(do='"set"', set='{ service_facility.phone = "5185550100" }'), tmp_path)
    assert absent.apply(claim, ScrubContext(TODAY)) == (claim, ())


def test_an_empty_text_empties_a_field(tmp_path: Path) -> None:
    own = rules_of(rule(do='"set"', set='{ coverage.group_number = "" }'), tmp_path)
    content, _ = own.apply(clean_claim(), ScrubContext(TODAY))
    assert content.coverage.group_number is None


def test_a_line_field_is_set_on_the_lines_that_meet_the_condition(tmp_path: Path) -> None:
    keys = {"do": '"set"', "when": '{ lines.any.code = "36415" }', "set": '{ lines.referral_number = "R9" }'}
    content, findings = rules_of(rule(**keys), tmp_path).apply(clean_claim(), ScrubContext(TODAY))
    assert [line.referral_number for line in content.lines] == [None, "R9"]
    assert [finding.path for finding in findings] == ["lines/1/referral_number"]


def test_a_rule_sees_what_the_one_before_has_set(tmp_path: Path) -> None:
    first = rule(name='"a"', do='"set"', set='{ referral_number = "R1" }')
    second = rule(name='"b"', when='{ referral_number = "R1" }')
    assert [f.code for f in rules_of(first + second, tmp_path).apply(clean_claim(), ScrubContext(TODAY))[1]] == [
        "rule.a",
        "rule.b",
    ]
    assert [f.code for f in rules_of(second + first, tmp_path).apply(clean_claim(), ScrubContext(TODAY))[1]] == [
        "rule.a"
    ]


def test_clinical_content_never_changes(tmp_path: Path) -> None:
    """Everything that may be set is in the schema, and no path leads to what was found or done."""
    clinical = {"diagnosis_codes", "code", "modifiers", "units", "pointers", "drug", "charge_cents", "service_date"}
    for path in SETTABLE:
        model: Any = ClaimContent
        for piece in path.split("/"):
            if piece == "*":
                model = ClaimLine
                continue
            hint = plain(model.model_fields[piece].annotation)
            assert piece not in clinical
            is_model = get_origin(hint) is None and isinstance(hint, type) and issubclass(hint, BaseModel)
            model = hint if is_model else model


def test_rules_of_tenants(tmp_path: Path) -> None:
    (tmp_path / "common.toml").write_text(rule(name='"all"') + rule(name='"of-hill"', tenants='["hill"]'))
    (tmp_path / "valley").mkdir()
    (tmp_path / "valley" / "own.toml").write_text(rule(name='"of-valley"'))
    book = RuleBook.load(tmp_path)
    names = {tenant: [it.name for it in book.for_tenant(tenant).rules] for tenant in ("valley", "hill", "plain")}
    assert names == {"valley": ["all", "of-valley"], "hill": ["all", "of-hill"], "plain": ["all"]}
    assert len(book.all()) == 3
    (tmp_path / "valley" / "more.toml").write_text(rule(name='"all"'))
    with pytest.raises(BadRule, match="rename one"):
        RuleBook.load(tmp_path)
    with pytest.raises(BadRule, match="CLEANCLAIM_RULES"):
        RuleBook.load(tmp_path / "nowhere")
    assert RuleBook.load(None).for_tenant("valley").rules == ()


def line(code: str) -> dict[str, Any]:
    return {"lines/0/code": code}


@pytest.mark.parametrize(
    ("name", "fires", "silent"),
    [
        ("telehealth-needs-95", {"place_of_service": "02"}, {"place_of_service": "02", "lines/0/modifiers": ("95",)}),
        ("injection-without-drug", {**line("96372")}, {}),
        ("minor-with-own-policy", {"coverage/subscriber/birth_date": date(2015, 1, 1)}, {}),
        ("large-claim", {"charge_cents": 500_000}, {"charge_cents": 499_999}),
        (
            "group-number-of-state-plan",
            {"coverage/payer_id": "SHPNY", "coverage/group_number": None},
            {"coverage/payer_id": "SHPNY"},
        ),
        ("workers-compensation-injury", {"coverage/filing_indicator": "WC"}, {}),
        (
            "referral-of-plan",
            {"coverage/filing_indicator": "HM", "rendering_provider/taxonomy_code": "207RC0000X"},
            {"coverage/filing_indicator": "HM"},
        ),
    ],
)
def test_the_examples(name: str, fires: dict[str, Any], silent: dict[str, Any]) -> None:
    rules = TenantRules(tuple(read_rules(EXAMPLES)))
    claim = clean_claim()
    assert f"rule.{name}" in {f.code for f in rules.apply(changed(claim, fires), ScrubContext(TODAY))[1]}
    assert f"rule.{name}" not in {f.code for f in rules.apply(changed(claim, silent), ScrubContext(TODAY))[1]}


@pytest.mark.parametrize(("code", "days", "found"), [("27447", 10, True), ("27447", 11, False), ("80053", 1, False)])
def test_the_example_that_looks_back(code: str, days: int, found: bool) -> None:
    rules = TenantRules(tuple(read_rules(EXAMPLES)))
    earlier = EarlierLine(code, (), DAY - timedelta(days=days), Decimal(1))
    context = ScrubContext(TODAY, history=(earlier,))
    assert ("rule.seen-within-ten-days" in {f.code for f in rules.apply(clean_claim(), context)[1]}) is found


def test_lines_of_other_pages(tmp_path: Path) -> None:
    rules = rules_of(rule(when="{ lines_of_other_pages.count = { at_least = 2 } }"), tmp_path)
    assert rules.apply(clean_claim(), ScrubContext(TODAY))[1] == ()
    assert len(rules.apply(clean_claim(), ScrubContext(TODAY, siblings=(clean_claim(),)))[1]) == 1


def test_the_example_of_the_guide_is_a_rule(tmp_path: Path) -> None:
    guide = (EXAMPLES.parents[2] / "rules.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    claim = changed(clean_claim(), {"place_of_service": "02"})
    assert [f.path for f in rules_of(example, tmp_path).apply(claim, ScrubContext(TODAY))[1]] == ["lines/0"]
    assert rules_of(example, tmp_path).apply(clean_claim(), ScrubContext(TODAY))[1] == ()


def test_check_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(rule(do='"delete"'))
    for file, status in ((EXAMPLES, 0), (bad, 2)):
        monkeypatch.setattr("sys.argv", ["claim-builder", "rules", "check", str(file)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == status
    out, err = capsys.readouterr()
    assert out == "practice.toml: 8 rules, nothing wrong\n"
    assert "bad.toml, rule r, do: write one of" in err


def test_amounts_are_exact(tmp_path: Path) -> None:
    claim = changed(clean_claim(), {"lines/0/units": Decimal("0.1")})
    assert struck('when = { lines.any.units = "0.10" }', tmp_path, claim) == ("lines/0",)
