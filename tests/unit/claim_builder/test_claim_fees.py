"""Fee schedules: which price counts, and files that cannot be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from claim_builder.fees import FeeScheduleError, FeeSchedules, Price, PriceList

HEADER = "code,modifier,charge_cents,effective_from,effective_to\n"
DAY = date(2026, 5, 4)
PACKAGED = Path(__file__).parents[3] / "services/claim-builder/data/fee_schedules"


def folder(tmp_path: Path, **files: str) -> Path:
    """Schedules by `tenant__name`."""
    for name, rows in files.items():
        tenant, _, file = name.partition("__")
        (tmp_path / tenant).mkdir(exist_ok=True)
        (tmp_path / tenant / f"{file}.csv").write_text(HEADER + rows)
    return tmp_path


def test_the_price_that_began_last_counts() -> None:
    prices = PriceList(
        [
            Price("99213", "", 100, date(2025, 1, 1), None),
            Price("99213", "", 120, date(2026, 1, 1), date(2026, 6, 30)),
            Price("99213", "", 130, date(2026, 7, 1), None),
        ]
    )
    days = [date(2024, 12, 31), date(2025, 12, 31), date(2026, 6, 30), date(2026, 7, 1)]
    assert [prices.unit_price("99213", (), day) for day in days] == [None, 100, 120, 130]


def test_a_price_for_the_modifier_goes_first() -> None:
    since = date(2026, 1, 1)
    prices = PriceList([Price("93306", "", 600, since, None), Price("93306", "26", 200, since, None)])
    assert prices.unit_price("93306", ("59", "26"), DAY) == 200
    assert prices.unit_price("93306", ("59",), DAY) == 600


def test_units_are_multiplied_and_half_a_cent_goes_up() -> None:
    prices = PriceList([Price("J1100", "", 15, date(2026, 1, 1), None)])
    assert prices.charge("J1100", (), Decimal("2.5"), DAY) == 38
    assert prices.charge("J1101", (), Decimal(1), DAY) is None


def test_a_tenant_has_its_own_prices_and_the_default_ones(tmp_path: Path) -> None:
    default = "99213,,100,2026-01-01,\n99214,,200,2026-01-01,\n"
    fees = FeeSchedules.load(folder(tmp_path, default__a=default, hill__a="99213,,150,2026-01-01,\n"))
    assert fees.for_tenant("hill").unit_price("99213", (), DAY) == 150
    assert fees.for_tenant("hill").unit_price("99214", (), DAY) == 200
    assert fees.for_tenant("valley").unit_price("99213", (), DAY) == 100


def test_without_a_folder_there_are_no_prices() -> None:
    assert FeeSchedules.load(None).for_tenant("hill").unit_price("99213", (), DAY) is None


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("99213,,ten,2026-01-01,\n", 2),
        ("99213,,100,2026-01-01,\n99214,,100,yesterday,\n", 3),
        (",,100,2026-01-01,\n", 2),
        ("99213,,-1,2026-01-01,\n", 2),
        ("99213,100\n", 2),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, rows: str, line: int) -> None:
    with pytest.raises(FeeScheduleError, match=rf"a\.csv:{line}:"):
        FeeSchedules.load(folder(tmp_path, default__a=rows))


def test_faults_of_the_whole(tmp_path: Path) -> None:
    with pytest.raises(FeeScheduleError, match="no such directory"):
        FeeSchedules.load(tmp_path / "absent")
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "a.csv").write_text("code,price\n")
    with pytest.raises(FeeScheduleError, match="the columns must be"):
        FeeSchedules.load(tmp_path)


def test_the_sample_schedule_prices_common_services() -> None:
    prices = FeeSchedules.load(PACKAGED).for_tenant("anyone")
    for code in (
        "99202",
        "99213",
        "99214",
        "99215",
        "99396",
        "G0439",
        "93000",
        "36415",
        "83036",
        "20610",
        "J3301",
    ):
        assert (prices.unit_price(code, (), DAY) or 0) > 0
    global_price, professional = (prices.unit_price("93306", modifiers, DAY) for modifiers in ((), ("26",)))
    assert global_price is not None and professional is not None and professional < global_price
