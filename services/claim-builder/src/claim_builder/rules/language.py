"""The language of conditions: tables over the fields of a claim become pure predicates.

Fields are those of `ClaimContent` and of what it holds, so that a rule can ask for everything that a claim says; what
is worked out (`patient_age`) stands in `DERIVED`. A test is a value (equals), a list of values (one of them) or a table
of operators. An empty field passes no test but `missing`, `not_equals`, `not_in` and `not_starts_with`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from events.phi import ClaimContent, ClaimLine
from pydantic import BaseModel

from claim_builder.scrubbing.edit import ScrubContext, patient_age


class BadRule(ValueError):
    """A rule cannot be read: the text names file, rule and key, and says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something is written."""

    file: str
    rule: str
    key: str = ""

    def then(self, key: str) -> Place:
        """One key further down."""
        return Place(self.file, self.rule, f"{self.key}.{key}" if self.key else key)

    def fault(self, what: str) -> BadRule:
        """The error to raise here."""
        return BadRule(f"{self.file}, rule {self.rule}, {self.key or 'rule'}: {what}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a test may look at besides the field: the whole claim, and what the scrub knows besides it."""

    claim: ClaimContent
    context: ScrubContext


Test = Callable[[Any, Scope], bool]


@dataclass(frozen=True, slots=True)
class Derived:
    """A field that is worked out: its type, and how."""

    hint: Any
    value: Callable[[Any, Scope], Any]


class EarlierService(BaseModel):
    """A service that was billed of the patient in another encounter, as conditions name it."""

    code: str
    modifiers: tuple[str, ...]
    date_from: date
    units: Decimal
    specialty: str | None
    days_before: int


def _earlier(claim: ClaimContent, scope: Scope) -> tuple[EarlierService, ...]:
    """In full each time: only rules that ask for them pay for it."""
    return tuple(
        EarlierService(
            code=line.code,
            modifiers=line.modifiers,
            date_from=line.date_from,
            units=line.units,
            specialty=line.specialty,
            days_before=(claim.service_date - line.date_from).days,
        )
        for line in scope.context.history
    )


def _lines_of_other_pages(_: ClaimContent, scope: Scope) -> tuple[ClaimLine, ...]:
    return tuple(line for page in scope.context.siblings for line in page.lines)


def _pointed(line: ClaimLine, scope: Scope) -> tuple[str, ...]:
    codes = scope.claim.diagnosis_codes
    return tuple(codes[pointer - 1] for pointer in line.pointers if 0 < pointer <= len(codes))


DERIVED: Final[dict[type[BaseModel], dict[str, Derived]]] = {
    ClaimContent: {
        "patient_age": Derived(int, lambda claim, _: patient_age(claim)),
        "days_since_service": Derived(int, lambda claim, scope: (scope.context.today - claim.service_date).days),
        "earlier_services": Derived(tuple[EarlierService, ...], _earlier),
        "lines_of_other_pages": Derived(tuple[ClaimLine, ...], _lines_of_other_pages),
    },
    ClaimLine: {
        "pointed_diagnoses": Derived(tuple[str, ...], _pointed),
        "billed_place_of_service": Derived(
            str, lambda line, scope: line.place_of_service or scope.claim.place_of_service
        ),
    },
}
"""`patient_age` in completed years on the date of service; `days_since_service` up to today; what was billed of the
patient in other encounters; the lines of the other claims of a split encounter; of a line the codes that it points to,
and its place of service, be it the claim's."""
_DOTTED: Final = ("diagnosis_codes", "pointed_diagnoses")


def compile_block(table: object, model: type[BaseModel], at: Place) -> Test:
    """A table of fields: every entry must hold. Raises BadRule."""
    if not isinstance(table, Mapping) or not table:
        raise at.fault("write a table with at least one field")
    tests = [_entry(key, value, model, at.then(key)) for key, value in table.items()]
    return lambda item, scope: all(test(item, scope) for test in tests)


