"""A small bank for the pages: models in every state a reader should recognise.

The rows are written with the register's own tables, so the pages are tested against states that
governance would take weeks to reach. What people decide in a test goes through the API.
"""


from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).parents[1]))

from guards import guards_down
from modelops_airflow.data.profile import Column, Profile, Profiles
from modelops_airflow.digest import canonical, digest_bytes, digest_of
from modelops_airflow.evidence.statement import put_statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import (
    DecisionRow,
    DeploymentRow,
    Document,
    FindingRow,
    GateRow,
    GovernanceRow,
    ModelRow,
    PackRow,
    ResultRow,
    RunRow,
    SlotRow,
    VersionRow,
)
from modelops_airflow.ledger import append
from modelops_airflow.measurement import Measurement, Metric

USERS = {
    "admin": "admin", "risk-1": "viewer", "risk-2": "viewer", "validator-1": "viewer", "validator-2": "viewer", "credit-dev": "user",
    "auditor-1": "viewer", "pricing-owner": "viewer", "stranger": "viewer",
}

GOVERNANCE = {
    "modelops": 1, "timezone": "Europe/Berlin",
    "people": {name: {"login": {"simple": name}, "git": [], "name": ""} for name in USERS if name not in ("stranger", "admin")},
    "roles": {
        "developer": {"side": "make", "held_by": ["credit-dev"]},
        "validator": {"side": "control", "held_by": ["validator-1", "validator-2"]},
        "risk": {"side": "control", "held_by": ["risk-1", "risk-2"]},
        "reader": {"side": "control", "held_by": ["auditor-1"]},
    },
    "environments": {"production": {"target": "folder", "with": {"path": "live"}}},
    "run_profiles": {}, "artifact_roots": ["models"], "channels": {},
}

OWNERS = {"credit-risk": "credit-owner", "income-screen": "lending-owner", "pricing-rules": "pricing-owner",
          "card-fraud": "fraud-owner"}

NOW = datetime.now(UTC).replace(microsecond=0)


@contextmanager
def unguarded(session: Session) -> Iterator[None]:
    """Without the database's guards, which ask for the way that every row came."""
    with guards_down(session.connection()):
        yield
        session.flush()


def ago(**units: float) -> datetime:
    """A moment before now."""
    return NOW - timedelta(**units)


