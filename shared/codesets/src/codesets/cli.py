"""`codesets`: look into the code sets, and take in further releases."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from codesets import builder, coverage, icd10cm, index, index_tables, ncci, procedures, providers, store
from codesets.store import DIRECTORY_VARIABLE, FIRST_DAY, LAST_DAY, Load

KINDS: Final[dict[str, tuple[Callable[[Path, Path, Load], int], str]]] = {
    index.INDEX: (index.load_index, "CDC/CMS, ICD-10-CM Alphabetic Index: the XML"),
    ncci.PTP: (ncci.load_ptp, "CMS, NCCI procedure-to-procedure edits: text, CSV or the zip"),
    ncci.MUE: (ncci.load_mue, "CMS, medically unlikely edits: text, CSV or the zip"),
    ncci.ADD_ON: (ncci.load_add_on, "CMS, add-on codes with their primary codes, as CSV"),
    procedures.HCPCS: (procedures.load_hcpcs, "CMS, HCPCS Level II: the fixed-width file, CSV, or the zip"),
    procedures.MPFS: (procedures.load_mpfs, "CMS, physician fee schedule relative values (PPRRVU): CSV or the zip"),
    procedures.CPT: (procedures.load_cpt, "AMA, CPT under your own licence: text or CSV"),
    coverage.NECESSITY: (coverage.load_necessity, "policy,procedure,diagnosis: which diagnoses support a procedure"),
    coverage.FREQUENCY: (coverage.load_frequency, "policy,procedure,units,days: how often a procedure is paid"),
    coverage.MODIFIERS: (coverage.load_modifiers, "policy,procedure,modifiers: what must stand on it (QW, JW JZ)"),
    providers.TAXONOMY: (providers.load_taxonomy, "NUCC, Health Care Provider Taxonomy: the CSV"),
    providers.DEACTIVATED: (providers.load_deactivated, "CMS, NPPES Deactivated NPI Report, as CSV"),
}
"""What `codesets load` takes besides ICD-10-CM: kind to loader and what the file is."""
_SCOPES: Final = ("setting", "program", "payer")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns 0, or 1 if the code or release is not there, 2 on a usage error."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except (ValueError, OSError) as error:
        print(f"codesets: {error}", file=sys.stderr)
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="codesets", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="one ICD-10-CM code: title, billable, notes")
    show.add_argument("code")
    show.add_argument("--on", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD", help="date of service")
    show.set_defaults(run=_show)
    listing = commands.add_parser("releases", help="the releases at hand with their dates")
    listing.set_defaults(run=_releases)
    _add_load(commands.add_parser("load", help="take in code sets from their owners' files, with their dates"))
    build = commands.add_parser("build", help="make the packaged data files from the development package")
    build.add_argument("--into", type=Path, required=True, help="the package's data folder")
    build.add_argument("--mce-flags", type=Path, metavar="CSV", help="Medicare Code Editor answers per code")
    build.add_argument("--synonyms", type=Path, metavar="DIR", help="doid_icd10cm.json and the Mondo tables")
    build.add_argument("--neoplasms", type=Path, metavar="XML", help="the neoplasm table of the index")
    build.add_argument("--substances", type=Path, metavar="XML", help="the table of drugs and chemicals of the index")
    _add_release_options(build)
    build.set_defaults(run=_build)
    return parser


def _add_load(load: argparse.ArgumentParser) -> None:
    what = load.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--icd10cm",
        type=Path,
        metavar="FILE.zip",
        help="CMS, ICD-10-CM: order file, tabular XML and, if there, the neoplasm and drug tables",
    )
    for kind, (_, text) in KINDS.items():
        what.add_argument(f"--{kind}", type=Path, metavar="FILE", help=text)
    load.add_argument("--into", type=Path, help=f"folder for code sets (default: ${DIRECTORY_VARIABLE})")
    load.add_argument("--name", help="what to call it, e.g. 2027-10 (default: the file's name)")
    load.add_argument("--valid-from", type=date.fromisoformat, metavar="YYYY-MM-DD", help="first date of service")
    load.add_argument("--valid-to", type=date.fromisoformat, metavar="YYYY-MM-DD", help="last date of service")
    load.add_argument("--setting", choices=("practitioner", "outpatient"), default="practitioner", help="NCCI's two")
    load.add_argument("--program", choices=("medicare", "medicaid"), help="for this program's payers alone")
    load.add_argument("--payer", help="for the payer with this id alone")
    load.set_defaults(run=_load)


def _add_release_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="release name, e.g. 2027-10")
    command.add_argument("--valid-from", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    command.add_argument("--valid-to", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")


def _show(arguments: argparse.Namespace) -> int:
    release = icd10cm.on(arguments.on)
    if release is None:
        print(f"codeset.not-loaded: no ICD-10-CM release is loaded for {arguments.on}", file=sys.stderr)
        return 1
    if not release.is_valid(arguments.code):
        print(f"{arguments.code}: not in release {release.name}", file=sys.stderr)
        return 1
    code = icd10cm.with_dot(arguments.code)
    print(f"{code}  {release.title(code)}")
    print(f"  release {release.name}, {'billable' if release.is_billable(code) else 'NOT billable'}")
    print(f"  chapter {release.chapter(code)} {release.chapter_title(release.chapter(code))}, {release.block(code)}")
    for kind in ("inclusion_terms", "excludes1", "excludes2", "code_first", "use_additional", "code_also"):
        for note in release.notes(code, kind):
            print(f"  {kind} ({note.holder}): {note.text}")
    return 0


def _releases(arguments: argparse.Namespace) -> int:
    for release in icd10cm.releases():
        print(f"icd10cm {release.name}  {release.valid_from} to {release.valid_to}  {release.billable_count} billable")
    for kind in KINDS:
        for load in store.loaded(kind):
            scope = "".join(f"  {name} {value}" for name, value in load.scope.items())
            print(f"{kind} {load.name}  {load.valid_from} to {load.valid_to}{scope}")
    return 0


def _load(arguments: argparse.Namespace) -> int:
    root = arguments.into or store.directory()
    if root is None:
        raise ValueError(f"say where code sets are kept: --into DIR or ${DIRECTORY_VARIABLE}")
    if arguments.icd10cm:
        return _load_icd10cm(arguments, root)
    kind, path = next((kind, path) for kind in KINDS if (path := getattr(arguments, kind.replace("-", "_"))))
    scopes = _SCOPES if kind in (ncci.PTP, ncci.MUE) else _SCOPES[1:]  # NCCI's alone differ by setting
    scope = {name: value for name in scopes if (value := getattr(arguments, name))}
    dates = arguments.valid_from or FIRST_DAY, arguments.valid_to or LAST_DAY
    load = Load(kind, arguments.name or path.stem, *dates, scope)
    count = KINDS[kind][0](path, root, load)
    print(f"wrote {root / kind / load.name}: {count} rows")
    return 0


def _load_icd10cm(arguments: argparse.Namespace, root: Path) -> int:
    if not (arguments.name and arguments.valid_from and arguments.valid_to):
        raise ValueError("an ICD-10-CM release needs --name, --valid-from and --valid-to: the file does not hold them")
    rows, tabular = builder.read_cms_zip(arguments.icd10cm)
    tables = builder.read_index_tables(arguments.icd10cm)
    folder = root / arguments.name
    for other in icd10cm.releases():
        if (
            other.valid_from <= arguments.valid_to
            and arguments.valid_from <= other.valid_to
            and other.name != folder.name
        ):
            raise ValueError(f"{arguments.name} overlaps with release {other.name}: give it other dates")
    builder.write_release(folder, rows, tabular, arguments.name, arguments.valid_from, arguments.valid_to)
    for name in (index_tables.NEOPLASMS, index_tables.SUBSTANCES):
        (folder / name).unlink(missing_ok=True)  # of an earlier load under this name
        if name in tables:
            (folder / name).write_bytes(tables[name])
    icd10cm.forget()
    known = " and ".join(name.partition(".")[0] for name in tables) or "no index tables"
    print(f"wrote {folder}: {sum(row.billable for row in rows)} billable codes, {known}")
    return 0


def _build(arguments: argparse.Namespace) -> int:
    folder = arguments.into / "icd10cm" / arguments.name
    rows, tabular = builder.rows_from_simple_icd(), builder.tabular_from_simple_icd()
    builder.write_release(folder, rows, tabular, arguments.name, arguments.valid_from, arguments.valid_to)
    if arguments.mce_flags:
        print(builder.write_flags(folder, arguments.mce_flags.read_text("utf-8")), "codes with flags")
    if arguments.synonyms:
        tables = {
            "MONDO-EXACT": (arguments.synonyms / "mondo_exactmatch_icd10cm.tsv").read_text("utf-8"),
            "MONDO-CLOSE": (arguments.synonyms / "mondo_closematch_icd10cm.tsv").read_text("utf-8"),
        }
        ontology = (arguments.synonyms / "doid_icd10cm.json").read_text("utf-8")
        print(builder.write_synonyms(arguments.into / "synonyms.tsv.gz", ontology, tables), "synonyms")
    for name, path in ((index_tables.NEOPLASMS, arguments.neoplasms), (index_tables.SUBSTANCES, arguments.substances)):
        if path:
            print(index_tables.write_table(folder / name, path.read_bytes()), f"lines of {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
