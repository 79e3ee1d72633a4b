"""modelops document: a document about a model, written from an evidence pack, offline; or about the fleet, from facts of the register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .fleet import day_of, fleet
from .options import Json
from .output import print_json, writing
from .verify import pack_bytes

if TYPE_CHECKING:
    from ..documents import Document

ENDINGS = (".md", ".html", ".pdf")
LIST = "list"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(document)


def document(
    kind: Annotated[str, typer.Argument(help="Kind of document; `list` tells which there are.")],
    pack: Annotated[Path | None, typer.Argument(help="The evidence pack, a zip file; of board-report the facts of a fleet, taken from the register if not given.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it: .md, .html or .pdf (printed by an installed Chromium); Markdown on the screen if not given.")] = None,
    trust: Annotated[list[str] | None, typer.Option("--trust", help="Fingerprint (sha256:...) of the sender's key, got from elsewhere.")] = None,
    on: Annotated[str, typer.Option("--on", help="As of which day (YYYY-MM-DD): what has expired by then is a gap; today if not given.")] = "",
    since: Annotated[str, typer.Option("--since", help="Of board-report: the day (YYYY-MM-DD) of the last one; what changed since is told.")] = "",
    facts: Annotated[Path | None, typer.Option("--facts", help="Of board-report: where to write the facts that it is written of.")] = None,
    json: Json = False,
) -> None:
    """Write a document from an evidence pack that verifies, or a report of the fleet; every number in it links to its evidence, and what is missing is a gap."""
    from ..documents import BOARD, DOCUMENTS, Sources, board_report
    from ..documents.markdown import markdown

    known = [*DOCUMENTS, BOARD]
    if kind == LIST:
        print_json({"documents": known}) if json else print("\n".join(known))
        return
    if kind not in known:
        raise typer.BadParameter(f"{kind} is no document; expected {', '.join(known)}, or list", param_hint="KIND")
    if pack is None and kind != BOARD:
        raise typer.BadParameter("name a pack, a zip that modelops pack wrote", param_hint="PACK")
    if out is not None and out.suffix not in ENDINGS:
        raise typer.BadParameter(f"{out} ends in none of {', '.join(ENDINGS)}", param_hint="--out")
    if kind == BOARD:
        written = board_report(fleet(pack, since, facts))
    elif since or facts is not None:
        raise typer.BadParameter(f"--since and --facts are of {BOARD}", param_hint="--since")
    else:
        written = DOCUMENTS[kind](Sources.of(pack_bytes(pack), trust or ()), day_of(on, "--on"))  # type: ignore[arg-type]  # looked at above
    if out is None:
        print_json({"document": kind, "markdown": markdown(written)}) if json else print(markdown(written), end="")
        return
    data = _rendered(written, out.suffix)
    with writing("the document", out, "--out"):
        out.write_bytes(data)
    print_json({"file": str(out), "document": kind}) if json else print(f"wrote {out}")


def _rendered(written: Document, ending: str) -> bytes:
    from ..documents.html import html
    from ..documents.markdown import markdown
    from ..documents.pdf import pdf

    if ending == ".pdf":
        return pdf(html(written))
    return (html(written) if ending == ".html" else markdown(written)).encode()
