"""Whatever stands in a field: the scrubber holds the claim, or the file is written and our validator finds no error.

Every field that a claim of any shape fills is given every kind of wrong value, one at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from claim_builder import fields
from claim_builder.scrubbing import ScrubContext, blocks, scrub
from events.phi import ClaimContent
from pydantic import ValidationError
from submission_svc.claim_837i import claim as stay_model
from submission_svc.claim_837p import claim as visit_model
from x12 import claim_837i, claim_837p
from x12.claim_837i.models import ClaimTransactionSet as Stays
from x12.claim_837p.models import ClaimTransactionSet as Visits
from x12.examining import examine
from x12.findings import Finding

from tests.codec.test_claims_of_every_shape import ENVELOPE, head
from tests.support.claim_lives import claims
from tests.support.stays import STAYS
from tests.unit.claim_builder.claim_examples import clean_claim, institutional_claim, secondary_claim

TODAY = date(2026, 11, 25)
SEED = 5
TEXTS = ("X" * 300, "A~B*C:D", "   ", "日本", "x")
NUMBERS = ("X" * 300, "A~B", "   ", "é", "-1", "0", "123456789012.12345")
DAYS = ("1899-01-01", "2031-12-31")
Field = tuple[ClaimContent, str, Any]


def nodes(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of everything that is filled: fields, parts and lists."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield from nodes(value, f"{path}/{key}" if path else str(key))
    if path and tree not in (None, "", [], {}, False):
        yield path, tree


def filled() -> dict[str, Field]:
    """Each field once, in a claim that fills it."""
    made = [content for _, content in (*claims(400, SEED), *claims(120, SEED, STAYS))]
    found: dict[str, Field] = {}
    for content in (*made, clean_claim(), secondary_claim(), institutional_claim()):
        kind = "visit" if content.institutional is None else "stay"
        for path, value in nodes(content.model_dump(mode="json")):
            found.setdefault(f"{kind} {re.sub('/[0-9]+', '/*', path)}", (content, path, value))
    return found


def wrong(value: Any) -> tuple[Any, ...]:
    """Other values for a field: of the wrong kind or size; for a list or a part also none, many, and the same twice."""
    if isinstance(value, list):
        return None, [], value * 2, value * 30
    if isinstance(value, dict | bool):
        return None, False
    if isinstance(value, int):
        return -1, 0, 10**11
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return (None, *DAYS)
    return (None, *(NUMBERS if re.fullmatch(r"-?\d+(\.\d+)?", value) else TEXTS))


def spoiled(content: ClaimContent, path: str, value: Any) -> ClaimContent | None:
    """The claim with this value, None if the schema refuses it."""
    tree = content.model_dump(mode="json")
    fields.write(tree, path, value)
    try:
        return ClaimContent.model_validate_json(json.dumps(tree), strict=True)
    except ValidationError:
        return None


def errors_of(content: ClaimContent) -> list[str]:
    """What our validator finds in the file of a claim."""
    if content.institutional is None:
        data = claim_837p.write(ENVELOPE, [Visits(*head(1), (visit_model(content),))])
    else:
        data = claim_837i.write(ENVELOPE, [Stays(*head(1), (stay_model(content),))])
    return [f"{it.code} {it.loop} {it.element}" for it in examine(data) if isinstance(it, Finding) and it.is_error]


FIELDS = filled()


def test_many_fields_are_there() -> None:
    assert len(FIELDS) > 800
    assert {"visit lines/*/forms/*/answers/*/text", "stay institutional/values/*/amount"} <= FIELDS.keys()


@pytest.mark.parametrize("kind", ["visit", "stay"])
def test_what_passes_can_be_sent(kind: str) -> None:
    passed, faults = 0, []
    for name, (content, path, value) in FIELDS.items():
        for bad in wrong(value) if name.startswith(kind) else ():
            claim = spoiled(content, path, bad)
            scrubbed = scrub(claim, ScrubContext(TODAY)) if claim is not None else None
            if scrubbed is None or blocks(scrubbed.findings):
                continue
            passed += 1
            faults += [f"{name} = {str(bad)[:20]}: {error}" for error in set(errors_of(scrubbed.content))]
    assert faults == []
    assert passed > 200, "some wrong values are right, or are not sent"
