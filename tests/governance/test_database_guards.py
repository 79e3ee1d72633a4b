"""The database refuses by itself what Python would refuse, and what was recorded stays; without its guards it would not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from bank import Bank, Candidate, governance, person
from modelops_airflow.governance.break_glass import break_glass
from modelops_airflow.governance.promote import publishing
from modelops_airflow.governance.record import packed
from modelops_airflow.governance.stop import retire
from modelops_airflow.targets import strengths

SLOT = "INSERT INTO modelops_slot (model_id, environment, epoch) VALUES ('pricing', 'production', 1)"

DEPLOYMENT = (
    "INSERT INTO modelops_deployment (slot, model_id, environment, version_id, run, artifact, subject, epoch, cause, state, "
    "target, strength, observed, key) SELECT s.id, r.model_id, s.environment, r.version_id, r.id, r.artifact, r.subject, s.epoch, "
    ":cause, :state, 'folder', 'gated', r.artifact, 'key' FROM modelops_run r, modelops_slot s"
)


def attempt(bank: Bank, cause: str = "release", state: str = "intent") -> int:
    """What promote() does at the end, without Python's questions before."""
    return bank.sql(DEPLOYMENT, cause=cause, state=state)


def waiting(bank: Bank, **pinned: Any) -> Candidate:
    """A release at its gates, and its slot."""
    release = bank.release(**pinned)
    bank.sql(SLOT)
    return release


def test_sql_that_passes_python_by_is_refused_and_with_the_trigger_dropped_it_is_not(bank: Bank) -> None:
    waiting(bank)
    for state in ("intent", "publishing"):
        with pytest.raises(IntegrityError, match="refuses the deployment: approvals are missing"):
            attempt(bank, state=state)
    with pytest.raises(IntegrityError, match="nothing is live that was not published"):
        attempt(bank, state="live")
    guard = "modelops_deployment_permitted" + ("_insert" if bank.url.startswith("sqlite") else "")
    bank.without("modelops_deployment", guard)
    assert attempt(bank) == 1


def test_with_every_approval_the_same_sql_is_let_through(bank: Bank) -> None:
    """The negative control of every refusal below."""
    bank.approve(waiting(bank))
    assert attempt(bank) == 1


VOID = {
    "UPDATE modelops_run SET verdict = 'fail'": "the run did not pass",
    "UPDATE modelops_run SET manifest = NULL": "the run did not pass",
    "UPDATE modelops_run SET subject = 'sha256:other'": "approvals are missing",
    "UPDATE modelops_run SET artifact = 'sha256:other'": "another artifact",
    "UPDATE modelops_version SET artifact = 'sha256:other'": "another artifact",
    "UPDATE modelops_version SET state = 'suspended'": "neither waiting nor approved",
    "UPDATE modelops_governance SET state = 'superseded'": "no governance is in force",
    "UPDATE modelops_governance SET facts = '{\"holders\": {}, \"names\": {}}'": "approvals are missing",
    "UPDATE modelops_run SET environment = 'staging'": "no run, version and slot fit",
    "DELETE FROM modelops_result WHERE step = 'bias'": "no result that passes",
    "UPDATE modelops_result SET verdict = 'fail' WHERE step = 'bias'": "no result that passes",
    "UPDATE modelops_decision SET expires_at = '2001-01-01 00:00:00.000000' WHERE person = 'vera'": "approvals are missing",
    "UPDATE modelops_decision SET withdrawn_at = at WHERE person = 'rita'": "approvals are missing",
    "UPDATE modelops_decision SET person = 'rita' WHERE person = 'vera'": "approvals are missing",
    "UPDATE modelops_decision SET role = 'validator'": "approvals are missing",
    "UPDATE modelops_decision SET step = 'approve-risk', role = 'risk'": "approvals are missing",
    "UPDATE modelops_decision SET decision = 'reject' WHERE person = 'rolf'": "a rejection is in force",
    "UPDATE modelops_version SET folded_authors = '[\"rita risk\"]'": "approvals are missing",
    "UPDATE modelops_slot SET epoch = 2, environment = 'staging'": "no run, version and slot fit",
    "UPDATE modelops_decision SET gate = (SELECT max(id) FROM modelops_gate) WHERE person = 'vera'": "approvals are missing",
}


