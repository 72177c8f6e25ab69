"""The CMS-1500: every box says what the 837P of the same claim says, at its place on the sheet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from claim_builder import forms
from claim_builder.cms1500 import Form, Offset, as_html, as_print_page, as_text, fill, misfits
from claim_builder.cms1500.layout import COLUMNS, FIELDS, FIRST_SERVICE_LINE, LINE_FIELDS, LINES_PER_FORM, Field
from events.phi import ClaimContent
from submission_svc.claim_837p import claim as claim_837p
from x12.claim_837p import models

from tests.unit.claim_builder.claim_examples import changed, clean_claim, dependent_claim, secondary_claim


def many_lines(count: int) -> ClaimContent:
    claim = clean_claim().model_dump(mode="json")
    line = claim["lines"][0]
    claim["lines"] = [{**line, "line_number": n, "line_item_control_number": f"L{n}"} for n in range(1, count + 1)]
    claim["charge_cents"] = line["charge_cents"] * count
    return ClaimContent.model_validate_json(json.dumps(claim))


FACILITY = {
    "npi": "1245319599", "entity": "organization", "name": "HILL HOSPITAL",
    "address": {"line1": "1 HILL RD", "city": "TROY", "state": "NY", "postal_code": "121801111"},
}  # fmt: skip
REFERRING = {"npi": "1245319599", "entity": "person", "name": "SMITH", "first_name": "JOAN", "middle_name": "R"}
SHAPES: dict[str, ClaimContent] = {
    "self": clean_claim(),
    "dependent": dependent_claim(),
    "secondary": secondary_claim(),
    "seven lines": many_lines(7),
    "replacement": changed(clean_claim(), {"frequency_code": "7", "payer_claim_control_number": "ICN1"}),
    "medicare": changed(clean_claim(), {"coverage/filing_indicator": "MB", "coverage/group_number": None}),
    "accident": changed(
        clean_claim(),
        {
            "related_causes": {"auto_accident": True, "accident_state": "NY", "accident_date": "2026-05-01"},
            "dates/onset": "2026-05-01", "dates/admission": "2026-05-02", "dates/discharge": "2026-05-04",
            "dates/disability_start": "2026-05-01", "dates/disability_end": "2026-05-20",
        },
    ),
    "providers": changed(
        clean_claim(),
        {"service_facility": FACILITY, "referring_provider": REFERRING, "prior_authorization_number": "AUTH1",
         "patient_paid_cents": 1550, "claim_note": "SEEN TWICE", "accepts_assignment": "C"},
    ),
    "drug": changed(
        clean_claim(),
        {"lines/1/code": "J3301", "lines/1/units": "4", "lines/1/note": "LEFT KNEE",
         "lines/1/drug": {"ndc": "00003029320", "quantity": "1.5", "unit": "ML"}},
    ),
}  # fmt: skip


def read(text: str, field: Field, sheet: int = 0, line: int | None = None) -> str:
    """What is printed at a field's place."""
    row = text.split("\f")[sheet].split("\n")[(line or field.line) - 1].ljust(COLUMNS)
    return row[field.column - 1 : field.column - 1 + field.length].strip()


def box(text: str, name: str, sheet: int = 0) -> str:
    return read(text, FIELDS[name], sheet)


def dated(text: str, name: str) -> date | None:
    parts = [box(text, f"{name}_{part}") for part in ("year", "month", "day")]
    return date(*map(int, parts)) if all(parts) else None


@pytest.fixture(params=sorted(SHAPES))
def both(request: pytest.FixtureRequest) -> tuple[str, models.Claim, ClaimContent]:
    """The print and the 837P of the same claim."""
    content = SHAPES[request.param]
    return as_text(fill(content)), claim_837p(content), content


