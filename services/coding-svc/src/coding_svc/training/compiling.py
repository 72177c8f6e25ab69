"""`coding-svc compile --to FILE`: works out the official terms of the packaged release ahead of start-up."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from codesets import icd10cm

from coding_svc.batch.documents import DEFAULT_DATE
from coding_svc.coding import compiled
from coding_svc.coding.terms import official

DESCRIPTION: Final = f"Writes {compiled.NAME}; needed after a change of the release or of how words are read."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--to", type=Path, required=True, help="the file to write")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Compile and write; 2 if no release is loaded."""
    release = icd10cm.on(DEFAULT_DATE)
    if release is None:
        sys.stderr.write(f"compile: no ICD-10-CM release is loaded for {DEFAULT_DATE}\n")
        return 2
    rows = ((words, term.node, term.source, term.weight) for words, term in official(release).items())
    print(f"{compiled.write(release, rows, arguments.to)} terms of release {release.name}")
    return 0
