"""The command `coding-svc`."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import Final

DESCRIPTION: Final = "Takes encounters from EMRs, assigns codes with evidence, and lays before a coder what it doubts."
_OFFLINE: Final = {
    "code": ("coding_svc.batch.command", "code notes: standard input to standard output, line by line"),
    "chargemaster": ("coding_svc.chargemaster_command", "check a chargemaster, and write its prices as a fee schedule"),
    "evaluate": ("coding_svc.evaluation.command", "measure the engine against labelled notes"),
    "compile": ("coding_svc.training.compiling", "work out the official terms ahead of start-up"),
    "calibrate": ("coding_svc.training.calibrating", "make the table of confidences from labelled notes"),
    "learn": ("coding_svc.training.command", "learn a lexicon with counts from labelled texts"),
}
"""Commands that need no server: their modules are loaded when asked for, and the server's are not."""


def main() -> None:
    """Run one role, or a command."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in _OFFLINE:
        sys.exit(_offline(name, sys.argv[2:]))
    from kit.lifecycle import run

    from coding_svc.main import service
    from coding_svc.settings import Settings

    run("coding-svc", Settings, service, description=DESCRIPTION, commands=_listed)


def _offline(name: str, arguments: list[str]) -> int:
    module = importlib.import_module(_OFFLINE[name][0])
    parser = argparse.ArgumentParser(prog=f"coding-svc {name}", description=module.DESCRIPTION)
    module.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    status: int = parsed.command(parsed)
    return status


def _listed(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """For the help text alone: `main` runs them before it comes here."""
    for name, (_, text) in _OFFLINE.items():
        subparsers.add_parser(name, help=text)


if __name__ == "__main__":
    main()
