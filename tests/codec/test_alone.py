"""The codec can be published alone: it needs the standard library and nothing else."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import x12
from x12.transactions import TRANSACTIONS

PACKAGE = Path(x12.__file__).parent
PROJECT = PACKAGE.parents[1]
EVERYTHING = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import x12
from x12.transactions import TRANSACTIONS
for module in pkgutil.walk_packages(x12.__path__, "x12."):
    importlib.import_module(module.name)
foreign = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names) - {"x12", "__main__"}
assert not foreign, foreign
from x12.cli import main
sys.exit(main(["summary", sys.argv[2]]))
"""


def test_it_runs_without_any_installed_package(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "x12", ignore=shutil.ignore_patterns("__pycache__"))
    example = Path(__file__).parent / "golden" / "837i-inpatient.edi"
    command = [sys.executable, "-I", "-S", "-c", EVERYTHING, str(tmp_path), str(example)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert '"charge_cents": 1825050' in done.stdout


def test_its_project_says_what_a_registry_needs() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == []
    assert {"name", "version", "description", "readme", "license", "requires-python", "keywords"} <= set(project)
    assert "Typing :: Typed" in project["classifiers"]
    assert (PACKAGE / "py.typed").exists()
    assert (PROJECT / project["readme"]).exists()
    assert (PROJECT / "LICENSE").exists()


def test_its_readme_names_every_transaction() -> None:
    readme = (PROJECT / "README.md").read_text()
    for each in TRANSACTIONS:
        assert each.guide.version in readme
        assert f"`{each.read.__module__.rpartition('.')[0]}`" in readme
