"""Step 6, specificity: from the node that a term names down to a billable code, by the words around it.

At every level the child is taken whose distinguishing words stand in the statement; without any, the
child that the classification itself keeps for "unspecified" or "without". Laterality must be said. The
7th character is A (active treatment, guideline I.C.19.a) unless healing, aftercare or sequela is said.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from codesets.icd10cm import Release

from coding_svc.coding.terms import split_negated
from coding_svc.coding.text import norm_words

SIDES: Final = frozenset({"right", "left", "bilateral"})
_GENERIC: Final = frozenset(
    [
        "displaced",
        "other",
        "specified",
        "type",
        "form",
        "part",
        "region",
        "status",
        "condition",
        "disorder",
        "disease",
    ]
)


"""Words that tell no child from another. A fracture not said to be nondisplaced is displaced (guideline I.C.19.c)."""


class Context(NamedTuple):
    """The words of a statement: said, and said not to be."""

    affirmed: frozenset[str]
    negated: frozenset[str]

    @property
    def sides(self) -> frozenset[str]:
        """Sides that are said; right and left together mean both."""
        said = self.affirmed & SIDES
        return frozenset({"bilateral"}) if {"right", "left"} <= said or "bilateral" in said else said


_SIDE: Final = re.compile(r"\b(?:right|left)\b")
_OTHER_SIDE: Final = {"right": "left", "left": "right"}
_UPPER, _LOWER = ("upper", "limb"), ("lower", "limb")
LIMB_OF: Final = {
    **dict.fromkeys(("arm", "forearm", "elbow", "wrist", "hand", "shoulder"), _UPPER),
    "thumb": ("finger",),
    **dict.fromkeys(("leg", "thigh", "knee", "calf", "shin", "ankle", "foot"), _LOWER),
}
_THIGH, _LEG = ("femur", "thigh"), ("lower", "leg")
_TRUNK: Final = frozenset({"spine", "lumbar", "cervical", "thoracic", "vertebra", "vertebral", "rib", "skull"})
"""Bones that chapter XIII counts to the "other site"."""
REGION_OF: Final = {
    **dict.fromkeys(("femoral", "femur"), _THIGH),
    "hip": ("pelvis", *_THIGH),
    **dict.fromkeys(("knee", "tibia", "fibula", "shin", "calf"), _LEG),
    **dict.fromkeys(_TRUNK, ("vertebra",)),
    **dict.fromkeys(("elbow", "humerus"), ("upper", "arm")),
    **dict.fromkeys(("wrist", "radius", "ulna"), ("forearm",)),
    **dict.fromkeys(("finger", "metacarpal", "carpal"), ("hand",)),
    **dict.fromkeys(("toe", "heel", "metatarsal", "tarsal", "ankle", "foot"), ("ankle", "foot")),
    "clavicle": ("shoulder",),
}
"""Chapter XIII counts its sites by regions: the bone or joint, and the words of its region (sites at M00-M99)."""
SITES: Final = frozenset(
    norm_words(
        "scalp face forehead cheek chin nose lip eyelid ear eye neck throat chest back trunk abdomen flank groin axilla"
        " buttock shoulder arm forearm elbow wrist hand palm finger thumb hip thigh knee leg calf shin ankle foot heel"
        " sole toe base lung lobe"
    )
)
"""Words for where something is; a category that has no code by site is not changed by them."""
_FULL_LENGTH: Final = 8
"""Length of a code with a 7th character, its dot included."""
_NONESSENTIAL: Final = re.compile(r"\s*\([^()]*\)")
_UNTOLD: Final = re.compile(r",? unspecified (?:whether|as)\b.*?(?=, with|$)")
"""What a title says is not told distinguishes nothing ("unspecified whether with hypoxia")."""
_INCLUDED: Final = re.compile(r", including\b[^,]*")
"""What a site takes in as well ("upper limb, including shoulder") need not be said."""
_UNTOLD_PART: Final = re.compile(r"with unspecified (?!severity|stage)")
"""A complication or cause that is said to be there, though not which: more than nothing said."""
_ARTHROSIS: Final = {"M16": ("M16.0", "M16.1"), "M17": ("M17.0", "M17.1"), "M18": ("M18.0", "M18.1")}
"""Osteoarthritis of hip, knee, thumb: without another cause the index gives primary; bilateral, one side."""


class Resolution(NamedTuple):
    """`code` is None if no child could be told. `side_missing`: an unspecified-side code had to be taken."""

    code: str | None
    side_missing: bool
    by_default: bool


class _Child(NamedTuple):
    code: str
    affirmed: frozenset[str]
    negated: frozenset[str]
    sides: frozenset[str]
    unspecified: bool
    other: bool
    words: frozenset[str]
    """All words of its title: they decide between equals."""


class _Children(NamedTuple):
    """The children of a node, with what can be told of them before any statement is read."""

    each: tuple[_Child, ...]
    words: frozenset[str]
    """All words that speak for or against a child: a statement without any of them chooses none."""
    negated: frozenset[str]
    sided: bool
    """Whether the code differs by side: for the right and for the left (left-sided colitis is a kind, not a side)."""
    untold: _Child | None
    """What is taken where nothing more is said."""
    sites: bool
    """Whether one of them is for an unspecified site."""
    episodes: bool
    """Whether they differ by the 7th character alone."""


class Specificity:
    """The tree of one release with each child's distinguishing words."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._children = lru_cache(maxsize=20_000)(self._read_children)
        self.start = lru_cache(maxsize=20_000)(self._start)
        self.tells_sites = lru_cache(maxsize=2_000)(self._tells_sites)

    def resolve(self, node: str, context: Context) -> Resolution:
        """The most specific billable code that the context supports."""
        code, side_missing, by_default = _arthrosis(node, context), False, False
        while not self._release.is_billable(code):
            children = self._children(code)
            if not children.each:
                return Resolution(None, side_missing, by_default)
            if children.episodes:
                return Resolution(self._last(children, context), side_missing, by_default)
            chosen = _by_words(children, context) or _by_words(children, _with_limbs(context))
            if chosen is None and code[0] == "M" and children.sites:
                chosen = _by_words(children, _with_regions(context)) or _other_site(children, context)
            chosen = chosen or self._by_words_below(children, context)
            if chosen is None:
                chosen = _by_default(children, context)
                by_default = True
                side_missing |= chosen is not None and children.sided
            if chosen is None:
                return Resolution(None, side_missing, True)
            code = chosen.code
        return Resolution(code, side_missing, by_default)

    def _last(self, children: _Children, context: Context) -> str:
        """The 7th character: an encounter's for injuries, else what its title says (a stage of glaucoma, a tophus)."""
        injury = "encounter" in self._release.title(children.each[0].code)
        told = None if injury else _by_words(children, context)
        return told.code if told else _episode(children.each, context)

    def other_side(self, code: str) -> str | None:
        """The billable code for the same on the other side, None if there is none."""
        release, base = self._release, code
        while (above := release.parent(base)) is not None:
            wanted = _swapped(release.title(base))
            found = next((each for each in release.children(above) if release.title(each) == wanted), None)
            if wanted != release.title(base) and found is not None:
                other = found + code[len(base) :]
                return other if release.is_billable(other) else None
            base = above
        return None

    def _tells_sites(self, category: str) -> bool:
        """Whether any code of a category (three characters) is for a certain site."""
        below = [category]
        for code in below:  # grows while it is read: the whole tree below
            below += self._release.children(code)
        return any(not SITES.isdisjoint(norm_words(self._release.title(code))) for code in below)

    def _by_words_below(self, children: _Children, context: Context) -> _Child | None:
        """Of children that are sites, the one below which a word leads on (the sacrum is a part of the back)."""
        if not children.sites:
            return None
        leading = [
            child
            for child in children.each
            if not child.unspecified
            and any(
                any(word.isalpha() and word != "stage" for word in below.affirmed & context.affirmed)
                and not below.other
                and _score(below, context) > 0
                for below in self._children(child.code).each
                if len(below.code) < _FULL_LENGTH
            )
        ]
        return leading[0] if len(leading) == 1 else None

    def _start(self, node: str) -> str:
        """Climb from a code that stands for "unspecified" to where a more specific one can be chosen."""
        if not self._release.is_billable(node) and "unspecified" not in self._release.title(node).lower():
            return node
        if (above := self._release.parent(node)) and self._of_no_site(node) and self._of_no_site(above):
            return self._release.parent(above) or above
        while (parent := self._release.parent(node)) is not None:
            siblings = self._children(parent)
            fallback = siblings.untold
            own = next((child for child in siblings.each if child.code == node), None)
            if fallback is None or fallback.code != node or own is None or own.other or own.affirmed:
                return node
            node = parent
        return node

    def _of_no_site(self, node: str) -> bool:
        return "of unspecified site" in self._release.title(node).lower()

    def _read_children(self, node: str) -> _Children:
        parent_words = set(norm_words(self._release.title(node)))
        children = [_describe(code, self._release.title(code), parent_words) for code in self._release.children(node)]
        sided = [child.affirmed for child in children if child.sides and child.sides != {"bilateral"}]
        shared = frozenset.intersection(*sided) if len(sided) > 1 else frozenset()
        each = tuple(child._replace(affirmed=child.affirmed - shared) for child in children)
        sides = frozenset().union(*(child.sides for child in each))
        negated = frozenset().union(*(child.negated for child in each))
        return _Children(
            each,
            negated.union(SIDES if sides else (), *(child.affirmed for child in each)),
            negated,
            {"right", "left"} <= sides,
            _offered(each, frozenset(), frozenset()),
            any(child.unspecified and "site" in self._release.title(child.code) for child in each),
            bool(each) and len(each[0].code.replace(".", "")) == _FULL_LENGTH - 1,
        )


