"""The claim on paper: `GET /v1/claims/{id}/cms1500` for billers, `claim-builder cms1500` for files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from events.phi import ClaimContent
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from kit.api import Caller, Context, Problem, require
from pydantic import ValidationError

from claim_builder import repository, views
from claim_builder.cms1500 import Offset, as_html, as_text, fill

router = APIRouter(tags=["claims"])
Biller = Annotated[Caller, Depends(require("biller"))]
Shift = Annotated[int, Query(ge=-20, le=20)]


@router.get("/v1/claims/{claim_id}/cms1500", response_class=PlainTextResponse)
async def get_cms1500(
    request: Request,
    caller: Biller,
    claim_id: UUID,
    format: Literal["text", "html"] = "text",
    lines: Shift = 0,
    columns: Shift = 0,
) -> Response:
    """The newest version of a claim on the CMS-1500 form: text for a printer with the form in it, or a page to read.

    `lines` and `columns` move the print down and to the right.
    """
    context: Context = request.app.state.context
    async with context.database.transaction([caller.tenant_id]) as tx:
        found = await views.find_claim(tx, caller.tenant_id, claim_id)
        if found is None:
            raise Problem(404, "claim.not-found", hint="There is no such claim in your practice.")
        key = (found.claim_id, found.claim_version)
        content = (await repository.load_contents(tx, [key]))[key]
    if content.institutional is not None:
        raise Problem(409, "claim.not-professional", hint="An institutional claim has another form (UB-04).")
    sheets = fill(content)
    if format == "html":
        return HTMLResponse(as_html(sheets))
    return PlainTextResponse(as_text(sheets, Offset(lines, columns)))


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`claim-builder cms1500 FILE`: a claim's content as JSON, in the form of GET /v1/claims/{id}; - for stdin."""
    command = commands.add_parser("cms1500", help="print a claim's content (JSON) on the CMS-1500 form")
    command.add_argument("file", metavar="FILE", help="a claim's content as JSON; - for standard input")
    command.add_argument("--html", action="store_true", help="a page to read instead of text for the printer")
    command.add_argument("--lines", type=int, default=0, help="move the print down by lines (negative: up)")
    command.add_argument("--columns", type=int, default=0, help="move the print right by columns (negative: left)")
    command.set_defaults(command=_print)


def _print(options: argparse.Namespace) -> int:
    text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text("utf-8")
    try:
        content = ClaimContent.model_validate_json(text)
    except ValidationError as error:
        places = sorted({"/".join(map(str, fault["loc"])) for fault in error.errors()})
        sys.stderr.write(f"claim-builder: not a claim's content: look at {', '.join(places[:5])}\n")
        return 2
    sheets = fill(content)
    sys.stdout.write(as_html(sheets) if options.html else as_text(sheets, Offset(options.lines, options.columns)))
    return 0