def test_people_and_payer(both: tuple[str, models.Claim, ClaimContent]) -> None:
    text, claim, _ = both
    subscriber, patient = claim.subscriber, claim.patient or claim.subscriber
    assert box(text, "insured_id") == subscriber.member_id
    assert box(text, "payer_name") == claim.payer.name
    for name, person in (("patient", patient), ("insured", subscriber)):
        assert box(text, f"{name}_name").split(", ")[:2] == [person.name.last, person.name.first]
        assert dated(text, f"{name}_birth") == person.birth_date
        assert bool(box(text, f"{name}_female")) is (person.sex == "F")
    assert bool(box(text, "related_self")) is (claim.patient is None)
    assert box(text, "group_number") == (subscriber.group_number or ("NONE" if box(text, "medicare") else ""))
    assert bool(box(text, "another_plan_yes")) is bool(claim.other_coverages)
    assert bool(box(text, "another_plan_no")) is not bool(claim.other_coverages)
    if claim.other_coverages:
        assert box(text, "other_insured_plan") == claim.other_coverages[0].payer_name


def test_conditions_dates_and_numbers(both: tuple[str, models.Claim, ClaimContent]) -> None:
    text, claim, _ = both
    for name, code in (("employment", "EM"), ("auto", "AA"), ("accident", "OA")):
        assert bool(box(text, f"{name}_yes")) is (code in claim.related_causes)
        assert bool(box(text, f"{name}_no")) is (code not in claim.related_causes)
    assert box(text, "auto_state") == claim.accident_state
    assert dated(text, "onset") == claim.dates.onset
    assert dated(text, "admitted") == claim.dates.admission and dated(text, "discharged") == claim.dates.discharge
    assert dated(text, "unable_from") == claim.dates.disability_start
    assert box(text, "other_date_qualifier") == ("439" if claim.dates.accident else "")
    assert [box(text, f"diagnosis_{letter}") for letter in "ABCDEFGHIJKL" if box(text, f"diagnosis_{letter}")] == [
        *claim.diagnosis_codes
    ]
    assert box(text, "icd_indicator") == "0"
    assert box(text, "resubmission_code") == (claim.frequency_code if claim.frequency_code != "1" else "")
    assert box(text, "original_reference") == claim.payer_claim_control_number
    assert box(text, "prior_authorization") == claim.prior_authorization_number
    assert box(text, "account_number") == claim.patient_control_number
    assert box(text, "additional") == (claim.note.text if claim.note else "")
    assert bool(box(text, "assignment_yes")) is (claim.assignment_code == "A")


def test_providers(both: tuple[str, models.Claim, ClaimContent]) -> None:
    text, claim, content = both
    billing = claim.billing_provider
    assert box(text, "billing_npi") == billing.npi and box(text, "billing_name") == billing.name.last
    assert box(text, "billing_street") == billing.address.line_1
    assert box(text, "tax_id") == content.billing_provider.tax_id and box(text, "tax_id_ein") == "X"
    assert box(text, "billing_other_id") == f"ZZ{billing.taxonomy_code}"
    assert box(text, "facility_npi") == (claim.service_facility.npi if claim.service_facility else billing.npi)
    referring = claim.referring_providers[0] if claim.referring_providers else None
    assert box(text, "referring_npi") == (referring.npi if referring else "")
    assert box(text, "referring_qualifier") == ("DN" if referring else "")


def printed_lines(text: str) -> Iterator[dict[str, str]]:
    for sheet in range(text.count("\f")):
        for at in range(6):
            top = FIRST_SERVICE_LINE + 2 * at
            found = {name: read(text, field, sheet, top + field.line) for name, field in LINE_FIELDS.items()}
            if found["code"]:
                yield found


def test_service_lines(both: tuple[str, models.Claim, ClaimContent]) -> None:
    text, claim, _ = both
    printed = list(printed_lines(text))
    assert len(printed) == len(claim.service_lines)
    for row, line in zip(printed, claim.service_lines, strict=True):
        assert row["code"] == line.procedure.code
        assert [row[f"modifier{n}"] for n in range(1, 5) if row[f"modifier{n}"]] == [*line.procedure.modifiers]
        assert (row["from_year"], row["from_month"], row["from_day"]) == tuple(f"{line.service_date:%y %m %d}".split())
        assert row["pointers"] == "".join("ABCDEFGHIJKL"[p - 1] for p in line.diagnosis_pointers)
        assert int(row["charge"].replace(" ", "")) == line.charge_cents
        assert Decimal(row["units"]) == line.units
        assert row["place"] == (line.place_of_service_code or claim.place_of_service_code)
        rendering = line.rendering_provider or claim.rendering_provider
        assert row["rendering_npi"] == (rendering.npi if rendering else claim.billing_provider.npi)
        assert (line.drug.ndc in row["supplement"]) if line.drug else "N4" not in row["supplement"]


