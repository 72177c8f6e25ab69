"""Conditions that a medicine has caused: the classification keeps codes of their own for many of them ("drug-induced").

"Neuropathy due to chemotherapy" says what the title "Drug-induced polyneuropathy" says in other words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from coding_svc.coding import lexicon
from coding_svc.coding.medications import CLASS_OF
from coding_svc.coding.text import Token, norm_words

MEDICINES: Final = frozenset(
    norm_words(
        "antibiotic steroid opioid vaccine diuretic anticoagulant antidepressant contrast antihistamine insulin"
        " chemotherapy immunotherapy medication drug statin nsaid antipsychotic"
    )
)
_STEMS: Final = tuple((ending, like) for ending, like in lexicon.rows("drug_stems.tsv"))
_CAUSE: Final = re.compile(r"\b(?<!not )(?:(?:due|secondary) to|(?:caused|induced) by|from|induced)\b", re.IGNORECASE)
_NO_CAUSE: Final = re.compile(
    r"\b(?:benefit|relief|improvement|response|help|better|switched|weaned|changed|transition\w*) $", re.IGNORECASE
)
"""Before "from": the medicine helps, or is left ("no benefit from sildenafil")."""
_BETWEEN: Final = 2
"""Words that may stand between the cause and the medicine ("due to the long-term use of" names it later)."""
_REACH: Final = 16
"""Code points before a cause in which its word stands."""
_SAID: Final = frozenset({"drug", "induced"})
_CHEMOTHERAPY: Final = frozenset({"antineoplastic", "cancer", "chemotherapy", "therapy"})


def like(word: str) -> str | None:
    """A drug of the table that stands for all names with this ending (the stems of generic names)."""
    return next((like for ending, like in _STEMS if word.endswith(ending)), None)


def is_medicine(word: str) -> bool:
    """Whether a word names a medicine or a kind of them."""
    return word in MEDICINES or word in CLASS_OF or like(word) is not None


def words_of_cause(text: str, start: int, end: int, tokens: Sequence[Token]) -> frozenset[str]:
    """The classification's words for a medicine that the statement names as the cause; none without one."""
    for match in _CAUSE.finditer(text, start, end):  # the words of "statin-induced" begin at one place
        after = [token.norm for token in tokens if token.start >= match.end()][: _BETWEEN + 1]
        before = [token.norm for token in tokens if token.start < match.start() and token.norm != "induced"][-1:]
        named = before if match.group().lower() == "induced" else after
        medicine = next((word for word in named if is_medicine(word)), None)
        if medicine is not None and not _NO_CAUSE.search(text, max(start, match.start() - _REACH), match.start()):
            return _SAID | _CHEMOTHERAPY if medicine == "chemotherapy" else _SAID
    return frozenset()
