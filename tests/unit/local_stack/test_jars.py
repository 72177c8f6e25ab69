"""A jar is taken only with the SHA-256 of the committed lock file."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest
from local_stack import jars
from local_stack.errors import StackError
from local_stack.jars import Jar


def _jar(name: str, content: bytes) -> Jar:
    return Jar("org.example", name, "1.0", "", hashlib.sha256(content).hexdigest())


class Repository:
    """Serves contents by artifact name and counts what was asked."""

    def __init__(self, **contents: bytes) -> None:
        self.contents = contents
        self.asked: list[str] = []

    def __call__(self, jar: Jar, folder: Path) -> Path:
        self.asked.append(jar.artifact)
        path = folder / jar.artifact / jar.filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.contents[jar.artifact])
        return path


def test_jars_are_fetched_once_and_progress_is_told(tmp_path: Path) -> None:
    repository = Repository(a=b"A", b=b"B")
    wanted = [_jar("a", b"A"), _jar("b", b"B")]
    told: list[tuple[int, int]] = []
    for _ in range(2):
        jars.fetch(wanted, tmp_path / "jars", fetch_one=repository, progress=lambda done, of: told.append((done, of)))
    assert sorted(path.name for path in (tmp_path / "jars").iterdir()) == ["a-1.0.jar", "b-1.0.jar"]
    assert sorted(repository.asked) == ["a", "b"]
    assert told == [(0, 2), (1, 2), (2, 2)] * 2
    assert list(tmp_path.iterdir()) == [tmp_path / "jars"]


def test_a_jar_with_other_bytes_is_refused_and_does_not_stay(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"stack\.jar-mismatch.*a-1\.0\.jar"):
        jars.fetch([_jar("a", b"A")], tmp_path / "jars", fetch_one=Repository(a=b"evil"))
    assert list((tmp_path / "jars").iterdir()) == []
    jars.fetch([_jar("a", b"A")], tmp_path / "jars", fetch_one=Repository(a=b"A"))


def test_a_jar_that_was_changed_on_disk_is_fetched_again(tmp_path: Path) -> None:
    repository = Repository(a=b"A")
    (path,) = jars.fetch([_jar("a", b"A")], tmp_path / "jars", fetch_one=repository)
    path.write_bytes(b"changed")
    jars.fetch([_jar("a", b"A")], tmp_path / "jars", fetch_one=repository)
    assert path.read_bytes() == b"A"


def test_a_release_that_is_no_longer_locked_leaves_the_class_path(tmp_path: Path) -> None:
    repository = Repository(a=b"A", b=b"B")
    jars.fetch([_jar("a", b"A"), _jar("b", b"B")], tmp_path / "jars", fetch_one=repository)
    jars.fetch([_jar("b", b"B")], tmp_path / "jars", fetch_one=repository)
    assert [path.name for path in (tmp_path / "jars").iterdir()] == ["b-1.0.jar"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ConnectionError("no route"), "stack.network"),
        (RuntimeError("not found in remote repositories"), "stack.network"),
        (OSError(errno.ENOSPC, "No space left on device"), "stack.disk-full"),
    ],
)
def test_what_keeps_a_jar_away_is_told(tmp_path: Path, fault: Exception, code: str) -> None:
    def fail(jar: Jar, folder: Path) -> Path:
        raise fault

    with pytest.raises(StackError) as raised:
        jars.fetch([_jar("a", b"A")], tmp_path / "jars", fetch_one=fail)
    assert raised.value.code == code
    assert raised.value.hint


def test_a_lock_without_checksum_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "jgo.lock.toml"
    lock.write_text('[[dependencies]]\ngroupId = "g"\nartifactId = "a"\nversion = "1"\n')
    with pytest.raises(StackError, match=r"stack\.lock-without-sha256"):
        jars.read_lock(lock)


def test_the_committed_locks_are_whole_and_name_no_host() -> None:
    kafka, zipkin = jars.read_lock(jars.KAFKA_LOCK), jars.read_lock(jars.ZIPKIN_LOCK)
    versions = {jar.artifact: jar.version for jar in kafka}
    assert len(kafka) == 46
    assert versions["kafka_2.13"] == versions["kafka-clients"] == "4.3.1"
    assert [(jar.artifact, jar.classifier) for jar in zipkin] == [("zipkin-server", "slim")]
    for lock in (jars.KAFKA_SPEC, jars.KAFKA_LOCK, jars.ZIPKIN_LOCK):
        assert "://" not in lock.read_text()
