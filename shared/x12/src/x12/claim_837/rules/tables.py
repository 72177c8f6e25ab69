"""The tables of the rules that both kinds of claims share. Each kind has tables of its own, which include these."""

from x12.claim_837.rules.view import Adjudication, Claim, Coverage, Line
from x12.common_rules import COMMON
from x12.parts import Part
from x12.rules import RuleTable, SegmentTable

SEGMENTS = SegmentTable(COMMON)
SETS: RuleTable[Part] = RuleTable("transaction set")
PROVIDERS: RuleTable[Part] = RuleTable("billing provider (2000A)")
SUBSCRIBERS: RuleTable[Part] = RuleTable("subscriber (2000B)")
PATIENTS: RuleTable[Part] = RuleTable("patient (2000C)")
CLAIMS: RuleTable[Claim] = RuleTable("claim (2300)")
LINES: RuleTable[Line] = RuleTable("service line (2400)")
COVERAGES: RuleTable[Coverage] = RuleTable("other payer (2320)")
ADJUDICATIONS: RuleTable[Adjudication] = RuleTable("other payer's decision on a line (2430)")
ALL = (SEGMENTS, SETS, PROVIDERS, SUBSCRIBERS, PATIENTS, CLAIMS, LINES, COVERAGES, ADJUDICATIONS)
