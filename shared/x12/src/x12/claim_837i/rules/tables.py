"""The tables of the rules of institutional claims, one for each kind of part; the shared rules are in them."""

from x12.claim_837.rules import coordination, diagnoses, parties, services, situation, tables
from x12.claim_837.rules.checker import Tables
from x12.claim_837.rules.view import Adjudication, Coverage
from x12.claim_837i.rules.view import Claim, Line
from x12.parts import Part
from x12.rules import RuleTable, SegmentTable

SHARED = (coordination, diagnoses, parties, services, situation)
"""The modules whose rules are included: they must have been read before."""
SEGMENTS = SegmentTable(tables.SEGMENTS)
SETS: RuleTable[Part] = RuleTable(tables.SETS.part, tables.SETS)
PROVIDERS: RuleTable[Part] = RuleTable(tables.PROVIDERS.part, tables.PROVIDERS)
SUBSCRIBERS: RuleTable[Part] = RuleTable(tables.SUBSCRIBERS.part, tables.SUBSCRIBERS)
PATIENTS: RuleTable[Part] = RuleTable(tables.PATIENTS.part, tables.PATIENTS)
CLAIMS: RuleTable[Claim] = RuleTable(tables.CLAIMS.part, tables.CLAIMS)
LINES: RuleTable[Line] = RuleTable(tables.LINES.part, tables.LINES)
COVERAGES: RuleTable[Coverage] = RuleTable(tables.COVERAGES.part, tables.COVERAGES)
ADJUDICATIONS: RuleTable[Adjudication] = RuleTable(tables.ADJUDICATIONS.part, tables.ADJUDICATIONS)
ALL = Tables(SEGMENTS, SETS, PROVIDERS, SUBSCRIBERS, PATIENTS, CLAIMS, LINES, COVERAGES, ADJUDICATIONS)
