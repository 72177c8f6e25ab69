"""Encounters by the thousand, for benchmarks and chaos: varied, unique members and ids, deterministic by seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, Literal

from sandbox.emr import people
from sandbox.emr.day import SampleEncounter, load_cases, sample_of
from sandbox.emr.people import Draw
from sandbox.payer.switches import switch_of

Mix = Literal["paid", "mixed", "faults"]
_TEMPLATES: Final = (
    "htn-diabetes-followup", "child-common-cold", "asthma-followup", "reflux-dictated", "hypothyroidism-recheck",
    "sinusitis-returned", "hyperlipidemia-filed-late", "hypertension-duplicate", "iron-deficiency-twice-same-id",
    "eczema", "acne-provider-invalid", "kidney-stone-too-many-requests", "allergic-rhinitis-documentation",
    "copd-flare-takeback", "contraception-error-after", "medicare-wellness", "well-child-18-months",
    "gout-remittance-first", "prostate-hang-after", "epilepsy-other-payer-first",
)  # fmt: skip
"""Cases of the sample day that code and scrub without a person."""
_MIXED: Final = ("00",) * 12 + ("01", "01", "02", "03", "20", "22", "30", "32", "34", "36", "50", "60", "63", "64")
_FAULTS: Final = ("00",) * 20 + ("801", "811", "821", "831", "841", "70", "71", "72", "73", "30", "20", "60")
"""Trouble on the road that ends well, and a few denials; nothing that only a person can end but rejections."""
_SWITCHES: Final[dict[Mix, tuple[str, ...]]] = {"paid": ("00",), "mixed": _MIXED, "faults": _FAULTS}
_LAST_DAY: Final = date(2026, 9, 30)


def encounters(count: int, seed: int = 1, mix: Mix = "paid", name: str = "load") -> Iterator[SampleEncounter]:
    """`count` JSON encounters; with mix `paid` every one of them is meant to be paid in full."""
    cases = load_cases()
    templates = [{**cases[each], "format": "json"} for each in _TEMPLATES]
    for number in range(count):
        external_id = f"{name}-{seed}-{number}"
        draw = Draw(external_id)
        case = dict(templates[number % len(templates)])
        case["last_name"] = people.rare_name(draw)
        case["switch"] = draw.pick("outcome", _SWITCHES[mix])
        case["date"] = min(case["date"] + timedelta(days=draw("days", 20)), _LAST_DAY)
        sample = sample_of(case, external_id)
        yield replace(sample, expected=switch_of(people.switch_ending(case["switch"])).name)
