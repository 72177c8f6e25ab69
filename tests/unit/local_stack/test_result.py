"""How a run is told and what its table says."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from local_stack.progress import LiveReporter, PlainReporter, reporter
from local_stack.table import Money, Row, RunResult, dollars, print_result, write_json
from rich.console import Console

PAID = Row(
    "enc-1",
    ["E11.9", "99213"],
    "CLM1",
    "accepted",
    "paid",
    Money(charged_cents=15000, paid_cents=9000, contractual_cents=4000, patient_cents=2000),
)
HELD = Row("enc-2", ["I10"], "", "", "held", Money(charged_cents=100, outstanding_cents=100), note="no member id")
DAY = RunResult([PAID, HELD], {"paid": 1, "held": 1}, {"API docs": "http://127.0.0.1:8101/docs"}, 12.0)


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123456, "1,234.56"), (-100_000_000, "-1,000,000.00")]
)
def test_dollars(cents: int, text: str) -> None:
    assert dollars(cents) == text


def test_a_right_day_has_no_disagreements() -> None:
    assert DAY.disagreements == []
    assert DAY.outcomes == {"held": 1, "paid": 1}
    assert DAY.total == Money(15100, 9000, 4000, 2000, 0, 100)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (replace(DAY, expected={"paid": 2}), ["held: 1 here, 0 by", "paid: 1 here, 2 by"]),
        (replace(DAY, rows=[replace(PAID, money=Money(charged_cents=1))], expected={"paid": 1}), ["enc-1 does not"]),
        (replace(DAY, faults=["encounter enc-3 vanished"]), ["enc-3 vanished"]),
    ],
)
def test_every_disagreement_is_named(day: RunResult, words: list[str]) -> None:
    assert len(day.disagreements) == len(words)
    for fault, word in zip(day.disagreements, words, strict=True):
        assert word in fault


def test_the_plain_table_has_every_row_the_sums_and_the_addresses() -> None:
    out = io.StringIO()
    print_result(DAY, PlainReporter(out).console)
    text = out.getvalue()
    for expected in ("enc-1", "E11.9 99213", "no member id", "151.00", "1 held, 1 paid", "Balanced", "/docs"):
        assert expected in text
    assert "\x1b" not in text


def test_a_wrong_day_says_so_in_the_table() -> None:
    out = io.StringIO()
    print_result(replace(DAY, expected={"paid": 1}), PlainReporter(out).console)
    assert "disagreement: held: 1 here, 0 by the sandbox's books" in out.getvalue()
    assert "Balanced" not in out.getvalue()


def test_run_json_holds_the_same(tmp_path: Path) -> None:
    write_json(DAY, tmp_path / "build" / "run.json")
    document = json.loads((tmp_path / "build" / "run.json").read_text())
    assert document["balanced"] is True
    assert document["outcomes"] == {"held": 1, "paid": 1}
    assert document["rows"][0]["money"]["paid_cents"] == 9000
    assert document["total"]["charged_cents"] == 15100
    assert list((tmp_path / "build").iterdir()) == [tmp_path / "build" / "run.json"]


def test_without_a_terminal_there_are_plain_lines() -> None:
    out = io.StringIO()
    plain = reporter(out)
    assert isinstance(plain, PlainReporter)
    plain.note("[red]kept as it is[/]")
    with plain.step("work"):
        pass
    with plain.bar("encounters", 2) as advance:
        for done in (1, 2, 2):
            advance(done)
    with plain.bar("parts", 1, only_live=True) as advance:
        advance(1)
    assert out.getvalue().splitlines() == ["[red]kept as it is[/]", "work: 0.0 s", "encounters: 2/2"]


def test_stages_are_lines_without_a_terminal() -> None:
    out = io.StringIO()
    with PlainReporter(out).stages(["posted", "coded", "settled"]) as show:
        show({"posted": (1, 2)}, "")
        show({"posted": (2, 2), "coded": (1, 2)}, "")
        show({"coded": (2, 2), "settled": (1, 1)}, "1 paid, 1 held")
    assert out.getvalue() == "posted 2/2, coded 2/2, settled 1/1; 1 paid, 1 held\n"


def test_stages_are_bars_on_a_terminal_and_go_at_the_end() -> None:
    out = io.StringIO()
    live = LiveReporter(out, force_terminal=True)
    with live.stages(["posted", "settled"]) as show:
        show({"posted": (2, 2), "settled": (0, 0)}, "")
        show({"settled": (1, 2)}, "1 paid")
        time.sleep(0.2)
    text = out.getvalue()
    for expected in ("posted", "2/2", "settled", "1/2", "1 paid"):
        assert expected in text
    assert not live._progress.tasks


@pytest.mark.parametrize(("width", "has"), [(200, True), (120, False)])
def test_a_narrow_terminal_leaves_out_what_explains(width: int, has: bool) -> None:
    out = io.StringIO()
    print_result(DAY, Console(file=out, width=width))
    for always in ("enc-1", "E11.9 99213", "CLM1", "accepted", "paid", "150.00"):
        assert always in out.getvalue()
    assert ("no member id" in out.getvalue()) is has
    assert all(len(line) <= width for line in out.getvalue().splitlines()[:9])


def test_on_a_terminal_the_display_goes_and_the_notes_stay() -> None:
    out = io.StringIO()
    live = LiveReporter(out, force_terminal=True)
    with live.bar("encounters", 3) as advance:
        advance(2)
        live.note("claim-builder is back [ok]")
    with live.step("migrated"):
        pass
    assert "claim-builder is back [ok]" in out.getvalue()
    assert "migrated" in out.getvalue()
