"""Finding things in a bundle: entries, and the many ways in which one resource refers to another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from coding_svc.fhir.fields import FIELDS_READ, IGNORED_FIELDS, Kind
from coding_svc.fhir.notices import HINTS, Notice, Notices
from coding_svc.fhir.r4_names import ELEMENTS, RESOURCE_TYPES
from coding_svc.fhir.values import Json, as_object, as_objects, as_text

BUNDLE_TYPES: Final = frozenset({"collection", "document", "transaction", "message", "batch", "searchset"})
MAX_NESTING: Final = 2
_HISTORY = re.compile(r"/_history/[^/]+$")
_TYPE_AND_ID = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})$")
_CONDITIONAL = re.compile(r"^([A-Z][A-Za-z]+)\?identifier=([^|&]*)\|([^&]+)$")


class NotABundle(ValueError):
    """The body is no FHIR bundle of a type that is taken; `code` is the notice that says so."""

    def __init__(self, code: str, pointer: str) -> None:
        super().__init__(code)
        self.code = code
        self.pointer = pointer


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A resource and where it stands. `container` is the resource that `#` references are resolved in."""

    pointer: str
    resource: Json
    container: Json
    full_url: str | None = None
    method: str | None = None

    @property
    def type(self) -> str:
        """Its resourceType."""
        return str(self.resource.get("resourceType", ""))

    def get(self, name: str) -> Any:
        """One of its elements, or None."""
        return self.resource.get(name)


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a reference leads: to a resource, or only to what the reference itself says of it."""

    found: Found | None
    display: str | None
    identifier: Json


class Bundle:
    """The entries of one bundle, indexed; remembers which of them were used."""

    def __init__(self, body: Any) -> None:
        """Index the bundle; raises NotABundle."""
        if not isinstance(body, dict) or body.get("resourceType") != "Bundle":
            raise NotABundle("fhir.not-a-bundle", "/resourceType")
        if as_text(body.get("type")) not in BUNDLE_TYPES:
            raise NotABundle("fhir.bundle-type", "/type")
        self.notices = Notices()
        self.entries: list[Found] = []
        self._by_type: dict[str, list[Found]] = {}
        self._by_url: dict[str, Found] = {}
        self._by_type_and_id: dict[tuple[str, str], Found] = {}
        self._by_identifier: dict[tuple[str, str, str], Found] = {}
        self._used: set[str] = set()
        self._read(body, "", 0)

    def _read(self, body: Json, base: str, depth: int) -> None:
        entries = body.get("entry")
        if entries is not None and not isinstance(entries, list):
            self.notices.add("fhir.malformed", f"{base}/entry")
            return
        for position, entry in enumerate(entries or []):
            self._read_entry(as_object(entry), f"{base}/entry/{position}", depth)

    def _read_entry(self, entry: Json, pointer: str, depth: int) -> None:
        resource = entry.get("resource")
        method = as_text(as_object(entry.get("request")).get("method"))
        if method == "DELETE":
            self.notices.add("fhir.delete-not-supported", pointer)
        elif not isinstance(resource, dict) or as_text(resource.get("resourceType")) is None:
            self.notices.add("fhir.entry-without-resource", pointer)
        elif resource["resourceType"] == "Bundle" and depth < MAX_NESTING:
            self._read(resource, f"{pointer}/resource", depth + 1)
        else:
            self._index(Found(f"{pointer}/resource", resource, resource, as_text(entry.get("fullUrl")), method))

    def _index(self, found: Found) -> None:
        if found.get("modifierExtension"):
            self.notices.add("fhir.modifier-extension", f"{found.pointer}/modifierExtension")
            self._used.add(found.pointer)
            return
        self.entries.append(found)
        self._by_type.setdefault(found.type, []).append(found)
        if found.full_url is not None:
            self._by_url.setdefault(found.full_url, found)
        if (logical_id := as_text(found.get("id"))) is not None:
            self._by_type_and_id.setdefault((found.type, logical_id), found)
            self._by_url.setdefault(f"urn:uuid:{logical_id}", found)
        for item in as_objects(found.get("identifier")):
            key = (found.type, as_text(item.get("system")) or "", as_text(item.get("value")) or "")
            self._by_identifier.setdefault(key, found)

    def of_type(self, *types: str) -> Iterator[Found]:
        """The entries of these types, in order."""
        if len(types) == 1:
            return iter(self._by_type.get(types[0], ()))
        return (entry for entry in self.entries if entry.type in types)

    def contained(self, container: Found, resource_type: str) -> Iterator[Found]:
        """The contained resources of one type."""
        for position, resource in enumerate(as_objects(container.get("contained"))):
            if resource.get("resourceType") == resource_type:
                yield Found(f"{container.pointer}/contained/{position}", resource, container.resource)

    def use(self, found: Found) -> Found:
        """Mark a resource as used."""
        self._used.add(found.pointer)
        return found

    def follow(self, value: Any, holder: Found) -> Reference | None:
        """Where a Reference (object or bare string) leads; None if there is no reference at all.

        Understands `#contained`, `urn:uuid:`, absolute and relative URLs with or without version, conditional
        references (`Type?identifier=system|value`) and logical ones (`identifier`).
        """
        item = {"reference": value} if isinstance(value, str) else as_object(value)
        if not item:
            return None
        text = as_text(item.get("reference")) or ""
        named = as_object(item.get("identifier")) or _conditional_identifier(text)
        found = self._resolve(text, holder) or self._by_name(text, named, as_text(item.get("type")))
        return Reference(self.use(found) if found else None, as_text(item.get("display")), named)

    def find(self, value: Any, holder: Found) -> Found | None:
        """As `follow`, but only the resource."""
        reference = self.follow(value, holder)
        return reference.found if reference else None

    def _resolve(self, text: str, holder: Found) -> Found | None:
        if text.startswith("#"):
            return self._resolve_contained(text[1:], holder)
        plain = _HISTORY.sub("", text)
        if plain in self._by_url:
            return self._by_url[plain]
        match = _TYPE_AND_ID.search(plain)
        return self._by_type_and_id.get((match[1], match[2])) if match else None

    def _resolve_contained(self, local_id: str, holder: Found) -> Found | None:
        base = holder.pointer.partition("/contained/")[0]
        for position, resource in enumerate(as_objects(holder.container.get("contained"))):
            if resource.get("id") == local_id:
                return Found(f"{base}/contained/{position}", resource, holder.container)
        return None

    def _by_name(self, text: str, named: Json, resource_type: str | None) -> Found | None:
        system, value = as_text(named.get("system")) or "", as_text(named.get("value"))
        if value is None:
            return None
        match = _CONDITIONAL.match(text)
        wanted = match[1] if match else resource_type
        for (kind, known_system, known_value), found in self._by_identifier.items():
            if known_value == value and known_system == system and wanted in (None, kind):
                return found
        return None

    def unused(self) -> tuple[Notice, ...]:
        """One notice for each type of resource that nothing used, with their number."""
        counts: dict[str, Notice] = {}
        for entry in self.entries:
            if entry.pointer in self._used or entry.type == "MessageHeader":
                continue
            code = "fhir.resource-not-linked" if entry.type in FIELDS_READ else "fhir.resource-not-used"
            _count(counts, code, entry.type if entry.type in RESOURCE_TYPES else "Unknown type", entry.pointer)
        return tuple(counts.values())

    def unread_fields(self) -> tuple[Notice, ...]:
        """One notice for each element, by resource type, that is present in a used resource but not read."""
        counts: dict[str, Notice] = {}
        for entry in self.entries:
            if entry.pointer not in self._used:
                continue
            known = FIELDS_READ.get(entry.type, {})
            for name, value in entry.resource.items():
                if name not in IGNORED_FIELDS and not name.startswith("_"):
                    _check_field(counts, entry, name, value, known.get(name))
        return tuple(counts.values())


def _check_field(counts: dict[str, Notice], entry: Found, name: str, value: Any, kind: Kind | None) -> None:
    if kind is None and name in ELEMENTS:
        _count(counts, "fhir.field-not-used", f"{entry.type}.{name}", f"{entry.pointer}/{name}")
    elif kind is None:  # no name that FHIR could give: it may be anything, so it is not repeated
        _count(counts, "fhir.field-not-used", entry.type, entry.pointer)
    elif not kind.fits(value):
        _count(counts, "fhir.malformed", f"{entry.type}.{name}", f"{entry.pointer}/{name}")


def _count(counts: dict[str, Notice], code: str, what: str, pointer: str) -> None:
    key = f"{code} {what}"
    first = counts.get(key)
    counts[key] = Notice(
        code, first.pointer if first else pointer, f"{what}: {HINTS[code]}", (first.count if first else 0) + 1
    )


def _conditional_identifier(text: str) -> Json:
    match = _CONDITIONAL.match(text)
    return {"system": match[2], "value": match[3]} if match else {}