def _swapped(title: str) -> str:
    return _SIDE.sub(lambda side: _OTHER_SIDE[side.group()], title)


def _with_limbs(context: Context) -> Context:
    """The limb that a smaller site belongs to, as the classification calls it."""
    limbs = [word for site in context.affirmed & LIMB_OF.keys() for word in LIMB_OF[site]]
    return Context(context.affirmed.union(limbs), context.negated) if limbs else context


def _with_regions(context: Context) -> Context:
    """The region that a bone or joint is counted to among the diseases of the musculoskeletal system."""
    regions = [word for site in context.affirmed & REGION_OF.keys() for word in REGION_OF[site]]
    return Context(context.affirmed.union(regions), context.negated)


def _other_site(children: _Children, context: Context) -> _Child | None:
    if context.affirmed.isdisjoint(_TRUNK):
        return None
    others = (child for child in children.each if {"other", "site"} <= child.words and not child.unspecified)
    return next((child for child in others if not child.affirmed | child.sides), None)


def _arthrosis(node: str, context: Context) -> str:
    if node not in _ARTHROSIS or len(context.sides) != 1 or context.affirmed & {"traumatic", "secondary"}:
        return node
    return _ARTHROSIS[node][context.sides != {"bilateral"}]


def _describe(code: str, title: str, parent_words: set[str]) -> _Child:
    essential = _INCLUDED.sub("", _UNTOLD.sub(" unspecified", _NONESSENTIAL.sub("", title)))
    words = norm_words(essential)
    affirmed, negated = split_negated(_with_commas(essential))
    own = frozenset(affirmed) - parent_words
    lowered = title.lower()
    return _Child(
        code,
        own - SIDES - _GENERIC,
        frozenset(negated) - parent_words,
        own & SIDES,
        ("unspecified" in lowered or " nos" in lowered) and not _UNTOLD_PART.search(lowered) and "other" not in own,
        "other" in words[:1] or "other" in own,
        frozenset(words),
    )


