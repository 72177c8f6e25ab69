"""What the rules of a practice do to a claim: hold, warn, tag, or set a field. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from events.phi import ClaimContent
from pydantic import ValidationError

from claim_builder import fields
from claim_builder.rules.language import Scope, Test
from claim_builder.scrubbing.edit import Finding, ScrubContext, Severity, Snip

Deed = Literal["hold", "warn", "set", "tag"]
SEVERITY: Final[dict[Deed, Severity]] = {
    "hold": Severity.ERROR,
    "warn": Severity.WARNING,
    "set": Severity.REPAIR,
    "tag": Severity.TAG,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled rule. Empty `payers`, `filing_indicators` and `tenants` mean all; dates are dates of service."""

    name: str
    do: Deed
    text: str
    action: str
    source: str
    version: int
    payers: frozenset[str]
    filing_indicators: frozenset[str]
    tenants: frozenset[str]
    effective_from: date
    effective_to: date
    when: Test
    line: Test | None
    """The condition on a single line, if the rule asks for any: the lines that meet it are where the finding is."""
    place: str
    """Path of the finding if there is no condition on lines."""
    sets: tuple[tuple[str, Any], ...] = ()
    """Path patterns and JSON values."""

    @property
    def code(self) -> str:
        """What its findings are called."""
        return f"rule.{self.name}"

    def covers(self, claim: ClaimContent) -> bool:
        """Whether it speaks of this payer on this date of service."""
        coverage = claim.coverage
        return (
            self.effective_from <= claim.service_date <= self.effective_to
            and (not self.payers or coverage.payer_id in self.payers)
            and (not self.filing_indicators or coverage.filing_indicator in self.filing_indicators)
        )

    def places(self, claim: ClaimContent, context: ScrubContext) -> tuple[str, ...]:
        """Where it strikes; empty if it does not."""
        scope = Scope(claim, context)
        if not self.covers(claim) or not self.when(claim, scope):
            return ()
        if self.line is None:
            return (self.place,)
        return tuple(f"lines/{at}" for at, line in enumerate(claim.lines) if self.line(line, scope))


@dataclass(frozen=True, slots=True)
class TenantRules:
    """The rules of one practice, in the order of their files."""

    rules: tuple[Rule, ...] = ()

    def apply(self, content: ClaimContent, context: ScrubContext) -> tuple[ClaimContent, tuple[Finding, ...]]:
        """Run every rule; each sees what those before it have set. Content that none sets is returned as it is."""
        found: list[Finding] = []
        for rule in self.rules:
            places = rule.places(content, context)
            if places and rule.do == "set":
                content, places = _set(content, rule, places)
            found.extend(_finding(rule, place) for place in places)
        return content, tuple(found)


def _set(content: ClaimContent, rule: Rule, places: Sequence[str]) -> tuple[ClaimContent, tuple[str, ...]]:
    """The content with the rule's values, and the fields that held something else before."""
    tree, done = content.model_dump(mode="json"), []
    for pattern, value in rule.sets:
        for path in _targets(pattern, places, len(content.lines)):
            try:
                differs = fields.read(tree, path) != value
            except fields.NoSuchField:
                continue  # this claim has no such provider or address: there is nothing to set it on
            if differs:
                fields.write(tree, path, value)
                done.append(path)
    if not done:
        return content, ()
    try:
        return ClaimContent.model_validate_json(json.dumps(tree), strict=True), tuple(done)
    except ValidationError:
        return content, ()  # the values fit their fields alone, but not beside what this claim holds


def _targets(pattern: str, places: Sequence[str], lines: int) -> Iterator[str]:
    if not pattern.startswith("lines/*/"):
        yield pattern
        return
    struck = [place for place in places if place.startswith("lines/")] or [f"lines/{at}" for at in range(lines)]
    yield from (pattern.replace("lines/*", line, 1) for line in struck)


def _finding(rule: Rule, place: str) -> Finding:
    return Finding(
        rule.code, SEVERITY[rule.do], Snip.PAYER, place, "", "", rule.text, rule.action, rule.source, rule.version
    )
