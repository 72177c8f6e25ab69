"""Which resources belong to which encounter, told once for the whole bundle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from coding_svc.fhir.bundle import Bundle, Found
from coding_svc.fhir.values import as_object, as_objects

_LINKED_TYPES: Final = (
    "Condition",
    "Procedure",
    "ServiceRequest",
    "DocumentReference",
    "Composition",
    "DiagnosticReport",
    "Claim",
)


class Links:
    """An index from encounters to the resources that name them; the rest names none."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._by_encounter: dict[str, list[Found]] = {}
        self._without: list[Found] = []
        for found in bundle.of_type(*_LINKED_TYPES):
            named = {target.pointer for target in self._named(found)}
            for pointer in named:
                self._by_encounter.setdefault(pointer, []).append(found)
            if not named:
                self._without.append(found)

    def of(self, encounter: Found, patient: Found | None, *types: str, alone: bool) -> Iterator[Found]:
        """The resources of these types that name the encounter, in order.

        Where the bundle has only this encounter (`alone`), those that name none and are not about another patient
        belong to it too.
        """
        mine = [found for found in self._by_encounter.get(encounter.pointer, ()) if found.type in types]
        if alone:
            mine += [found for found in self._without if found.type in types and not self._is_of_other(found, patient)]
        yield from mine

    def _is_of_other(self, found: Found, patient: Found | None) -> bool:
        about = self._bundle.find(found.get("subject") or found.get("patient"), found)
        return about is not None and patient is not None and about is not patient

    def _named(self, found: Found) -> Iterator[Found]:
        for reference in _encounter_references(found):
            target = self._bundle.find(reference, found)
            if target is not None:
                yield target


def _encounter_references(found: Found) -> Iterator[Any]:
    if found.type == "Claim":
        for item in as_objects(found.get("item")):
            yield from as_objects(item.get("encounter"))
        return
    yield from as_objects(found.get("encounter")) or as_objects(as_object(found.get("context")).get("encounter"))
