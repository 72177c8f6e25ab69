"""`claim-builder`: the service's roles, `edits`, the list of its edits, `cms1500` and `rules`."""

from __future__ import annotations

import argparse
import sys

from kit.lifecycle.run import run

from claim_builder import forms
from claim_builder.edit_list import edit_list
from claim_builder.main import service
from claim_builder.rules import trying
from claim_builder.settings import Settings


def main() -> None:
    """Entry point."""
    run(
        "claim-builder",
        Settings,
        service,
        description="Builds a claim from codes and coverage and scrubs it until clean.",
        commands=_add_commands,
    )


def _add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    edits = commands.add_parser(
        "edits", help="print the list of edits as Markdown: claim-builder edits > docs/edits.md"
    )
    edits.set_defaults(command=_print_edits)
    forms.add_command(commands)
    trying.add_command(commands, lambda: service(Settings()))


def _print_edits(_: argparse.Namespace) -> int:
    sys.stdout.write(edit_list())
    return 0


if __name__ == "__main__":
    main()
