"""From a bundle to our encounters: which resources belong to which encounter, and what each becomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from coding_svc.fhir import claims, clinical, coverage, documents, parties
from coding_svc.fhir.bundle import Bundle, Found
from coding_svc.fhir.clinical import Diagnoses
from coding_svc.fhir.links import Links
from coding_svc.fhir.notices import ESSENTIAL, Notice, Notices
from coding_svc.fhir.reader import Reader
from coding_svc.fhir.repair import record_of
from coding_svc.fhir.values import Json, as_object, as_objects, as_text, codes, codings, concept_text
from coding_svc.schemas.encounter import EncounterRecord

_HOST_TYPES: Final = ("Encounter", "Claim", "Composition")
"""What can stand for an encounter: the first type that the bundle holds."""
_DATED_BY: Final = {"Encounter": "period", "Claim": "billablePeriod", "Composition": "date"}
_DRAFT: Final = frozenset({"planned", "arrived", "triaged", "in-progress", "onleave", "on-hold"})
_PLACE_OF_CLASS: Final = {
    "AMB": "11", "HH": "12", "EMER": "23", "IMP": "21", "ACUTE": "21", "NONAC": "21", "OBSENC": "22", "SS": "22",
    "PRENC": "22", "VR": "10", "outpatient": "11", "ambulatory": "11", "inpatient": "21", "emergency": "23",
    "home": "12", "virtual": "10",
}  # fmt: skip
"""v3-ActCode encounter classes (and DSTU2's words) to the place of service that they most often mean."""
_VIRTUAL: Final = frozenset({"VR", "virtual"})
_HOSPITAL: Final = frozenset({"EMER", "IMP", "ACUTE", "NONAC", "OBSENC", "SS", "PRENC", "inpatient", "emergency"})
_PREVENTIVE: Final = frozenset({"185349003", "410620009", "162673000", "268565007", "444971000124105"})
"""SNOMED CT encounter types: check-up, well child visit, general examination, adult health examination, annual."""
_NEW_PATIENT: Final = {"185387006": True, "185389009": False, "390906007": False}
"""SNOMED CT: new patient consultation; follow-up visit; follow-up encounter."""
_NOT_DISCLOSED: Final = frozenset({"NODSCLCD", "NODSCLCDS"})
"""v3-ActCode security labels: no disclosure without (subject's) consent directive."""
_PARTICIPANTS: Final = {
    "PPRF": "rendering_provider", "ATND": "rendering_provider", "REF": "referring_provider",
    "SPRV": "supervising_provider",
}  # fmt: skip
_PARTICIPANT_ORDER: Final = {"PPRF": 0, "ATND": 1}


@dataclass(frozen=True, slots=True)
class MappedEncounter:
    """One encounter of the bundle: the record, or None where an essential is missing; and what was named."""

    pointer: str
    record: EncounterRecord | None
    notices: tuple[Notice, ...]
    revises: bool
    """The entry asked for PUT: an update of an encounter that may be known."""


@dataclass(frozen=True, slots=True)
class MappedBundle:
    """All encounters of the bundle, and notices that belong to no encounter."""

    encounters: tuple[MappedEncounter, ...]
    notices: tuple[Notice, ...]


def map_bundle(body: Any, zone: str) -> MappedBundle:
    """Read a bundle; `zone` is the practice's IANA time zone. Raises NotABundle."""
    bundle = Bundle(body)
    hosts = next(filter(None, (list(bundle.of_type(kind)) for kind in _HOST_TYPES)), [])
    links = Links(bundle)
    if not hosts:
        bundle.notices.add("fhir.encounter-missing", "/entry")
    mapped: list[MappedEncounter] = []
    seen: set[str] = set()
    for host in hosts:
        encounter = _EncounterMapping(bundle, links, bundle.use(host), zone, alone=len(hosts) == 1).map()
        if encounter.record is not None and encounter.record.external_id in seen:
            bundle.notices.add("fhir.encounter-duplicate", host.pointer)
            continue
        if encounter.record is not None:
            seen.add(encounter.record.external_id)
        mapped.append(encounter)
    return MappedBundle(tuple(mapped), (*bundle.notices.as_tuple(), *bundle.unused(), *bundle.unread_fields()))


class _EncounterMapping:
    """The reading of one encounter (or of a claim or composition that stands for one)."""

    def __init__(self, bundle: Bundle, links: Links, host: Found, zone: str, *, alone: bool) -> None:
        self.bundle = bundle
        self.links = links
        self.host = host
        self.alone = alone
        self.notices = Notices()
        self.reader = Reader(bundle, zone, self.notices)
        self.diagnoses = Diagnoses()
        self.fields: Json = {}

    def map(self) -> MappedEncounter:
        """Read everything; essentials first."""
        patient = self._patient()
        self._identity()
        self._period()
        if patient is not None and not self.notices.codes() & ESSENTIAL:
            self._read(patient)
        record = None
        if not self.notices.codes() & ESSENTIAL:
            record = record_of(self.fields, self.notices, self.host.pointer)
        return MappedEncounter(self.host.pointer, record, self.notices.as_tuple(), self.host.method == "PUT")

    def _read(self, patient: Found) -> None:
        claim = self._claim()
        self._class_and_type()
        if claim is not None:
            claims.read_diagnoses(self.reader, claim, self.diagnoses)
        self._conditions(patient)
        reading = claims.read_claim(self.reader, claim, self.diagnoses) if claim else claims.ClaimReading()
        lines, orders = self._procedures(patient, reading.lines)
        self._participants()
        self.fields.update(reading.fields)
        self._place(assumed="place_of_service" not in reading.fields)
        self._providers(claim)
        self._coverages(patient, reading)
        self.fields |= {"diagnoses": self.diagnoses.items, "service_lines": lines, "orders": orders}
        self.fields["notes"] = self._notes(patient)

    # Essentials

    def _patient(self) -> Found | None:
        name = "patient" if self.host.type == "Claim" else "subject"
        found = self.bundle.find(self.host.get(name) or self.host.get("patient"), self.host)
        everyone = list(self.bundle.of_type("Patient"))
        if found is None and len(everyone) == 1:
            self.notices.add("fhir.patient-assumed", f"{self.host.pointer}/{name}")
            found = self.bundle.use(everyone[0])
        if found is None or found.type != "Patient":
            self.notices.add("fhir.patient-missing", f"{self.host.pointer}/{name}")
            return None
        self.fields["patient"] = read = parties.patient(self.reader, found)
        if not read.get("last_name"):
            self.notices.add("fhir.patient-name-missing", f"{found.pointer}/name")
        if not read.get("birth_date"):
            self.notices.add("fhir.birth-date-missing", f"{found.pointer}/birthDate")
        return found

    def _identity(self) -> None:
        identifiers = as_objects(self.host.get("identifier"))
        official = [item for item in identifiers if item.get("use") == "official"]
        values = [value for item in (*official, *identifiers) if (value := as_text(item.get("value")))]
        url = (self.host.full_url or "").removeprefix("urn:uuid:").rpartition("/")[2]
        external_id = next(iter(values), None) or as_text(self.host.get("id")) or url
        if not external_id:
            self.notices.add("fhir.external-id-missing", self.host.pointer)
        self.fields["external_id"] = external_id
        self._status()

    def _status(self) -> None:
        status = as_text(self.host.get("status"))
        if status == "entered-in-error" and self.host.method != "PUT":
            self.notices.add("fhir.encounter-in-error", self.host.pointer)
        elif status in {"cancelled", "entered-in-error"}:
            self.fields["status"] = "cancelled"
        elif status in _DRAFT and self.host.type == "Encounter":
            self.fields["status"] = "draft"
        elif status is None:
            self.notices.add("fhir.status-missing", f"{self.host.pointer}/status")

    def _period(self) -> None:
        name = _DATED_BY[self.host.type]
        period = {"start": self.host.get(name)} if name == "date" else as_object(self.host.get(name))
        start = self.reader.moment(period.get("start"), f"{self.host.pointer}/{name}/start")
        end = self.reader.moment(period.get("end"), f"{self.host.pointer}/{name}/end")
        if start is None and (claim := self._claim()) is not None:
            billable = as_object(claim.get("billablePeriod"))
            start = self.reader.moment(billable.get("start"), f"{claim.pointer}/billablePeriod/start")
        start = start or end
        if start is None:
            self.notices.add("fhir.service-date-missing", f"{self.host.pointer}/{name}")
            return
        self.fields["service_date"] = start.day.isoformat()
        if end is not None and end.day > start.day:
            self.fields["service_date_to"] = end.day.isoformat()

    # What belongs to the encounter

    def _claim(self) -> Found | None:
        if self.host.type == "Claim":
            return self.host
        mine = self.links.of(self.host, None, "Claim", alone=self.alone)
        usable = [claim for claim in mine if claims.is_usable(self.reader, claim)]
        for extra in usable[1:]:
            self.notices.add("fhir.claim-too-many", extra.pointer)
        return usable[0] if usable else None

    def _linked(self, patient: Found, *types: str) -> Iterator[Found]:
        for found in self.links.of(self.host, patient, *types, alone=self.alone):
            yield self.bundle.use(found)

    def _conditions(self, patient: Found) -> None:
        """Encounter.diagnosis by rank, then reasonReference, then conditions that name the encounter."""
        ranked = sorted(
            ((item.get("rank") or 99, position, item) for position, item in enumerate(self._diagnosis_items())),
            key=lambda entry: (entry[0] if isinstance(entry[0], int) else 99, entry[1]),
        )
        for rank, _, item in ranked:
            found = self.bundle.find(item.get("condition"), self.host)
            self._condition(found, rank=rank if isinstance(rank, int) and rank < 99 else None, addressed=True)
        for reference in as_objects(self.host.get("reasonReference")):
            self._condition(self.bundle.find(reference, self.host), rank=None, addressed=True)
        for found in self._linked(patient, "Condition"):
            linked = bool(found.get("encounter"))
            self._condition(found, rank=None, addressed=linked or not clinical.is_problem_list(found))

    def _diagnosis_items(self) -> list[Json]:
        return as_objects(self.host.get("diagnosis")) if self.host.type == "Encounter" else []

    def _condition(self, found: Found | None, *, rank: int | None, addressed: bool) -> None:
        if found is None or found.type != "Condition" or found.pointer in self.diagnoses.position_of:
            return
        read = clinical.read_condition(self.reader, found, rank=rank, addressed=addressed)
        if read is not None:
            self.diagnoses.add(read, found.pointer)

    def _procedures(self, patient: Found, lines: list[Json]) -> tuple[list[Json], list[Json]]:
        """The claim's lines rule: a coded Procedure they lack becomes an order, or a line where no claim is."""
        charged = {line["code"] for line in lines}
        added: list[Json] = []
        orders: list[Json] = []
        for found in self._linked(patient, "Procedure"):
            line, order = clinical.read_procedure(self.reader, found, self.diagnoses)
            if order is not None:
                orders.append(order)
            elif line is not None and not lines:
                added.append(line)
            elif line is not None and line["code"] not in charged:
                orders.append(_as_order(line, found))
        requests = (clinical.read_order(self.reader, found) for found in self._linked(patient, "ServiceRequest"))
        orders.extend(order for order in requests if order is not None)
        return [*lines, *added], orders

    def _notes(self, patient: Found) -> list[Json]:
        notes: list[Json] = []
        texts: set[str] = set()
        for found in self._linked(patient, *documents.NOTE_TYPES):
            note = documents.read_note(self.reader, found, self._day())
            if note is not None and note["text"] in texts:
                self.notices.add("fhir.note-duplicate", found.pointer)
            elif note is not None:
                texts.add(note["text"])
                notes.append(note)
        return notes

    def _day(self) -> date:
        return date.fromisoformat(self.fields["service_date"])

    # Where, who, and who pays

    def _classes(self) -> list[str]:
        return codes(self.host.get("class")) if self.host.type == "Encounter" else []

    def _class_and_type(self) -> None:
        classes = set(self._classes())
        kinds = {code for _, code, _ in codings(self.host.get("type"))} if self.host.type == "Encounter" else set()
        if classes & _VIRTUAL:
            self.fields["visit_type"] = "telehealth_video"
        elif kinds & _PREVENTIVE or any(code.startswith(("9938", "9939")) for code in kinds):
            self.fields["visit_type"] = "preventive"
        elif classes & _HOSPITAL:
            self.fields["visit_type"] = "other"
        known = [_NEW_PATIENT[code] for code in kinds if code in _NEW_PATIENT]
        words = (concept_text(self.host.get("type")) or "").lower() if self.host.type == "Encounter" else ""
        if known or "new patient" in words or "established patient" in words:
            self.fields["new_patient"] = known[0] if known else "new patient" in words
        if self._labels() & _NOT_DISCLOSED:
            self.fields["withhold_from_payer"] = True

    def _labels(self) -> set[str]:
        return set(codes(as_object(self.host.get("meta")).get("security")))

    def _place(self, *, assumed: bool) -> None:
        if not assumed:
            return
        place = next((_PLACE_OF_CLASS[code] for code in self._classes() if code in _PLACE_OF_CLASS), None)
        code = "fhir.place-of-service-assumed" if place else "fhir.class-not-understood"
        self.notices.add(code, f"{self.host.pointer}/class")
        self.fields["place_of_service"] = place or "11"

    def _participants(self) -> None:
        """Rendering, referring and supervising provider from Encounter.participant; an untyped one rendered."""
        if self.host.type == "Composition":
            author = self.bundle.follow(self.host.get("author"), self.host)
            read = parties.provider(self.reader, author, f"{self.host.pointer}/author")
            self.fields |= {"rendering_provider": read} if read else {}
        if self.host.type != "Encounter":
            return
        ranked: list[tuple[int, str, Any, str]] = []
        for position, item in enumerate(as_objects(self.host.get("participant"))):
            kinds = codes(item.get("type"))
            kind = next((code for code in kinds if code in _PARTICIPANTS), None)
            pointer = f"{self.host.pointer}/participant/{position}"
            if kinds and kind is None:
                self.notices.add("fhir.role-not-understood", f"{pointer}/type")
            else:
                slot = _PARTICIPANTS.get(kind or "", "rendering_provider")
                who = item.get("individual") or item.get("actor")
                ranked.append((_PARTICIPANT_ORDER.get(kind or "", 2), slot, who, pointer))
        for _, slot, who, pointer in sorted(ranked, key=lambda entry: entry[0]):
            if slot not in self.fields:
                read = parties.provider(self.reader, self.bundle.follow(who, self.host), pointer)
                self.fields |= {slot: read} if read else {}

    def _providers(self, claim: Found | None) -> None:
        billing = self._billing(claim)
        if billing is None:
            self.notices.add("fhir.billing-provider-missing", self.host.pointer)
        self.fields["billing_provider"] = billing
        facility = self._facility(claim)
        # A service facility is sent only where it is not the billing provider's own place (loop 2310C).
        if facility and facility.get("address") and facility["address"] != (billing or {}).get("address"):
            self.fields["service_facility"] = facility

    def _billing(self, claim: Found | None) -> Json | None:
        organization = self._role_organization()
        for value, holder in (
            (claim.get("provider") if claim else None, claim),
            (self.host.get("serviceProvider") or self.host.get("custodian"), self.host),
            (organization.get("organization") if organization else None, organization),
        ):
            if value is not None and holder is not None:
                reference = self.bundle.follow(value, holder)
                read = parties.provider(self.reader, reference, holder.pointer)
                if read is not None:
                    return read
        return None

    def _role_organization(self) -> Found | None:
        for item in as_objects(self.host.get("participant")):
            found = self.bundle.find(item.get("individual") or item.get("actor"), self.host)
            if found is not None and found.type == "PractitionerRole":
                return found
        return None

    def _facility(self, claim: Found | None) -> Json | None:
        location = as_object(self.host.get("location")).get("location") if self.host.type == "Encounter" else None
        for value, holder in ((claim.get("facility") if claim else None, claim), (location, self.host)):
            if value is not None and holder is not None:
                reference = self.bundle.follow(value, holder)
                if reference is not None and reference.found is not None:
                    return parties.provider(self.reader, reference, holder.pointer)
        return None

    def _coverages(self, patient: Found, reading: claims.ClaimReading) -> None:
        candidates = reading.coverages or coverage.coverages_of(self.reader, patient)
        read = coverage.read_coverages(
            self.reader, candidates, patient, date.fromisoformat(self.fields["service_date"])
        )
        self_pay = read.self_pay
        if not read.coverages:
            named = [coverage.by_display(self.reader, *item) for item in reading.displays]
            self_pay = self_pay or (bool(named) and all(item.self_pay for item in named))
        self.fields |= {"coverages": read.coverages, "self_pay": self_pay}
        if not read.coverages and not self_pay:
            self.notices.add("fhir.coverage-missing", self.host.pointer)


def _as_order(line: Json, found: Found) -> Json:
    return {
        "id": line["id"],
        "text": (concept_text(found.get("code")) or line["code"])[:300],
        "code": line["code"],
        "status": "completed",
        "performed_in_practice": True,
    }
