"""`claim-builder rules check|list|try`: rules before they go live."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from kit.context import Context
from kit.lifecycle.process import make_context
from kit.lifecycle.service import Service

from claim_builder.outcomes import PastClaim, past_claims
from claim_builder.rules.applying import Deed, Rule, TenantRules
from claim_builder.rules.language import BadRule
from claim_builder.rules.loading import RuleBook, read_rules
from claim_builder.scrubbing.edit import ScrubContext

_WOULD: Final[dict[Deed, str]] = {
    "hold": "would have held",
    "warn": "would have warned of",
    "set": "would have changed",
    "tag": "would have tagged",
}


@dataclass(slots=True)
class Trial:
    """What a rule would have done to past claims; `fates` counts what became of those that it struck."""

    rule: Rule
    claims: int = 0
    struck: int = 0
    fates: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Counts by name."""
        fates = {kind: self.fates[kind] for kind in ("denied", "rejected", "paid")}
        return {"rule": self.rule.name, "do": self.rule.do, "claims": self.claims, "struck": self.struck, **fates}

    def __str__(self) -> str:
        would = f"{self.rule.name}: {_WOULD[self.rule.do]} {self.struck} of {self.claims}"
        if not self.struck:
            return would
        return f"{would}; {self.fates['denied']} of them were denied, {self.fates['rejected']} rejected"


async def tried(rules: Sequence[Rule], claims: AsyncIterator[PastClaim]) -> list[Trial]:
    """Run the rules over claims as they went out, each with what was known on the day on which it was built."""
    trials, own = {rule.code: Trial(rule) for rule in rules}, TenantRules(tuple(rules))
    async for past in claims:
        context = ScrubContext(past.built_at.date(), siblings=past.siblings, history=past.history)
        _, findings = own.apply(past.content, context)
        for trial in trials.values():
            trial.claims += 1
        for code in {finding.code for finding in findings}:
            trials[code].struck += 1
            trials[code].fates.update(past.kinds)
    return list(trials.values())


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser], service: Callable[[], Service]) -> None:
    """`rules check FILE…`, `rules list`, `rules try FILE`."""
    parser = commands.add_parser("rules", help="check, list or try the practice's own rules (docs/rules.md)")
    kinds = parser.add_subparsers(dest="deed", required=True, metavar="check|list|try")
    check = kinds.add_parser("check", help="read rule files and say what is wrong with them")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    check.set_defaults(command=lambda options: _told(lambda: _check(options.files)))
    listing = kinds.add_parser("list", help="print the rules of a folder, CLEANCLAIM_RULES unless named")
    listing.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    listing.set_defaults(command=lambda options: _told(lambda: _list(options.folder, service)))
    trial = kinds.add_parser("try", help="run a rule file over the past claims in the database; changes nothing")
    trial.add_argument("file", type=Path, metavar="FILE")
    trial.add_argument("--tenant", help="only this practice; all if it is left out")
    trial.add_argument("--since", type=date.fromisoformat, default=date.min, help="first date of service")
    trial.add_argument("--until", type=date.fromisoformat, default=date.max, help="last date of service")
    trial.add_argument("--json", action="store_true", help="one JSON line per practice and rule")
    trial.set_defaults(command=lambda options: _told(lambda: _try(options, service)))


def _told(do: Callable[[], int]) -> int:
    try:
        return do()
    except BadRule as error:
        sys.stderr.write(f"claim-builder: {error}\n")
        return 2


def _check(files: Iterable[Path]) -> int:
    for file in files:
        sys.stdout.write(f"{file.name}: {len(read_rules(file))} rules, nothing wrong\n")
    return 0


def _list(folder: Path | None, service: Callable[[], Service]) -> int:
    if folder is None:
        folder = getattr(service().settings, "rules", None)
    for rule in RuleBook.load(folder).all():
        payers = ", ".join(sorted(rule.payers | rule.filing_indicators)) or "all payers"
        sys.stdout.write(f"{rule.name}\t{rule.do}\t{payers}\t{rule.text}\n")
    return 0


def _try(options: argparse.Namespace, service: Callable[[], Service]) -> int:
    rules = read_rules(options.file)
    return asyncio.run(_try_all(make_context(service()), rules, options))


async def _try_all(context: Context, rules: Sequence[Rule], options: argparse.Namespace) -> int:
    try:
        known = [tenant.id for tenant in context.tenants.tenants]
        if options.tenant is not None and options.tenant not in known:
            sys.stderr.write(f"claim-builder: there is no practice {options.tenant}; use one of: {', '.join(known)}\n")
            return 2
        for tenant in known if options.tenant is None else [options.tenant]:
            own = RuleBook(rules).for_tenant(tenant).rules
            async with context.database.transaction([tenant]) as tx:
                trials = await tried(own, past_claims(tx, tenant, options.since, options.until))
            for trial in trials:
                line = json.dumps({"tenant": tenant, **trial.to_json()}) if options.json else f"{tenant}: {trial}"
                sys.stdout.write(line + "\n")
        return 0
    finally:
        await context.database.dispose()
