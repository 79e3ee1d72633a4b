"""What the ledger has of the bank's models and their packs, written with the times at which it happened.

`tell(bank)` adds to the rows of `ui_bank`: definitions with packs, runs with results and decisions, what went live.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from ui_bank import GOVERNANCE, Bank, ago

from modelops_airflow.digest import digest_of
from modelops_airflow.evidence.statement import put_statement
from modelops_airflow.governance.documents import keep
from modelops_airflow.ledger import append
from modelops_airflow.measurement import Measurement, Metric

append_module = sys.modules["modelops_airflow.ledger.append"]

FAIR: dict[str, Any] = {
    "pack": "fair-lending", "version": 2, "title": "What this house asks of models that decide on persons.", "controls": [
        {"id": "FAIR-RATIO", "ref": "house standard 7", "text": "Groups are selected at similar rates.", "class": "compliance", "steps": ["bias"], "at": ["release", "review"],
         "numbers": {"impact_ratio": {"fail": "< 0.85", "basis": "industry"}}, "every": {"period": "P6M", "basis": "project default"}},
        {"id": "FAIR-DRIFT", "ref": "house standard 8", "text": "The applicants of today are those that it was made for.", "class": "risk", "steps": ["drift"],
         "numbers": {"psi": {"fail": ">= 0.25", "basis": "industry"}}},
        {"id": "FAIR-SIGN", "ref": "house standard 9", "text": "Two of the risk function approve each version.", "class": "risk", "approvals": {"roles": {"risk": 2}, "basis": "project default"}},
        {"id": "FAIR-SAY", "ref": "house standard 10", "text": "Compliance has read the notice to applicants.", "class": "compliance",
         "attest": {"role": "validator", "statement": "The notice says why an applicant was refused."}, "at": ["release", "review"]},
    ],
}
DRAFT: dict[str, Any] = {
    "pack": "draft-guidance", "version": 1, "title": "A draft of a guidance.", "status": "draft", "controls": [
        {"id": "DRA-1", "ref": "section 3", "text": "Groups are looked at.", "class": "compliance", "steps": ["bias"]}],
}
LATER: dict[str, Any] = {
    "pack": "next-year", "version": 1, "title": "A rule that takes effect later.", "effective": {"from": "2199-01-01", "basis": "law"}, "controls": [
        {"id": "NEXT-1", "ref": "article 1", "text": "Groups are looked at.", "class": "compliance", "steps": ["bias"]}],
}
PACKS = {one["pack"]: one for one in (FAIR, DRAFT, LATER)}


def tell(bank: Bank) -> None:
    """What happened to four of the bank's models."""
    with bank.register.write() as session:
        at(session, 400, "governance-activated", {"by": "risk-1", "governance": keep(session, GOVERNANCE)}, None)
        for model in ("card-fraud", "credit-risk", "income-screen", "pricing-rules"):
            defined(session, model, 399)
        released(bank, session, "credit-risk", "3.1.0", 32, ratio=0.91, psi=0.04, votes=("risk-1", "risk-2"), attested=True)
        released(bank, session, "pricing-rules", "2025-11", 215, ratio=0.93, psi=0.03, votes=("risk-2",))
        released(bank, session, "income-screen", "1.0.0", 3, ratio=0.36, psi=0.02, votes=())
        broken(session, "churn", 2)


def at(session: Session, days: float, kind: str, facts: dict[str, Any], model: str | None) -> None:
    """An event of some days ago."""
    with told_at(ago(days=days)):
        append(session, kind, facts, model_id=model)


@contextmanager
def told_at(moment: datetime) -> Iterator[None]:
    before = append_module.database_time
    append_module.database_time = lambda session: moment  # type: ignore[attr-defined]
    try:
        yield
    finally:
        append_module.database_time = before  # type: ignore[attr-defined]


def defined(session: Session, model: str, days: float, packs: Mapping[str, Any] = PACKS, version: str = "1.0.0") -> None:
    """A model's file under packs, applied."""
    canonical = {"modelops": 1, "policies": list(packs), "model": {
        "name": model, "purpose": "It decides.", "tier": 1, "owner": "credit-owner", "kind": "skops", "version": version, "artifact": f"models/{model}.skops"}}
    at(session, days, "defined", {"by": "sync", "definition": keep(session, canonical), "problems": 0, "asks": {
        "governance": digest_of(GOVERNANCE), "packs": {name: keep(session, body) for name, body in packs.items()},
        "lifecycles": {"release": "release", "review": "review", "monitor": None}}}, model)


def broken(session: Session, model: str, days: float) -> None:
    """A model's file with mistakes, applied."""
    at(session, days, "defined", {"by": "sync", "definition": None, "problems": 1}, model)


def released(bank: Bank, session: Session, model: str, version: str, days: float, *, ratio: float, psi: float, votes: tuple[str, ...], attested: bool = False) -> None:
    """A release up to its gates, or in use where enough decided."""
    gates = {"approve-risk": {"roles": {"risk": 2}}, "attest-notice": {"roles": {"validator": 1}, "meaning": "attest", "controls": ["fair-lending FAIR-SAY"]}}
    plan = {"model": {"id": model, "owner": "credit-owner"}, "lifecycle": "release", "steps": [
        *({"id": name, "uses": name, "options": {}, "phase": "check"} for name in ("bias", "drift")),
        *({"id": name, "uses": "approval", "options": rules, "phase": "gate"} for name, rules in gates.items()),
        {"id": "deploy", "uses": "deploy", "options": {"to": "production"}, "phase": "act"}]}
    run, artifact, subject = {"dag": f"{model}.release", "run": f"run-{version}"}, digest_of([model, version]), digest_of([model, version, "subject"])
    at(session, days, "pinned", {**run, "artifact": artifact, "authors": ["credit-dev"], "by": "credit-dev", "design": None, "plan": keep(session, plan), "version": version}, model)
    for step, metric, value, fails in (("bias", "impact_ratio", ratio, ratio < 0.7), ("drift", "psi", psi, False)):
        statement = put_statement(bank.store, Measurement.of(step, [Metric(metric, value, {}, n=1000)]), subject=artifact, step=step)
        at(session, days, "recorded", {**run, "step": step, "evidence": statement, "status": "measured", "verdict": "fail" if fails else "pass"}, model)
    at(session, days, "decided", {**run, "manifest": subject, "subject": subject, "verdict": "fail" if ratio < 0.7 else "pass", "warned": False}, model)
    if ratio < 0.7:
        return
    for step in gates:
        at(session, days, "gate-opened", {"gate": 1, "step": step, "subject": subject}, model)
    for person in votes:
        decision(session, model, days - 1, subject, "approve-risk", person, "risk")
    if attested:
        decision(session, model, days - 1, subject, "attest-notice", "validator-1", "validator")
    at(session, days - 2, "promotion", {"artifact": artifact, "cause": "release", "environment": "production", "epoch": 1, "subject": subject, "version": version, **run}, model)
    at(session, days - 2, "live", {"artifact": artifact, "deployment": 1, "environment": "production", "epoch": 1, "version": version}, model)


def decision(session: Session, model: str, days: float, subject: str, step: str, person: str, role: str) -> None:
    """An approval."""
    at(session, days, "decision", {"auth": f"simple:{person}", "comment": "", "conditions": None, "decision": "approve", "expires": None, "gate": 1, "meaning": "approve",
                                   "nth": 1, "person": person, "role": role, "statement": digest_of([subject, person]), "step": step, "subject": subject}, model)
