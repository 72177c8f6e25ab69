"""`codesets`: look into the code sets, and take in further releases."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from codesets import builder, icd10cm

RELEASES_VARIABLE = "CODESETS_DIR"


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns 0, or 1 if the code or release is not there, 2 on a usage error."""
    arguments = _parser().parse_args(argv)
    try:
        _add_loaded_releases()
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
    load = commands.add_parser("load", help="take in an ICD-10-CM release from a CMS zip")
    load.add_argument("--icd10cm", type=Path, required=True, metavar="FILE.zip", help="order file and tabular XML")
    load.add_argument("--into", type=Path, help=f"folder for releases (default: ${RELEASES_VARIABLE})")
    _add_release_options(load)
    load.set_defaults(run=_load)
    build = commands.add_parser("build", help="make the packaged data files from the development package")
    build.add_argument("--into", type=Path, required=True, help="the package's data folder")
    build.add_argument("--mce-flags", type=Path, metavar="CSV", help="Medicare Code Editor answers per code")
    build.add_argument("--synonyms", type=Path, metavar="DIR", help="doid_icd10cm.json and the Mondo tables")
    _add_release_options(build)
    build.set_defaults(run=_build)
    return parser


def _add_release_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="release name, e.g. 2027-10")
    command.add_argument("--valid-from", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    command.add_argument("--valid-to", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")


def _add_loaded_releases() -> None:
    root = os.environ.get(RELEASES_VARIABLE)
    known = {release.name for release in icd10cm.releases()}
    for folder in sorted(Path(root).iterdir()) if root and Path(root).is_dir() else ():
        if folder.name not in known and (folder / "release.json").is_file():
            icd10cm.add_folder(folder)


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
    return 0


def _load(arguments: argparse.Namespace) -> int:
    root = arguments.into or (Path(os.environ[RELEASES_VARIABLE]) if RELEASES_VARIABLE in os.environ else None)
    if root is None:
        raise ValueError(f"say where releases are kept: --into DIR or ${RELEASES_VARIABLE}")
    rows, tabular = builder.read_cms_zip(arguments.icd10cm)
    folder = root / arguments.name
    builder.write_release(folder, rows, tabular, arguments.name, arguments.valid_from, arguments.valid_to)
    print(f"wrote {folder}: {sum(row.billable for row in rows)} billable codes")
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
