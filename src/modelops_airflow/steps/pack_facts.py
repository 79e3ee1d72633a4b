"""Everything that the register and the store know of a decided run, as `make_pack` takes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from .. import __version__
from ..assurance.of_run import assurance_of_run
from ..database import database_time
from ..digest import digest_of
from ..errors import EvidenceError
from ..evidence.manifest import judged_steps
from ..evidence.statement import measurement_in, read_statement
from ..governance.activate import governance_of
from ..governance.documents import fetch
from ..governance.erasures import Tombstone, tombstones
from ..governance.on_record import permissions_on_record
from ..governance.record import known_run
from ..inventory.tables import DeploymentRow, ResultRow, RunRow, VersionRow
from ..ledger.append import instant
from ..policy.in_force import library_of
from ..policy.verdict import judge
from ..settings import Settings
from .loosened import loosened_told
from .pack_decisions import authors_told, broken_glass, decision_rows, gates_stood, governances_then, moments_of, told
from .pack_findings import findings_of
from .pack_inputs import inputs_of, population_of
from .pack_keys import approval_key_in, keyring
from .pack_lateness import review_told, scheduler_told
from .pack_ledger import excerpt, stamps_of
from .pack_waivers import governances_of_waivers, waivers_told
from .pictures import pictures_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy.orm import Session

    from ..governance.start import RunKey
    from .run import Run


def facts_of(session: Session, run: Run, key: RunKey, house: Ed25519PrivateKey | None) -> dict[str, Any]:
    """The facts of a run.

    Raises:
        EvidenceError: it was not decided, or something it rests on is gone or changed.
    """
    row = known_run(session, key)
    if row.manifest is None or row.subject is None:
        raise EvidenceError(f"run {key.run_id} of {key.dag_id} was not decided; run its step decide first")
    version, now = session.get_one(VersionRow, row.version_id), database_time(session)
    moments = moments_of(session, row, now)
    rules, decisions = governances_then(session, moments), decision_rows(session, row)
    authors = authors_told(session, row, version, moments)
    waivers = waivers_told(session, row, [name for name, _ in authors], now)
    governance, *later = {digest_of(one): one for one in (*rules, *governances_of_waivers(session, row, waivers))}.values()
    results = session.scalars(select(ResultRow).where(ResultRow.run == row.id).order_by(ResultRow.id)).all()
    frozen = run.store.get(row.manifest)
    graves = tombstones(session)
    statements = _statements(run, json.loads(frozen), results, graves)
    envelopes = [one.envelope for one in decisions if one.envelope]
    standings = gates_stood(session, row, authors, decisions, list(zip(moments, rules, strict=True)), approval_key_in(run.settings, envelopes))
    events, log = excerpt(session, row.model_id, (run.settings.origin if run.settings else Settings.origin), house, now)
    return {
        "created_at": instant(now), "version": __version__, "model": _model(run, row, version), "run": _run(row, authors),
        "plan": fetch(session, row.plan), "policies": _policies(run, rules), "governance": governance, "governances": later, "evidence_manifest": frozen,
        "statements": statements, "pictures": pictures_of(run.plan, {step: measurement_in(one["body"]) for step, one in statements.items()}),
        "results": _results(run, statements, results),
        "decisions": [told(session, one) for one in decisions],
        "gates": {step: one.state for step, one in standings.items()}, "lacking": {step: one.lacking for step, one in standings.items()},
        "deployments": _deployments(session, row), "events": events, "log": log,
        "stamps": stamps_of(session, log["anchored"]),
        "keyring": keyring(session, run.settings, house, envelopes),
        "waivers": waivers,
        "review": review_told(session, row.model_id, now), "scheduler": scheduler_told(session, now), "loosened": loosened_told(session, row),
        "population": population_of(run, statements), "inputs": inputs_of(run, statements, graves),
        "findings": findings_of(session, row.model_id, now), "erased": _erased(json.loads(frozen), statements, graves), "break_glass": broken_glass(session, row),
        "assurance": assurance_of_run(session, row, run.settings.approval_public_key if run.settings else None).to_json(),
    }


def _statements(run: Run, frozen: Mapping[str, Any], results: Any, graves: Mapping[str, Tombstone]) -> dict[str, dict[str, Any]]:
    """The statements that were judged, as the evidence manifest names them; without those of which a tombstone says that they were erased."""
    at = {(one.step, one.evidence): instant(one.at) for one in results}
    found = {}
    for step, digest in frozen["evidence"]:
        if (step, digest) not in at:
            raise EvidenceError(f"the register no longer has the result of {step} that was decided upon")
        if digest in graves and not run.store.has(digest):
            continue
        found[step] = {"bytes": run.store.get(digest), "body": read_statement(run.store, digest), "at": at[step, digest]}
    return found


def _erased(frozen: Mapping[str, Any], statements: Mapping[str, Any], graves: Mapping[str, Tombstone]) -> dict[str, str]:
    """Step -> what the tombstone of its statement says."""
    return {step: graves[digest].told for step, digest in frozen["evidence"] if step not in statements}


def _results(run: Run, statements: Mapping[str, Any], rows: Iterable[ResultRow]) -> list[dict[str, Any]]:
    """What each judged step came to: judged again from its statement, since rows can be edited; a step without one did not come to any."""
    found = []
    for one in judged_steps(run.plan.to_json()):
        if one["id"] in statements:
            judged = judge(run.plan.step(one["id"]).requirements, measurement_in(statements[one["id"]]["body"]))
            found.append({"step": one["id"], "verdict": judged.verdict.value, "warned": judged.warned,
                          "judgements": [row.to_json() for row in judged.rows]})
        else:
            found += [{"step": row.step, "verdict": row.verdict, "warned": row.warned, "judgements": row.judgements}
                      for row in rows if row.step == one["id"] and row.current and row.verdict]
    return found


def _model(run: Run, row: RunRow, version: VersionRow) -> dict[str, Any]:
    told_of = run.plan.model
    return {"id": row.model_id, "name": told_of["name"], "purpose": told_of["purpose"], "tier": told_of["tier"], "owner": told_of["owner"],
            "kind": told_of["kind"], "version": version.version, "state": version.state,
            "artifact_digest": version.artifact.removeprefix("sha256:"), "artifact_name": version.artifact_name}


def _run(row: RunRow, authors: list[list[str]]) -> dict[str, Any]:
    return {"dag": row.dag_id, "id": row.run_id, "subject": row.subject, "manifest": row.manifest, "verdict": row.verdict,
            "warned": row.warned, "design": row.design, "provenance": row.provenance, "authors": authors,
            "started_at": instant(row.started_at)}


def _policies(run: Run, rules: Iterable[Any]) -> dict[str, Any]:
    """The policies in force, where the package or a governance still has them as they were."""
    there = {pack.digest: pack for body in rules for pack in library_of(governance_of(body)).packs.values()}
    return {name: there[digest].canonical if digest in there else None for name, digest in run.plan.policies.items()}


def _deployments(session: Session, row: RunRow) -> list[dict[str, Any]]:
    rows = session.scalars(select(DeploymentRow).where(DeploymentRow.run == row.id).order_by(DeploymentRow.id))
    at = {(one.facts["environment"], one.facts["epoch"]): one.at for one in permissions_on_record(session, row)}
    return [{"environment": one.environment, "state": one.state, "epoch": one.epoch, "cause": one.cause, "artifact": one.artifact,
             "observed": one.observed, "target": one.target, "strength": one.strength, "at": instant(at.get((one.environment, one.epoch), one.at))} for one in rows]
