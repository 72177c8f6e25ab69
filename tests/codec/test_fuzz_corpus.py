"""The corpus of `make fuzz` through every target: what was found once stays mended, with or without the fuzzer."""

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = sorted((Path(__file__).parents[1] / "fuzz" / "corpus").glob("*.edi"))


def test_the_corpus_is_there() -> None:
    assert len(CORPUS) > 20


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_target_takes_it(path: Path) -> None:
    data = path.read_bytes()
    for target in TARGETS.values():
        target(data)