def test_totals_stand_on_the_last_sheet(both: tuple[str, models.Claim, ClaimContent]) -> None:
    text, claim, content = both
    last = text.count("\f") - 1
    assert last == (len(claim.service_lines) - 1) // 6
    assert int(box(text, "total_charge", last).replace(" ", "")) == claim.charge_cents
    paid = (claim.patient_paid_cents or 0) + sum(payment.paid_cents for payment in content.prior_payments)
    assert int(box(text, "amount_paid", last).replace(" ", "")) == paid
    for sheet in range(last):
        assert box(text, "total_charge", sheet) == ""


def overlapping(fields: dict[str, Field]) -> list[tuple[str, str]]:
    found = []
    items = list(fields.items())
    for at, (name, one) in enumerate(items):
        for other_name, other in items[at + 1 :]:
            apart = one.column + one.length <= other.column or other.column + other.length <= one.column
            if one.line == other.line and not apart:
                found.append((name, other_name))
    return found


def test_fields_lie_apart_and_on_the_sheet() -> None:
    assert overlapping(FIELDS) == [] and overlapping(LINE_FIELDS) == []
    for field in (*FIELDS.values(), *LINE_FIELDS.values()):
        assert field.column + field.length - 1 <= COLUMNS and field.line <= LINES_PER_FORM
    service = range(FIRST_SERVICE_LINE, FIRST_SERVICE_LINE + 12)
    assert not [name for name, field in FIELDS.items() if field.line in service]


def test_the_offset_moves_everything() -> None:
    forms_ = fill(clean_claim())
    plain, moved = as_text(forms_).split("\n"), as_text(forms_, Offset(2, 3)).split("\n")
    assert moved[2:60] == [("   " + line)[:COLUMNS].rstrip() if line else "" for line in plain[:58]]
    assert as_text(forms_, Offset(-100, 0)).strip("\f\n") == ""


def test_a_page_to_read_is_escaped() -> None:
    claim = changed(clean_claim(), {"claim_note": "<script>alert(1)</script>"})
    page = as_html(fill(claim))
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert claim.patient_control_number in page and "99213" in page


def test_long_values_are_cut_and_odd_letters_blanked() -> None:
    text = as_text((Form({"patient_name": "É" + "X" * 60}, ()),))
    assert box(text, "patient_name") == "X" * 27


def test_an_amount_is_never_cut() -> None:
    claim = changed(clean_claim(), {"charge_cents": 1_234_567_890, "lines/0/units": "1.125"})
    text = as_text(fill(claim))
    assert box(text, "total_charge") == "*" * FIELDS["total_charge"].length
    assert next(printed_lines(text))["units"] == "****"
    for cents, printed in ((99_999_999, "999999 99"), (123_456_789, "123456789")):
        assert box(as_text(fill(changed(claim, {"charge_cents": cents}))), "total_charge") == printed


@pytest.mark.parametrize(("cents", "printed"), [(1_200, "   12 00"), (9_999_999, "99999 99"), (99_999_999, "99999999")])
def test_cents_of_a_line_stand_behind_the_forms_line(cents: int, printed: str) -> None:
    """Columns 56 and 57; six digits of dollars need the column before them."""
    text = as_text(fill(changed(clean_claim(), {"lines/0/charge_cents": cents})))
    row = text.split("\n")[FIRST_SERVICE_LINE]
    assert row[49:57] == printed and row[57] == " "


def test_what_does_not_fit_is_told_and_never_the_value() -> None:
    long = {"frequency_code": "7", "payer_claim_control_number": "SECRET" + "9" * 20, "charge_cents": 1_234_567_890}
    sheets = fill(changed(clean_claim(), {**long, "lines/1/units": "1.125"}))
    told = {(it.box, it.length, it.cut) for it in misfits(sheets)}
    assert told == {("22", 18, True), ("28", 9, False), ("24G", 4, False)}
    found = list(forms.paper_findings(sheets))
    assert {(it.code, it.severity.value, it.element) for it in found} == {
        ("paper.cut", "warning", "box 22"), ("paper.amount", "error", "box 28"), ("paper.amount", "error", "box 24G"),
    }  # fmt: skip
    assert "SECRET" not in str(found) + "".join(map(str, misfits(sheets)))
    assert "box 22 (payer&#x27;s number of the claim)" in as_html(sheets)
    assert list(misfits(fill(clean_claim()))) == [] and "<ul>" not in as_html(fill(clean_claim()))


