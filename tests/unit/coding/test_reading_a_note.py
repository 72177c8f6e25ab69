"""Tokens, sections, sentences: each step alone."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from coding_svc.coding.literals import foreign, needs
from coding_svc.coding.screened import Screened, Screens
from coding_svc.coding.sections import split_sections
from coding_svc.coding.sentences import split_sentences
from coding_svc.coding.text import norm_words, tokenise
from coding_svc.domain import Section
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "norms"),
    [
        ("HTN", ["hypertension"]),
        ("T2DM", ["type", "2", "diabete"]),
        ("both knees", ["bilateral", "knee"]),
        ("gastro-esophageal", ["gastroesophageal"]),
        ("follow-up", ["follow", "up"]),
        ("migraine w/o aura", ["migraine", "without", "aura"]),
        ("type II", ["type", "2"]),
        ("L4-5 disk", ["lumbar", "5", "disc"]),
        ("actinic keratoses", ["actinic", "keratosis"]),
        ("he may add salt", ["he", "may", "add", "salt"]),
        ("ADD", ["attention", "deficit", "disorder"]),
        ("Bell's palsy", ["bell", "palsy"]),
    ],
)
def test_words_are_compared_by_their_norm(text: str, norms: list[str]) -> None:
    assert norm_words(text) == norms


def test_an_abbreviation_keeps_its_place() -> None:
    assert {(token.start, token.end) for token in tokenise("on HTN")[1:]} == {(3, 6)}


HEADED = "CHIEF COMPLAINT\nCough.\n\nHPI: Sick.\nASSESSMENT AND PLAN\n1. Asthma.\nFAMILY HISTORY\nnone"
SOAP = "S: cough\nO: clear\nA: asthma\nP: albuterol"
DICTATED = "two year old with a cough lungs clear assessment acute bronchitis plan rest and fluids"
INLINE = "Cough for 3 days. Exam: lungs clear. Impression: acute bronchitis. Plan: rest."


@pytest.mark.parametrize(
    ("text", "section", "body"),
    [
        (HEADED, Section.ASSESSMENT, "1. Asthma."),
        (HEADED, Section.CHIEF_COMPLAINT, "Cough."),
        (HEADED, Section.FAMILY_HISTORY, "none"),
        (SOAP, Section.ASSESSMENT, "asthma"),
        (SOAP, Section.EXAM, "clear"),
        (DICTATED, Section.ASSESSMENT, "acute bronchitis"),
        (DICTATED, Section.PLAN, "rest and fluids"),
        (INLINE, Section.ASSESSMENT, "acute bronchitis."),
        ("Dx laceration of hand", Section.ASSESSMENT, "laceration of hand"),
    ],
)
def test_every_way_of_heading_is_read(text: str, section: Section, body: str) -> None:
    part = next(part for part in split_sections(text) if part.section is section)
    assert text[part.body : part.end].strip() == body


def test_without_any_heading_all_is_unknown() -> None:
    assert [part.section for part in split_sections("just a cough")] == [Section.UNKNOWN]


def test_a_spoken_assessment_is_not_looked_for_where_one_is_written() -> None:
    text = "Assessment: asthma.\nHer own assessment is that she is fine."
    assert sum(part.section is Section.ASSESSMENT for part in split_sections(text)) == 1


@given(st.text(max_size=400))
def test_parts_cover_the_note_without_gaps(text: str) -> None:
    parts = split_sections(text)
    assert parts[0].start == 0
    assert parts[-1].end == len(text)
    assert all(before.end == after.start for before, after in pairwise(parts))


def heads(text: str) -> list[str]:
    part = next(part for part in split_sections(text) if part.section is Section.ASSESSMENT)
    return [text[s.start : s.end].strip() for s in split_sentences(text, [part], tokenise(text)) if s.head]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("A/P:\n1. Hypertension, stable.\n2. Gout.", ["Hypertension, stable.", "Gout."]),
        ("A/P: 2.0 cm laceration of the palm.", ["2.0 cm laceration of the palm."]),
        ("A/P: Hypothyroidism, stable, levothyroxine renewed.", ["Hypothyroidism, stable,"]),
        ("A/P:\n1. T2DM, at goal: continue metformin", ["T2DM, at goal"]),
        ("A/P: The patient has been taking her tablets.", []),
        ("ASSESSMENT AND PLAN\nGout.\n- Medical Treatment: Allopurinol daily.", ["Gout."]),
        ("Assessment: Ann is a 40-year-old woman with gout.", []),
    ],
)
def test_problem_lines_are_told_from_talk(text: str, named: list[str]) -> None:
    assert heads(text) == named


def test_titles_and_numbers_do_not_end_a_sentence() -> None:
    text = "Plan: saw Dr. Smith at 10.5 today. Rest."
    part = split_sections(text)[0]
    assert len(split_sentences(text, [part], tokenise(text))) == 2


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bct\b|cat scan", r"abc?d+e", r"(?:x|y) ray[s]?", r"a|b", r"foo(?:bar|baz)?\.txt",
        r"(?:abc|def)[^.]{0,5}(?:box|fox)",
        r"(?<!no )\b(?:abo|xof)(?:t|s)?\b", r"(?:(?:no|ye)s|fo) (?:ab){0,2}o", r"(?=ab)(?:ab|cd)e",
        r"a-?b\b[- ]c|\b-?at", r"\b(?:fe|at)\b[^.]*\bbo\b", r"(?:ab)+c|[a-c]x{2}\s+[^x]o", r"é\b ?ab", r"\b \bab",
        r"ab[^.\n]{0,9}(?:c|d)", r"fo\W+x|(?<=\.)\s?(?:ab|cd)\b(?! \.)", r"\bab\b.*(?=;)",
    ],
)  # fmt: skip
@given(text=st.text(alphabet="abcdefotxyrs .;nc-_éİ\n", max_size=40))
def test_the_literal_screen_never_hides_a_match(pattern: str, text: str) -> None:
    screened = Screened(pattern)
    assert _span(screened.search(text)) == _span(screened.pattern.search(text))
    assert _span(screened.search(text, 3, 30)) == _span(screened.pattern.search(text, 3, 30))
    assert [*map(_span, screened.finditer(text))] == [*map(_span, screened.pattern.finditer(text))]


def _span(match: re.Match[str] | None) -> tuple[int, int] | None:
    return match.span() if match else None


@pytest.mark.parametrize(
    ("pattern", "marks"),
    [
        (r"\bab\b \w+", "\n.;"),
        (r"ab[^.\n]{0,9}cd", "\n."),
        (r"ab(?!;)c.", "\n"),
        (r"(?<=\. )ab", "\n.;"),
        (r"ab\s", ".;"),
        (r"^ab", ""),
        (r"ab$", ""),
        (r"(a)\1", ""),
        (r"ab\W|[-/]c", ""),
        (r"a\.b|[!-0]c", "\n;"),
    ],
)
def test_a_text_is_cut_at_marks_that_a_pattern_cannot_hold(pattern: str, marks: str) -> None:
    assert foreign(pattern) == marks


def test_the_screen_asks_for_whole_words_and_for_every_part_of_a_match() -> None:
    assert needs(r"\bct\b|cat[- ]scans?") == ((frozenset({" ct "}),), (frozenset({"cat scan"}),))
    assert needs(r"(?:mom|dad)\b[^.]{0,9}\b(?:says|told)") == (
        (frozenset({" says", " told"}), frozenset({"mom ", "dad "})),
    )
    assert needs(r"\d+|abc") is None
    assert needs(r"\b(?:he|she)\b[^.]*\bstory\b") == ((frozenset({" story "}),),)
    assert needs(r"\bof\b") == ((frozenset({" of "}),),)
    assert not Screened(r"\bct\b").might("a fracture of the tract")
    assert not Screened(r"(?:mom|dad)\b[^.]{0,9}\b(?:says|told)").might("her mom is well")


@given(words=st.lists(st.sampled_from(["ab", "cd", "ef gh", "x", "1."]), max_size=12))
def test_patterns_are_led_to_every_stretch_that_they_match_in(words: list[str]) -> None:
    patterns = [Screened(pattern) for pattern in (r"\bab\b", r"cd x|ef", r"\d", r"ab[^.]{0,3}cd")]
    text = " ".join(words)
    starts = [at for at in range(0, len(text), 7) if at == 0 or text[at - 1] == " "]
    led = {(at, number) for at, numbers in Screens(patterns).by_stretch(text, starts) for number in numbers}
    for at, (start, end) in enumerate(pairwise([*starts, len(text)])):
        for number, screened in enumerate(patterns):
            found = screened.pattern.search(text[start:end]) is not None
            assert (at, number) in led or not found
            assert at in screened.stretches(text, starts) or not found
