"""Shows a transaction set level by level while it is read, in memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

from x12.guide import Guide
from x12.reading import Frame
from x12.walking import Node

Lines = Mapping[str, Callable[[Node], Iterable[str]]]
"""What is said of a loop, by its id. Of a loop that holds units only what stands before them is known then."""


def show_levels(frame: Frame, guide: Guide, lines: Lines) -> Iterator[str]:
    """The lines of every unit, each behind those of what it stands below; each loop is shown once."""
    shown: dict[str, Node] = {}
    walker = frame.walker(guide)
    for unit in chain(walker.walk(frame.pieces(guide)), [walker.root]):
        for node in _way_to(unit):
            of_loop = lines.get(node.loop_id)
            if of_loop is not None and shown.get(node.loop_id) is not node:
                shown[node.loop_id] = node
                yield from of_loop(node)


def _way_to(node: Node) -> list[Node]:
    """The nodes from the root down to this one."""
    way = [node]
    while (above := way[-1].parent) is not None:
        way.append(above)
    return way[::-1]
