"""A small bank: people, roles, a store, a target and a register, all of them real, in a temporary folder.

The bank has one model, a decision table named `pricing`. A version takes this way to production::

    release = bank.release("1.0.0")              # pin, scan, measure, decide, open both gates
    bank.vote(release, "approve-validation", "vera")
    bank.vote(release, "approve-risk", "rita")
    bank.vote(release, "approve-risk", "rolf")   # or all three at once: bank.approve(release)
    bank.deploy(release)                         # promote, publish, read back
    assert bank.shown() == release.artifact

Dana develops, Olaf owns; Vera validates; Rita, Rolf and Ruth are the risk function,
Ines audits. Nothing is mocked:
the steps are those that Airflow runs, and `bank.sql()` is what an attacker with the database does.
Every test that takes the fixture `bank` runs on SQLite and on Postgres.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from guards import guards_down
from modelops_airflow.approvals.rules import Standing
from modelops_airflow.database import Base
from modelops_airflow.digest import Digest, digest_of
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.gate import open_gate, standings
from modelops_airflow.governance.promote import Promotion, promote
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.governance.vote import vote
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import DeploymentRow, FindingRow, GateRow, RunRow, VersionRow
from modelops_airflow.ledger import EventRow
from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.plan.types import Plan, PlannedStep, Requirement
from modelops_airflow.spec.project import Project
from modelops_airflow.steps.converge import converge
from modelops_airflow.steps.decide import decide
from modelops_airflow.steps.deploy import deploy
from modelops_airflow.steps.measured import measured
from modelops_airflow.steps.register_journal import RegisterJournal
from modelops_airflow.steps.run import Run
from modelops_airflow.steps.scan_artifact import scan_artifact
from modelops_airflow.targets import strengths, target_of

POSTGRES = Path("/usr/lib/postgresql/15/bin")

TABLE = """\
rules: 1
hit: first
output: price_class
inputs:
  amount: {{type: number, min: 0, max: 100000}}
rules_in_order:
  - {{when: {{amount: "> 12000"}}, then: decline}}
  - {{then: standard}}
# version {version}
"""

GOVERNANCE: dict[str, Any] = {
    "modelops": 1,
    "timezone": "UTC",
    "people": {
        "dana": {
            "login": {"simple": "dana", "fab": "7", "username": "dana.d"},
            "git": ["dana@bank.example"],
            "name": "Dana Developer",
        },
        "olaf": {"login": {"simple": "olaf"}, "git": [], "name": "Olaf Owner"},
        "vera": {"login": {"simple": "vera"}, "git": ["vera@bank.example"], "name": "Vera Validator"},
        "rita": {
            "login": {"simple": "rita", "fab": "12", "username": "rita.r"},
            "git": ["rita@bank.example"],
            "name": "Rita Risk",
        },
        "rolf": {"login": {"simple": "rolf"}, "git": [], "name": "Rolf Risk"},
        "ruth": {"login": {"simple": "ruth"}, "git": [], "name": "Ruth Risk"},
        "ines": {"login": {"simple": "ines"}, "git": [], "name": "Ines Inspector"},
    },
    "roles": {
        "developer": {"side": "make", "held_by": ["dana"]},
        "model-owner": {"side": "make", "held_by": ["olaf"]},
        "validator": {"side": "control", "held_by": ["vera"]},
        "risk": {"side": "control", "held_by": ["rita", "rolf", "ruth"]},
        "audit": {"side": "control", "held_by": ["ines"]},
    },
    "environments": {"production": {"target": "folder", "with": {"path": "live"}}},
    "run_profiles": {},
    "artifact_roots": ["models"],
    "channels": {},
}

GATES: dict[str, dict[str, Any]] = {
    "approve-validation": {"roles": {"validator": 1}, "meaning": "validate", "valid": "P90D"},
    "approve-risk": {"roles": {"risk": 2}, "due": "P5D", "valid": "P90D"},
}

FOUNDERS = ("vera", "ruth")
FOUNDED = ["governance-proposed", "governance-confirmed", "governance-activated"]
"""Kinds of the ledger's first events."""

APPROVERS = (("approve-validation", "vera"), ("approve-risk", "rita"), ("approve-risk", "rolf"))


def governance(**changes: Any) -> dict[str, Any]:
    """The bank's governance with some sections replaced."""
    return {**GOVERNANCE, **changes}


def held(**roles: list[str]) -> dict[str, Any]:
    """The bank's governance with other holders of some roles."""
    changed = {name: {**GOVERNANCE["roles"][name], "held_by": people} for name, people in roles.items()}
    return governance(roles={**GOVERNANCE["roles"], **changed})


