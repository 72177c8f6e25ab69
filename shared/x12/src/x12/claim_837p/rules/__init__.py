"""Rules of a professional claim above its structure: SNIP types 2 to 6, one table for each kind of part.

``Checker(context)`` looks at one transaction set while it is read: ``unit`` at each claim as its loop closes,
``end`` at what is left. Every finding says where it is.
"""

from __future__ import annotations

from x12.claim_837.rules.checker import ClaimChecker
from x12.claim_837p.rules import diagnoses, parties, services, situation
from x12.claim_837p.rules.tables import ALL, SHARED
from x12.claim_837p.rules.view import Claim
from x12.rules import Context

MODULES = (*SHARED, diagnoses, parties, services, situation)
TABLES = ALL.all


class Checker(ClaimChecker):
    """The rules on one transaction set. ``unit`` must be called with the claims in file order."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, ALL, Claim)
