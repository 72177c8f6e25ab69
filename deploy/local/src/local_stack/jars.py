"""Kafka's and Zipkin's jars: fetched by jgo, accepted only with the SHA-256 of the committed lock files.

jgo resolves Maven coordinates in pure Python but does not hold what it downloads against its lock file, so that
is done here, and a jar gets its place in the jar folder only after it was checked.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local_stack.errors import StackError

ROOT = Path(__file__).parents[2]
KAFKA_SPEC = ROOT / "jgo.toml"
KAFKA_LOCK = ROOT / "jgo.lock.toml"
ZIPKIN_LOCK = ROOT / "zipkin.lock.toml"

# Beside the Python packages, so that `make reset` does not fetch 130 MB again.
JAR_HOME = Path(sys.prefix) / "share" / "cleanclaim-jars"

_FETCHES_AT_ONCE = 6
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Jar:
    """One locked artifact: its Maven coordinate and the SHA-256 (hex) that its bytes must have."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def filename(self) -> str:
        """The file's name in the jar folder."""
        suffix = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{suffix}.jar"


Fetch = Callable[[Jar, Path], Path]


def read_lock(lock: Path) -> list[Jar]:
    """The jars of a jgo lock file. Raises StackError `stack.lock-without-sha256` when one has no checksum."""
    entries = tomllib.loads(lock.read_text())["dependencies"]
    jars = []
    for entry in entries:
        if len(entry.get("sha256", "")) != 64:
            raise StackError("stack.lock-without-sha256", f"{entry['artifactId']} in {lock.name} has no SHA-256")
        jars.append(
            Jar(
                entry["groupId"],
                entry["artifactId"],
                entry["version"],
                entry.get("classifier", ""),
                entry["sha256"],
            )
        )
    return jars


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def fetch_by_jgo(jar: Jar, repository: Path) -> Path:
    """Download one jar through jgo into the Maven repository folder `repository`; returns its path there."""
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=repository, timeout=60)
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    return Path(component.artifact(jar.classifier, "jar").resolve())


def fetch(
    jars: Sequence[Jar],
    folder: Path,
    *,
    fetch_one: Fetch = fetch_by_jgo,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Bring every jar into `folder`, each checked against its SHA-256; those already there are checked too.

    `progress` hears (jars done, jars in all). Raises StackError: `stack.jar-mismatch` when bytes are not the
    locked ones, `stack.network` when a jar cannot be fetched, `stack.disk-full` when it cannot be stored.
    """
    folder.mkdir(parents=True, exist_ok=True)
    download = folder.parent / f".download-{os.getpid()}"
    done = 0
    progress(done, len(jars))
    paths: list[Path] = []
    try:
        with ThreadPoolExecutor(_FETCHES_AT_ONCE) as pool:
            for path in pool.map(lambda jar: _bring(jar, folder, download, fetch_one), jars):
                paths.append(path)
                done += 1
                progress(done, len(jars))
    finally:
        shutil.rmtree(download, ignore_errors=True)
    _remove_others(folder, paths)
    return paths


def _bring(jar: Jar, folder: Path, download: Path, fetch_one: Fetch) -> Path:
    target = folder / jar.filename
    if target.exists() and sha256_of(target) == jar.sha256:
        return target
    fetched = _download(jar, download, fetch_one)
    actual = sha256_of(fetched)
    if actual != jar.sha256:
        raise StackError(
            "stack.jar-mismatch",
            f"{jar.filename} has SHA-256 {actual}, the lock file says {jar.sha256}: it was refused",
            "run `make setup` again; if it stays, the source or a proxy in between serves a changed file",
        )
    fetched.replace(target)  # same file system, so a jar is either whole or absent
    return target


def _download(jar: Jar, download: Path, fetch_one: Fetch) -> Path:
    # jgo raises requests' errors, RuntimeError for a 404, and OSError for the disk.
    try:
        return fetch_one(jar, download)
    except (OSError, RuntimeError) as error:
        if getattr(error, "errno", None) == 28:
            raise StackError(
                "stack.disk-full", f"no space left for {jar.filename}", "free about 500 MB and run it again"
            ) from error
        raise StackError(
            "stack.network",
            f"{jar.filename} could not be fetched ({type(error).__name__})",
            "the first run needs the network (a Maven repository); check connection and proxy, run it again",
        ) from error


def _remove_others(folder: Path, keep: Iterable[Path]) -> None:
    """Leave exactly the locked jars: a class path of `*` must not pick up an older release beside them."""
    wanted = set(keep)
    for path in folder.glob("*.jar"):
        if path not in wanted:
            path.unlink()


def kafka_jars(progress: Callable[[int, int], None] = lambda done, total: None) -> Path:
    """The folder with Kafka's jars, fetched and checked if need be."""
    return _ready(KAFKA_LOCK, JAR_HOME / "kafka", progress)


def zipkin_jar(progress: Callable[[int, int], None] = lambda done, total: None) -> Path:
    """Zipkin's one jar, fetched and checked if need be."""
    folder = _ready(ZIPKIN_LOCK, JAR_HOME / "zipkin", progress)
    return folder / read_lock(ZIPKIN_LOCK)[0].filename


def _ready(lock: Path, folder: Path, progress: Callable[[int, int], None]) -> Path:
    """Fetch and check `folder` against `lock`, once per lock: the stamp holds the lock file's own SHA-256."""
    stamp = folder / ".checked"
    wanted = sha256_of(lock)
    jars = read_lock(lock)
    complete = all((folder / jar.filename).exists() for jar in jars)
    if not (complete and stamp.exists() and stamp.read_text() == wanted):
        fetch(jars, folder, progress=progress)
        stamp.write_text(wanted)
    return folder


def relock() -> None:
    """Resolve `jgo.toml` anew and write both lock files (for `make lock`; needs the network)."""
    import tempfile

    from jgo.env import EnvironmentBuilder, EnvironmentSpec, LockFile
    from jgo.env._lockfile import LockedDependency
    from jgo.maven import MavenContext

    zipkin = read_lock(ZIPKIN_LOCK)[0]
    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(repo_cache=Path(scratch) / "m2", timeout=60)
        builder = EnvironmentBuilder(context, cache_dir=Path(scratch) / "cache")
        builder.resolve_lockfile(EnvironmentSpec.load(KAFKA_SPEC)).save(KAFKA_LOCK)
        path = fetch_by_jgo(zipkin, Path(scratch) / "m2")
        locked = LockedDependency(
            zipkin.group, zipkin.artifact, zipkin.version, classifier=zipkin.classifier, sha256=sha256_of(path)
        )
        LockFile([locked], environment_name="zipkin").save(ZIPKIN_LOCK)
