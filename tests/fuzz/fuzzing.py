"""One target in a process of its own: ``python -m tests.fuzz.fuzzing TARGET`` and what libFuzzer takes."""

import sys

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(include=["x12"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()  # never comes back
