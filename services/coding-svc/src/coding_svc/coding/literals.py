"""What a text must hold for a regular expression to match, and what no match holds, read off the pattern.

Literals and texts are compared in one plain form: letters and digits as they are, anything else a blank. A word
boundary is a blank then too, so that `\\bct\\b` asks for " ct " and not for the letters inside "fracture".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from re import _constants as ops  # type: ignore[attr-defined]  # no public parser; every pattern is tested against it
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

Group = frozenset[str]
"""A match holds one of these."""
Needs = tuple[tuple[Group, ...], ...]
"""A match has all groups of one of these alternatives, the most telling group first."""
_BOUNDARY: Final = "\b"
_MOST: Final = 48
"""Literals in a group; more are not worth their look-up."""
_SHORTEST: Final = 2
_EVERYWHERE: Final = frozenset((
    "a", "an", "and", "are", "as", "at", "by", "day", "for", "from", "had", "has", "have", "he",
    "her", "him", "his", "i", "in", "is", "it", "no", "not", "of", "on", "or", "patient",
    "she", "that", "the", "this", "to", "was", "who", "with",
))  # fmt: skip
_PLAIN: Final = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))


def plain(text: str) -> str:
    """The plain form, of the same length."""
    return text.encode("ascii", "replace").translate(_PLAIN).decode("ascii")


def needs(pattern: str) -> Needs | None:
    """What every match holds; None if nothing can be told from the pattern."""
    tree = list(parser.parse(pattern))
    branches = tree[0][1][1] if len(tree) == 1 and tree[0][0] is ops.BRANCH else [tree]
    alternatives = [_worth_asking(sorted(_groups(branch), key=_telling, reverse=True)) for branch in branches]
    return tuple(alternatives) if all(alternatives) else None


def _worth_asking(groups: list[Group]) -> tuple[Group, ...]:
    """The groups without those that nearly every note meets; the most telling one if there are no others."""
    return tuple(group for group in groups if not any(map(_is_everywhere, group))) or tuple(groups[:1])


def _is_everywhere(literal: str) -> bool:
    """Whether nearly every note holds it: a word of every sentence, or two letters within words."""
    word = literal.strip()
    return word in _EVERYWHERE or (len(word) == _SHORTEST and literal != f" {word} ")


def foreign(pattern: str) -> str:
    """The marks at the end of lines and sentences that a match can neither hold nor look ahead to.

    A text may be cut at them, and the pattern finds the same in its pieces. Empty for a pattern that asks for the
    beginning or the end of the text, or does what is not known here.
    """
    leaves = list(_leaves(parser.parse(pattern)))
    if any(operation not in _MAY_BE and (operation, argument) != _EDGE for operation, argument in leaves):
        return ""
    ones = [(_MAY_BE[operation], argument) for operation, argument in leaves if operation in _MAY_BE]
    return "".join(mark for mark in _MARKS if not any(may_be(argument, mark) for may_be, argument in ones))


def _leaves(items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """The nodes of a pattern that hold no others; what looks back is left out, a text that is cut is still there."""
    for operation, argument in items:
        if operation is ops.BRANCH:
            yield from (leaf for branch in argument[1] for leaf in _leaves(branch))
        elif operation is ops.SUBPATTERN and not argument[1]:
            yield from _leaves(argument[3])
        elif operation in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            yield from _leaves(argument[2])
        elif operation in (ops.ASSERT, ops.ASSERT_NOT):
            yield from _leaves(argument[1]) if argument[0] > 0 else ()
        else:
            yield operation, argument


_MARKS: Final = "\n.;"
_EDGE: Final = (ops.AT, ops.AT_BOUNDARY)
_NOT_MARKS: Final = frozenset((ops.CATEGORY_DIGIT, ops.CATEGORY_WORD))


def _may_be(members: Iterable[Any], mark: str) -> bool:
    """Whether a set of characters has the mark."""
    found, negated = False, False
    for operation, argument in members:
        negated = negated or operation is ops.NEGATE
        found = found or (operation is ops.LITERAL and argument == ord(mark))
        found = found or (operation is ops.RANGE and argument[0] <= ord(mark) <= argument[1])
        found = found or (operation is ops.CATEGORY and _category_has(argument, mark))
    return found is not negated


def _category_has(category: Any, mark: str) -> bool:
    if category in _NOT_MARKS:
        return False
    return category not in (ops.CATEGORY_SPACE, ops.CATEGORY_NOT_SPACE) or (
        mark.isspace() is (category is ops.CATEGORY_SPACE)
    )


_MAY_BE: Final[Mapping[Any, Callable[[Any, str], bool]]] = {
    ops.LITERAL: lambda code, mark: bool(code == ord(mark)),
    ops.NOT_LITERAL: lambda code, mark: bool(code != ord(mark)),
    ops.ANY: lambda _, mark: mark != "\n",
    ops.IN: _may_be,
}
"""By kind of node that stands for one character: whether it may be a mark."""


def _telling(group: Group) -> tuple[int, int]:
    return min(map(len, group)), -len(group)


def _groups(branch: Iterable[Any]) -> list[Group]:
    """The groups of a branch that say something."""
    found = [_reduced(group) for group in _read(branch)[1]]
    return [group for group in found if min(len(literal.strip()) for literal in group) >= _SHORTEST]


def _reduced(strings: frozenset[str]) -> Group:
    """In plain form, without those that hold a shorter one."""
    found = {_with_boundaries(each) for each in strings}
    return frozenset(each for each in found if not any(other != each and other in each for other in found))


def _with_boundaries(string: str) -> str:
    """A boundary between a letter and a blank is that blank; else it stands for one that is not in the string."""
    mark = "\0"
    marked = mark.join(map(plain, re.split(f"{_BOUNDARY}+", string)))
    return marked.replace(f" {mark}", " ").replace(f"{mark} ", " ").replace(mark, " ")


_Read = tuple[frozenset[str] | None, list[frozenset[str]]]
"""All strings that a part matches, None if they are too many, and the groups of which a match holds one each."""
_NOTHING: Final = frozenset({""})


def _read(items: Iterable[Any]) -> _Read:
    """A sequence: the strings of its parts are joined as long as they are few."""
    run, groups, whole = _NOTHING, list[frozenset[str]](), True
    for operation, argument in items:
        strings, inner = _piece(operation, argument)
        if strings is not None and len(run) * len(strings) <= _MOST:
            run = frozenset(before + after for before in run for after in strings)
            continue
        groups += [run, *(inner if strings is None else ())]
        run, whole = strings or _NOTHING, False
    return (run if whole else None), [*groups, run]


def _piece(operation: Any, argument: Any) -> _Read:
    """One node of the pattern."""
    read = _READERS.get(operation)
    return read(argument) if read else (None, [])


def _set(members: Iterable[Any]) -> frozenset[str] | None:
    """The characters of a set; anything that is no letter or digit is a blank."""
    found: set[str] = set()
    for operation, argument in members:
        if operation is ops.LITERAL:
            found.add(chr(argument))
        elif operation is ops.RANGE and argument[1] - argument[0] < _MOST:
            found |= {chr(code) for code in range(argument[0], argument[1] + 1)}
        elif operation is ops.CATEGORY and argument is ops.CATEGORY_SPACE:
            found.add(" ")
        else:
            return None
    return frozenset(plain("".join(found)))


def _branches(branches: Iterable[Any]) -> _Read:
    read = [_read(branch) for branch in branches]
    exact = [strings for strings, _ in read if strings is not None]
    if len(exact) == len(read) and sum(map(len, exact)) <= _MOST:
        return frozenset[str]().union(*exact), []
    best = [max(groups, key=lambda group: min(map(len, group))) for _, groups in read]
    return None, [frozenset[str]().union(*best)]


def _repeated(least: int, most: int, items: Iterable[Any]) -> _Read:
    strings, groups = _read(items)
    if strings is not None and most == 1:
        return (strings | _NOTHING if least == 0 else strings), []
    return None, groups if least else []


_READERS: Final[Mapping[Any, Callable[[Any], _Read]]] = {
    ops.LITERAL: lambda code: (frozenset({chr(code)}), []),
    ops.IN: lambda members: (_set(members), []),
    ops.AT: lambda where: (frozenset({_BOUNDARY}) if where is ops.AT_BOUNDARY else _NOTHING, []),
    ops.ASSERT: lambda _: (_NOTHING, []),
    ops.ASSERT_NOT: lambda _: (_NOTHING, []),
    ops.SUBPATTERN: lambda group: _read(group[3]),
    ops.BRANCH: lambda branch: _branches(branch[1]),
    ops.MAX_REPEAT: lambda repeat: _repeated(*repeat),
    ops.MIN_REPEAT: lambda repeat: _repeated(*repeat),
}
"""By kind of node; of any other nothing is told. What looks around consumes nothing and is passed over."""
