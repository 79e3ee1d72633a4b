"""GET /models/{id}/packs/{digest}/documents/{kind}: a document about a model, written of one of its packs when it is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from ...documents import DOCUMENTS, Sources
from ...documents.html import html
from ...errors import EvidenceError
from ..failures import ApiError, not_found
from ..names import DigestInPath, ModelId
from ..viewer import RegisterDep, ViewerDep
from .packs import pack_of_model

router = APIRouter()

KindInPath = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The page is written by us and escapes what people said; should that ever fail, it is in a sandbox: no script, and not on Airflow's origin."""


@router.get("/models/{model_id}/packs/{digest}/documents/{kind}")
def document(model_id: ModelId, digest: DigestInPath, kind: KindInPath, viewer: ViewerDep, register: RegisterDep, request: Request) -> Response:
    """The document as HTML, as of today (UTC), if the pack is one of this model and verifies; it says itself that no key was trusted here."""
    with register.read() as session:
        viewer.model(session, model_id)
        ours = pack_of_model(session, model_id, digest)
    if kind not in DOCUMENTS:
        raise not_found(f"document {kind!r}")
    if not ours:
        raise not_found(f"pack {digest}")
    try:
        written = DOCUMENTS[kind](Sources.of(request.app.state.store.get(digest)), datetime.now(UTC).date())
    except EvidenceError as error:
        raise ApiError(409, "unverified", str(error)[:300], "make the pack of this run anew: modelops pack MODEL") from None
    return Response(html(written), media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