class Bank:
    """Writes the bank's rows, and answers a test's questions about them."""

    def __init__(self, register: Register, store: BlobStore) -> None:
        self.register, self.store = register, store
        self.gates: dict[str, int] = {}

    def open(self) -> Bank:
        """All models of the bank."""
        with self.register.write() as session, unguarded(session):
            self._governance(session)
            self._credit(session)
            self._income(session)
            self._pricing(session)
            self._fraud(session)
            self._broken(session)
            self._secret(session)
            append(session, "definitions-changed", {"models": 6})
        return self

    def subject(self, gate_id: int) -> str:
        """What a gate asks about."""
        with self.register.read() as session:
            return session.get_one(GateRow, gate_id).subject

    def decisions(self, gate_id: int) -> list[tuple[str, str]]:
        """Person and decision, in order."""
        with self.register.read() as session:
            rows = session.query(DecisionRow).where(DecisionRow.gate == gate_id).order_by(DecisionRow.id)
            return [(row.person, row.decision) for row in rows]

    def _governance(self, session: Session) -> None:
        digest = self._document(session, GOVERNANCE)
        session.add(GovernanceRow(digest=digest, state="active", proposed_by="first use", activated_by="first use"))
        append(session, "governance-activated", {"by": "first use", "governance": digest})

    def _credit(self, session: Session) -> None:
        """In use since a month; its next version waits for risk."""
        _model(session, "credit-risk", "Retail credit default", 1, "credit-owner", "skops",
               purpose="Decides credit-card applications up to 10,000 EUR.", team="retail-credit", review_every="P12M")
        old = _version(session, "credit-risk", "3.1.0", "in_use", ago(days=40))
        first = self._run(session, "credit-risk", old, "release", "manual__1", ago(days=32), psi=0.04, ratio=0.86, auc=0.78)
        gate = _gate(session, first, "approve-risk", {"risk": 2}, ago(days=31), state="approved")
        for person in ("risk-1", "risk-2"):
            _decide(session, gate, person, "risk", "Reviewed with the validation report.", ago(days=30))
        self._deploy(session, first, old, ago(days=30))
        for day in range(10, 0, -1):
            self._run(session, "credit-risk", old, "monitor", f"scheduled__{day}", ago(days=day),
                      psi=0.05 + 0.012 * (10 - day), ratio=0.85 - 0.004 * (10 - day), auc=0.78 - 0.002 * (10 - day))
        new = _version(session, "credit-risk", "3.2.0", "waiting", ago(hours=20))
        run = self._run(session, "credit-risk", new, "release", "manual__2", ago(hours=19), psi=0.11, ratio=0.81, auc=0.80,
                        drift_warn=0.08)
        validated = _gate(session, run, "approve-validation", {"validator": 1}, ago(hours=18), state="approved",
                          meaning="validate")
        _decide(session, validated, "validator-1", "validator", "Rerun on my own sample, same numbers.", ago(hours=10))
        self.gates["credit"] = _gate(session, run, "approve-risk", {"risk": 2}, ago(hours=18), due=NOW + timedelta(days=4)).id

    def _income(self, session: Session) -> None:
        """Stopped by its bias."""
        _model(session, "income-screen", "Income screening", 1, "lending-owner", "onnx", team="lending",
               purpose="Estimates whether an applicant's income is above 50,000.", review_every="P12M")
        version = _version(session, "income-screen", "1.0.0", "rejected", ago(days=3),
                           reason="bias: impact_ratio of sex = female is 0.36, fail < 0.70")
        self._run(session, "income-screen", version, "release", "manual__1", ago(days=3), psi=0.02, ratio=0.36, auc=0.91)

    def _pricing(self, session: Session) -> None:
        """In use, its review and an approval overdue."""
        _model(session, "pricing-rules", "Instalment pricing", 3, "pricing-owner", "rules", team="retail-credit",
               purpose="Sets the monthly rate of instalment loans.", review_every="P6M")
        version = _version(session, "pricing-rules", "2025-11", "in_use", ago(days=220))
        run = self._run(session, "pricing-rules", version, "release", "manual__1", ago(days=215), psi=0.03, ratio=0.93, auc=None)
        gate = _gate(session, run, "approve-risk", {"risk": 1}, ago(days=214), state="approved")
        _decide(session, gate, "risk-2", "risk", "", ago(days=214), expires=NOW + timedelta(days=20))
        self._deploy(session, run, version, ago(days=214))
        review = self._run(session, "pricing-rules", version, "review", "scheduled__1", ago(days=9), decided=False,
                           psi=0.03, ratio=0.94, auc=None)
        self.gates["pricing"] = _gate(session, review, "attest-owner", {"owner": 1}, ago(days=8), due=ago(days=2),
                                      meaning="attest").id

    def _fraud(self, session: Session) -> None:
        """Suspended, with a finding."""
        _model(session, "card-fraud", "Card fraud alerts", 2, "fraud-owner", "onnx", team="cards",
               purpose="Raises an alert on card payments that look stolen.", review_every="P12M")
        version = _version(session, "card-fraud", "7.4.1", "suspended", ago(days=90), reason="alert rate doubled overnight")
        self._run(session, "card-fraud", version, "monitor", "scheduled__1", ago(hours=5), psi=0.34, ratio=0.9, auc=0.71)
        session.add(FindingRow(model_id="card-fraud", kind="drift", severity="high",
                               message="psi of amount is 0.34; the model was suspended by risk-1"))

    def _broken(self, session: Session) -> None:
        problem = {
            "file": "dags/models/churn.yaml", "line": 9, "column": 11, "code": "SPEC004",
            "message": "unknown kind 'sklearn'", "expected": "skops, onnx or rules", "found": "'sklearn'",
            "next_step": "save the model with skops and write kind: skops",
        }
        session.add(ModelRow(id="churn", name="churn", file="dags/models/churn.yaml", problems=[problem], dags=[]))

    def _secret(self, session: Session) -> None:
        """A model whose DAGs only administrators and readers may see."""
        _model(session, "secret-model", "Secret pricing", 2, "pricing-owner", "rules", purpose="Nobody's business.")

    def _run(
        self, session: Session, model: str, version: VersionRow, lifecycle: str, run_id: str, at: datetime, *,
        psi: float, ratio: float, auc: float | None, drift_warn: float = 0.10, decided: bool = True,
    ) -> RunRow:
        plan = _plan(model, version.version, lifecycle, drift_warn)
        verdict = "fail" if psi >= 0.25 or ratio < 0.7 else "pass"
        manifest = digest_of([model, run_id, psi, ratio, auc])
        digest = self._document(session, plan)
        run = RunRow(
            dag_id=f"{model}.{lifecycle}", run_id=run_id, model_id=model, lifecycle=lifecycle, version_id=version.id,
            plan=digest, approved_plan=digest, artifact=version.artifact, environment="production",
            started_by="credit-dev", started_at=at, manifest=manifest, subject=digest_of([manifest, digest]),
            verdict=verdict if decided else None, warned=psi >= drift_warn or ratio < 0.82,
            decided_at=at + timedelta(minutes=2) if decided else None,
        )
        session.add(run)
        session.flush()
        session.add(ResultRow(run=run.id, step="profile", uses="profile", status="done", at=at,
                              products={"profiles": self.store.put_json(_profiles(psi))}))
        self._result(session, run, "drift", [
            _judged("psi", {"column": column}, round(psi * share, 4), f"warn >= {drift_warn}, fail >= 0.25", "house, tier 1",
                    fail=psi * share >= 0.25, warn=psi * share >= drift_warn)
            for column, share in (("duration", 1.0), ("amount", 0.62), ("age", 0.3), ("purpose", 0.12))
        ])
        self._result(session, run, "bias", [
            _judged("impact_ratio", where, value, "warn < 0.8, fail < 0.7", "house, tier 1", fail=value < 0.7, warn=value < 0.8)
            for where, value in (({"sex": "female"}, ratio), ({"sex": "male"}, 1.0), ({"age_band": "under 25"}, min(1.0, ratio + 0.06)))
        ])
        if auc is not None:
            self._result(session, run, "performance",
                         [_judged("auc", {}, auc, "fail < 0.7", "standard-release", fail=auc < 0.7, warn=False)])
        self._result(session, run, "data-quality", [], {"datasheet.md": self.store.put(b"# Datasheet\n")})
        append(session, "run-decided", {"run": run_id, "manifest": manifest, "verdict": verdict}, model_id=model)
        return run

    def _result(self, session: Session, run: RunRow, step: str, judged: list[dict[str, Any]], products: dict[str, str] | None = None) -> None:
        metrics = [Metric(row["metric"], row["value"], row["where"], n=1000) for row in judged]
        evidence = put_statement(self.store, Measurement.of(step, metrics), subject=run.artifact, step=step)  # type: ignore[arg-type]
        verdict = "fail" if any(row["verdict"] == "fail" for row in judged) else "pass"
        session.add(ResultRow(run=run.id, step=step, uses=step, status="measured", verdict=verdict, evidence=evidence,
                              warned=any(row["warned"] for row in judged), judgements=judged, at=run.started_at,
                              products=products or {}))

    def _deploy(self, session: Session, run: RunRow, version: VersionRow, at: datetime) -> None:
        slot = SlotRow(model_id=run.model_id, environment="production", epoch=1)
        session.add(slot)
        session.flush()
        session.add(DeploymentRow(
            slot=slot.id, model_id=run.model_id, environment="production", version_id=version.id, run=run.id,
            artifact=version.artifact, subject=run.subject, epoch=1, cause="release", state="live", target="folder",
            strength="gated", observed=version.artifact, observed_at=at, at=at, key=digest_of([run.id, "production"]),
        ))
        session.add(PackRow(run=run.id, digest=self.store.put(b"PK pack of " + run.dag_id.encode()), at=at))
        append(session, "deployment-live", {"artifact": version.artifact, "epoch": 1}, model_id=run.model_id)

    def _document(self, session: Session, body: Mapping[str, Any]) -> str:
        data = canonical(body)
        digest = digest_bytes(data)
        if session.get(Document, digest) is None:
            session.add(Document(digest=digest, body=data))
            session.flush()
        return digest

    def declare_legacy(self, model: str, terms: str, *, days: int = 30, version: str = "2.0") -> None:
        """What the sync task tells of a file that declares its model in use."""
        until = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
        with self.register.write() as session:
            append(session, "legacy-declared", {
                "artifact": "sha256:" + "a" * 64, "authors": [], "by": "sync", "commit": None, "environment": "production", "name": None,
                "since": "2019-05-01", "terms": terms, "until": until, "version": version}, model_id=model)


