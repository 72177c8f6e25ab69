"""Independent validators for tests of anything that makes X12: pyx12, oxedi, x12sdk. All in-process and quiet.

A pyx12 call costs about 170 ms, whatever the size: put many claims into one file.
"""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def pyx12_errors(data: bytes) -> list[str]:
    """Every error that pyx12 finds, as ``segment position: text``; an empty list for a valid file."""
    with _quiet():
        import json

        import pyx12.params
        import pyx12.x12n_document

        _register_the_277(pyx12.map_index.map_index)
        report = io.StringIO()
        valid = pyx12.x12n_document.x12n_document(
            pyx12.params.params(), io.StringIO(data.decode("ascii")), None, None, None, report
        )
        errors = list(_json_errors(json.loads(report.getvalue() or "{}")))
    return errors if errors or valid else ["pyx12 says that the file is not valid"]


def _register_the_277(index: type) -> None:
    """pyx12 4.0.0 ships a map of the 277 005010X212, but its index does not name it."""
    if hasattr(index, "with_277"):
        return
    original = index.__init__

    def init(self: Any, base_path: str | None = None) -> None:
        original(self, base_path)
        self.add_map("00501", "005010X212", "HN", None, "277.5010.X212.xml", "277A1")

    index.__init__ = init  # type: ignore[misc]
    index.with_277 = True  # type: ignore[attr-defined]


def _json_errors(node: object, path: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "errors" and isinstance(value, list):
                yield from (f"{path}: {error}" for error in value)
            else:
                yield from _json_errors(value, f"{path}/{node.get('id', '')}" if key != "id" else path)
    elif isinstance(node, list):
        for value in node:
            yield from _json_errors(value, path)


def oxedi_errors(data: bytes) -> list[str]:
    """Every diagnostic of oxedi on an 835; an empty list for a clean file."""
    with _quiet():
        import oxedi

        result = oxedi.parse(data)
        return [str(each) for each in result.diagnostics]


def x12sdk_parses(data: bytes) -> bool:
    """True if x12sdk reads every transaction set into its models."""
    with _quiet():
        from x12sdk.io import X12ModelReader

        try:
            with X12ModelReader(data.decode("ascii")) as reader:
                return len(list(reader.models())) > 0
        except Exception:  # x12sdk raises whatever comes
            return False