def test_a_placed_page_moves_by_halves_and_text_does_not() -> None:
    sheets = fill(clean_claim())
    page = as_print_page(sheets, Offset(0.5, -0.5))
    assert "padding:0.273in 0 0 0.280in" in page
    assert "padding:0.190in 0 0 0.330in" in as_print_page(sheets)
    placed = unescape(page.split("<pre>\n")[1].split("</pre>")[0])
    assert placed == as_text(sheets).rstrip("\f"), "the same lines, the empty first one among them"
    assert as_print_page(fill(many_lines(7))).count("<pre>") == 2
    with pytest.raises(ValueError, match="whole"):
        as_text(sheets, Offset(0.5, 0))


def positions() -> dict[str, list[tuple[int, str]]]:
    """Of every box its lines, with the columns of its fields."""
    found: dict[str, dict[int, list[str]]] = {}
    for fields, top in ((FIELDS, 0), (LINE_FIELDS, FIRST_SERVICE_LINE)):
        for field in fields.values():
            last = field.column + field.length - 1
            columns = str(field.column) if field.length == 1 else f"{field.column}-{last}"
            found.setdefault(field.box or "payer", {}).setdefault(field.line + top, []).append(columns)
    return {
        name: sorted((line, ", ".join(columns)) for line, columns in lines.items()) for name, lines in found.items()
    }


def test_the_table_of_positions_is_up_to_date() -> None:
    document = (Path(__file__).parents[3] / "docs" / "cms1500.md").read_text("utf-8")
    rows = [f"| {name} | {line} | {columns} |" for name, lines in positions().items() for line, columns in lines]
    assert [
        row for row in document.splitlines() if re.match(r"\| (payer|\d+[a-zA-Z]?) \| \d+ \| [\d, -]+ \|$", row)
    ] == rows


def test_money_that_was_taken_back_has_its_sign() -> None:
    claim = secondary_claim()
    payments = tuple(payment.model_copy(update={"paid_cents": -150}) for payment in claim.prior_payments[:1])
    text = as_text(fill(claim.model_copy(update={"prior_payments": payments})))
    assert box(text, "amount_paid") == "-1 50"


def test_a_provider_who_ordered_a_later_line_is_named() -> None:
    text = as_text(fill(changed(clean_claim(), {"lines/1/ordering_provider": REFERRING})))
    assert (box(text, "referring_qualifier"), box(text, "referring_npi")) == ("DK", "1245319599")
    assert box(text, "referring_name") == "JOAN R SMITH"


def test_the_command_prints_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "claim.json"
    path.write_text(clean_claim().model_dump_json())
    options: dict[str, Any] = {"file": str(path), "html": False, "print": False, "lines": 0, "columns": 0}
    assert forms._print(type("Options", (), options)) == 0  # type: ignore[arg-type]
    assert capsys.readouterr().out == as_text(fill(clean_claim()))
    for more, status, out in (
        ({"lines": 0.5}, 2, ""),
        ({"lines": 0.5, "print": True}, 0, as_print_page(fill(clean_claim()), Offset(0.5))),
        ({"html": True}, 0, as_html(fill(clean_claim()))),
    ):
        assert forms._print(type("Options", (), {**options, **more})) == status  # type: ignore[arg-type]
        assert capsys.readouterr().out == out
    path.write_text(changed(clean_claim(), {"prior_authorization_number": "A" * 40}).model_dump_json())
    assert forms._print(type("Options", (), options)) == 0  # type: ignore[arg-type]
    assert "warning: sheet 1, box 23" in capsys.readouterr().err
    path.write_text("{}")
    assert forms._print(type("Options", (), options)) == 2  # type: ignore[arg-type]
    assert "look at billing_provider" in capsys.readouterr().err
