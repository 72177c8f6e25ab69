"""Rules of users: edits that a practice writes itself, as TOML data.

`language` compiles conditions over a claim's content to pure predicates, `loading` reads files strictly, `applying`
runs the rules of a tenant over a claim, `trying` runs them over past claims. docs/rules.md teaches the language.
"""

from claim_builder.rules.applying import Rule, TenantRules
from claim_builder.rules.language import BadRule
from claim_builder.rules.loading import RuleBook, read_rules

__all__ = ["BadRule", "Rule", "RuleBook", "TenantRules", "read_rules"]
