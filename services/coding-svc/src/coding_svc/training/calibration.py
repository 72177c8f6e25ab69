"""Calibration: the share of right codes per group, made cautious and monotone.

Four imagined codes are added to each group, three of them right, and four visit levels, seven of eight right as at
first readings: a group seen seldom is not trusted, nor distrusted, by chance. Four gave the least error in
cross-validation over the visit notes (codes 0.051; eight 0.072). A group that one code alone was seen of stays with
what is imagined. Groups that are ordered by nature (whole line, most of it, part of it; rising rough confidence) are
brought into order by pooling neighbours that violate it (isotonic regression).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from coding_svc.coding.confidence import UNMEASURED

_IMAGINED: Final = (4, 3)
"""How many, and how many of them right."""
_LEVELS_IMAGINED: Final = (4, 3.5)
_NARRATIVE_IMAGINED: Final = (8, 4)
LEAST_CODES: Final = 2
LEAST_LEVELS: Final = 3
"""A group of visit levels that fewer notes had stays unmeasured: a wrong level is worse than one more for a coder."""
ORDERED: Final = (
    ("line-part", "line-most", "line-whole"),
    tuple(f"narrative-{step}" for step in range(10)),
)


class Group(NamedTuple):
    """A row of the table: how many codes were seen, how many were right, and what follows."""

    name: str
    codes: int
    right: int
    confidence: float


def calibrate(observed: Iterable[tuple[str, bool]]) -> list[Group]:
    """The table from (group, right) of every code on labelled notes; groups without a name are left out."""
    counts: dict[str, list[int]] = {}
    for name, right in observed:
        if name:
            held = counts.setdefault(name, [0, 0])
            held[0] += 1
            held[1] += right
    groups = {name: _group(name, *held) for name, held in counts.items()}
    for names in ORDERED:
        present = [groups[name] for name in names if name in groups]
        groups.update({group.name: group for group in _monotone(present)})
    return sorted(groups.values())


def _group(name: str, codes: int, right: int) -> Group:
    if name.startswith("em-") and codes < LEAST_LEVELS:
        return Group(name, codes, right, UNMEASURED)
    imagined, imagined_right = _imagined(name)
    counted = (0, 0) if codes < LEAST_CODES else (codes, right)
    return Group(name, codes, right, round((counted[1] + imagined_right) / (counted[0] + imagined), 3))


def _imagined(name: str) -> tuple[int, float]:
    if name.startswith("narrative"):
        return _NARRATIVE_IMAGINED
    return _LEVELS_IMAGINED if name.startswith("em-") else _IMAGINED


def _monotone(groups: Sequence[Group]) -> list[Group]:
    """Pool adjacent violators: confidences that do not fall from group to group."""
    pools: list[list[Group]] = []
    for group in groups:
        pools.append([group])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    return [group._replace(confidence=_mean(pool)) for pool in pools for group in pool]


def _mean(pool: Sequence[Group]) -> float:
    weights = [group.codes + _imagined(group.name)[0] for group in pool]
    return round(sum(g.confidence * weight for g, weight in zip(pool, weights, strict=True)) / sum(weights), 3)
