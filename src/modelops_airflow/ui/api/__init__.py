"""Routes under `/modelops/api/v1`, one noun a file. Reads are GET without effects; writes are POST."""

from __future__ import annotations

from fastapi import APIRouter

from . import (
    actions,
    approvals,
    coverage,
    documents,
    findings,
    governance,
    incidents,
    keys,
    me,
    models,
    overlays,
    packs,
    policies,
    recertification,
    restrictions,
    results,
    retention,
    summary,
    waivers,
)

ROUTERS: tuple[APIRouter, ...] = (
    me.router, models.router, results.router, packs.router, documents.router, approvals.router, actions.router, governance.router,
    keys.router, summary.router, coverage.router, incidents.router, findings.router, waivers.router, restrictions.router, overlays.router,
    recertification.router, policies.router, retention.router,
)