@pytest.mark.parametrize("forged", VOID)
def test_one_row_that_does_not_fit_is_enough(bank: Bank, forged: str) -> None:
    bank.approve(waiting(bank))
    assert bank.forge(forged) > 0
    with pytest.raises(IntegrityError, match=VOID[forged]):
        attempt(bank)


@pytest.mark.parametrize("gates", [{}, {"approve-risk": {"roles": {}}}, {"approve-risk": {"roles": {"risk": 0}}}])
def test_a_plan_that_asks_nobody_permits_nothing(bank: Bank, gates: dict[str, Any]) -> None:
    waiting(bank, gates=gates)
    with pytest.raises(IntegrityError, match=r"the plan has no gate|asks nobody"):
        attempt(bank)


def test_an_owner_who_developed_may_attest_and_nothing_else(bank: Bank) -> None:
    gates = {"attest": {"roles": {"owner": 1}, "meaning": "attest"}}
    bank.vote(waiting(bank, gates=gates, developers=["olaf"]), "attest", "olaf")
    assert attempt(bank) == 1
    bank.forge("DELETE FROM modelops_deployment")
    bank.forge("UPDATE modelops_decision SET person = 'dana'")
    with pytest.raises(IntegrityError, match="approvals are missing"):
        attempt(bank)


def test_break_glass_stands_in_for_approvals_and_not_for_a_rejection(bank: Bank) -> None:
    emergency = governance(break_glass={"roles": ["risk"], "within": "P5D"})
    bank.govern(emergency)
    release = bank.release()
    break_glass(bank.register, "pricing", "1.0.0", person("rita"), "fire", release.subject, strengths=strengths())
    bank.forge("DELETE FROM modelops_deployment")
    with pytest.raises(IntegrityError, match="approvals are missing"):
        attempt(bank)
    assert attempt(bank, "break-glass") == 1
    for forged in ("due_at = at", "closed_at = at", "person = 'dana'"):
        bank.forge("DELETE FROM modelops_deployment")
        bank.forge("UPDATE modelops_break_glass SET due_at = '2101-01-01 00:00:00.000000', closed_at = NULL, person = 'rita'")
        bank.forge(f"UPDATE modelops_break_glass SET {forged}")
        with pytest.raises(IntegrityError, match="no emergency release is in force"):
            attempt(bank, "break-glass")
    bank.forge("UPDATE modelops_break_glass SET due_at = '2101-01-01 00:00:00.000000', closed_at = NULL, person = 'rita'")
    bank.vote(release, "approve-risk", "rolf", "reject")
    bank.forge("UPDATE modelops_version SET state = 'waiting'")
    with pytest.raises(IntegrityError, match="a rejection is in force"):
        attempt(bank, "break-glass")


def in_emergency(bank: Bank, version: str = "1.0.0") -> Candidate:
    """A version that rita released without its approvals, on its way."""
    if not any(kind == "break-glass" for kind in bank.events()):
        emergency = governance(break_glass={"roles": ["risk"], "within": "P5D"})
        bank.govern(emergency)
    release = bank.release(version)
    break_glass(bank.register, "pricing", version, person("rita"), "fire", release.subject, strengths=strengths())
    return release


CLOSED = "UPDATE modelops_break_glass SET closed_at = CURRENT_TIMESTAMP"
SILENCED = "UPDATE modelops_finding SET closed_at = CURRENT_TIMESTAMP WHERE kind = 'break-glass'"


@pytest.mark.parametrize("state", ["intent", "publishing", "live"])
def test_nobody_closes_an_emergency_that_is_in_service_without_approvals(bank: Bank, state: str) -> None:
    bank.vote(in_emergency(bank), "approve-risk", "rolf")
    bank.forge("UPDATE modelops_deployment SET state = :state", state=state)
    with pytest.raises(IntegrityError, match="lasts until it is approved or out of service"):
        bank.sql(CLOSED)
    with pytest.raises(IntegrityError, match="the finding stays open as long as the emergency"):
        bank.sql(SILENCED)
    here = bank.url.startswith("sqlite")
    bank.without("modelops_break_glass", "modelops_break_glass_lasts" if here else "modelops_break_glass_end")
    bank.without("modelops_finding", "modelops_finding_lasts")
    assert bank.sql(SILENCED) == bank.sql(CLOSED) == 1  # the negative control: the guards were what refused


