"""The tables that the rules of a remittance advice are kept in, one for each kind of part."""

from x12.common_rules import COMMON
from x12.remittance_835.rules.view import Advice, Group, Payment, Service
from x12.rules import RuleTable, SegmentTable

SEGMENTS = SegmentTable(COMMON)
ADVICES: RuleTable[Advice] = RuleTable("transaction set")
GROUPS: RuleTable[Group] = RuleTable("claim group (2000)")
PAYMENTS: RuleTable[Payment] = RuleTable("claim payment (2100)")
SERVICES: RuleTable[Service] = RuleTable("service payment (2110)")
