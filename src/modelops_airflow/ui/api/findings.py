"""Findings: what is to be put right, by whom and until when; and the acts of people on them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from ...governance.finding import Said, act, open_finding_on
from ...governance.finding_evidence import Evidence
from ...inventory.register import Register
from ...inventory.tables import FindingRow, ModelRow
from ..failures import ApiError, not_found
from ..guard import Body, Visible, body_of
from ..names import ModelId, RowId
from ..paging import After, Limit, page_of
from ..reads.clock import now
from ..reads.findings import Filters, chosen, finding_page
from ..reads.gates import Asker
from ..viewer import RegisterDep, Viewer, ViewerDep

router = APIRouter()

Severity = Literal["critical", "high", "medium", "low"]
Digest = Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]
Text = Annotated[Visible, Field(max_length=2000)]


class Opening(Body):
    """What is wrong, and how badly."""

    severity: Severity
    title: Annotated[Visible, Field(min_length=1, max_length=200, pattern=r"\S")]
    text: Annotated[Visible, Field(min_length=1, max_length=2000, pattern=r"\S")]


class Named(Body):
    """Evidence: one of a digest on record, a run that passed, or a text."""

    digest: Digest = ""
    run: Annotated[Visible, Field(max_length=510)] = ""
    text: Annotated[Visible, Field(max_length=4000)] = ""


class FindingAct(Body):
    """An act, and what is said with it; `agree` names what another person proposed, and then nothing else is said."""

    act: Literal["dispute", "withdraw", "uphold", "plan", "start", "hand-in", "close", "return", "accept-risk", "extend"]
    words: Text = ""
    controls: Text = ""
    until: Annotated[AwareDatetime | None, Field(strict=False)] = None
    evidence: Named = Named()
    agree: Digest = ""


@router.get("/findings")
def findings(
    viewer: ViewerDep,
    register: RegisterDep,
    model: Annotated[str | None, Query(max_length=100, pattern=r"^[a-z0-9][a-z0-9-]*$")] = None,
    severity: Severity | None = None,
    overdue: bool = False,
    open: bool = False,
    after: After = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The findings of the models that the caller may see, the most urgent first."""
    with register.read() as session:
        found = chosen(session, viewer.visible(session), Filters(model, severity, overdue, open), now())
        page, following = page_of(found, lambda one: str(one["key"]), after, limit)
        return {"items": page, "next": following, "found": len(found)}


@router.get("/findings/{finding_id}")
def finding(finding_id: RowId, viewer: ViewerDep, register: RegisterDep) -> dict[str, Any]:
    """One finding with its history and what the caller may do."""
    with register.read() as session:
        row, model = _visible(session, viewer, finding_id)
        return finding_page(session, row, model, Asker.of(viewer, session), now())


@router.post("/models/{model_id}/findings", status_code=201)
def opening(
    model_id: ModelId, viewer: ViewerDep, register: RegisterDep, body: Annotated[Opening, Depends(body_of(Opening))]
) -> dict[str, Any]:
    """Open a finding on a model."""
    with register.read() as session:
        viewer.model(session, model_id)
    number = open_finding_on(register, model_id, viewer.actor, body.severity, body.title, body.text)
    return _told(register, viewer, number)


@router.post("/findings/{finding_id}/acts", status_code=201)
def acting(
    finding_id: RowId, viewer: ViewerDep, register: RegisterDep, body: Annotated[FindingAct, Depends(body_of(FindingAct))]
) -> dict[str, Any]:
    """Do something about a finding, as the caller."""
    with register.read() as session:
        _visible(session, viewer, finding_id)
    named = body.evidence
    said = Said(body.words, body.controls, body.until, Evidence(named.digest, named.run, named.text), body.agree)
    act(register, finding_id, body.act, viewer.actor, said)
    return _told(register, viewer, finding_id)


def _visible(session: Session, viewer: Viewer, number: int) -> tuple[FindingRow, ModelRow]:
    row = session.get(FindingRow, number)
    if row is None:
        raise not_found(f"finding {number}")
    try:
        return row, viewer.model(session, row.model_id)
    except ApiError:
        raise not_found(f"finding {number}") from None


def _told(register: Register, viewer: Viewer, number: int) -> dict[str, Any]:
    with register.read() as session:
        row, model = _visible(session, viewer, number)
        return finding_page(session, row, model, Asker.of(viewer, session), now())
