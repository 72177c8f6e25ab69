"""Edits that need the practice's own tables, payer data, or the patient's earlier claims: each fires, each is silent.

The rows are made up, in the layouts of their owners.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from claim_builder.scrubbing import PROFESSIONAL, EarlierLine, ScrubContext, scrub, snip6_bundling
from claim_builder.scrubbing.payers import PayerProfile, PayerProfiles, load_profiles
from codesets import store
from codesets.cli import main as codesets
from events.phi import ClaimContent
from kit.profiles import BadProfile

from tests.unit.claim_builder.claim_examples import DAY, TODAY, changed, clean_claim, secondary_claim

FILES = {
    "ncci-ptp": (
        "Column 1\tColumn 2\t*\tEffective\tDeletion\tModifier\n"
        "20610\t99213\t \t20150101\t*\t1\n94060\t94010\t \t20150101\t*\t0\n20610\t76942\t \t20150101\t*\t1\n"
    ),
    "ncci-mue": "20553,1,2 Policy,x\nJ3301,16,3 Clinical,x\n99395,0,2 Policy,x\n36415,2,3 Clinical,x\n",
    "ncci-add-on": "11103,1,11102\n99417,2,\n",
    "mpfs": (
        "20610,,own words,A,,0.79,0.90,,0.42,,0.11,1.80,1.32,0,000,0,0,0,2,1,1,0,0,,33.4\n"
        "27447,,own words,A,,19.6,0.90,,0.42,,0.11,1.80,1.32,0,090,0,0,0,2,1,1,0,0,,33.4\n"
        "99213,,own words,A,,1.3,0.90,,0.42,,0.11,1.80,1.32,0,XXX,0,0,0,0,0,0,0,0,,33.4\n"
    ),
    "coverage": "P1,82306,E55.9\nP1,82306,N18\n",
    "modifiers": "CLIA-waived,87880,QW\nJW/JZ,J9035,JW JZ\n",
    "frequency": "Once a year,G0439,1,365\n",
    "hcpcs": "HCPC,LONG DESCRIPTION,SHORT DESCRIPTION,ADD DT,TERM DT\nG0439,l,s,20110101,\n"
    "J9998,l,s,20110101,20251231\n",
}


def load(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Have the practice's tables in a folder."""
    patch.setenv("CODESETS_DIR", str(folder / "sets"))
    store.forget()
    for kind, rows in FILES.items():
        (folder / kind).write_text(rows)
        assert codesets(["load", f"--{kind}", str(folder / kind)]) == 0


@pytest.fixture(scope="module", autouse=True)
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        load(tmp_path_factory.mktemp("codesets"), patch)
        yield
    store.forget()


def billed(*lines: str, **changes: Any) -> ClaimContent:
    """The clean claim with these lines: CODE-MODIFIER*UNITS, all pointing to the first diagnosis."""
    made = []
    for number, line in enumerate(lines, start=1):
        code, _, units = line.partition("*")
        code, *modifiers = code.split("-")
        made.append(
            {"line_number": number, "code": code, "modifiers": modifiers, "units": units or "1", "pointers": [1],
             "date_from": DAY.isoformat(), "charge_cents": 1000, "line_item_control_number": f"L{number}",
             "drug": None, "note": None}
        )  # fmt: skip
    return changed(changed(clean_claim(), {"lines": made, "charge_cents": 1000 * len(made)}), changes)


def earlier(code: str, days_ago: int, *modifiers: str, specialty: str | None = None) -> tuple[EarlierLine, ...]:
    return (EarlierLine(code, modifiers, DAY - timedelta(days=days_ago), Decimal(1), specialty),)


def payer(**demands: Any) -> PayerProfiles:
    return PayerProfiles((PayerProfile("Example", "made up", payer_ids=("60054",), **demands),))


@dataclass(frozen=True)
class Scene:
    """A claim with what is known beside it."""

    claim: ClaimContent
    context: dict[str, Any] = field(default_factory=dict)

    def codes(self) -> set[str]:
        return {
            finding.code for finding in scrub(self.claim, ScrubContext(**{"today": TODAY, **self.context})).findings
        }


