"""`make fuzz SECONDS=60`: coverage-guided fuzzing of every reader, with atheris, from the committed corpus.

The seconds are shared out among the targets (`tests.fuzz.targets`), as many at a time as there are cores; each takes
a few seconds more to begin. What reaches new code is kept in
build/fuzz/corpus, so that the next run goes on from there; an input that fails is kept in build/fuzz/crashes, and
belongs into tests/fuzz/corpus when what it shows is mended (`tests/codec/test_fuzz_corpus.py` reads all of them).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
CORPUS: Final = HERE / "corpus"
BUILD: Final = Path("build/fuzz")
FUZZER: Final = BUILD / "fuzzer"
LONGEST: Final = 1 << 14


def main() -> int:
    """Fuzz all targets or those named; 1 if one failed, 2 if the fuzzer cannot be had here."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="targets to fuzz (default: all)")
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together (default 60)")
    options = parser.parse_args()
    if not _installed():
        return 2
    from tests.fuzz.targets import TARGETS

    names = options.targets or list(TARGETS)
    if unknown := [name for name in names if name not in TARGETS]:
        parser.error(f"no target {unknown[0]}; there are {', '.join(TARGETS)}")
    workers = min(os.cpu_count() or 1, len(names))
    seconds = max(1, options.seconds * workers // len(names))
    with ThreadPoolExecutor(workers) as pool:
        passed = list(pool.map(lambda name: _run(name, seconds), names))
    failed = [name for name, is_right in zip(names, passed, strict=True) if not is_right]
    print(f"fuzz: {len(names)} targets, {len(failed)} failed{': ' + ', '.join(failed) if failed else ''}")
    return 1 if failed else 0


def _installed() -> bool:
    """Put the fuzzer, by its hashed lock, beside the repository's environment."""
    if (FUZZER / "atheris").is_dir():
        return True
    install = ["pip", "install", "-q", "--require-hashes", "--only-binary", ":all:", "--target", str(FUZZER)]
    done = subprocess.run(
        [sys.executable, "-m", *install, "-r", str(HERE / "fuzzer.lock")], check=False, capture_output=True, text=True
    )
    if done.returncode == 0:
        return True
    shutil.rmtree(FUZZER, ignore_errors=True)
    print(done.stderr.strip(), file=sys.stderr)
    print(
        f"fuzz: atheris cannot be installed for Python {sys.version.split()[0]} on {sys.platform}. It has wheels for\n"
        "fuzz: Linux on x86-64 only; nothing was fuzzed. The tests in tests/codec mutate files without it.",
        file=sys.stderr,
    )
    return False


def _run(name: str, seconds: int) -> bool:
    """Fuzz one target in a process of its own."""
    found, crashes = BUILD / "corpus" / name, BUILD / "crashes" / name
    found.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    arguments = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=20", "-rss_limit_mb=1024"]
    arguments += [f"-artifact_prefix={crashes}/", "-print_final_stats=1", "-verbosity=0", "-close_fd_mask=1"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.fuzzing", name, *arguments, str(found), str(CORPUS)],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONPATH": f"{FUZZER}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
    )
    runs = [line.rpartition(" ")[2] for line in done.stderr.splitlines() if "number_of_executed_units" in line]
    print(f"fuzz: {name}: {runs[0] if runs else 0} inputs in {seconds} s, {'ok' if not done.returncode else 'FAILED'}")
    if done.returncode:
        print(done.stderr[-4000:], file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
