"""A register of release 0.1, on both databases, under this package: nothing that people decided is lost.

In it version 1.1.0 of `pricing` is live and 1.0.0 superseded; 1.2.0 is parked, approved by Vera and
Rita, its second risk approval missing and Ruth's taken back; `fees` is suspended. How it was made is
said in `fixtures/make.py`.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from bank import APPROVERS, Bank, Candidate, Postgres, person
from modelops_airflow.digest import Digest, digest_of
from modelops_airflow.errors import PromotionRefused, VoteRefused
from modelops_airflow.evidence.read_pack import verify_pack
from modelops_airflow.governance.promote import promote
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.start import RunKey
from modelops_airflow.governance.vote import vote, withdraw
from modelops_airflow.inventory.roles import make_roles, roles_of
from modelops_airflow.inventory.tables import DecisionRow, DeploymentRow, GateRow, PackRow, RunRow, VersionRow
from modelops_airflow.ledger import EventRow, verify
from modelops_airflow.ledger.tree import grown, leaf_hash, root_of
from modelops_airflow.plan import plans_of
from modelops_airflow.signing.ed25519 import generate, raw_public
from modelops_airflow.spec.project import Project
from modelops_airflow.spec.read import read_governance, read_model
from modelops_airflow.steps.register_journal import RegisterJournal
from modelops_airflow.targets import strengths

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(params=["sqlite", "postgres"])
def unmigrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bank]:
    """The old register as it was left, with its store, target and models."""
    source = FIXTURES / str(request.param)
    root = tmp_path / "bank"
    shutil.copytree(source, root)
    statements = (root / "register.sql").read_text()
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'register.db'}"
        with sqlite3.connect(tmp_path / "register.db") as connection:
            connection.executescript(statements)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new(template="template0")
        load(url, statements)
    bank = Bank(root, url)
    yield bank
    bank.register.engine.dispose()


@pytest.fixture
def old(unmigrated: Bank) -> Bank:
    """The old register, migrated."""
    unmigrated.register.migrate()
    return unmigrated


def load(url: str, statements: str) -> None:
    """Run a dump; its last settings are those of the connection alone."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statements.encode())


def parked(bank: Bank) -> Candidate:
    """Version 1.2.0, which waits at its gates."""
    with bank.register.read() as session:
        version = session.scalars(select(VersionRow).where(VersionRow.version == "1.2.0")).one()
        run = session.scalars(select(RunRow).where(RunRow.version_id == version.id)).one()
        gates = {row.step: row.id for row in session.scalars(select(GateRow).where(GateRow.run == run.id))}
        return Candidate(RunKey(run.dag_id, run.run_id), "1.2.0", Digest(run.artifact), str(run.subject), gates)


def leaves(bank: Bank) -> list[tuple[str, bytes]]:
    """Every event's leaf and bytes, straight from the table."""
    with bank.register.engine.connect() as connection:
        rows = connection.execute(text("SELECT leaf, body FROM modelops_event ORDER BY idx"))
        return [(leaf, bytes(body)) for leaf, body in rows]


def head(bank: Bank) -> str:
    """The tree's root, by the bytes of its events alone."""
    frontier: list[bytes] = []
    for index, (_, body) in enumerate(leaves(bank)):
        frontier = grown(frontier, index, leaf_hash(body))
    return root_of(frontier).hex()


def test_the_head_of_the_ledger_is_the_one_that_the_old_release_wrote_down(unmigrated: Bank) -> None:
    with unmigrated.register.engine.connect() as connection:
        told = connection.execute(text("SELECT root FROM modelops_event ORDER BY idx DESC LIMIT 1")).scalar_one()
    before = leaves(unmigrated)
    unmigrated.register.migrate()
    assert head(unmigrated) == told
    assert leaves(unmigrated) == before
    with unmigrated.register.read() as session:
        assert verify(session) == []
        assert session.scalar(select(func.count()).select_from(EventRow)) == len(before)


def test_an_event_of_the_old_release_that_was_changed_is_found_after_the_upgrade(unmigrated: Bank) -> None:
    triggers = "DROP TRIGGER modelops_event_no_update" if unmigrated.url.startswith("sqlite") else \
        "ALTER TABLE modelops_event DISABLE TRIGGER ALL"
    unmigrated.sql(triggers)
    unmigrated.sql("UPDATE modelops_event SET model_id = 'fees' WHERE idx = 5")
    unmigrated.register.migrate()
    with unmigrated.register.read() as session:
        assert [line for line in verify(session) if line.startswith("event 5")]


