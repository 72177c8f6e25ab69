"""What a bundle's answer names: all that was missing, assumed, or not understood. Never a value of the bundle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

HINTS: Final[dict[str, str]] = {
    "fhir.not-a-bundle": "Post a Bundle of type collection, document, transaction or message.",
    "fhir.bundle-type": "This bundle type is not taken: use collection, document, transaction or message.",
    "fhir.malformed": "This element has not the JSON type that R4 gives it and was not read.",
    "fhir.entry-without-resource": "The entry holds no resource and was not read.",
    "fhir.delete-not-supported": "DELETE entries are not carried out: revise the encounter with status cancelled.",
    "fhir.modifier-extension": "A modifierExtension is not understood, so the resource must not be used.",
    "fhir.resource-not-used": "Resources of this type are not used for coding or claims.",
    "fhir.resource-not-linked": "The resource names no encounter of this bundle and was not used.",
    "fhir.field-not-used": "This element is not used for coding or claims.",
    "fhir.reference-not-found": "The reference leads to nothing in this bundle: send the resource in the bundle.",
    "fhir.encounter-missing": "The bundle holds no Encounter, and no Claim or Composition that could stand for one.",
    "fhir.encounter-in-error": "The encounter is marked entered-in-error; to take back a known one, use PUT.",
    "fhir.encounter-duplicate": "An earlier entry of the bundle has the same identifier; this one was not used.",
    "fhir.entered-in-error": "The resource is marked entered-in-error or refuted and was not used.",
    "fhir.superseded": "The document is superseded or cancelled and was not used.",
    "fhir.status-missing": "The encounter has no status: it is taken as finished.",
    "fhir.external-id-missing": "Give the Encounter an identifier or an id, so that it can be revised later.",
    "fhir.patient-missing": "Encounter.subject must lead to a Patient in the bundle.",
    "fhir.patient-assumed": "Encounter.subject leads to nothing; the bundle's only Patient was taken.",
    "fhir.patient-name-missing": "The Patient needs name.family (or name.text).",
    "fhir.name-split": "Only name.text was given: its last word (or what stands before the comma) is the family name.",
    "fhir.birth-date-missing": "The Patient needs a full birthDate.",
    "fhir.service-date-missing": "Give Encounter.period.start, Claim.billablePeriod.start or Composition.date.",
    "fhir.date-not-usable": "The date is not a full ISO 8601 date and was not read.",
    "fhir.date-in-utc": "The instant is in UTC: its date was told in the practice's time zone. Send the local offset.",
    "fhir.billing-provider-missing": "No billing provider: give Claim.provider or Encounter.serviceProvider.",
    "fhir.provider-npi-missing": "The provider has no NPI (system http://hl7.org/fhir/sid/us-npi).",
    "fhir.provider-incomplete": "The provider has neither name nor NPI and was not used.",
    "fhir.provider-by-reference": "The provider is not in the bundle: only its reference's display and NPI are known.",
    "fhir.role-not-understood": "The participant's type is not understood and was not used.",
    "fhir.address-incomplete": "An address needs line, city, state and postalCode; it was not used.",
    "fhir.place-of-service-assumed": "The place of service was taken from Encounter.class; send it in Claim.item.",
    "fhir.class-not-understood": "Encounter.class is missing or not understood: place of service 11 was taken.",
    "fhir.coverage-missing": "No usable Coverage of the patient: the claim waits until it is sent.",
    "fhir.coverage-not-in-force": "The coverage's status or period excludes the date of service; it was not used.",
    "fhir.coverage-too-many": "A claim knows three payers; this coverage was not used.",
    "fhir.payer-id-missing": "The payer has no identifier: give Coverage.payor an Organization with its payer id.",
    "fhir.payer-name-missing": "The payer has no name: give Coverage.payor an Organization or a display.",
    "fhir.member-id-missing": "The coverage has no member id: give subscriberId or an identifier of type MB.",
    "fhir.subscriber-missing": "A dependent's coverage needs the subscriber as Patient or RelatedPerson.",
    "fhir.relationship-assumed": "The relationship to the subscriber is not given: self was taken.",
    "fhir.relationship-not-understood": "The relationship to the subscriber is not understood: unknown was taken.",
    "fhir.filing-indicator-assumed": "The kind of insurance is not given as a code; it was told from the payer's name.",
    "fhir.self-pay-assumed": "The coverage says that there is no payer: the encounter is taken as self-pay.",
    "fhir.code-system-assumed": "The coding has no exact system; its form was taken for the code set.",
    "fhir.code-not-understood": "No coding in a code set that is understood (ICD-10-CM, SNOMED CT, CPT, HCPCS).",
    "fhir.line-code-not-understood": "The line has no CPT or HCPCS code and was not used as a service line.",
    "fhir.line-date-assumed": "The line has no date of service: the encounter's was taken.",
    "fhir.amount-not-usable": "The amount is not a number of US dollars and was not read.",
    "fhir.pointer-not-found": "diagnosisSequence leads to no diagnosis that could be used.",
    "fhir.claim-type-not-used": "Only professional claims are read; this claim's lines were not used.",
    "fhir.claim-coverage-not-found": "Claim.insurance.coverage leads to nothing in this bundle.",
    "fhir.claim-too-many": "The encounter has several claims; only the first was used.",
    "fhir.attachment-not-text": "Only text, HTML and markdown are read; this attachment was not used.",
    "fhir.attachment-not-read": "The attachment's data is not valid base64 or is empty.",
    "fhir.attachment-url-not-fetched": "Documents are not fetched: send the text as data or as Binary in the bundle.",
    "fhir.note-cleaned": "Characters that cannot be stored were taken out of the note's text.",
    "fhir.note-without-text": "The document holds no text that can be read.",
    "fhir.note-duplicate": "The same text came in another resource; it was taken once.",
    "fhir.signature-assumed": "The document's state does not say whether it is signed: it is taken as signed.",
    "fhir.value-clipped": "The value is longer than a claim can hold; it was cut to the limit.",
    "fhir.value-not-usable": "The value has not the form that a claim needs and was left out.",
    "fhir.too-many": "More of these than an encounter can hold; the rest was left out.",
}

ESSENTIAL: Final = frozenset(
    {
        "fhir.external-id-missing",
        "fhir.patient-missing",
        "fhir.patient-name-missing",
        "fhir.birth-date-missing",
        "fhir.service-date-missing",
        "fhir.encounter-in-error",
    }
)
"""Without these there is no encounter."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that was missing, assumed or not understood, and where. `count` sums equal ones of a bundle."""

    code: str
    pointer: str
    hint: str
    count: int = 1


@dataclass(slots=True)
class Notices:
    """Collects notices in order, each code and place once."""

    _seen: dict[tuple[str, str], Notice] = field(default_factory=dict)

    def add(self, code: str, pointer: str, what: str = "") -> None:
        """Name `code` at `pointer`; `what` is a type or element name, never a value."""
        hint = f"{what}: {HINTS[code]}" if what else HINTS[code]
        self._seen.setdefault((code, pointer), Notice(code, pointer, hint))

    def extend(self, other: Notices) -> None:
        """Take over what another collector found."""
        for key, notice in other._seen.items():
            self._seen.setdefault(key, notice)

    def codes(self) -> set[str]:
        """The codes found so far."""
        return {code for code, _ in self._seen}

    def as_tuple(self) -> tuple[Notice, ...]:
        """All of them, in the order found."""
        return tuple(self._seen.values())
