"""Clinical notes: DocumentReference, Composition and DiagnosticReport, as attachments or narrative."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from coding_svc.fhir.bundle import Found
from coding_svc.fhir.reader import Reader
from coding_svc.fhir.values import (
    Json,
    as_object,
    as_objects,
    as_text,
    concept_text,
    npi_of,
    storable,
    words_of_html,
)

NOTE_TYPES: Final = ("DocumentReference", "Composition", "DiagnosticReport")
MAX_SECTION_DEPTH: Final = 8
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_TEXT: Final = frozenset({"text/plain", "text/markdown", "text/x-markdown", "text", ""})
_GONE: Final = frozenset({"superseded", "cancelled", "deprecated"})
_UNSIGNED: Final = frozenset({"preliminary", "registered", "partial", "draft", "in-progress"})
_SIGNED: Final = frozenset({"final", "amended", "corrected", "appended"})


def read_note(reader: Reader, found: Found, day: date) -> Json | None:
    """One note, or None: superseded, without readable text, or marked in error; the reason is named.

    `day` is the date of service, for a document without any date.
    """
    status = {as_text(found.get("status")), as_text(found.get("docStatus"))}
    if "entered-in-error" in status:
        reader.notices.add("fhir.entered-in-error", found.pointer)
        return None
    if status & _GONE:
        reader.notices.add("fhir.superseded", found.pointer)
        return None
    text = _clean(reader, _TEXT_OF[found.type](reader, found), found.pointer)
    if not text:
        reader.notices.add("fhir.note-without-text", found.pointer)
        return None
    return {**_head(reader, found), **_signature(reader, found, day), "text": text}


def _clean(reader: Reader, text: str, pointer: str) -> str:
    kept = storable(text)
    if kept != text:
        reader.notices.add("fhir.note-cleaned", pointer)
    return kept.strip()


def _head(reader: Reader, found: Found) -> Json:
    author = reader.bundle.follow(
        found.get("author") or found.get("resultsInterpreter") or found.get("performer"), found
    )
    held = author.found if author else None
    if held is not None and held.type == "PractitionerRole":
        held = reader.bundle.find(held.get("practitioner"), held) or held
    name = concept_text(found.get("type")) or concept_text(found.get("code")) or concept_text(found.get("category"))
    return {
        "id": as_text(found.get("id")),
        "type": (as_text(found.get("title")) or name or found.type)[:64],
        "author": _author_name(held) or (author.display if author else None),
        "author_npi": npi_of(held.get("identifier")) if held is not None else None,
    }


def _author_name(found: Found | None) -> str | None:
    if found is None:
        return None
    name = as_object(found.get("name"))
    given = name.get("given")
    words = [*(given if isinstance(given, list) else []), name.get("family")]
    return " ".join(word for word in words if isinstance(word, str)) or as_text(name.get("text"))


def _signature(reader: Reader, found: Found, day: date) -> Json:
    """When it was written and signed. A state that says nothing counts as signed, and is named."""
    attester = as_object(found.get("attester"))
    field = next((name for name in ("date", "issued", "effectiveDateTime") if found.get(name) is not None), "date")
    written = reader.moment(found.get(field), f"{found.pointer}/{field}")
    attested = reader.moment(attester.get("time"), f"{found.pointer}/attester/0/time")
    states = {as_text(found.get("docStatus"))} if found.type == "DocumentReference" else {as_text(found.get("status"))}
    instant = (written.instant if written else None) or _context_instant(reader, found)
    answer = {"authored_at": instant.isoformat() if instant else None}
    if states & _UNSIGNED:
        return answer
    if not states & _SIGNED:
        reader.notices.add("fhir.signature-assumed", found.pointer)
    signed = (attested.instant if attested else None) or instant
    if signed is None:  # a bare date, or none: the end of that day where the practice is
        signed = datetime.combine(written.day if written else day, time.max, ZoneInfo(reader.zone))
    return {**answer, "signed_at": signed.isoformat()}


def _context_instant(reader: Reader, found: Found) -> datetime | None:
    period = as_object(as_object(found.get("context")).get("period"))
    read = reader.moment(period.get("end") or period.get("start"), f"{found.pointer}/context/period")
    return read.instant if read else None


def _text_of_reference(reader: Reader, found: Found) -> str:
    """The first content that can be read: several contents are the same document in several formats."""
    for position, content in enumerate(as_objects(found.get("content"))):
        pointer = f"{found.pointer}/content/{position}/attachment"
        if text := attachment_text(reader, found, as_object(content.get("attachment")), pointer):
            return text
    return ""


def _text_of_report(reader: Reader, found: Found) -> str:
    forms = [
        attachment_text(reader, found, form, f"{found.pointer}/presentedForm/{position}")
        for position, form in enumerate(as_objects(found.get("presentedForm")))
    ]
    text = next(filter(None, forms), "")
    conclusion = as_text(found.get("conclusion"))
    if conclusion and conclusion not in text:
        text = f"{text}\n\nConclusion:\n{conclusion}".strip()
    return text


def _text_of_composition(reader: Reader, found: Found) -> str:
    parts = [_section_text(section, 0) for section in as_objects(found.get("section"))]
    text = "\n\n".join(filter(None, parts))
    return text or words_of_html(as_text(as_object(found.get("text")).get("div")) or "")


def _section_text(section: Json, depth: int) -> str:
    """Title, narrative and sub-sections of one section."""
    if depth > MAX_SECTION_DEPTH:
        return ""
    body = words_of_html(as_text(as_object(section.get("text")).get("div")) or "")
    inner = [_section_text(item, depth + 1) for item in as_objects(section.get("section"))]
    title = as_text(section.get("title")) or concept_text(section.get("code"))
    words = "\n\n".join(filter(None, (body, *inner)))
    return f"{title}:\n{words}" if title and words else words


_TEXT_OF: Final = {
    "DocumentReference": _text_of_reference,
    "Composition": _text_of_composition,
    "DiagnosticReport": _text_of_report,
}


def attachment_text(reader: Reader, holder: Found, attachment: Json, pointer: str) -> str:
    """The words of an attachment: its own data, or a Binary of the bundle. What is not text is named."""
    content_type, data = as_text(attachment.get("contentType")), as_text(attachment.get("data"))
    if data is None and (url := as_text(attachment.get("url"))) is not None:
        binary = reader.bundle.find(url, holder)
        if binary is None or binary.type != "Binary":
            reader.notices.add("fhir.attachment-url-not-fetched", pointer)
            return ""
        content_type = content_type or as_text(binary.get("contentType"))
        data = as_text(binary.get("data"))
    if data is None:
        reader.notices.add("fhir.attachment-not-read", pointer)
        return ""
    return _decoded(reader, data, content_type or "", pointer)


def _decoded(reader: Reader, data: str, content_type: str, pointer: str) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in _TEXT and kind not in _HTML:
        reader.notices.add("fhir.attachment-not-text", pointer)
        return ""
    try:
        raw = base64.b64decode(re.sub(r"\s+", "", data), validate=True)
    except (binascii.Error, ValueError):
        reader.notices.add("fhir.attachment-not-read", pointer)
        return ""
    text = _text_of_bytes(raw, content_type)
    return words_of_html(text) if kind in _HTML else text


def _text_of_bytes(raw: bytes, content_type: str) -> str:
    match = re.search(r"charset=\"?([\w.-]+)", content_type, re.IGNORECASE)
    for name in (match[1] if match else "utf-8-sig", "utf-8-sig"):
        try:
            return raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("cp1252", "replace")