def test_no_row_is_lost_and_no_state_changes(unmigrated: Bank) -> None:
    states = """SELECT 'version', v.model_id || ' ' || v.version, v.state FROM modelops_version v
                UNION ALL SELECT 'gate', CAST(g.run AS TEXT) || ' ' || g.step, g.state FROM modelops_gate g
                UNION ALL SELECT 'deployment', d.model_id || ' ' || CAST(d.epoch AS TEXT), d.state FROM modelops_deployment d
                UNION ALL SELECT 'decision', CAST(d.id AS TEXT) || d.person || d.subject,
                                 CASE WHEN d.withdrawn_at IS NULL THEN d.decision ELSE 'withdrawn' END FROM modelops_decision d
                UNION ALL SELECT 'run', r.run_id, r.approved_plan || r.subject FROM modelops_run r
                UNION ALL SELECT 'document', digest, '' FROM modelops_document"""

    def told() -> list[tuple[str, ...]]:
        with unmigrated.register.engine.connect() as connection:
            return sorted(tuple(row) for row in connection.execute(text(states)))

    before = told()
    unmigrated.register.migrate()
    assert told() == before
    assert len([row for row in before if row[0] == "decision"]) == 12
    unmigrated.register.check()


def test_the_parked_gate_keeps_its_approvals_and_the_missing_person_brings_the_version_live(old: Bank) -> None:
    waiting = parked(old)
    assert old.standing(waiting, "approve-validation").state == "approved"
    assert dict(old.standing(waiting, "approve-risk").missing) == {"risk": 1}
    with pytest.raises(PromotionRefused, match="gate approve-risk is open"):
        old.promote(waiting)
    with pytest.raises(VoteRefused, match="already decided"):
        old.vote(waiting, "approve-risk", "rita")
    with pytest.raises(VoteRefused, match="authors"):
        old.vote(waiting, "approve-risk", "dana")
    assert old.vote(waiting, "approve-risk", "rolf").state == "approved"
    old.deploy(waiting)
    assert old.state("1.2.0") == "in_use"
    assert old.shown() == waiting.artifact
    with old.register.read() as session:
        assert verify(session) == []


def test_who_took_an_approval_back_may_give_it_anew(old: Bank) -> None:
    assert old.vote(parked(old), "approve-risk", "ruth").state == "approved"


def test_an_approval_that_was_taken_back_before_the_upgrade_does_not_count_after_it(old: Bank) -> None:
    waiting = parked(old)
    with old.register.read() as session:
        taken_back = session.scalars(select(DecisionRow).where(
            DecisionRow.subject == waiting.subject, DecisionRow.person == "ruth")).one()
        assert taken_back.withdrawn_at is not None
    undo = "UPDATE modelops_decision SET withdrawn_at = NULL WHERE id = :id"
    with pytest.raises(IntegrityError, match="a decision is taken back once"):
        old.sql(undo, id=taken_back.id)
    old.forge(undo, id=taken_back.id)
    with pytest.raises(PromotionRefused, match="decisions of ruth are not as the ledger has them"):
        old.promote(waiting)


def test_what_is_live_stays_live_and_the_target_agrees(old: Bank) -> None:
    before = old.shown()
    assert old.converge() == []
    assert old.shown() == before
    assert old.findings() == []
    assert (old.state("1.0.0"), old.state("1.1.0")) == ("approved", "in_use")


def test_every_old_deployment_is_known_by_the_place_it_was_made_to(old: Bank) -> None:
    with old.register.read() as session:
        assert [row.options for row in session.scalars(select(DeploymentRow))] == [{"path": "live"}] * 3


def test_the_version_before_comes_back_on_the_approvals_it_had(old: Bank) -> None:
    rollback(old.register, "pricing", "production", "1.0.0", person("rita"), "the new one errs", strengths=strengths())
    assert old.converge() == ["pricing 1.0.0 is live in production"]
    assert old.state("1.0.0") == "in_use"


def test_the_suspended_model_stays_out_of_service(old: Bank) -> None:
    with old.register.read() as session:
        assert session.scalars(select(VersionRow.state).where(VersionRow.model_id == "fees")).one() == "suspended"
        run = session.scalars(select(RunRow).where(RunRow.model_id == "fees")).one()
        assert {row.state for row in session.scalars(select(DeploymentRow).where(DeploymentRow.model_id == "fees"))} == {"withdrawn"}
    with pytest.raises(PromotionRefused, match="suspended"):
        old.promote(Candidate(RunKey(run.dag_id, run.run_id), "2.0.0", Digest(run.artifact), str(run.subject), {}))