def person(name: str) -> Actor:
    """A person as Airflow's simple auth manager knows them."""
    return Actor("simple", name, name.title())


@dataclass(frozen=True)
class Candidate:
    """A version on its way: its run, its gates by step id, and what people decide over."""

    key: RunKey
    version: str
    artifact: Digest
    subject: str
    gates: Mapping[str, int]


class Bank:
    """The bank's systems, and what an attacker or an auditor does to them."""

    def __init__(self, root: Path, url: str) -> None:
        self.root, self.url = root, url
        self.register = self.desk = Register(url)  # the desk is the API server's register: where people act
        self.store = BlobStore(str(root / "evidence"))
        self.project = Project(root)

    def open(self) -> Bank:
        """Found the bank: two people of the control side put its first governance in force."""
        (self.root / "models").mkdir(parents=True, exist_ok=True)
        propose(self.register, GOVERNANCE, "sync")
        for who in FOUNDERS:
            activate(self.desk, digest_of(GOVERNANCE), person(who))
        return self

    def govern(self, body: dict[str, Any], *who: str) -> None:
        """Put a changed governance in force, with as many people as it takes."""
        assert propose(self.register, body, "sync") == "pending"
        for name in who or ("vera", "ines"):
            if activate(self.desk, digest_of(body), person(name)) == "active":
                return
        raise AssertionError("a further person is needed")

    # A version on its way

    def plan(
        self, version: str = "1.0.0", *, gates: Mapping[str, Any] = GATES, strategy: Mapping[str, str] | None = None, **model: Any
    ) -> Plan:
        """The plan of a release; `strategy` are more options of its deploy step."""
        facts = {
            "id": "pricing",
            "name": "Pricing",
            "purpose": "Puts applications into price classes.",
            "tier": 2,
            "owner": "olaf",
            "kind": "rules",
            "version": version,
            "artifact": f"models/pricing-{version}.yaml",
            "developers": ["dana"],
            "team": "lending",
            "location": "on-prem",
            "facts": {},
            **model,
        }
        return Plan(
            facts,
            None,
            "release",
            "standard-release@1",
            "version-registered",
            None,
            _steps(gates, strategy or {}),
            {"house": Digest("sha256:" + "1" * 64)},
        )

    def monitor(self) -> dict[str, Any]:
        """The plan of a monitor, as JSON: it looks and deploys nothing."""
        plan = self.plan().to_json()
        kept = [step for step in plan["steps"] if step["phase"] in ("prepare", "check", "decide")]
        return {**plan, "lifecycle": "monitor", "on": "schedule", "steps": kept}

    def pin(
        self, version: str = "1.0.0", *, run: str | None = None, by: str = "dana", text: str | None = None, **plan: Any
    ) -> RunKey:
        """Start a release: artifact and plan are fixed for the run."""
        planned = self.plan(version, **plan)
        path = self.root / planned.model["artifact"]
        path.write_text(TABLE.format(version=version) if text is None else text)
        key = RunKey("pricing.release", run or f"manual__{version}")
        pin(self.register, key, planned.to_json(), self.store.put_file(path), path.name, by)
        return key

    def run(self, key: RunKey) -> Run:
        """The pinned run, as a task of it sees it."""
        with self.register.read() as session:
            row = self._run(session, key)
            version = session.get_one(VersionRow, row.version_id)
            from modelops_airflow.governance.documents import fetch

            plan = Plan.from_json(fetch(session, row.plan))
            return Run(
                plan,
                Digest(row.artifact),
                version.artifact_name,
                self.project,
                ("models",),
                self.store,
                RegisterJournal(self.register, key),
            )

    def measure(self, key: RunKey, ratio: float = 0.92) -> None:
        """Scan the artifact and measure the bias."""
        run = self.run(key)
        run.journal.record(run.plan.step("scan-artifact"), scan_artifact(run, run.plan.step("scan-artifact")))
        step = run.plan.step("bias")
        told = Measurement.of("bias", [Metric("impact_ratio", ratio, {"sex": "female"}, n=500)])
        run.journal.record(step, measured(run, step, told))

    def decide(self, key: RunKey) -> str:
        """Judge the run; answers the verdict."""
        run = self.run(key)
        result = decide(run, run.plan.step("decide"))
        assert result.judgement is not None
        return result.judgement.verdict.value

    def gates(self, key: RunKey) -> Candidate:
        """Open the gates of a decided run."""
        opened = {
            step.id: open_gate(self.register, key, step.id) for step in self.run(key).plan.steps if step.phase == "gate"
        }
        with self.register.read() as session:
            row = self._run(session, key)
            version = session.get_one(VersionRow, row.version_id)
            return Candidate(key, version.version, Digest(row.artifact), str(row.subject), opened)

    def lose_evidence(self, key: RunKey, step: str = "bias") -> None:
        """Somebody deletes the statement of a step from the store."""
        result = RegisterJournal(self.register, key).result(step)
        assert result is not None
        digest = str(result.evidence).removeprefix("sha256:")
        next(path for path in (self.root / "evidence").rglob("*") if path.is_file() and digest in "".join(path.parts[-2:])).unlink()

    def release(self, version: str = "1.0.0", *, ratio: float = 0.92, **pinned: Any) -> Candidate:
        """Pin, measure, decide, and open the gates."""
        key = self.pin(version, **pinned)
        self.measure(key, ratio)
        assert self.decide(key) == "pass"
        return self.gates(key)

    # People

    def vote(
        self,
        release: Candidate,
        gate: str,
        who: str | Actor,
        decision: str = "approve",
        *,
        subject: str | None = None,
        comment: str = "I read the evidence.",
    ) -> Standing:
        """One person's decision."""
        actor = person(who) if isinstance(who, str) else who
        return vote(self.desk, release.gates[gate], actor, decision, comment, subject or release.subject)

    def approve(self, release: Candidate) -> Candidate:
        """Everybody who must approves."""
        for gate, name in APPROVERS:
            self.vote(release, gate, name)
        return release

    def standing(self, release: Candidate, gate: str) -> Standing:
        """Where a gate stands now."""
        return standings(self.register, [release.gates[gate]])[release.gates[gate]]

    # Production

    def promote(self, release: Candidate) -> Promotion:
        """Take the fence, publish nothing."""
        return promote(self.register, release.key, strengths=strengths())

    def deploy(self, release: Candidate) -> str:
        """The deploy step."""
        run = self.run(release.key)
        return deploy(run, run.plan.step("deploy")).message

    def live(self, version: str = "1.0.0", **facts: Any) -> Candidate:
        """A version in production, all the way."""
        release = self.approve(self.release(version, **facts))
        self.deploy(release)
        return release

    def shown(self, path: str = "live") -> str | None:
        """What the target shows."""
        target = target_of("folder", {"path": path}, resolve=self.project.resolve)
        return target.observed("pricing").artifact

    def converge(self) -> list[str]:
        """The sync task."""
        return converge(self.register, self.store, self.project)

    def deployments(self) -> list[tuple[int, str]]:
        """(epoch, state) of every deployment, in order."""
        with self.register.read() as session:
            return [(row.epoch, row.state) for row in session.scalars(select(DeploymentRow).order_by(DeploymentRow.id))]

    # What an auditor reads

    def state(self, version: str = "1.0.0") -> str:
        """Where a version stands."""
        with self.register.read() as session:
            return session.scalars(select(VersionRow).where(VersionRow.version == version)).one().state

    def gate_state(self, release: Candidate, gate: str) -> str:
        """A gate's state as stored."""
        with self.register.read() as session:
            return session.get_one(GateRow, release.gates[gate]).state

    def events(self, outcome: str | None = None) -> list[str]:
        """Kinds of the ledger's events, in order."""
        with self.register.read() as session:
            rows = session.scalars(select(EventRow).order_by(EventRow.index))
            return [row.kind for row in rows if outcome in (None, row.outcome)]

    def findings(self) -> list[str]:
        """Kinds of open findings."""
        with self.register.read() as session:
            return list(
                session.scalars(select(FindingRow.kind).where(FindingRow.closed_at.is_(None)).order_by(FindingRow.id))
            )

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table: what must not change when something is refused."""
        with self.register.read() as session:
            return {
                table.name: sorted(tuple(map(repr, row)) for row in session.execute(select(table)))
                for table in Base.metadata.sorted_tables
            }

    # What an attacker with the database does

    def sql(self, statement: str, **values: Any) -> int:
        """Change the database behind everybody's back; answers how many rows it changed."""
        with self.register.engine.execution_options(modelops_write=True).begin() as connection:
            return int(connection.execute(text(statement), values).rowcount)

    def forge(self, statement: str, **values: Any) -> int:
        """The same with the database's own guards taken down for one statement, as its owner can."""
        with self.register.engine.execution_options(modelops_write=True).begin() as connection, guards_down(connection):
            return int(connection.execute(text(statement), values).rowcount)

    def without(self, table: str, *guards: str) -> None:
        """Take guards of a table down for the rest of the test, as the owner of the database can."""
        for guard in guards:
            here = self.url.startswith("sqlite")
            self.sql(f"DROP TRIGGER {guard}" if here else f"ALTER TABLE {table} DISABLE TRIGGER {guard}")

    @staticmethod
    def _run(session: Any, key: RunKey) -> RunRow:
        found: RunRow = session.scalars(
            select(RunRow).where(RunRow.dag_id == key.dag_id, RunRow.run_id == key.run_id)
        ).one()
        return found


