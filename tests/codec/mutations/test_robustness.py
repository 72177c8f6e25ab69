"""Whatever is in a file: the rules do not raise, every finding is inside of it, and pyx12 agrees on what is right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from x12 import claim_837p, remittance_835
from x12.examining import examine
from x12.findings import Finding

from tests.codec.mutations import claim_bases, claim_structure, remittance_bases, remittances
from tests.codec.mutations.editing import Mutation, Segments, mutated, sealed, text_of
from tests.codec.validators import pyx12_errors

BASES = [*claim_bases.BASES.values(), *remittance_bases.BASES.values()]
VALUES = st.one_of(
    st.sampled_from(["", "0", "-1", "ZZ", ":", "::", "1:2:3:4:5", "²", "9" * 30, "20261301", "20260101-20250101", " "]),
    st.text(st.characters(blacklist_characters="~", blacklist_categories=["Cs"]), max_size=12),
)


@st.composite
def damaged(draw: st.DrawFn) -> Segments:
    """A valid file with up to four segments or elements changed at random."""
    segments = list(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(1, len(segments) - 1))
        parts = segments[at].split("*")
        kind = draw(st.sampled_from(["drop", "double", "swap", "cut", "element", "element", "element"]))
        if kind == "drop" and len(segments) > 3:
            del segments[at]
        elif kind == "double":
            segments.insert(at, segments[at])
        elif kind == "swap":
            segments[at - 1], segments[at] = segments[at], segments[at - 1]
        elif kind == "cut":
            segments[at] = "*".join(parts[: draw(st.integers(1, len(parts)))])
        else:
            parts[draw(st.integers(0, len(parts) - 1))] = draw(VALUES)
            segments[at] = "*".join(parts)
    return segments


@settings(max_examples=250, deadline=None)
@given(damaged())
def test_nothing_makes_a_rule_raise(segments: Segments) -> None:
    for each in examine(text_of(segments)):
        if isinstance(each, Finding):
            assert 0 <= each.position <= len(segments) + 1
            assert each.message and each.action
            assert repr(replace(each, value="x")) == repr(each)


@pytest.mark.parametrize("name", ["cob", "tertiary", "ambulance", "drug", "other delimiters"])
def test_pyx12_takes_our_valid_claims(name: str) -> None:
    assert pyx12_errors(text_of(claim_bases.VARIANTS[name])) == []


@pytest.mark.parametrize("name", ["era", "reversal", "withheld", "inpatient"])
def test_pyx12_takes_our_valid_remittances(name: str) -> None:
    assert pyx12_errors(text_of(remittance_bases.VARIANTS[name])) == []


def test_findings_do_not_depend_on_the_day() -> None:
    """Twice the same, and what is told is told of the file: a service after BHT04 is in its future."""
    late = sealed([each.replace("20260601", "20260616") for each in claim_bases.BASES["office"]])
    found = [list(examine(text_of(late))) for _ in range(2)]
    assert found[0] == found[1]
    assert {each.code for each in found[0] if isinstance(each, Finding)} == {"SIT-SERVICE-FUTURE"}


SHARED_SUMS = {"BAL-TOTAL", "BAL-COB-LINE", "BAL-COB-PAID", "BAL-LINE", "BAL-CLAIM", "BAL-CHARGE", "BAL-TRANSACTION"}
SUMS = [
    *((mutation, claim_bases.BASES) for mutation in claim_structure.SUMS),
    *((mutation, remittance_bases.BASES) for mutation in remittances.SUMS),
]


@pytest.mark.parametrize(("mutation", "bases"), SUMS, ids=[mutation.name for mutation, _ in SUMS])
def test_the_sums_of_models_and_of_segments_are_the_same(mutation: Mutation, bases: dict[str, Segments]) -> None:
    """A file is looked at as segments, so that findings have places; a claim that is not written yet, as a model."""
    data = mutated(mutation, bases)
    codec = claim_837p if bases is claim_bases.BASES else remittance_835
    of_models = {
        each.code
        for transaction_set in codec.read(data).transaction_sets
        for part in (transaction_set.claims if codec is claim_837p else [transaction_set])
        for each in codec.balance.check(part)
    }
    of_segments = {each.code for each in examine(data) if isinstance(each, Finding)}
    assert of_models & SHARED_SUMS == of_segments & SHARED_SUMS