DRUG = {"ndc": "00409401201", "quantity": "1", "unit": "ML"}
WITH_DRUG = {"lines/0/drug": DRUG}
LATE = {"today": DAY + timedelta(days=91)}
DECIDED_LATE = {"today": date(2026, 6, 1) + timedelta(days=91)}
SECONDARY_PAYER = PayerProfiles(
    (PayerProfile("S", "made up", ("87726",), timely_filing_days=90, timely_filing_from="primary_decision"),)
)
CASES: dict[str, tuple[Scene, Scene]] = {
    "ncci.bundled": (Scene(billed("94060", "94010")), Scene(billed("94060"))),
    "ncci.modifier-missing": (Scene(billed("20610-RT", "99213")), Scene(billed("20610-RT", "99213-25"))),
    "ncci.unspecific-modifier": (
        Scene(billed("20610", "76942-59"), {"payers": payer(ncci="medicare")}),
        Scene(billed("20610", "76942-XS"), {"payers": payer(ncci="medicare")}),
    ),
    "mue.exceeded": (Scene(billed("20553*2")), Scene(billed("20553"))),
    "mue.unlikely": (Scene(billed("J3301*17")), Scene(billed("J3301*16"))),
    "add-on.alone": (Scene(billed("11103")), Scene(billed("11102", "11103"))),
    "necessity.not-supported": (
        Scene(billed("82306")),
        Scene(billed("82306", diagnosis_codes=["E559"])),
    ),
    "frequency.exceeded": (
        Scene(billed("G0439"), {"history": earlier("G0439", 364)}),
        Scene(billed("G0439"), {"history": earlier("G0439", 365)}),
    ),
    "modifier.required": (Scene(billed("87880", "J9035-JZ")), Scene(billed("87880-QW", "J9035-JZ"))),
    "global.period": (
        Scene(billed("99213"), {"history": earlier("27447", 90)}),
        Scene(billed("99213-24"), {"history": earlier("27447", 90)}),
    ),
    "claim.duplicate": (
        Scene(billed("99213"), {"history": earlier("99213", 0)}),
        Scene(billed("99213"), {"history": earlier("99213", 1)}),
    ),
    "procedure.unknown": (Scene(billed("J9998")), Scene(billed("G0439"))),
    "modifier.bilateral-not-payable": (Scene(billed("99213-50")), Scene(billed("20610-50"))),
    "modifier.side-and-diagnosis": (
        Scene(billed("20610-LT", diagnosis_codes=["M1711"])),
        Scene(billed("20610-RT", diagnosis_codes=["M1711"])),
    ),
    "payer.frequency-code": (
        Scene(
            billed("99213", frequency_code="7", payer_claim_control_number="X1"),
            {"payers": payer(frequency_codes=("1",))},
        ),
        Scene(billed("99213"), {"payers": payer(frequency_codes=("1",))}),
    ),
    "payer.timely-filing": (
        Scene(billed("99213"), {"payers": payer(timely_filing_days=90), **LATE}),
        Scene(billed("99213"), {"payers": payer(timely_filing_days=91), **LATE}),
    ),
    "payer.zero-charge": (
        Scene(billed("99213", **{"lines/0/charge_cents": 0}), {"payers": payer(zero_charge="refused")}),
        Scene(billed("99213", **{"lines/0/charge_cents": 0}), {"payers": payer(zero_charge="taken")}),
    ),
    "payer.ndc-required": (
        Scene(billed("J3301"), {"payers": payer(ndc_required=True)}),
        Scene(billed("J3301", **WITH_DRUG), {"payers": payer(ndc_required=True)}),
    ),
    "payer.waste-modifier": (
        Scene(billed("J3301", **WITH_DRUG), {"payers": payer(waste_modifiers=True)}),
        Scene(billed("J3301-JZ", **WITH_DRUG), {"payers": payer(waste_modifiers=True)}),
    ),
    "payer.telehealth-modifier": (
        Scene(billed("99213", place_of_service="10"), {"payers": payer(telehealth_modifier="95")}),
        Scene(billed("99213-95", place_of_service="10"), {"payers": payer(telehealth_modifier="95")}),
    ),
    "payer.field-required": (
        Scene(billed("99213"), {"payers": payer(requires=("lines/*/note",))}),
        Scene(billed("99213"), {"payers": payer(requires=("lines/*/code", "billing_provider/npi"))}),
    ),
}


def test_every_such_edit_has_a_case() -> None:
    of_payers = {edit.code for edit in PROFESSIONAL if edit.code.startswith("payer.") and "payers.toml" in edit.source}
    assert set(CASES) == {edit.code for edit in snip6_bundling.EDITS.edits} | of_payers


@pytest.mark.parametrize("code", sorted(CASES))
def test_fires(code: str) -> None:
    assert code in CASES[code][0].codes()


@pytest.mark.parametrize("code", sorted(CASES))
def test_silent(code: str) -> None:
    assert code not in CASES[code][1].codes()


@pytest.mark.parametrize(
    ("modifier", "diagnosis", "found"),
    [("F1", "L02511", True), ("F1", "L02512", False), ("F6", "L02512", True), ("TA", "L02611", True),
     ("E3", "H0011", False), ("59", "L02511", False)],
)  # fmt: skip
def test_fingers_toes_and_eyelids_have_a_side(modifier: str, diagnosis: str, found: bool) -> None:
    assert (
        "modifier.side-and-diagnosis" in Scene(billed(f"10060-{modifier}", diagnosis_codes=[diagnosis])).codes()
    ) is found


