"""A fleet in the register: as many models in use as a test wants, with evidence that was really measured, in few variants.

Evidence says nothing of a model's name, so one run of each variant of the data is that of every model with it. What took
people weeks is written as rows, with the database's own guards down for that.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy.orm import Session

from guards import guards_down
from modelops_airflow.digest import digest_of
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.define import define
from modelops_airflow.governance.documents import keep
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import DeploymentRow, ResultRow, RunRow, SlotRow, VersionRow
from modelops_airflow.ledger import append
from modelops_airflow.plan import Plan
from modelops_airflow.spec.project import Project
from modelops_airflow.spec.read import read_governance
from modelops_airflow.steps.definitions import definitions_of
from modelops_airflow.steps.doubted import recertified
from modelops_airflow.steps.local import plan_from_files, run_local

ROOT = Path(__file__).parents[1]
RELEASE = """lifecycles:
  release:
    uses: standard-release
    remove: [performance, approve-validation]
    steps: {{drift: {{require: {{psi: {{fail: ">= {psi}"}}}}}}}}
"""
REVIEW = """  review:
    uses: periodic-review
    remove: [performance]
    steps: {{drift: {{require: {{psi: {{fail: ">= {psi}"}}}}}}}}
"""
SHARES = (0, 3, 7, 10)
"""Of each variant of the data, how many rows in a hundred are left out at the low end: each drifts further."""
FOUNDERS = ("validator-1", "risk-1")
CONTROL = Actor("simple", "risk-1", "Rita Risk")


_MEASURED: dict[tuple[int, str, str], Mapping[str, Any]] = {}


@cache
def _shared() -> Path:
    """Where runs of this test session keep their records."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Fleet:
    """Models of the pricing example in a project, and their rows in a register."""

    def __init__(self, root: Path, register: Register, founders: Sequence[str] = FOUNDERS) -> None:
        self.root, self.register = root, register
        self.project, self.store = Project(root), BlobStore(str(root / ".modelops" / "evidence"))
        (root / "dags" / "models").mkdir(parents=True)
        shutil.copytree(ROOT / "examples" / "pricing", root / "examples" / "pricing")
        shutil.copy(ROOT / "dags" / "governance.yaml", root / "dags")
        self.govern(founders)
        self._psi: dict[str, str] = {}
        self._have: set[tuple[int, str, str]] = set()

    def govern(self, who: Sequence[str] = FOUNDERS, **sections: Any) -> None:
        """Put the file's governance in force, with some sections replaced."""
        body = read_governance(self.project.governance).canonical | sections
        if propose(self.register, body, "sync") == "active":
            return
        for name in who:
            if activate(self.register, digest_of(body), Actor("simple", name, name)) == "active":
                return

    def write(self, name: str, psi: str = "0.30", *, tier: int = 3, variant: int = 0, review: bool = True, version: str = "1.4.0", more: str = "") -> None:
        """A model file with a threshold of drift, in all its life cycles."""
        self._psi[name] = psi
        text = (ROOT / "dags" / "models" / "pricing-rules.yaml").read_text(encoding="utf-8")
        text = text.replace("tier: 3", f"tier: {tier}").replace('"1.4.0"', f'"{version}"').replace("current.parquet", self._data(variant))
        text += (RELEASE + (REVIEW if review else "")).format(psi=psi) + more
        (self.root / "dags" / "models" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def _data(self, variant: int) -> str:
        """The name of a variant's current data, made when it is first asked for."""
        name = f"current-{variant}.parquet"
        path = self.root / "examples" / "pricing" / name
        if not path.exists():
            table = pq.read_table(path.with_name("current.parquet")).sort_by("amount")
            pq.write_table(table.slice(table.num_rows * SHARES[variant] // 100), path)
        return name

    def measured(self, name: str, variant: int, lifecycle: str = "release") -> Mapping[str, Any]:
        """The record of a real run on a variant of the data, made once for all tests; its evidence is put into the fleet's store."""
        key = variant, lifecycle, self._psi[name]
        folder = _shared() / "-".join(map(str, key))
        if key not in _MEASURED:
            made = run_local(self.root, name, lifecycle=lifecycle, folder=folder).folder
            _MEASURED[key] = json.loads((made / "run.json").read_text(encoding="utf-8"))
        if key not in self._have:
            shutil.copytree(folder / "evidence", self.root / ".modelops" / "evidence", dirs_exist_ok=True)
            self._have.add(key)
        return _MEASURED[key]

    def define(self) -> None:
        """What the files say now, as each round of the sync stores it."""
        define(self.register, definitions_of(self.register, self.project, ""), "sync")

    def sync(self) -> list[str]:
        """The part of a round of the sync that tests of re-certification are about."""
        self.define()
        return recertified(self.register, self.store, self.project)

    def release(self, models: Mapping[str, int]) -> None:
        """Models with the variant of their data, in use by a release that passed."""
        self.define()
        writer = self.register.engine.execution_options(modelops_write=True)
        with writer.begin() as connection, guards_down(connection), Session(connection, expire_on_commit=False) as session:
            for name, variant in models.items():
                self._released(session, name, self.measured(name, variant))
            session.flush()

    def _released(self, session: Session, name: str, record: Mapping[str, Any]) -> None:
        plan, _ = plan_from_files(self.project, name, "release")
        version = VersionRow(model_id=name, version=str(plan.model["version"]), artifact=record["artifact"], artifact_name=record["artifact_name"],
                             kind="rules", state="in_use", authors=[], registered_by="credit-dev")
        session.add(version)
        session.flush()
        run = add_run(session, plan, record, version, f"{name}.release", "manual__1", "production")
        slot = SlotRow(model_id=name, environment="production", epoch=1)
        session.add(slot)
        session.flush()
        session.add(DeploymentRow(slot=slot.id, model_id=name, environment="production", version_id=version.id, run=run.id, artifact=version.artifact,
                                  subject=digest_of([name]), epoch=1, cause="release", state="live", target="folder", strength="gated",
                                  key=digest_of([name, "key"])))

    def finish(self, name: str, run_id: str, variant: int, lifecycle: str = "review") -> str:
        """What a run of a model's review leaves in the register; answers its verdict."""
        plan, _ = plan_from_files(self.project, name, lifecycle)
        record = self.measured(name, variant, lifecycle)
        with self.register.write() as session, guards_down(session.connection()):
            version = session.query(VersionRow).filter_by(model_id=name).order_by(VersionRow.id.desc()).first()
            assert version is not None
            run = add_run(session, plan, record, version, f"{name}.{lifecycle}", run_id, None)
            decision = record["decision"]
            append(session, "pinned", {"artifact": run.artifact, "authors": [], "by": "schedule", "dag": run.dag_id, "design": digest_of(run_id),
                                       "plan": run.plan, "run": run_id, "version": version.version}, model_id=name)
            append(session, "decided", {"dag": run.dag_id, "run": run_id, **{key: decision[key] for key in ("manifest", "subject", "verdict", "warned")}},
                   model_id=name)
            return str(run.verdict)


def add_run(
    session: Session, plan: Plan, record: Mapping[str, Any], version: VersionRow, dag_id: str, run_id: str, environment: str | None,
) -> RunRow:
    """The rows of a decided run, as its record has them."""
    from modelops_airflow.database import database_time

    digest, now = keep(session, plan.to_json()), database_time(session)
    run = RunRow(dag_id=dag_id, run_id=run_id, model_id=plan.model_id, lifecycle=plan.lifecycle, version_id=version.id, plan=digest,
                 approved_plan=plan.digest, started_by="schedule", artifact=record["artifact"], environment=environment,
                 verdict=record["decision"]["verdict"], decided_at=now, started_at=now)
    session.add(run)
    session.flush()
    session.add_all(ResultRow(run=run.id, step=step, uses=one["uses"], status=one["status"], verdict=one["verdict"], warned=one["warned"],
                              evidence=one["evidence"]) for step, one in record["steps"].items() if one["uses"] != "decide")
    session.flush()
    return run


def psi_on_record(fleet: Fleet, record: Mapping[str, Any], step: str = "drift") -> list[float]:
    """The values of psi that a run measured, read from the bytes of its evidence by nothing of ours but the store."""
    body = json.loads(fleet.store.get(record["steps"][step]["evidence"]))
    return [float(one["value"]) for one in _metrics(body) if one.get("name") == "psi" and one["value"] is not None]


def _metrics(body: Any) -> Sequence[dict[str, Any]]:
    if isinstance(body, dict):
        own = [body] if {"name", "value"} <= body.keys() else []
        return [*own, *(one for value in body.values() for one in _metrics(value))]
    return [one for value in body for one in _metrics(value)] if isinstance(body, list) else []