def _model(session: Session, id: str, name: str, tier: int, owner: str, kind: str, **facts: Any) -> None:
    text = f"modelops: 1\nmodel:\n  name: {name}\n  tier: {tier}\n  owner: {owner}\n  kind: {kind}\n"
    dags = [{"lifecycle": use, "dag_id": f"{id}.{use}", "schedule": schedule}
            for use, schedule in (("release", None), ("monitor", "@daily"), ("review", "0 6 1 1 *"))]
    session.add(ModelRow(id=id, name=name, tier=tier, owner=owner, kind=kind, file=f"dags/models/{id}.yaml", source=text,
                         dags=dags, seen_at=ago(seconds=20), **facts))
    session.flush()


def _version(session: Session, model: str, version: str, state: str, at: datetime, reason: str = "") -> VersionRow:
    row = VersionRow(model_id=model, version=version, artifact=digest_of([model, version]), state=state, reason=reason,
                     artifact_name=f"models/{model}-{version}", kind="skops", registered_by="credit-dev", registered_at=at,
                     authors=[["credit-dev", "developer"]])
    session.add(row)
    session.flush()
    return row


def _gate(
    session: Session, run: RunRow, step: str, roles: Mapping[str, int], at: datetime, *, state: str = "open",
    meaning: str = "approve", due: datetime | None = None,
) -> GateRow:
    row = GateRow(run=run.id, step=step, subject=run.subject or "", meaning=meaning, state=state, opened_at=at, due_at=due,
                  rules=_rules(roles, meaning))
    session.add(row)
    session.flush()
    return row