def test_an_emergency_out_of_service_is_closed_and_its_finding_after_it(bank: Bank) -> None:
    in_emergency(bank)
    bank.forge("UPDATE modelops_deployment SET state = 'withdrawn'")
    with pytest.raises(IntegrityError, match="the finding stays open"):
        bank.sql(SILENCED)
    assert bank.sql(CLOSED) == bank.sql(SILENCED) == 1


def test_approvals_over_another_subject_close_no_emergency(bank: Bank) -> None:
    other = bank.approve(bank.release(run="other", ratio=0.95))
    release = in_emergency(bank)
    assert bank.sql("UPDATE modelops_run SET subject = :other WHERE subject = :mine", other=other.subject, mine=release.subject) == 1
    with pytest.raises(IntegrityError, match="lasts until it is approved"):
        bank.sql(CLOSED)


def test_the_finding_stays_while_the_model_has_another_emergency(bank: Bank) -> None:
    first, second = in_emergency(bank), in_emergency(bank, "1.1.0")
    bank.approve(first)
    assert "break-glass" in bank.findings()
    bank.approve(second)
    assert "break-glass" not in bank.findings()


def test_an_approval_that_expired_since_its_gate_was_settled_ends_no_emergency(bank: Bank) -> None:
    release = in_emergency(bank)
    bank.vote(release, "approve-validation", "vera")
    bank.vote(release, "approve-risk", "rolf")
    bank.forge("UPDATE modelops_decision SET expires_at = '2001-01-01 00:00:00.000000' WHERE person = 'vera'")
    bank.vote(release, "approve-risk", "ruth")
    assert bank.gate_state(release, "approve-validation") == "approved"
    assert "break-glass" in bank.findings()


EDITED = "UPDATE modelops_finding SET message = 'all is well' WHERE kind = 'break-glass'"
LOWERED = "UPDATE modelops_finding SET severity = 'low' WHERE kind = 'break-glass'"
THROWN_AWAY = "DELETE FROM modelops_finding"


@pytest.mark.parametrize(("statement", "guard"), [(EDITED, "says"), (LOWERED, "fixed"), (THROWN_AWAY, "kept")])
def test_a_finding_of_an_emergency_is_not_edited_and_none_is_deleted(bank: Bank, statement: str, guard: str) -> None:
    in_emergency(bank)
    before = bank.tables()
    with pytest.raises(IntegrityError, match="refuses"):
        bank.sql(statement)
    assert bank.tables() == before
    named = guard if guard != "says" or bank.url.startswith("sqlite") else "lasts"
    bank.without("modelops_finding", f"modelops_finding_{named}")
    assert bank.sql(statement) == 1  # the negative control: the guard was what refused


def test_other_findings_say_what_is_so_now(bank: Bank) -> None:
    bank.live()
    bank.sql("INSERT INTO modelops_finding (model_id, kind, severity, message) VALUES ('pricing', 'drift', 'high', 'PSI 0.3')")
    assert bank.sql("UPDATE modelops_finding SET message = 'PSI 0.4', closed_at = CURRENT_TIMESTAMP") == 1


def test_a_second_emergency_adds_to_the_finding_of_the_first(bank: Bank) -> None:
    in_emergency(bank)
    in_emergency(bank, "1.1.0")
    with bank.register.read() as session:
        told = session.execute(text("SELECT message FROM modelops_finding WHERE kind = 'break-glass'")).scalar_one()
    assert "version 1.0.0" in told
    assert "version 1.1.0" in told


@pytest.mark.parametrize("state", ["registered", "validating", "waiting", "approved", "in_use", "suspended"])
def test_a_retired_version_stays_retired(bank: Bank, state: str) -> None:
    bank.release()
    retire(bank.register, "pricing", person("olaf"), "it is old")
    back = f"UPDATE modelops_version SET state = '{state}'"
    with pytest.raises(IntegrityError, match="a retired version stays retired"):
        bank.sql(back)
    assert bank.sql("UPDATE modelops_version SET state = 'retired', reason = 'very old'") == 1
    bank.without("modelops_version", f"modelops_version_{'retired' if bank.url.startswith('sqlite') else 'authors'}")
    assert bank.sql(back) == 1


