"""The last step: our own strict model. A value that it refuses is cut or left out, and named; essentials refuse all."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import ValidationError

from coding_svc.fhir.notices import Notices
from coding_svc.fhir.values import Json
from coding_svc.schemas.encounter import EncounterRecord

MAX_ROUNDS: Final = 20
_ESSENTIAL: Final = {
    ("external_id",): "fhir.external-id-missing",
    ("patient",): "fhir.patient-missing",
    ("patient", "last_name"): "fhir.patient-name-missing",
    ("patient", "birth_date"): "fhir.birth-date-missing",
    ("service_date",): "fhir.service-date-missing",
}
_NEEDED_BY_PARENT: Final = frozenset(
    {"payer_id", "payer_name", "member_id", "name", "entity", "last_name", "line1", "city", "state", "postal_code"}
    | {"code", "text", "ndc", "quantity", "unit"}
)
"""Without one of these its object is of no use and goes as a whole."""


def record_of(fields: Json, notices: Notices, pointer: str) -> EncounterRecord | None:
    """The record, or None if an essential value is not usable. What is cut or left out is named by our field's name."""
    body = _without_none(fields)
    for _ in range(MAX_ROUNDS):
        try:
            return EncounterRecord.model_validate_json(json.dumps(body, default=str))
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
            if not all(_mend(body, fault, notices, pointer) for fault in faults):
                return None
    return None


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value


def _mend(body: Json, fault: Any, notices: Notices, pointer: str) -> bool:
    """Cut or remove what one fault is about; False if the record cannot do without it."""
    location = tuple(fault["loc"])
    where = "/".join(str(step) for step in location)
    # A key that is cut could become another encounter's: it refuses.
    if (
        fault["type"] == "string_too_long"
        and location != ("external_id",)
        and _clip(body, location, int(fault["ctx"]["max_length"]))
    ):
        notices.add("fhir.value-clipped", f"{pointer}#{where}", where)
        return True
    if location in _ESSENTIAL:
        notices.add(_ESSENTIAL[location], pointer)
        return False
    if fault["type"] in {"too_long", "tuple_too_long"}:
        return _shorten(body, location, int(fault["ctx"]["max_length"]), notices, f"{pointer}#{where}")
    notices.add("fhir.value-not-usable", f"{pointer}#{where}", where)
    return _remove(body, location)


def _at(body: Any, location: tuple[Any, ...]) -> Any:
    for step in location:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return None
    return body


def _clip(body: Json, location: tuple[Any, ...], limit: int) -> bool:
    value, holder = _at(body, location), _at(body, location[:-1])
    if not isinstance(value, str) or holder is None:
        return False
    holder[location[-1]] = value[:limit].rstrip()
    return True


def _shorten(body: Json, location: tuple[Any, ...], limit: int, notices: Notices, where: str) -> bool:
    value = _at(body, location)
    if not isinstance(value, list):
        return False
    notices.add("fhir.too-many", where, str(location[0]))
    del value[limit:]
    return True


def _remove(body: Json, location: tuple[Any, ...]) -> bool:
    """Remove the value, or the object that is of no use without it; an essential object stays and refuses."""
    while location and (location[-1] in _NEEDED_BY_PARENT or _at(body, location) is None):
        location = location[:-1]
        if location in _ESSENTIAL:
            return False
    if not location:
        body.pop("service_date_to", None)
        for line in body.get("service_lines", []):
            line.pop("diagnosis_refs", None)
        return True
    holder = _at(body, location[:-1])
    if isinstance(holder, list):
        holder[location[-1]] = None
        holder[:] = [item for item in holder if item is not None]
    elif isinstance(holder, dict):
        holder.pop(location[-1], None)
    return True