def _with_commas(title: str) -> list[str]:
    """Words with the commas that end a "without"; those inside a list ("without a, b, and c") do not."""
    if "without" in title and ", and " in title.partition("without")[2]:
        return norm_words(title)
    title = title.replace("foreign body of", "foreign body, of")
    return [word for piece in title.split(",") for word in (*norm_words(piece), ",")]


def _by_words(children: _Children, context: Context) -> _Child | None:
    if children.words.isdisjoint(context.affirmed) and children.words.isdisjoint(context.negated):
        return None
    best: tuple[float, int, _Child] | None = None
    for child in children.each:
        score = _score(child, context)
        if score <= 0:
            continue
        shared = len(child.words & _with_limbs(context).affirmed) if child.sides else 0
        if best is None or (score, shared) > best[:2]:
            best = score, shared, child
    return best[2] if best else None


def _score(child: _Child, context: Context) -> float:
    """Matched words less half of the unmatched ones; 0 for a child that the statement does not support."""
    if child.sides and child.sides != context.sides:
        return 0
    if child.affirmed & context.negated or child.negated & context.affirmed:
        return 0
    matched = len(child.affirmed & context.affirmed) + len(child.negated & context.negated) + len(child.sides)
    total = len(child.affirmed) + len(child.negated) + len(child.sides)
    if matched == 0 or (child.unspecified and not child.sides and matched < total):
        return 0
    numbers = {word for word in child.affirmed if word[0].isdigit()}
    if not numbers <= context.affirmed or total - matched > total // 4:
        return 0
    return matched - 0.5 * (total - matched)


