"""Who is the same patient. A person has several keys, and who shares one with another is the same.

A practice's record number and a payer's member number stay where names are mended, so each is a key together with one
part of the person that did not change. The part guards against a number that was entered for two: family members share
a member number, and twins a date of birth with it, so that of a dependent goes with the first name alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from events.phi import ClaimContent, CodedEncounter, Coverage, Person
from x12.identifiers import is_placeholder


def name_key(person: Person) -> bytes:
    """The same for everybody of one name, birth and sex."""
    named = (person.last_name, person.first_name, _born(person), person.sex)
    return hashlib.sha256("|".join(map(_plain, named)).encode()).digest()


def number_keys(of: ClaimContent | CodedEncounter) -> frozenset[bytes]:
    """Keys by record number and member numbers."""
    return frozenset(hashlib.sha256("|".join(parts).encode()).digest() for parts in _numbered(of))


def patient_keys(of: ClaimContent | CodedEncounter) -> frozenset[bytes]:
    """All keys of the patient."""
    return number_keys(of) | {name_key(of.patient)}


def _numbered(of: ClaimContent | CodedEncounter) -> Iterator[tuple[str, ...]]:
    patient, record = of.patient, _number(of.medical_record_number)
    if record:
        yield from (("record", record, *part) for part in (*_names(patient), ("born", _born(patient))) if part[1])
    for cover in _covers(of):
        member, own = _number(cover.member_id), cover.relationship == "self"
        if not member or patient.birth_date is None:
            continue
        for kind, name in _names(patient):
            if name and (own or kind == "first"):
                yield "member", _plain(cover.payer_id), member, str(own), _born(patient), kind, name


def _covers(of: ClaimContent | CodedEncounter) -> tuple[Coverage, ...]:
    """The covers as they are billed: a claim's own may be fixed where its encounter's are not."""
    return of.coverages if isinstance(of, CodedEncounter) else (of.coverage, *of.other_coverages)


def _names(person: Person) -> tuple[tuple[str, str], ...]:
    return ("first", _plain(person.first_name)), ("last", _plain(person.last_name))


def _born(person: Person) -> str:
    return person.birth_date.isoformat() if person.birth_date else ""


def _number(text: str | None) -> str:
    """A number as it is compared; none where only its place is held."""
    return "" if not text or is_placeholder(text) else _plain(text).replace("-", "").replace(" ", "")


def _plain(text: str | None) -> str:
    return (text or "").strip().casefold()