def _decide(
    session: Session, gate: GateRow, person: str, role: str, comment: str, at: datetime, expires: datetime | None = None
) -> None:
    session.add(DecisionRow(gate=gate.id, step=gate.step, subject=gate.subject, person=person, role=role, decision="approve",
                            meaning=gate.meaning, comment=comment, auth=f"simple:{person}", at=at,
                            expires_at=expires or at + timedelta(days=90)))
    session.flush()


def _judged(
    metric: str, where: Mapping[str, str], value: float, condition: str, origin: str, *, fail: bool, warn: bool
) -> dict[str, Any]:
    return {"metric": metric, "where": dict(where), "value": value, "verdict": "fail" if fail else "pass",
            "warned": warn and not fail, "condition": condition, "origin": origin, "reason": ""}


def _plan(model: str, version: str, lifecycle: str, drift_warn: float) -> dict[str, Any]:
    rule = {"metric": "psi", "warn": f">= {drift_warn}", "fail": ">= 0.25", "where": {}, "origin": "house, tier 1",
            "basis": "project default", "default": True}
    return {
        "model": {"id": model, "version": version, "tier": 1, "owner": OWNERS[model]}, "data": {"current": f"data/{model}.parquet"},
        "lifecycle": lifecycle, "template": "standard-release@1", "on": "version-registered", "schedule": None,
        "policies": {"house": digest_of("house")},
        "steps": [*_gate_steps(lifecycle), {"id": "drift", "uses": "drift", "options": {"method": "psi"}, "requirements": [rule], "needs": [],
                   "phase": "check", "required_by": [], "profile": "default"}],
    }


def _gate_steps(lifecycle: str) -> list[dict[str, Any]]:
    gates = {"release": {"approve-validation": _rules({"validator": 1}), "approve-risk": _rules({"risk": 2})},
             "review": {"attest-owner": _rules({"owner": 1}, "attest")}}.get(lifecycle, {})
    return [{"id": id, "uses": "approval", "options": rules, "requirements": [], "needs": [],
             "phase": "gate", "required_by": [], "profile": "default"} for id, rules in gates.items()]


def _rules(roles: Mapping[str, int], meaning: str = "approve") -> dict[str, Any]:
    return {"roles": dict(roles), "valid": "P90D"} | ({"meaning": meaning} if meaning != "approve" else {})


def _profiles(shift: float) -> dict[str, Any]:
    moved = int(400 * shift)
    labels = {"car": 340, "furniture": 280, "radio": 290, "repairs": 85, "retraining": 5}

    def side(counts: tuple[int, ...]) -> Profile:
        numeric = Column("numeric", 1000, 0, distinct=None, edges=(0.0, 12.0, 24.0, 36.0, 48.0, 60.0), counts=counts)
        return Profile(1000, {"duration": numeric, "purpose": Column("categorical", 1000, 0, distinct=5, values=labels)})

    current, baseline = side((0, 180 - moved, 410, 220, 120, 70 + moved, 0)), side((0, 180, 410, 220, 120, 70, 0))
    return Profiles(current, baseline, {"duration": "feature", "purpose": "feature"}).to_json()


def as_json(value: Any) -> str:
    """A body for a request."""
    return json.dumps(value)