def _by_default(children: _Children, context: Context) -> _Child | None:
    """What the classification offers when nothing more is said."""
    if not children.sided and children.negated.isdisjoint(context.affirmed):
        return children.untold
    said = _with_limbs(context).affirmed if children.sided else frozenset()
    return _offered(children.each, context.affirmed, said)


def _offered(children: tuple[_Child, ...], affirmed: frozenset[str], said: frozenset[str]) -> _Child | None:
    """The plainest of the children that nothing affirmed contradicts; `said` decides between equals."""
    open_ones = [child for child in children if not child.negated & affirmed and not child.sides]
    for test in (_is_plain, _is_without, _is_unspecified, _ends_in_nine, _ends_in_zero, _is_female):
        fitting = [child for child in open_ones if test(child)]
        if fitting:
            return min(
                fitting,
                key=lambda child: (
                    len(child.affirmed),
                    child.other,
                    -len(child.words & said - child.affirmed),
                    child.code,
                ),
            )
    return None


def _is_unspecified(child: _Child) -> bool:
    return child.unspecified and len(child.affirmed) <= 2


def _is_plain(child: _Child) -> bool:
    nothing_added = not child.affirmed and not child.negated
    return (nothing_added and not child.other) or child.affirmed == {"uncomplicated"}


def _is_without(child: _Child) -> bool:
    return not child.affirmed and bool(child.negated)


def _ends_in_nine(child: _Child) -> bool:
    return child.code.endswith("9") and not child.other


def _is_female(child: _Child) -> bool:
    """A breast is coded by sex; one of which nothing is said is a woman's far more often (see `sex_of_breast`)."""
    return child.affirmed == {"female"}


def _ends_in_zero(child: _Child) -> bool:
    return child.code.endswith("0") and not child.other and len(child.affirmed) <= 2


def _episode(children: tuple[_Child, ...], context: Context) -> str:
    wanted = "A"
    if context.affirmed & {"sequela", "sequelae"}:
        wanted = "S"
    elif context.affirmed & {"subsequent", "healing", "healed", "aftercare"}:
        wanted = "D"
    by_last = {child.code[-1]: child.code for child in children}
    return by_last.get(wanted) or by_last.get("A") or by_last.get("0") or children[0].code