def _steps(gates: Mapping[str, Any], strategy: Mapping[str, str]) -> tuple[PlannedStep, ...]:
    scan = tuple(
        Requirement(metric, None, fail, {}, "built in")
        for metric, fail in (("format_allowed", "< 1"), ("untrusted_types", "> 0"), ("artifact_findings", "> 0"))
    )
    bias = (Requirement("impact_ratio", "< 0.85", "< 0.80", {}, "model file", default=False),)
    waiting = tuple(
        PlannedStep(
            name, "attestation" if rules.get("meaning") == "attest" else "approval", rules, (), ("decide",), "gate"
        )
        for name, rules in gates.items()
    )
    return (
        PlannedStep("pin", "pin", {}, (), (), "prepare"),
        PlannedStep("scan-artifact", "scan-artifact", {}, scan, ("pin",), "prepare", ("house, tier 2",)),
        PlannedStep("bias", "bias", {}, bias, ("scan-artifact",), "check", ("house, tier 2",)),
        PlannedStep("decide", "decide", {}, (), ("bias",), "decide"),
        *waiting,
        PlannedStep("deploy", "deploy", {"to": "production", **strategy}, (), tuple(sorted(gates)), "act"),
        PlannedStep("evidence-pack", "evidence-pack", {}, (), ("deploy",), "act"),
    )


