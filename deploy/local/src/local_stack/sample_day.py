"""The seam between the stack and the sandbox's EMR: what is posted, how it is followed, what became of it.

`run_sample_day` and `feed` are what the command line calls; everything about encounters lies in `sandbox`.
"""

from __future__ import annotations

from pathlib import Path

from local_stack.progress import Reporter
from local_stack.stack import RunningStack
from local_stack.table import RunResult


def run_sample_day(stack: RunningStack, report: Reporter) -> RunResult | None:
    """Post the sample day, follow it until every encounter has its outcome, and hold it against the sandbox's books.

    None when there is nothing to post.
    """
    return None


def feed(stack: RunningStack, notes: Path, report: Reporter) -> RunResult | None:
    """Post the notes of a folder of texts or of a JSON-lines file as encounters, and follow them."""
    return None