def test_only_what_was_published_under_its_fence_and_read_back_is_live(bank: Bank) -> None:
    promotion = bank.promote(bank.approve(bank.release()))
    live = "UPDATE modelops_deployment SET state = 'live', observed = artifact"
    with pytest.raises(IntegrityError, match="nothing is live that was not published"):
        bank.sql(live)
    publishing(bank.register, promotion.deployment, promotion.epoch)
    with pytest.raises(IntegrityError, match="not read back with these bytes"):
        bank.sql("UPDATE modelops_deployment SET state = 'live', observed = 'sha256:other'")
    bank.sql("UPDATE modelops_slot SET epoch = epoch + 1")
    with pytest.raises(IntegrityError, match="its fence is stale"):
        bank.sql(live)
    bank.forge("UPDATE modelops_slot SET epoch = epoch - 1")
    assert bank.sql(live) == 1


KEPT = [
    "UPDATE modelops_document SET at = '2001-01-01 00:00:00.000000'",
    "UPDATE modelops_pack SET digest = 'sha256:other'",
    "UPDATE modelops_decision SET person = 'ruth' WHERE person = 'rolf'",
    "UPDATE modelops_decision SET expires_at = NULL",
    "UPDATE modelops_decision SET comment = 'never mind'",
    "UPDATE modelops_decision SET withdrawn_at = '2001-01-01 00:00:00.000000'",
    "UPDATE modelops_governance SET facts = '{}'",
    "UPDATE modelops_governance SET state = 'pending'",
    "UPDATE modelops_version SET artifact = 'sha256:other'",
    "UPDATE modelops_version SET version = '9'",
    "UPDATE modelops_version SET authors = '[]'",
    "UPDATE modelops_version SET folded_authors = '[\"eve\"]'",
    "UPDATE modelops_run SET approved_plan = plan",
    "UPDATE modelops_run SET started_by = 'eve'",
    "UPDATE modelops_result SET verdict = 'fail'",
    "UPDATE modelops_gate SET step = 'other' WHERE step = 'approve-risk'",
    "UPDATE modelops_slot SET epoch = epoch - 1",
    "UPDATE modelops_deployment SET epoch = epoch - 1",
    "UPDATE modelops_deployment SET artifact = 'sha256:other'",
    *(f"DELETE FROM modelops_{name}" for name in ("document", "decision", "governance", "version", "run", "result", "gate", "slot",
                                                   "deployment", "pack")),
]


@pytest.mark.parametrize("statement", KEPT)
def test_what_was_recorded_stays_for_everybody(bank: Bank, statement: str) -> None:
    packed(bank.register, bank.live().key, "sha256:pack")
    before = bank.tables()
    with pytest.raises(IntegrityError, match="refuses"):
        bank.sql(statement)
    assert bank.tables() == before
    if not statement.startswith("DELETE"):
        assert bank.forge(statement) > 0  # the negative control: the guards were what refused


def test_what_is_replaced_is_refused_like_what_is_deleted(bank: Bank) -> None:
    """SQLite deletes a row that is in the way without firing any trigger for deletion; Postgres truncates."""
    bank.live()
    before = bank.tables()
    for table in ("document", "decision", "governance", "version", "run", "gate", "slot", "deployment"):
        name = f"modelops_{table}"
        attacks = [f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}"]
        if not bank.url.startswith("sqlite"):
            attacks = [f"TRUNCATE {name} CASCADE"]
        elif table == "decision":
            attacks.append("UPDATE OR REPLACE modelops_decision SET id = 99")
        for attack in attacks:
            with pytest.raises(IntegrityError, match="refuses"):
                bank.sql(attack)
    assert bank.tables() == before


def test_a_decision_is_taken_back_once(bank: Bank) -> None:
    bank.approve(bank.release())
    now = "withdrawn_at = CURRENT_TIMESTAMP"
    assert bank.sql(f"UPDATE modelops_decision SET {now} WHERE person = 'rita'") == 1
    for again in ("withdrawn_at = NULL", "withdrawn_at = '2101-01-01 00:00:00.000000'"):
        with pytest.raises(DatabaseError, match="taken back once"):
            bank.sql(f"UPDATE modelops_decision SET {again} WHERE person = 'rita'")


def test_a_document_lies_under_its_own_digest(bank: Bank) -> None:
    statement = "INSERT INTO modelops_document (digest, body) VALUES ('sha256:other', 'x')"
    if bank.url.startswith("sqlite"):
        assert bank.sql(statement) == 1  # SQLite cannot hash; whoever reads a document hashes it again
        return
    with pytest.raises(IntegrityError, match="under its own digest"):
        bank.sql(statement)
