"""What the sandbox payer's plans cover and on which terms: plans by claim filing indicator, benefit tables, members.

The tables are small samples of the kinds of rules that real payers have, written for this sandbox; codes only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Plan:
    """Terms of a product line. Percentages are whole; limits are days from the date of service."""

    name: str
    fee_percent: int = 100
    coinsurance_percent: int = 20
    deductible_cents: int = 0
    copay_cents: int = 0
    sequestration_percent: int = 0
    timely_filing_days: int = 365
    covers_preventive: bool = True
    local_coverage_rules: bool = False
    requires_authorization: bool = False
    requires_ndc: bool = False
    takes_replacement: bool = True
    """False: only frequency code 1 (Medicare Part B)."""


COMMERCIAL: Final = Plan(
    "commercial", fee_percent=120, deductible_cents=150_000, copay_cents=30_00, requires_authorization=True
)
BLUE: Final = Plan("blue", fee_percent=112, deductible_cents=100_000, copay_cents=25_00, requires_authorization=True)
MEDICARE: Final = Plan(
    "medicare",
    deductible_cents=283_00,
    sequestration_percent=2,
    covers_preventive=False,
    local_coverage_rules=True,
    takes_replacement=False,
)
MEDICAID: Final = Plan("medicaid", fee_percent=66, coinsurance_percent=0, requires_ndc=True)

_PLANS: Final = {"BL": BLUE, "MB": MEDICARE, "MA": MEDICARE, "MC": MEDICAID}


def plan_of(filing_indicator: str) -> Plan:
    """The plan behind SBR09; commercial terms for everything that is not Blue, Medicare or Medicaid."""
    return _PLANS.get(filing_indicator, COMMERCIAL)


@dataclass(frozen=True, slots=True)
class Member:
    """Where a member stands: what is left of the deductible, and whether a copay replaces the coinsurance."""

    deductible_left_cents: int
    has_copay: bool
    coinsurance_percent: int


def member_of(plan: Plan, member_id: str, seed: int, deductible_used_cents: int) -> Member:
    """A member's terms: by a hash of seed and id, less what earlier claims already used of the deductible."""
    draw = hashlib.sha256(f"{seed}|{member_id}".encode()).digest()
    met_percent = (100, 100, 80, 95, 0)[draw[0] % 5]
    left = plan.deductible_cents * (100 - met_percent) // 100
    has_copay = plan.copay_cents > 0 and draw[1] % 2 == 0
    coinsurance = plan.coinsurance_percent if plan.copay_cents == 0 or draw[2] % 2 else plan.coinsurance_percent // 2
    return Member(max(0, left - deductible_used_cents), has_copay, coinsurance)


PREVENTIVE: Final = frozenset(
    [f"9938{n}" for n in range(1, 8)]
    + [f"9939{n}" for n in range(1, 8)]
    + ["G0402", "G0438", "G0439", "G0444", "90460", "90461", "90471", "90472", "G0008", "G0009", "99406", "99407"]
)
"""No cost sharing. Routine check-ups (993…) are excluded by statute in Medicare."""

EXCLUDED: Final = frozenset({"15775", "15776", "17380", "69090", "S9999", "A9270", "92310", "97810", "97811"})
"""Not covered by any plan here: cosmetic, non-covered items, contact lens fitting, acupuncture."""

NEEDS_AUTHORIZATION: Final = frozenset(
    {"70551", "70552", "70553", "72148", "72141", "73221", "73721", "74177", "78452", "95810", "95811", "29881"}
    | {"27447", "27130", "J1745", "J0129", "J9271", "43775", "64483", "62323"}
)
"""Advanced imaging, sleep studies, elective joint surgery, biologics."""

LOCAL_COVERAGE: Final[dict[str, tuple[str, ...]]] = {
    "82306": ("E55", "E20", "E21", "E83", "K90", "M81", "M80", "M83", "N18", "N25", "Z79"),
    "83036": ("E08", "E09", "E10", "E11", "E13", "R73", "O24", "Z79"),
    "84443": ("E0", "R53", "R63", "R00", "F32", "F33", "I48", "Z79", "R94"),
    "80061": ("E78", "E08", "E09", "E10", "E11", "E13", "I", "Z79", "R73", "N18"),
    "93000": ("I", "R00", "R01", "R03", "R06", "R07", "R42", "R53", "R55", "R94", "Z01", "E", "Z79", "J4"),
    "93306": ("I", "R00", "R01", "R06", "R07", "R55", "R60", "R94"),
    "85610": ("I", "D6", "D5", "Z79", "R79", "K7"),
    "94010": ("J", "R05", "R06", "Z87", "R91", "F17"),
    "11042": ("L", "E", "I70", "I83", "I87", "T", "S"),
    "11730": ("L60", "L03", "B35", "S90", "M79", "E"),
    "20610": ("M", "S", "G89"),
    "69210": ("H61",),
    "G0103": ("Z12",),
}
"""Procedure -> the diagnosis prefixes that support it, after the manner of local coverage determinations."""

BUNDLED: Final[dict[str, frozenset[str]]] = {
    "93005": frozenset({"93000"}),
    "93010": frozenset({"93000"}),
    "94010": frozenset({"94060"}),
    "80048": frozenset({"80053"}),
    "82947": frozenset({"80053", "80048"}),
    "85018": frozenset({"85025"}),
    "99211": frozenset({"96372", "90471"}),
    "45378": frozenset({"45380", "45385"}),
    "11719": frozenset({"11730", "11750"}),
    "11730": frozenset({"11750"}),
    "20550": frozenset({"20610"}),
    "12001": frozenset({"12002"}),
    "70551": frozenset({"70553"}),
    "73560": frozenset({"73562"}),
    "81002": frozenset({"81003"}),
    "96372": frozenset({"20610"}),
}
"""Component -> the services that include it on the same day."""
MINOR_PROCEDURES: Final = frozenset(
    {"11042", "11102", "11200", "11730", "11750", "12001", "12002", "17000", "17110", "20550", "20605", "20610"}
    | {"69210", "10060", "10120", "11055", "17003"}
)
"""Procedures with a global period: a visit on the day is paid only with modifier 25."""
SEPARATE: Final = frozenset({"25", "59", "XE", "XS", "XP", "XU", "91", "76", "77", "57"})
"""Modifiers that say a service stands apart."""
VISITS: Final = frozenset(f"99{n}" for n in [*range(202, 206), *range(211, 216)])
"""Office visits."""
UNLISTED: Final = frozenset(
    {"17999", "20999", "64999", "69399", "77799", "90749", "96549", "97039", "97139", "99199", "J3490"}
)
"""Unlisted services, which need a description."""
UNITS_PER_DAY: Final = {
    "36415": 2,
    "93000": 3,
    "69210": 1,
    "83036": 1,
    "80061": 1,
    "80053": 1,
    "G0439": 1,
    "G0438": 1,
    "90471": 1,
}
"""More than this on one line is more than the record can support."""