def test_the_evidence_of_every_old_result_is_read_and_is_what_was_judged(old: Bank) -> None:
    with old.register.read() as session:
        keys = [RunKey(row.dag_id, row.run_id) for row in session.scalars(select(RunRow))]
    assert len(keys) == 4
    for key in keys:
        run = old.run(key)
        assert isinstance(run.journal, RegisterJournal)
        for step in ("scan-artifact", "bias"):
            found = run.journal.result(step)
            assert found is not None and run.store.get(str(found.evidence))


def test_a_migration_that_runs_twice_changes_nothing(old: Bank) -> None:
    before = old.tables()
    old.register.migrate()
    assert old.tables() == before


@pytest.mark.parametrize("unmigrated", ["postgres"], indirect=True)
def test_an_old_register_is_divided_among_three_roles_and_the_parked_version_goes_live(old: Bank) -> None:
    roles = roles_of(f"bank{uuid.uuid4().hex[:6]}")
    make_roles(old.url, roles)
    desk, tasks = (Bank(old.root, old.url.replace("://bank@", f"://{role}@")) for role in (roles.api, roles.worker))
    waiting = parked(desk)
    with pytest.raises(ProgrammingError, match="permission denied for table modelops_decision"):
        tasks.vote(waiting, "approve-risk", "rolf")
    assert desk.vote(waiting, "approve-risk", "rolf").state == "approved"
    tasks.deploy(waiting)
    assert old.state("1.2.0") == "in_use"
    for one in (desk, tasks):
        one.register.engine.dispose()


def test_a_key_that_is_pinned_after_the_upgrade_asks_for_the_old_approvals_anew(old: Bank, tmp_path: Path) -> None:
    """It is the installation that changes the meaning then, not the upgrade; `docs/how-to/upgrade.md` says so."""
    key = generate(tmp_path / "approval.pem")
    waiting = parked(old)
    old.vote(waiting, "approve-risk", "rolf")
    with pytest.raises(PromotionRefused) as refused:
        promote(old.register, waiting.key, strengths=strengths(), approval_public=raw_public(key))
    for name in ("vera", "rita", "rolf"):
        assert name in str(refused.value)
    for gate, name in APPROVERS:
        with old.register.read() as session:
            mine = session.scalars(select(DecisionRow.id).where(
                DecisionRow.subject == waiting.subject, DecisionRow.person == name, DecisionRow.withdrawn_at.is_(None))).one()
        withdraw(old.register, mine, person(name), "to sign it")
        vote(old.register, waiting.gates[gate], person(name), "approve", "", waiting.subject, approval_key=key)
    assert promote(old.register, waiting.key, strengths=strengths(), approval_public=raw_public(key)).version == "1.2.0"


def test_the_plans_and_steps_of_unchanged_files_have_the_digests_they_had() -> None:
    project = Project(FIXTURES / "project")
    governance = read_governance(project.governance).spec
    found = {}
    for file in project.models():
        for plan in plans_of(read_model(file), governance):
            steps = {step["id"]: digest_of(step) for step in plan.to_json()["steps"]}
            found[f"{plan.model_id}.{plan.lifecycle}"] = {"plan": plan.digest, "steps": steps}
    assert found == json.loads((FIXTURES / "plans.json").read_text())


def test_a_changed_threshold_shows_in_those_digests(tmp_path: Path) -> None:
    project = Project(FIXTURES / "project")
    governance = read_governance(project.governance).spec
    file = tmp_path / "credit-risk.yaml"
    text_before = (FIXTURES / "project" / "dags" / "models" / "credit-risk.yaml").read_text()
    file.write_text(text_before.replace("tier: 2", "tier: 1"))
    assert file.read_text() != text_before
    told = json.loads((FIXTURES / "plans.json").read_text())
    assert all(plan.digest != told[f"credit-risk.{plan.lifecycle}"]["plan"] for plan in plans_of(read_model(file), governance))


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_an_old_pack_still_verifies_and_every_changed_byte_still_shows(database: str, version: str) -> None:
    pack = (FIXTURES / database / f"pack-{version}.zip").read_bytes()
    assert verify_pack(pack)["problems"] == []
    for place in range(0, len(pack), len(pack) // 40):
        bent = pack[:place] + bytes([pack[place] ^ 1]) + pack[place + 1:]
        assert verify_pack(bent)["problems"], f"byte {place}"


def test_the_old_packs_are_in_the_store_under_the_digest_on_record(old: Bank) -> None:
    with old.register.read() as session:
        packs = list(session.scalars(select(PackRow.digest).order_by(PackRow.id)))
    told = [(old.root / f"pack-{version}.zip").read_bytes() for version in ("1.0.0", "1.1.0")]
    assert [old.store.get(digest) for digest in packs] == told
