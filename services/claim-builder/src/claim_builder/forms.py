"""The claim on paper: `GET /v1/claims/{id}/cms1500` for billers, `claim-builder cms1500` for files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from events.phi import ClaimContent
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from kit.api import Caller, Context, Problem, require
from pydantic import ValidationError

from claim_builder import repository, views
from claim_builder.cms1500 import Form, Offset, as_html, as_print_page, as_text, fill, misfits
from claim_builder.scrubbing import Finding, Severity, Snip

router = APIRouter(tags=["claims"])
Biller = Annotated[Caller, Depends(require("biller"))]
Shift = Annotated[float, Query(ge=-20, le=20, multiple_of=0.5)]
Format = Literal["text", "html", "print", "findings"]
_SOURCE = "NUCC 1500 Health Insurance Claim Form, 02/12: the lengths of its boxes"


@router.get("/v1/claims/{claim_id}/cms1500", response_class=PlainTextResponse)
async def get_cms1500(
    request: Request,
    caller: Biller,
    claim_id: UUID,
    format: Format = "text",
    lines: Shift = 0,
    columns: Shift = 0,
) -> Response:
    """The newest version of a claim on the CMS-1500 form.

    `text` is for a printer with the form in it, `print` the same placed on a page for a browser's print, `html` a page
    to read, `findings` what the form cannot hold. `lines` and `columns` move the print down and to the right; text
    moves by whole ones.
    """
    offset = Offset(lines, columns)
    if format == "text" and not offset.is_whole:
        hint = "A text printer moves by whole lines and characters; format=print moves by halves."
        raise Problem(422, "cms1500.half-step", hint=hint)
    context: Context = request.app.state.context
    async with context.database.transaction([caller.tenant_id]) as tx:
        found = await views.find_claim(tx, caller.tenant_id, claim_id)
        if found is None:
            raise Problem(404, "claim.not-found", hint="There is no such claim in your practice.")
        key = (found.claim_id, found.claim_version)
        content = (await repository.load_contents(tx, [key]))[key]
    if content.institutional is not None:
        raise Problem(409, "claim.not-professional", hint="An institutional claim has another form (UB-04).")
    return _answer(fill(content), format, offset)


def _answer(sheets: tuple[Form, ...], format: Format, offset: Offset) -> Response:
    if format == "findings":
        return JSONResponse({"findings": [finding.to_json() for finding in paper_findings(sheets)]})
    if format == "html":
        return HTMLResponse(as_html(sheets))
    if format == "print":
        return HTMLResponse(as_print_page(sheets, offset))
    return PlainTextResponse(as_text(sheets, offset))


def paper_findings(sheets: Iterable[Form]) -> Iterator[Finding]:
    """A warning for each value that is cut, an error for each amount that the form cannot hold; places are boxes."""
    for misfit in misfits(sheets):
        yield Finding(
            code="paper.cut" if misfit.cut else "paper.amount",
            severity=Severity.WARNING if misfit.cut else Severity.ERROR,
            snip=Snip.SYNTAX,
            path=f"sheet/{misfit.sheet}",
            loop="",
            element=f"box {misfit.box}",
            text=f"The form cannot hold the {misfit.name}: {misfit.length} characters fit.",
            action="Send the claim electronically, or shorten the value; an id that is cut is another id.",
            source=_SOURCE,
            version=1,
        )


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`claim-builder cms1500 FILE`: a claim's content as JSON, in the form of GET /v1/claims/{id}; - for stdin."""
    command = commands.add_parser("cms1500", help="print a claim's content (JSON) on the CMS-1500 form")
    command.add_argument("file", metavar="FILE", help="a claim's content as JSON; - for standard input")
    command.add_argument("--html", action="store_true", help="a page to read instead of text for the printer")
    command.add_argument("--print", action="store_true", help="a page for a browser's print instead of text")
    command.add_argument("--lines", type=float, default=0, help="move the print down by lines (negative: up)")
    command.add_argument("--columns", type=float, default=0, help="move the print right by columns (negative: left)")
    command.set_defaults(command=_print)


def _print(options: argparse.Namespace) -> int:
    text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text("utf-8")
    try:
        content = ClaimContent.model_validate_json(text)
    except ValidationError as error:
        places = sorted({"/".join(map(str, fault["loc"])) for fault in error.errors()})
        sys.stderr.write(f"claim-builder: not a claim's content: look at {', '.join(places[:5])}\n")
        return 2
    sheets, offset = fill(content), Offset(options.lines, options.columns)
    if not (options.html or options.print or offset.is_whole):
        sys.stderr.write("claim-builder: text moves by whole lines and columns; --print moves by parts of them\n")
        return 2
    sys.stdout.write(
        as_html(sheets) if options.html else as_print_page(sheets, offset) if options.print else as_text(sheets, offset)
    )
    for misfit in misfits(sheets):
        sys.stderr.write(f"claim-builder: warning: {misfit}\n")
    return 0
