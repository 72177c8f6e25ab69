"""`coding-svc chargemaster FILE.csv…`: checks a chargemaster, and writes its prices as a fee schedule."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import Final

from coding_svc.chargemaster import Charge, ChargemasterError, fee_schedule, read_charges

DESCRIPTION: Final = (
    "Reads the CSV files of one practice's chargemaster and says what is wrong, by file and line. With --fee-schedule "
    "it writes their prices in the layout of claim-builder's fee schedules."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("files", type=Path, nargs="+", help="CSV files, as docs/chargemaster.md describes them")
    parser.add_argument("--fee-schedule", type=Path, help="the CSV file to write")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Check and write; 2 if a file cannot be read or written, or prices contradict each other."""
    charges: list[Charge] = []
    try:
        for file in arguments.files:
            charges += read_charges(file, charges)
        prices = list(fee_schedule(charges)) if arguments.fee_schedule else []
        if arguments.fee_schedule:
            with arguments.fee_schedule.open("w", encoding="utf-8", newline="") as target:
                csv.writer(target, lineterminator="\n").writerows(prices)
    except (ChargemasterError, OSError) as error:
        sys.stderr.write(f"chargemaster: {error}\n")
        return 2
    print(f"{len(charges)} charges" + (f", {len(prices) - 1} prices" if prices else ""))
    return 0
