"""The published language: golden samples parse for ever, the documents follow the code."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from events import CATALOGUE, UnknownEvent, event_class
from events.documents import documents
from events.envelope import Event
from events.samples import golden_samples

DOCS = Path(__file__).parents[2] / "docs" / "events"


@pytest.mark.parametrize(("event", "sample"), list(golden_samples()), ids=lambda v: getattr(v, "__name__", ""))
def test_golden_samples_parse_and_match_their_schema(event: type[Event], sample: bytes) -> None:
    parsed = event.model_validate_json(sample)
    assert parsed.event_id == event.id_of(**dict(parsed)), "the identity of a published event must never change"
    jsonschema.validate(json.loads(sample), event.model_json_schema())


def test_samples_have_every_field() -> None:
    for event, sample in golden_samples():
        missing = set(event.model_fields) - set(json.loads(sample)) - {"phi", "claim_id", "claim_version"}
        optional = {n for n, f in event.model_fields.items() if not f.is_required()}
        assert not missing - optional, event.__name__


def test_documents_follow_the_code() -> None:
    written = {path.name: path.read_text() for path in DOCS.iterdir()}
    assert written == dict(documents()), "run `make docs`"


def test_unknown_fields_are_ignored_and_unknown_events_named() -> None:
    for event, sample in golden_samples():
        assert event.model_validate({**json.loads(sample), "from_the_future": 1})
    with pytest.raises(UnknownEvent, match="EncounterReceived version 99"):
        event_class("EncounterReceived", 99)


def test_every_event_names_one_publisher_and_an_identity() -> None:
    for event in CATALOGUE:
        assert event.identity
        assert all(name in event.model_fields for name in event.identity)


def test_no_plain_field_of_an_event_can_hold_free_text() -> None:
    allowed = {"phi", "tenant_id", "payer_id", "gateway_id", "code_set_release", "transaction_set_control_number"}
    allowed |= {"payer_claim_control_number", "claim_status_code"}
    for event in CATALOGUE:
        for name, field in event.model_fields.items():
            assert field.annotation is not str or field.metadata or name in allowed, f"{event.__name__}.{name}"
