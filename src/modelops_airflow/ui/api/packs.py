"""GET /models/{id}/packs/{digest}: an evidence pack to take away."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from ...digest import short
from ...inventory.tables import ImportedPackRow, PackRow, RunRow
from ..failures import not_found
from ..names import DigestInPath, ModelId
from ..viewer import RegisterDep, ViewerDep

router = APIRouter()


@router.get("/models/{model_id}/packs/{digest}")
def pack(
    model_id: ModelId,
    digest: DigestInPath,
    viewer: ViewerDep,
    register: RegisterDep,
    request: Request,
) -> Response:
    """The pack's bytes, only if it is a pack of this model, made or taken in here: the store holds other things too."""
    with register.read() as session:
        viewer.model(session, model_id)
        ours = pack_of_model(session, model_id, digest)
    if not ours:
        raise not_found(f"pack {digest}")
    name = f"{model_id}-{short(digest)}.zip"
    return Response(
        request.app.state.store.get(digest), media_type="application/zip",
        # A pack may hold pages of others: saved, never shown here, and should a browser show it, in a sandbox.
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox; default-src 'none'"},
    )


def pack_of_model(session: Session, model_id: str, digest: str) -> bool:
    """Whether a digest is that of a pack of this model, made or taken in here."""
    made = select(PackRow.id).join(RunRow, RunRow.id == PackRow.run).where(PackRow.digest == digest, RunRow.model_id == model_id)
    taken = select(ImportedPackRow.id).where(ImportedPackRow.digest == digest, ImportedPackRow.model_id == model_id)
    return session.scalars(made).first() is not None or session.scalars(taken).first() is not None