class Postgres:
    """A Postgres server of this test session alone, on its own port, and empty databases made in it.

    It does not wait for its disk, unless it is `durable`, as a bank's would be.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder, self.durable = folder, durable
        self.shared: str | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self) -> None:
        """Make a cluster and start it; never as root."""
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._as_postgres("initdb", "-D", str(self.folder / "data"), "-U", "bank", "-A", "trust", "--no-sync")
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        options += "" if self.durable else " -c fsync=off"
        self._as_postgres(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log"), "-o", options, "start"
        )
        self.sql("CREATE DATABASE template_bank")
        register = Register(self.url("template_bank"))
        register.migrate()
        register.engine.dispose()

    def stop(self) -> None:
        """Stop it at once."""
        with suppress(subprocess.CalledProcessError):
            self._as_postgres("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Where a database is."""
        return f"postgresql+psycopg://bank@127.0.0.1:{self.port}/{database}"

    def new(self, template: str = "template_bank") -> str:
        """A new database, with the register's tables unless another template is named; answers its URL."""
        name = f"bank_{uuid.uuid4().hex[:12]}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def emptied(self) -> str:
        """The one database that tests share, its tables emptied and its triggers on; answers its URL."""
        if self.shared is None:
            self.shared = self.new()
        register = Register(self.shared)
        register.engine.dispose()
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        with register.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
            connection.execute(text("; ".join(f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in tables.split(", "))))
        return self.shared

    def sql(self, statement: str) -> None:
        """Run a statement outside a transaction."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def setting(self, name: str) -> str:
        """What the server says of one of its settings."""
        engine = create_engine(self.url("postgres"))
        with engine.connect() as connection:
            told = str(connection.scalar(text("SELECT current_setting(:name)"), {"name": name}))
        engine.dispose()
        return told

    def _as_postgres(self, program: str, *arguments: str) -> None:
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        subprocess.run(
            [*user, str(POSTGRES / program), *arguments],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's Postgres; where it is not installed tests are skipped, but never in CI."""
    if not (POSTGRES / "initdb").exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI must test on Postgres, and {POSTGRES} has none")
        pytest.skip(f"no Postgres in {POSTGRES}")
    server = Postgres(Path(tempfile.mkdtemp(prefix="bank-pg-")))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated register on SQLite, to copy."""
    path = tmp_path_factory.mktemp("register") / "register.db"
    register = Register(f"sqlite:///{path}")
    register.migrate()
    register.engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def register_url(request: pytest.FixtureRequest, migrated: Path) -> str:
    """The URL of an empty register, once on each database.

    It is the same place in every test, emptied before: a new one each time costs more than the tests.
    """
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        return server.emptied()
    path = migrated.with_name("bank.db")
    path.with_name("bank.db-journal").unlink(missing_ok=True)
    shutil.copy(migrated, path)
    return f"sqlite:///{path}"


@pytest.fixture
def bank(tmp_path: Path, register_url: str) -> Iterator[Bank]:
    """The bank, freshly founded, once on each database."""
    one = Bank(tmp_path / "bank", register_url)
    yield one.open()
    one.register.engine.dispose()
