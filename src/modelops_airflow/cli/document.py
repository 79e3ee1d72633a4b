"""modelops document: a document about a model, written from an evidence pack, offline."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError
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
    pack: Annotated[Path | None, typer.Argument(help="The evidence pack, a zip file.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it: .md, .html or .pdf (printed by an installed Chromium); Markdown on the screen if not given.")] = None,
    trust: Annotated[list[str] | None, typer.Option("--trust", help="Fingerprint (sha256:...) of the sender's key, got from elsewhere.")] = None,
    on: Annotated[str, typer.Option("--on", help="As of which day (YYYY-MM-DD): what has expired by then is a gap; today if not given.")] = "",
    json: Json = False,
) -> None:
    """Write a document from an evidence pack that verifies; every number in it links to its evidence, and what is missing is a gap."""
    from ..documents import DOCUMENTS, Sources
    from ..documents.markdown import markdown

    if kind == LIST:
        print_json({"documents": list(DOCUMENTS)}) if json else print("\n".join(DOCUMENTS))
        return
    if kind not in DOCUMENTS:
        raise typer.BadParameter(f"{kind} is no document; expected {', '.join(DOCUMENTS)}, or list", param_hint="KIND")
    if pack is None:
        raise typer.BadParameter("name a pack, a zip that modelops pack wrote", param_hint="PACK")
    if out is not None and out.suffix not in ENDINGS:
        raise typer.BadParameter(f"{out} ends in none of {', '.join(ENDINGS)}", param_hint="--out")
    written = DOCUMENTS[kind](Sources.of(pack_bytes(pack), trust or ()), _day(on))
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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError:
        raise DataError(f"{text} is no day; expected YYYY-MM-DD with --on") from None