def test_other_claims_of_the_encounter_count() -> None:
    assert "ncci.bundled" in Scene(billed("94010"), {"siblings": (billed("94060"),)}).codes()
    assert "mue.exceeded" in Scene(billed("20553"), {"siblings": (billed("20553"),)}).codes()
    assert "add-on.alone" not in Scene(billed("11103"), {"siblings": (billed("11102"),)}).codes()


def test_other_days_do_not() -> None:
    another = {"lines/1/date_from": (DAY + timedelta(days=1)).isoformat()}
    assert "ncci.bundled" not in Scene(billed("94060", "94010", **another)).codes()


def test_a_limit_of_nought_is_about_coverage() -> None:
    assert "mue.exceeded" not in Scene(billed("99395")).codes()


def test_a_payer_without_ncci_is_left_alone() -> None:
    codes = Scene(billed("94060", "94010", "20553*2"), {"payers": payer(ncci="none")}).codes()
    assert not {"ncci.bundled", "mue.exceeded"} & codes


def test_a_notice_to_the_patient_answers_for_coverage() -> None:
    assert "necessity.not-supported" not in Scene(billed("82306-GA")).codes()


def test_repetition_is_told_by_a_modifier() -> None:
    assert "claim.duplicate" not in Scene(billed("99213-76"), {"history": earlier("99213", 0, "76")}).codes()


def test_the_global_period_binds_one_specialty_only() -> None:
    known = {"history": earlier("27447", 30, specialty="207X00000X")}
    assert "global.period" not in Scene(billed("99213"), known).codes()
    assert "global.period" not in Scene(billed("36415"), {"history": earlier("27447", 30)}).codes()


def test_filing_after_the_primary_payers_decision() -> None:
    late = Scene(secondary_claim(), {"payers": SECONDARY_PAYER, **DECIDED_LATE})
    assert "payer.timely-filing" in late.codes()
    in_time = {"today": DECIDED_LATE["today"] - timedelta(days=1)}
    assert "payer.timely-filing" not in Scene(secondary_claim(), {"payers": SECONDARY_PAYER, **in_time}).codes()


def test_a_delay_with_its_reason_is_the_payers_to_judge() -> None:
    claim = billed("99213", delay_reason_code="11")
    assert "payer.timely-filing" not in Scene(claim, {"payers": payer(timely_filing_days=90), **LATE}).codes()


def test_the_practices_own_file_goes_first(tmp_path: Path) -> None:
    own = tmp_path / "payers.toml"
    own.write_text(
        '[[payer]]\nname = "Ours"\nsource = "contract 7"\nfiling_indicators = ["MB"]\ntimely_filing_days = 30\n'
        'valid_from = 2026-01-01\nverified_on = 2026-05-01\nrequires = ["prior_authorization_number"]\n'
    )
    claim = changed(clean_claim(), {"coverage/filing_indicator": "MB"})
    found = load_profiles(own).of(claim)
    packaged = load_profiles().of(claim)
    assert found is not None and (found.name, found.timely_filing_days) == ("Ours", 30)
    assert packaged is not None and packaged.frequency_codes == ("1",)
    assert load_profiles(own).of(clean_claim()) is None


@pytest.mark.parametrize(("days", "late"), [(365, False), (366, True)])
def test_tricare_takes_claims_for_a_year(days: int, late: bool) -> None:
    claim = changed(clean_claim(), {"coverage/filing_indicator": "CH"})
    found = {finding.code for finding in scrub(claim, ScrubContext(DAY + timedelta(days=days))).findings}
    assert ("payer.timely-filing" in found) is late


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[payer", "not TOML"),
        ('[[payer]]\nname = "A"\nsource = "s"\n', "payer 1: name the payer by"),
        ('[[payer]]\nname = "A"\nsource = "s"\npayer_ids = ["1"]\ntimely = 3\n', "unknown field timely"),
        ('[[payer]]\nname = "A"\nsource = "s"\npayer_ids = ["1"]\nncci = "all"\n', "ncci is one of"),
        ('[[payer]]\nname = "A"\nsource = "s"\npayer_ids = ["1"]\ntimely_filing_days = "90"\n', "wrong type"),
        ('[[payer]]\nname = "A"\nsource = "s"\npayer_ids = "1"\n', "payer_ids is a list"),
    ],
)
def test_a_payer_file_that_cannot_be_read_says_where(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(BadProfile, match=said):
        load_profiles(path)