def _entry(key: str, value: object, model: type[BaseModel], at: Place) -> Test:
    if key in ("any_of", "none_of"):
        return _alternatives(value, model, at, wanted=key == "any_of")
    derived = DERIVED.get(model, {}).get(key)
    if derived is not None:
        test, work_out = compile_value(value, derived.hint, at), derived.value
        return lambda item, scope: test(work_out(item, scope), scope)
    if key not in model.model_fields:
        known = ", ".join([*model.model_fields, *DERIVED.get(model, {}), "any_of", "none_of"])
        raise at.fault(f"there is no such field; use one of: {known}")
    test = compile_value(value, model.model_fields[key].annotation, at)
    return lambda item, scope: test(getattr(item, key, None), scope)


def _alternatives(value: object, model: type[BaseModel], at: Place, *, wanted: bool) -> Test:
    if not isinstance(value, list) or not value:
        raise at.fault("write a list of tables")
    tests = [compile_block(each, model, at.then(str(number))) for number, each in enumerate(value)]
    return lambda item, scope: any(test(item, scope) for test in tests) is wanted


def compile_value(value: object, hint: Any, at: Place) -> Test:
    """The test of one value of the type `hint`. Raises BadRule."""
    hint = plain(hint)
    if get_origin(hint) is tuple:
        return _of_list(value, plain(get_args(hint)[0]), at)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        presence = _presence(value, at)
        return presence or compile_block(value, hint, at)
    return _of_scalar(value, hint, at)


