"""An edit that is bound to an occasion finds nothing without it: leaving it out changes no finding."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from claim_builder.scrubbing import EDITS, INSTITUTIONAL, PROFESSIONAL, ScrubContext, Severity, scrub, snip5_providers
from claim_builder.scrubbing.edit import Subject, finding
from claim_builder.scrubbing.occasions import FURTHER
from codesets import store
from events.phi import ClaimContent, ClaimLine

from tests.support.claim_lives import claims
from tests.support.stays import STAYS
from tests.unit.claim_builder import (
    test_bundling_edits,
    test_claim_edits,
    test_institutional_edits,
    test_part_edits,
    test_service_edits,
    test_shape_edits,
    test_value_edits,
)
from tests.unit.claim_builder.claim_examples import TODAY, changed, institutional_claim

OF_SHAPES = (test_shape_edits, test_value_edits, test_part_edits)


def scenes() -> Iterator[tuple[ClaimContent, ScrubContext]]:
    """Both sides of every edit's case, and claims of every shape."""
    for case in test_claim_edits.CASES.values():
        for changes in (case.fires, case.silent):
            told = {path: value for path, value in changes.items() if path != "="}
            yield changed(case.of(), told), ScrubContext(TODAY, case.unpriced)
    for fires, _, silent, make in chain(*(module.CASES.values() for module in OF_SHAPES)):
        yield from ((changed(make(), each), ScrubContext(TODAY)) for each in (fires, silent))
    for fires, _, silent in test_institutional_edits.CASES.values():
        yield from ((changed(institutional_claim(), each), ScrubContext(TODAY)) for each in (fires, silent))
    for scene in chain.from_iterable(test_bundling_edits.CASES.values()):
        yield scene.claim, ScrubContext(**{"today": TODAY, **scene.context})
    for content in chain.from_iterable(test_service_edits.CASES.values()):
        yield content, ScrubContext(TODAY, history=test_service_edits.SEEN)
    for _, content in chain(claims(150, 1), claims(40, 1, STAYS)):
        yield content, ScrubContext(TODAY)


def test_an_edit_is_bound_to_what_a_claim_may_have() -> None:
    known = {*ClaimContent.model_fields, *ClaimLine.model_fields, *FURTHER}
    assert {name for edit in EDITS for name in edit.only} <= known


@pytest.mark.parametrize("with_tables", [False, True])
def test_without_its_occasion_an_edit_finds_nothing(
    with_tables: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if with_tables:
        test_bundling_edits.load(tmp_path, monkeypatch)
    fired = set()
    for content, context in scenes():
        scrubbed = scrub(content, context)
        subject = Subject(scrubbed.content, context)
        table = PROFESSIONAL if content.institutional is None else INSTITUTIONAL
        every = [finding(edit, place) for edit in table for place in edit.check(subject)]
        every.sort(key=lambda it: list(Severity).index(it.severity))
        assert [it for it in scrubbed.findings if not it.code.startswith("repair.")] == every
        fired |= {it.code for it in every}
    bound_to_tables = {edit.code for edit in EDITS if "own-tables" in edit.only}
    elsewhere = {edit.code for edit in snip5_providers.EDITS.edits}  # see test_provider_edits
    assert {edit.code for edit in EDITS} - fired == (elsewhere if with_tables else bound_to_tables)
    store.forget()
