"""The same boxes as a page that people read: our own words beside each box number, nothing of the form's print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from claim_builder.cms1500.filling import Form
from claim_builder.cms1500.layout import FIELDS, LINE_FIELDS
from claim_builder.cms1500.printing import misfits

_STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2rem;max-width:60rem}table{border-collapse:collapse;width:100%;"
    "margin:0 0 2rem}th,td{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top}"
    "th{background:#f4f4f4;font-weight:600}"
)


def as_html(forms: Sequence[Form]) -> str:
    """One document; every value is escaped. What the form cannot hold is told first."""
    told = "".join(f"<li>{escape(str(misfit))}" for misfit in misfits(forms))
    sheets = f"<ul>{told}</ul>" * bool(told) + "".join(
        _sheet(number, len(forms), form) for number, form in enumerate(forms, start=1)
    )
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>CMS-1500</title><style>{_STYLE}</style>"
    return f"{head}<body>{sheets}</body></html>\n"


def _sheet(number: int, count: int, form: Form) -> str:
    rows = "".join(f"<tr><td>{escape(box)}<td>{escape(words)}<td>{escape(value)}" for box, words, value in _boxes(form))
    head = f"<h1>Sheet {number} of {count}</h1>"
    return f"{head}<table><tr><th>Box<th>What<th>Value{rows}</table>{_services(form)}"


def _boxes(form: Form) -> Iterator[tuple[str, str, str]]:
    for name, field in FIELDS.items():
        if value := form.values.get(name, ""):
            yield field.box, field.name, value


def _services(form: Form) -> str:
    if not form.lines:
        return ""
    names = [name for name in LINE_FIELDS if any(name in line for line in form.lines)]
    heads = "".join(f"<th>{LINE_FIELDS[name].box} {escape(LINE_FIELDS[name].name)}" for name in names)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(line.get(name, str()))}' for name in names)}" for line in form.lines)
    return f"<table><tr>{heads}{rows}</table>"