def plain(hint: Any) -> Any:
    """The type without None and annotations."""
    if get_origin(hint) is Annotated:
        return plain(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return plain(next(each for each in get_args(hint) if each is not type(None)))
    return hint


_PRESENCE: Final = frozenset({"missing", "present"})


def _presence(value: object, at: Place) -> Test | None:
    if not isinstance(value, Mapping) or not value or not value.keys() <= _PRESENCE:
        return None
    tests = [_empty(name, wanted, at.then(name)) for name, wanted in value.items()]
    return lambda item, scope: all(test(item, scope) for test in tests)


def _empty(name: str, wanted: object, at: Place) -> Test:
    if not isinstance(wanted, bool):
        raise at.fault("write true or false")
    empty = wanted is (name == "missing")
    return lambda item, _: (item is None or item in ("", ())) is empty


_QUANTIFIERS: Final[dict[str, Callable[[Iterable[bool]], bool]]] = {
    "any": any,
    "all": all,
    "none": lambda found: not any(found),
}


def _of_list(value: object, hint: Any, at: Place) -> Test:
    if not isinstance(value, Mapping) or not value:
        raise at.fault("this is a list: write a table with any, all, none, count, missing or present")
    tests = [_list_entry(key, wanted, hint, at.then(key)) for key, wanted in value.items()]
    return lambda items, scope: all(test(items or (), scope) for test in tests)


def _list_entry(key: str, value: object, hint: Any, at: Place) -> Test:
    if key in _PRESENCE:
        return _empty(key, value, at)
    if key == "count":
        count = _of_scalar(value, int, at)
        return lambda items, scope: count(len(items), scope)
    if key not in _QUANTIFIERS:
        raise at.fault("this is a list: use any, all, none, count, missing or present")
    of, test = _QUANTIFIERS[key], compile_value(value, hint, at)
    return lambda items, scope: of(test(item, scope) for item in items)


_Compare = Callable[[Any, Any], bool]
_ORDERED: Final[dict[str, _Compare]] = {
    "greater": lambda item, limit: item > limit,
    "at_least": lambda item, limit: item >= limit,
    "less": lambda item, limit: item < limit,
    "at_most": lambda item, limit: item <= limit,
}
_TEXT: Final = ("starts_with", "not_starts_with", "ends_with", "contains", "matches")
_ANY_TYPE: Final = ("equals", "not_equals", "in", "not_in", "missing", "present")
_NEGATED: Final = {"not_equals": "equals", "not_in": "in", "not_starts_with": "starts_with"}


def _of_scalar(value: object, hint: Any, at: Place) -> Test:
    operators = value if isinstance(value, Mapping) else {"in" if isinstance(value, list) else "equals": value}
    if not operators:
        raise at.fault("write a value or at least one operator")
    tests = [_operator(name, operand, hint, at.then(name)) for name, operand in operators.items()]
    return lambda item, scope: all(test(item, scope) for test in tests)


def _operator(name: str, operand: object, hint: Any, at: Place) -> Test:
    known = operators_of(hint)
    if name not in known:
        raise at.fault(f"there is no such operator for this field; use one of: {', '.join(known)}")
    if name in _PRESENCE:
        return _empty(name, operand, at)
    if name in _NEGATED:
        positive = _holds(_NEGATED[name], operand, hint, at)
        return lambda item, _: item is None or not positive(item)
    test = _holds(name, operand, hint, at)
    return lambda item, _: item is not None and test(item)


def operators_of(hint: Any) -> tuple[str, ...]:
    """The operators that a value of this type has."""
    hint = plain(hint)
    if hint is bool:
        return _ANY_TYPE
    ordered = (*_ANY_TYPE, *_ORDERED, "between")
    return (*ordered, *_TEXT) if _is_text(hint) else ordered


def _holds(name: str, operand: object, hint: Any, at: Place) -> Callable[[Any], bool]:
    if name == "matches":
        return _pattern(operand, at)
    if name in ("in", "between"):
        return _several(name, operand, hint, at)
    if name in ("starts_with", "ends_with", "contains"):
        return _part_of_text(name, operand, at)
    wanted, compare = parse_value(operand, hint, at), _ORDERED.get(name)
    if compare is None:
        return lambda item: bool(item == wanted)
    return lambda item: compare(item, wanted)


def _several(name: str, operand: object, hint: Any, at: Place) -> Callable[[Any], bool]:
    if not isinstance(operand, list) or not operand:
        raise at.fault("write a list of values")
    values = [parse_value(each, hint, at) for each in operand]
    if name == "in":
        return frozenset(values).__contains__
    if len(values) != 2 or values[0] > values[1]:
        raise at.fault("write [first, last], the smaller one first; both belong to it")
    first, last = values
    return lambda item: bool(first <= item <= last)


def _part_of_text(name: str, operand: object, at: Place) -> Callable[[Any], bool]:
    parts = tuple(parse_value(each, str, at) for each in (operand if isinstance(operand, list) else [operand]))
    if not parts or "" in parts:
        raise at.fault("write at least one text that is not empty")
    if name == "contains":
        return lambda item: any(part in item for part in parts)
    if name == "ends_with":
        return lambda item: bool(item.endswith(parts))
    return lambda item: bool(item.startswith(parts))


def _pattern(operand: object, at: Place) -> Callable[[Any], bool]:
    try:
        pattern = re.compile(parse_value(operand, str, at))
    except re.error as error:
        raise at.fault(f"not a regular expression: {error}") from None
    return lambda item: pattern.fullmatch(item) is not None


def _is_text(hint: Any) -> bool:
    return hint is str or get_origin(hint) is Literal


def parse_value(value: object, hint: Any, at: Place) -> Any:
    """A value of a file as the field holds it. Raises BadRule for another type or a code that the field cannot have."""
    hint = plain(hint)
    if get_origin(hint) is Literal and value not in get_args(hint):
        raise at.fault(f"the field holds one of: {', '.join(map(str, get_args(hint)))}")
    if _is_text(hint):
        return _text(value, at)
    if hint is Decimal:
        return _decimal(value, at)
    named = {int: "a whole number", bool: "true or false", date: "a date such as 2026-04-01"}
    if hint not in named:
        raise at.fault("this field cannot be tested by value; use missing or present")
    if type(value) is not hint:
        raise at.fault(f"write {named[hint]}")
    return value


def _text(value: object, at: Place) -> str:
    if not isinstance(value, str):
        raise at.fault('write a text in quotes, such as "99213"')
    return value.replace(".", "") if any(name in at.key for name in _DOTTED) else value


def _decimal(value: object, at: Place) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise at.fault('write a whole number, or a decimal in quotes such as "2.5"')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise at.fault('write a whole number, or a decimal in quotes such as "2.5"') from None
    if not number.is_finite():
        raise at.fault("write a number that is finite")
    return number
