"""docs/errors.md names every code that the services can give, and no other."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from coding_svc.domain import Reason
from coding_svc.fhir.notices import HINTS

ROOT = Path(__file__).parents[2]
SOURCES = [*ROOT.glob("services/*/src/**/*.py"), *ROOT.glob("shared/kit/src/**/*.py")]
CODE = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$")
GIVERS = {
    "Problem",
    "ProblemItem",
    "problem",
    "Refused",
    "Undecodable",
    "UnreadableAcknowledgement",
    "FieldNotFixable",
    "CorrectionRefused",
    "EditRefused",
    "NotABundle",
    "_set_aside",
    "work_item",
}
"""Calls whose arguments are codes for strangers."""
CODES_BY_NAME = {"CATALOGUE", "UNMATCHED", "RETURNED"}
"""Names of tables and constants of such codes."""
HOLDS = ("encounters.py", "handlers.py")
"""Modules of coding-svc whose constants are reasons of a hold."""


def _codes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value):
            yield node.value


def _given(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    holds = path.name in HOLDS and path.parent.name == "coding_svc"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in GIVERS:
                yield from (code for argument in node.args for code in _codes(argument))
        elif isinstance(node, ast.FunctionDef) and node.name == "_reason_of":
            yield from _codes(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if getattr(target, "id", "") in CODES_BY_NAME or (holds and isinstance(node.value, ast.Constant)):
                yield from _codes(node.value)


def in_the_code() -> set[str]:
    worklist = ROOT / "services/followup-svc/src/followup_svc/worklist.toml"
    reasons = set(tomllib.loads(worklist.read_text())["reasons"])
    return {code for path in SOURCES for code in _given(path)} | reasons | set(HINTS) | {str(r) for r in Reason}


def on_the_page() -> list[str]:
    rows = re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    return [row for row in rows if "<" not in row]


def test_every_code_is_explained() -> None:
    assert in_the_code() - set(on_the_page()) == set()


def test_no_code_is_explained_that_is_not_given() -> None:
    assert set(on_the_page()) - in_the_code() == set()


def test_each_code_has_one_row_per_table() -> None:
    page = (ROOT / "docs/errors.md").read_text()
    for table in page.split("\n## "):
        rows = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
        assert len(rows) == len(set(rows)), [row for row in rows if rows.count(row) > 1]


def test_notices_are_explained_in_their_own_words() -> None:
    page = (ROOT / "docs/errors.md").read_text()
    assert [code for code, hint in HINTS.items() if f"| `{code}` | {hint} |" not in page] == []
