"""Rule files: TOML, read strictly. What is not known is an error that names file, rule and key and says what to do."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from events.phi import ClaimContent, ClaimLine
from pydantic import BaseModel

from claim_builder.rules.applying import SEVERITY, Rule, TenantRules
from claim_builder.rules.language import BadRule, Place, compile_block, parse_value, plain

_KEYS: Final = (
    "name",
    "do",
    "when",
    "text",
    "action",
    "source",
    "version",
    "payers",
    "filing_indicators",
    "tenants",
    "effective_from",
    "effective_to",
    "set",
)
RULE_NAME: Final = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
MAX_RULE_NAME: Final = 40
_ADDRESS: Final = ("line1", "line2", "city", "state", "postal_code", "country")
SETTABLE: Final = frozenset(
    {
        *(
            f"coverage/{part}"
            for part in (
                "payer_name",
                "filing_indicator",
                "group_number",
                "group_name",
                "insurance_type_code",
                "billing_provider_number",
            )
        ),
        *(f"{who}/{part}" for who in ("coverage/payer_address", "pay_to_address") for part in _ADDRESS),
        *(f"{who}/address/{part}" for who in ("billing_provider", "service_facility") for part in _ADDRESS),
        *(
            f"{who}/{part}"
            for who in ("billing_provider", "rendering_provider", "service_facility", "attending_provider")
            for part in ("taxonomy_code", "contact_name", "phone")
        ),
        "prior_authorization_number",
        "referral_number",
        "clia_number",
        "medical_record_number",
        "claim_note",
        "claim_note_code",
        "release_of_information",
        "benefits_assigned",
        "accepts_assignment",
        "provider_signature_on_file",
        "patient_signature_source",
        "special_program_code",
        "delay_reason_code",
        "medicare_crossover",
        "demonstration_project_id",
        "mammography_certification_number",
        "lines/*/clia_number",
        "lines/*/prior_authorization_number",
        "lines/*/referral_number",
        "lines/*/third_party_note",
    }
)
"""What a rule may set: how the claim is asked for, never what was found or done, to whom it goes or what it costs."""


class RuleBook:
    """The rules of all practices. `for_tenant` never fails: a practice without rules has none."""

    def __init__(self, rules: Sequence[Rule], by_tenant: Mapping[str, Sequence[Rule]] | None = None) -> None:
        self._common = tuple(rules)
        self._own = {tenant: tuple(own) for tenant, own in (by_tenant or {}).items()}

    def for_tenant(self, tenant_id: str) -> TenantRules:
        """The rules of a practice: the common ones, those that name it, and those of its folder."""
        common = (rule for rule in self._common if not rule.tenants or tenant_id in rule.tenants)
        return TenantRules((*common, *self._own.get(tenant_id, ())))

    def all(self) -> tuple[Rule, ...]:
        """Every rule, the common ones first."""
        return (*self._common, *(rule for own in self._own.values() for rule in own))

    @classmethod
    def load(cls, directory: Path | None) -> RuleBook:
        """Read every `*.toml` of the folder and of its sub-folders, each named after a tenant. Raises BadRule."""
        if directory is None:
            return cls(())
        if not directory.is_dir():
            raise BadRule(f"{directory.name}: no such folder; set CLEANCLAIM_RULES to the folder of rule files")
        common = _read_folder(directory)
        own = {folder.name: _read_folder(folder) for folder in sorted(directory.iterdir()) if folder.is_dir()}
        for rules in own.values():
            _refuse_twice([*common, *rules])
        _refuse_twice(common)
        return cls(common, own)


def _read_folder(folder: Path) -> list[Rule]:
    return [rule for file in sorted(folder.glob("*.toml")) for rule in read_rules(file)]


def _refuse_twice(rules: Sequence[Rule]) -> None:
    for name, count in Counter(rule.name for rule in rules).items():
        if count > 1:
            raise BadRule(f"rule {name}, name: {count} rules have this name; findings are told apart by it: rename one")


def read_rules(file: Path) -> list[Rule]:
    """The compiled rules of a file. Raises BadRule."""
    try:
        document = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadRule(f"{file.name}: cannot be read as TOML: {error}") from None
    unknown = sorted(document.keys() - {"rule"})
    if unknown or not isinstance(document.get("rule", []), list):
        raise BadRule(f"{file.name}, {unknown[0] if unknown else 'rule'}: begin each rule with [[rule]]")
    rules = [_rule(entry, file.name, number) for number, entry in enumerate(document.get("rule", []), start=1)]
    _refuse_twice(rules)
    return rules


def _rule(entry: object, file: str, number: int) -> Rule:
    at = Place(file, str(number))
    if not isinstance(entry, dict):
        raise at.fault("begin each rule with [[rule]]")
    at = Place(file, _name(entry.get("name"), at))
    for key in sorted(entry.keys() - set(_KEYS)):
        raise at.then(key).fault(f"there is no such key; use one of: {', '.join(_KEYS)}")
    deed = entry.get("do")
    if not isinstance(deed, str) or deed not in SEVERITY:
        raise at.then("do").fault(f"write one of: {', '.join(SEVERITY)}")
    when = entry.get("when")
    test = compile_block(when, ClaimContent, at.then("when"))
    assert isinstance(when, dict)
    first, last = _dates(entry, at)
    return Rule(
        name=entry["name"],
        do=deed,
        text=_text(entry, "text", at),
        action=_text(entry, "action", at, "Nothing to do." if deed in ("set", "tag") else None),
        source=_text(entry, "source", at, f"rules of the practice ({file})"),
        version=_version(entry, at),
        payers=_names(entry, "payers", at),
        filing_indicators=_names(entry, "filing_indicators", at),
        tenants=_names(entry, "tenants", at),
        effective_from=first,
        effective_to=last,
        when=test,
        line=_line_test(when, at),
        place=_place(when),
        sets=_sets(entry, at),
    )


def _name(name: object, at: Place) -> str:
    if not isinstance(name, str) or len(name) > MAX_RULE_NAME or not RULE_NAME.fullmatch(name):
        raise at.then("name").fault(
            f"write a name of small letters, digits and hyphens, at most {MAX_RULE_NAME} characters"
        )
    return name


def _text(entry: Mapping[str, object], key: str, at: Place, default: str | None = None) -> str:
    text = entry.get(key, default)
    if not isinstance(text, str) or not text.strip() or len(text) > 500:
        raise at.then(key).fault("write a text of at most 500 characters")
    return text


def _version(entry: Mapping[str, object], at: Place) -> int:
    version = entry.get("version", 1)
    if type(version) is not int or version < 1:
        raise at.then("version").fault("write a whole number from 1")
    return version


def _names(entry: Mapping[str, object], key: str, at: Place) -> frozenset[str]:
    names = entry.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise at.then(key).fault("write a list of texts; leave the key out to mean all")
    if key in entry and not names:
        raise at.then(key).fault("the list is empty; leave the key out to mean all")
    return frozenset(names)


def _dates(entry: Mapping[str, object], at: Place) -> tuple[date, date]:
    first, last = entry.get("effective_from", date.min), entry.get("effective_to", date.max)
    for key, day in (("effective_from", first), ("effective_to", last)):
        if type(day) is not date:
            raise at.then(key).fault("write a date of service without quotes, such as 2026-04-01")
    assert isinstance(first, date)
    assert isinstance(last, date)
    if last < first:
        raise at.then("effective_to").fault("the last day is before the first")
    return first, last


def _line_test(when: Mapping[str, Any], at: Place) -> Any:
    """The condition on a line, if the rule asks for any line: it was compiled once already, so it is well formed."""
    lines = when.get("lines")
    if not isinstance(lines, dict) or "any" not in lines:
        return None
    return compile_block(lines["any"], ClaimLine, at.then("when.lines.any"))


def _place(when: Mapping[str, Any]) -> str:
    """The first field that a condition names, as a path."""
    pieces: list[str] = []
    model: Any = ClaimContent
    here: Any = when
    while isinstance(here, dict) and isinstance(model, type) and issubclass(model, BaseModel):
        key = next((key for key in here if key in model.model_fields), None)
        if key is None:
            break
        pieces.append(key)
        here, model = here[key], plain(model.model_fields[key].annotation)
    return "/".join(pieces)


def _sets(entry: Mapping[str, object], at: Place) -> tuple[tuple[str, Any], ...]:
    table = entry.get("set")
    if (table is not None) is not (entry["do"] == "set"):
        raise at.then("set").fault('do = "set" and a table [rule.set] belong together')
    if table is None:
        return ()
    if not isinstance(table, dict) or not table:
        raise at.then("set").fault("write a table of fields and values")
    return tuple(_flat(table, ClaimContent, "", at.then("set")))


def _flat(table: Mapping[str, Any], model: type[BaseModel], path: str, at: Place) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        here, field = f"{path}{key}", model.model_fields.get(key)
        if field is None:
            raise at.then(key).fault(f"there is no such field; a rule may set: {', '.join(sorted(SETTABLE))}")
        hint = plain(field.annotation)
        if key == "lines" and model is ClaimContent and isinstance(value, dict):
            yield from _flat(value, ClaimLine, "lines/*/", at.then(key))
        elif isinstance(hint, type) and issubclass(hint, BaseModel) and isinstance(value, dict):
            yield from _flat(value, hint, f"{here}/", at.then(key))
        elif here not in SETTABLE:
            raise at.then(key).fault(f"a rule must not set this; it may set: {', '.join(sorted(SETTABLE))}")
        else:
            yield here, _json(value, field.annotation, at.then(key))


def _json(value: object, hint: Any, at: Place) -> Any:
    """The value as JSON; an empty text empties a field that may be empty."""
    if value == "" and type(None) in getattr(hint, "__args__", ()):
        return None
    parsed = parse_value(value, hint, at)
    return str(parsed) if isinstance(parsed, date | Decimal) else parsed
