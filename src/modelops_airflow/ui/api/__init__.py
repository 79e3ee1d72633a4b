"""Routes under `/modelops/api/v1`, one noun a file. Reads are GET without effects; writes are POST."""

from __future__ import annotations

from fastapi import APIRouter

from . import actions, approvals, coverage, governance, keys, me, models, packs, results, retention, summary

ROUTERS: tuple[APIRouter, ...] = (
    me.router, models.router, results.router, packs.router, approvals.router, actions.router, governance.router,
    keys.router, summary.router, coverage.router, retention.router,
)
