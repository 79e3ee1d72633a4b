"""Three Postgres roles: each does its part of the way to production, and no role another's (assurance level L1)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError

from bank import Bank, Postgres, governance, held, person
from canaries import THROUGH, WATCHED, approved, bakes, hold, later, with_canary
from finding_world import agreed, closed, days_from_now, raised, row_of
from finding_world import later as later_for_findings
from guards import guards_down
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import PromotionRefused, Refused, RegisterError
from modelops_airflow.governance import waive
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.erase import approve, ask
from modelops_airflow.governance.finding import open_finding_on
from modelops_airflow.governance.finding_watch import reopen_findings
from modelops_airflow.governance.holds import lift, place
from modelops_airflow.governance.incident import Doing, Opening, enter, open_incident
from modelops_airflow.governance.restrict import conditions_met, restrict
from modelops_airflow.governance.restrictions import in_force
from modelops_airflow.governance.retention import lines
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.start import RunKey, request_run
from modelops_airflow.governance.stop import retire, suspend
from modelops_airflow.governance.vote import vote, withdraw
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.roles import make_roles, roles_of, script
from modelops_airflow.inventory.tables import DecisionRow, ModelRow, VersionRow
from modelops_airflow.ledger import EventRow, append, verify
from modelops_airflow.ledger.append import body_of
from modelops_airflow.policy.incident import Act
from modelops_airflow.steps.erase import erase_approved
from modelops_airflow.steps.notify import notify
from modelops_airflow.targets import strengths
from waiver_world import CONTROL, PACK, day, waived_release

EMERGENCY = governance(break_glass={"roles": ["risk"], "within": "P2D"})


@pytest.fixture(scope="module")
def parted_url(postgres: Postgres) -> tuple[str, str]:
    """A database whose tables belong to a role of their own, and the prefix of its roles."""
    prefix = f"bank{uuid.uuid4().hex[:6]}"
    url = postgres.new()
    make_roles(url, roles_of(prefix))
    return url, prefix


def login(url: str, role: str) -> str:
    """The same database as another login."""
    return url.replace("://bank@", f"://{role}@")


class Parted(Bank):
    """The bank whose tasks and whose API server log in as two roles; `sql` is what the worker's login does."""

    def __init__(self, root: Path, url: str, prefix: str) -> None:
        super().__init__(root, login(url, f"{prefix}_worker"))
        self.desk, self.owner = Register(login(url, f"{prefix}_api")), Register(url)

    def try_as(self, register: Register, statement: str) -> int:
        """A statement as a login."""
        with register.engine.begin() as connection:
            return int(connection.execute(text(statement)).rowcount)


@pytest.fixture
def parted(tmp_path: Path, postgres: Postgres, parted_url: tuple[str, str]) -> Iterator[Parted]:
    """The bank on that database, emptied and founded."""
    url, prefix = parted_url
    shared, postgres.shared = postgres.shared, url
    postgres.emptied()
    postgres.shared = shared
    one = Parted(tmp_path / "bank", url, prefix)
    yield one.open()  # type: ignore[misc]
    for register in (one.register, one.desk, one.owner):
        register.engine.dispose()


def test_each_role_in_its_place_brings_a_version_to_production_and_back(parted: Parted) -> None:
    request_run(parted.desk, "pricing", RunKey("pricing.release", "manual__1.0.0"), person("dana"))
    first = parted.live("1.0.0")
    parted.live("1.1.0")
    rollback(parted.desk, "pricing", "production", "1.0.0", person("rita"), "worse", strengths=strengths())
    parted.converge()
    assert parted.shown() == first.artifact
    suspend(parted.desk, "pricing", "production", person("vera"), "it errs")
    parted.converge()
    assert parted.shown() is None
    retire(parted.desk, "pricing", person("olaf"), "it is old")
    with parted.register.read() as session:
        assert verify(session) == []
    assert parted.events("denied") == []
    with parted.owner.read() as session:
        logins = set(session.scalars(text("SELECT convert_from(body, 'UTF8')::jsonb ->> 'login' FROM modelops_event")))
    assert {name.split("_")[1] for name in logins} == {"api", "worker"}


def test_people_decide_what_is_erased_and_tasks_erase_it(parted: Parted) -> None:
    parted.live()
    held = place(parted.desk, "pricing", person("rita"), "Mrs Miller complained")
    lift(parted.desk, "pricing", held, person("rolf"), "settled")
    with parted.register.read() as session:
        words = next(one.record.digest for one in lines(session, "pricing") if one.record.kind == "words")
    empty = f"UPDATE modelops_document SET body = '' WHERE digest = '{words}'"
    with pytest.raises(IntegrityError, match="is fixed"):
        parted.try_as(parted.register, empty)
    with pytest.raises(IntegrityError, match="may not tell of erasure-approved"), parted.register.write() as session:
        append(session, "erasure-approved", {"ask": 1, "by": "rita", "digest": words, "reason": words}, model_id="pricing")
    number = ask(parted.desk, "pricing", words, person("dana"), "data-subject", "she asks us to")
    approve(parted.desk, "pricing", number, person("vera"), "I looked")
    with pytest.raises(ProgrammingError, match="permission denied"):
        parted.try_as(parted.desk, empty)  # the API server decides, and removes nothing
    assert "is erased" in erase_approved(parted.register, parted.store, parted.project)[0]
    with parted.register.read() as session:
        assert verify(session) == []
        assert session.scalar(text("SELECT length(body) FROM modelops_document WHERE digest = :words"), {"words": words}) == 0


def test_tasks_empty_the_columns_that_repeat_erased_words_and_tell_of_no_erasure_that_people_did_not_decide(parted: Parted) -> None:
    parted.live()
    found = open_finding_on(parted.desk, "pricing", person("rita"), "high", "Mrs Miller", "her text")
    with parted.register.read() as session:
        words = next(one.record.digest for one in lines(session, "pricing") if one.record.kind == "words")
    number = ask(parted.desk, "pricing", words, person("dana"), "data-subject", "she asks us to")
    told = {"approval": None, "approved_by": "vera", "ask": number, "asked_by": "dana", "begun": None, "copy_of": None, "digest": words,
            "ground": "data-subject", "held": [], "media_type": "application/json", "size": 1}
    with pytest.raises(IntegrityError, match="no two people decided"), parted.register.write() as session:
        append(session, "erased", told, model_id="pricing")
    title = f"UPDATE modelops_finding SET title = '(no longer kept)' WHERE id = {found}"
    with pytest.raises(IntegrityError, match="is fixed"):
        parted.try_as(parted.register, title)
    approve(parted.desk, "pricing", number, person("vera"), "I looked")
    assert "is erased" in erase_approved(parted.register, parted.store, parted.project)[0]
    with parted.register.read() as session:
        assert session.execute(text("SELECT title, message FROM modelops_finding WHERE id = :id"), {"id": found}).one() == ("(no longer kept)",) * 2


def test_tasks_pull_back_what_is_on_trial_and_need_nobodys_rights_for_it(parted: Parted, monkeypatch: pytest.MonkeyPatch) -> None:
    with_canary(parted)
    old = parted.live("1.0.0")
    held_back, watched = approved(parted, "1.1.0", **THROUGH), approved(parted, "1.2.0", **THROUGH, **WATCHED)
    bakes(parted, held_back)
    hold(parted, "canary")
    parted.converge()
    bakes(parted, watched)
    later(monkeypatch, 31)
    parted.deploy(watched)
    later(monkeypatch, 0)
    hold(parted, "live")
    parted.converge()
    assert (parted.shown(), parted.shown("canary")) == (old.artifact, None)
    assert [one for one in parted.events("done") if one == "pulled-back"] == ["pulled-back"] * 2
    assert parted.events("denied") == []


def test_tasks_suspend_what_a_runtime_holds_back(parted: Parted) -> None:
    with_canary(parted).live("1.0.0")
    hold(parted, "live")
    parted.converge()
    parted.converge()
    assert (parted.shown(), parted.state(), parted.events("denied")) == (None, "suspended", [])


def test_people_waive_and_lift_and_tasks_decide_and_restrict(parted: Parted) -> None:
    release, number = waived_release(parted)
    vote(parted.desk, release.gates["approve-validation"], person("vera"), "approve", "See the conditions.", release.subject, conditions=("Mend it",))
    for who in ("rita", "rolf"):
        parted.vote(release, "approve-risk", who)
    parted.deploy(release)
    assert parted.state() == "restricted"
    for who in ("vera", "rita"):
        conditions_met(parted.desk, "pricing", "1.0.0", person(who), "It is mended.")
    assert parted.state() == "in_use"
    restrict(parted.desk, "pricing", "1.0.0", person("ines"), "No new customers.", day())
    waive.revoke(parted.desk, "pricing", number, person("ines"), "it is abused")
    parted.converge()
    assert "waiver-ended" in parted.findings() and parted.events("denied") == []
    with pytest.raises(DatabaseError, match="permission denied"):
        waive.ask_waiver(parted.register, "pricing", person("olaf"), waive.Asked(PACK, CONTROL, "no", ("no",), day()))


def test_tasks_do_not_undo_what_a_person_restricted(parted: Parted) -> None:
    release = parted.live()
    restrict(parted.desk, "pricing", "1.0.0", person("rita"), "No new customers.", day(10))
    tell_of = {"by": "system", "subject": release.subject, "terms": release.subject, "until": "2099-01-01T00:00:00Z", "version": "1.0.0"}
    with parted.register.write() as session:
        append(session, "restricted", tell_of, model_id="pricing")
    with parted.register.read() as session:
        one = in_force(session, session.scalars(select(VersionRow)).one(), release.subject)
        assert one is not None and one.by == "rita"
    undone = ("UPDATE modelops_version SET state = 'in_use', reason = ''", "UPDATE modelops_finding SET closed_at = now(), state = 'closed' WHERE kind = 'restricted'")
    for statement in undone:
        with pytest.raises(IntegrityError, match="a person restricted it"):
            parted.try_as(parted.register, statement)
    for who in ("rita", "vera", "rita", "vera"):
        conditions_met(parted.desk, "pricing", "1.0.0", person(who), "It is mended.")
    assert parted.state() == "in_use" and "restricted" not in parted.findings()
    parted.try_as(parted.owner, "UPDATE modelops_version SET state = 'approved'")
    assert parted.try_as(parted.register, undone[0]) == 1  # lifted is lifted


def test_people_and_tasks_change_governance_each_in_their_part(parted: Parted) -> None:
    changed, again = held(risk=["rita", "rolf"]), held(risk=["rita", "ruth"])
    assert propose(parted.register, changed, "sync") == "pending"
    assert propose(parted.register, again, "sync") == "pending"
    assert activate(parted.desk, digest_of(again), person("vera")) == "active"
    with pytest.raises(DatabaseError, match=r"permission denied|may not"):
        propose(parted.desk, changed, "api")
    propose(parted.register, changed, "sync")
    with pytest.raises(Refused, match="may not put governance in force"):
        activate(parted.register, digest_of(changed), person("vera"))


def test_an_emergency_is_the_api_servers_and_its_end_is_the_tasks(parted: Parted) -> None:
    from modelops_airflow.governance.break_glass import break_glass

    parted.govern(EMERGENCY)
    release = parted.release()
    with pytest.raises(DatabaseError, match="permission denied"):
        break_glass(parted.register, "pricing", "1.0.0", person("rita"), "fire", release.subject, strengths=strengths())
    break_glass(parted.desk, "pricing", "1.0.0", person("rita"), "fire", release.subject, strengths=strengths())
    parted.converge()
    assert parted.shown() == release.artifact
    parted.vote(release, "approve-risk", "rolf", "reject")
    parted.converge()
    assert parted.shown() is None


def test_a_worker_that_runs_the_servers_code_casts_no_vote(parted: Parted) -> None:
    release = parted.release()
    before = parted.tables()
    with pytest.raises(ProgrammingError, match="permission denied for table modelops_decision"):
        vote(parted.register, release.gates["approve-risk"], person("rita"), "approve", "", release.subject)
    parted.approve(release)
    with parted.register.read() as session:
        mine = session.scalars(text("SELECT id FROM modelops_decision WHERE person = 'rita'")).one()
    after = parted.tables()
    with pytest.raises(ProgrammingError, match="permission denied for table modelops_decision"):
        withdraw(parted.register, mine, person("rita"))
    assert parted.tables() == after != before


def test_the_owner_may_do_what_the_worker_may_not(parted: Parted) -> None:
    """The negative control: it is the grants that stop the worker."""
    release = parted.release()
    vote(parted.owner, release.gates["approve-risk"], person("rita"), "approve", "", release.subject)
    with parted.owner.read() as session:
        assert session.query(DecisionRow).count() == 1


FORBIDDEN = {
    "worker": [
        "INSERT INTO modelops_decision (gate, step, subject, person, role, decision, meaning, comment, auth) "
        "SELECT id, step, subject, 'rita', 'risk', 'approve', 'approve', '', 'x' FROM modelops_gate",
        "INSERT INTO modelops_key (fingerprint, person, kind, public, counter, label, state, proposed_by) "
        "VALUES ('x', 'rita', 'ed25519', 'x', 0, '', 'pending', 'x')",
        "INSERT INTO modelops_break_glass (run, model_id, subject, person, reason, due_at) "
        "SELECT id, model_id, subject, 'rita', 'x', now() + interval '1 day' FROM modelops_run",
        "UPDATE modelops_governance SET activated_by = 'x'",
        "UPDATE modelops_governance SET facts = '{}'",
        "UPDATE modelops_governance SET state = 'superseded' WHERE state = 'active'",
        "UPDATE modelops_run SET artifact = 'x'",
        "UPDATE modelops_run SET plan = 'x'",
        "UPDATE modelops_version SET artifact = 'x'",
        "UPDATE modelops_version SET folded_authors = '[]'",
        "UPDATE modelops_slot SET epoch = epoch - 1",
        "UPDATE modelops_deployment SET artifact = 'x'",
        "UPDATE modelops_break_glass SET due_at = now()",
        "INSERT INTO modelops_governance (digest, state, proposed_by, facts) SELECT digest, 'active', 'x', facts FROM modelops_governance",
        "INSERT INTO modelops_governance (digest, state, proposed_by, confirmed_by) "
        "SELECT digest, 'pending', 'x', '[\"vera\"]' FROM modelops_governance",
        "INSERT INTO modelops_governance (digest, state, proposed_by, activated_by) "
        "SELECT digest, 'pending', 'x', 'simple:vera' FROM modelops_governance",
        "SELECT modelops_append('{}')",
        "INSERT INTO modelops_waiver (model_id, pack, control, terms, ends_at, state, asked_by) "
        "SELECT model_id, 'x', 'X', plan, now() + interval '1 day', 'active', 'x' FROM modelops_run",
        "UPDATE modelops_waiver SET state = 'active'",
    ],
    "api": [
        "INSERT INTO modelops_waived (run, manifest, step, pack, control, waiver, terms) SELECT id, manifest, 'bias', 'x', 'X', 1, 'x' FROM modelops_run",
        "UPDATE modelops_waiver SET ends_at = now() + interval '9 days'",
        "UPDATE modelops_decision SET person = 'vera'",
        "UPDATE modelops_decision SET withdrawn_at = now() - interval '1 day'",
        "UPDATE modelops_governance SET facts = '{}'",
        "INSERT INTO modelops_run (dag_id, run_id, model_id, lifecycle, version_id, plan, approved_plan, started_by, artifact, warned) "
        "SELECT 'd', 'r', model_id, lifecycle, version_id, plan, approved_plan, 'x', artifact, false FROM modelops_run",
        "INSERT INTO modelops_result (run, step, uses, status, warned, products, judgements, message, current) "
        "VALUES (1, 'bias', 'bias', 'measured', false, '{}', '[]', '', true)",
        "UPDATE modelops_run SET verdict = 'pass'",
        "UPDATE modelops_result SET current = false",
        "INSERT INTO modelops_governance (digest, state, proposed_by) SELECT digest, 'pending', 'x' FROM modelops_governance",
        "UPDATE modelops_key SET public = 'x'",
    ],
    "both": [
        "INSERT INTO modelops_event (idx, kind, outcome, body, leaf, frontier) VALUES (999, 'x', 'done', '', '', '[]')",
        "UPDATE modelops_event SET kind = 'x'",
        "UPDATE modelops_document SET body = ''",
        "INSERT INTO modelops_document (digest, body) VALUES ('sha256:x', 'x')",
        "TRUNCATE modelops_decision",
        "ALTER TABLE modelops_event DISABLE TRIGGER ALL",
        "DROP TRIGGER modelops_deployment_permitted ON modelops_deployment",
        "CREATE TABLE modelops_other (id int)",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION modelops_decides() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "UPDATE modelops_alembic_version SET version_num = '9999'",
        *(f"DELETE FROM modelops_{name}" for name in (
            "event", "document", "governance", "model", "version", "run", "result", "gate", "decision", "slot", "deployment",
            "finding", "pack", "checkpoint", "key", "break_glass", "waiver", "waived")),
    ],
}


def test_no_role_writes_what_is_not_its_part(parted: Parted) -> None:
    parted.live()
    before = parted.tables()
    for who, register in (("worker", parted.register), ("api", parted.desk)):
        for statement in [*FORBIDDEN[who], *FORBIDDEN["both"]]:
            with pytest.raises(DatabaseError, match=r"permission denied|must be owner|refuses|already exists"):
                pytest.fail(f"{who} did {statement}: {parted.try_as(register, statement)} rows")
    assert parted.tables() == before


def test_neither_login_closes_an_emergency_that_is_live_without_approvals(parted: Parted) -> None:
    from modelops_airflow.governance.break_glass import break_glass

    parted.govern(EMERGENCY)
    release = parted.release()
    break_glass(parted.desk, "pricing", "1.0.0", person("rita"), "fire", release.subject, strengths=strengths())
    parted.converge()
    before = parted.tables()
    for register in (parted.register, parted.desk):
        with pytest.raises(IntegrityError, match="lasts until it is approved or out of service"):
            parted.try_as(register, "UPDATE modelops_break_glass SET closed_at = now()")
        with pytest.raises(IntegrityError, match="the finding stays open as long as the emergency"):
            parted.try_as(register, "UPDATE modelops_finding SET closed_at = now() WHERE kind = 'break-glass'")
    assert parted.tables() == before
    parted.approve(release)  # the negative control: with the approvals both are closed
    assert "break-glass-ended" in parted.events("done")
    assert "break-glass" not in parted.findings()


def test_a_worker_tells_of_an_emergencys_end_only_as_the_rows_have_it(parted: Parted) -> None:
    from modelops_airflow.governance.break_glass import break_glass

    parted.govern(EMERGENCY)
    release = parted.release()
    break_glass(parted.desk, "pricing", "1.0.0", person("rita"), "fire", release.subject, strengths=strengths())
    parted.converge()
    with parted.register.read() as session:
        run = session.scalars(text("SELECT run FROM modelops_break_glass")).one()

    def end(register: Register, how: str) -> None:
        with register.write() as session:
            append(session, "break-glass-ended", {"how": how, "run": run, "subject": release.subject}, model_id="pricing")

    for how in ("late", "rejected", "approved", "tired"):
        with pytest.raises(IntegrityError, match="the rows do not have that this emergency release ended so"):
            end(parted.register, how)
    assert "break-glass-ended" not in parted.events()
    suspend(parted.desk, "pricing", "production", person("vera"), "it errs")
    parted.sql("UPDATE modelops_break_glass SET closed_at = now()")
    for how in ("late", "rejected", "approved"):  # closed, and none of these was why
        with pytest.raises(IntegrityError, match="the rows do not have"):
            end(parted.register, how)
    with parted.owner.engine.begin() as connection, guards_down(connection):
        connection.execute(text("UPDATE modelops_break_glass SET due_at = at"))
    end(parted.register, "late")  # the negative control: as the rows have it
    assert parted.events()[-1] == "break-glass-ended"


def test_a_worker_neither_lowers_nor_edits_the_finding_of_an_emergency(parted: Parted) -> None:
    from modelops_airflow.governance.break_glass import break_glass

    parted.govern(EMERGENCY)
    release = parted.release()
    break_glass(parted.desk, "pricing", "1.0.0", person("rita"), "fire", release.subject, strengths=strengths())
    for change in ("severity = 'low'", "message = 'all is well'", "message = message || '; it was approved'", "kind = 'drift'"):
        with pytest.raises(DatabaseError, match=r"permission denied|says of an emergency release stays"):
            parted.try_as(parted.register, f"UPDATE modelops_finding SET {change}")
    assert parted.try_as(parted.desk, "UPDATE modelops_finding SET message = message || '; and another'") == 1  # the negative control


def test_no_login_brings_a_retired_version_back(parted: Parted) -> None:
    parted.live()
    retire(parted.desk, "pricing", person("olaf"), "it is old")
    for register in (parted.register, parted.desk, parted.owner):
        for state in ("approved", "waiting", "in_use", "registered"):
            with pytest.raises(IntegrityError, match="a retired version stays retired"):
                parted.try_as(register, f"UPDATE modelops_version SET state = '{state}'")
    assert parted.state() == "retired"


def test_facts_that_a_worker_lied_about_pending_governance_count_for_nothing(parted: Parted) -> None:
    release, changed = parted.release(), held(risk=["rita", "ruth"])
    parted.sql("INSERT INTO modelops_slot (model_id, environment, epoch) VALUES ('pricing', 'production', 1)")
    vote(parted.desk, release.gates["approve-validation"], person("vera"), "approve", "", release.subject)
    vote(parted.desk, release.gates["approve-risk"], person("rita"), "approve", "", release.subject)
    propose(parted.register, changed, "sync")
    parted.sql("UPDATE modelops_governance SET state = 'superseded' WHERE state = 'pending'")
    lie = {"holders": {"validator": ["vera"], "risk": ["rita"], "control": ["dana"]}, "names": {"vera": [], "rita": [], "dana": []}}
    assert parted.sql("INSERT INTO modelops_governance (digest, state, proposed_by, facts) VALUES (:digest, 'pending', 'sync', :lie)",
                      digest=digest_of(changed), lie=json.dumps(lie)) == 1
    with parted.register.read() as session:
        assert session.scalars(text("SELECT lacking FROM modelops_permission")).one() == "approvals are missing"
    before = parted.tables()["modelops_governance"]
    with pytest.raises(Refused, match="not what its document says"):
        activate(parted.desk, digest_of(changed), person("vera"))
    assert parted.tables()["modelops_governance"] == before


TOLD: dict[str, dict[str, Any]] = {
    "run-requested": {"by": "x", "dag": "d", "run": "r"},
    "pinned": {"artifact": "x", "authors": ["x"], "by": "x", "dag": "d", "design": None, "plan": "x", "run": "r", "version": "1"},
    "recorded": {"dag": "d", "evidence": None, "run": "r", "step": "bias", "verdict": None},
    "decided": {"dag": "d", "manifest": "x", "run": "r", "subject": "x", "verdict": "pass", "warned": False},
    "decision": {"auth": "x", "decision": "approve", "expires": None, "gate": 1, "person": "x", "role": "risk", "step": "x", "subject": "x"},
    "withdrawal": {"person": "x", "step": "x", "subject": "x"},
    "promotion": {"artifact": "x", "cause": "release", "environment": "x", "epoch": 1, "run": "r", "subject": "x", "version": "1"},
    "live": {"artifact": "x", "deployment": 1, "environment": "x", "epoch": 1, "version": "1"},
    "suspended": {"by": "x", "environment": "x"},
    "retired": {"by": "x", "versions": ["1"]},
    "break-glass": {"by": "x", "due": "x", "run": "r", "subject": "x"},
    "break-glass-ended": {"how": "late", "run": 1, "subject": "x"},
    "governance-activated": {"by": "x", "governance": "x"},
    "key-proposed": {"fingerprint": "x", "kind": "ed25519", "person": "x"},
    "key-activated": {"by": "x", "envelope": {"payload": "x"}, "fingerprint": "x", "person": "x"},
    "key-revoked": {"fingerprint": "x"},
    "legacy-declared": {"artifact": None, "authors": [], "environment": "x", "name": None, "since": None, "terms": "x", "until": None, "version": "1"},
    "waiver-accepted": {"by": "x", "terms": "x"},
    "waiver-revoked": {"by": "x", "terms": "x"},
    "finding-open": {"at": "x", "by": "x", "controls": None, "due_before": "x", "evidence": None, "finding": 1, "owner": None, "part": "control",
                     "said": None, "severity": "low", "until": None, "words": None},
    "control-waiver-asked": {"by": "x", "control": "X", "needed": 1, "pack": "x", "terms": "x", "until": "x", "waiver": 1},
    "control-waiver-accepted": {"by": "x", "waiver": 1},
    "control-waiver-rejected": {"by": "x", "waiver": 1},
    "control-waiver-revoked": {"by": "x", "waiver": 1},
    "restricted": {"by": "x", "terms": "x", "until": "x", "version": "1"},
    "restricted-by-person": {"by": "x", "terms": "x", "until": "x", "version": "1"},
    "conditions-met": {"by": "x", "restriction": 1, "version": "1"},
    "overlay-proposed": {"approver": "x", "by": "x", "name": "x", "owner": "x", "start": "x", "terms": "x", "until": "x"},
    "overlay-approved": {"by": "x", "name": "x"},
    "overlay-rejected": {"by": "x", "name": "x"},
    "overlay-renewed": {"by": "x", "name": "x", "until": "x"},
    "overlay-exited": {"by": "x", "name": "x"},
    "assurance": {"forgers": ["x"], "lacks": ["x"], "level": "L0", "meaning": "x", "setup": {"anchors": ["x"]}},
}
"""Facts that readers of the ledger look up, by kind."""


def tell(register: Register, kind: str, facts: dict[str, Any], outcome: str = "done") -> None:
    """An event, as a login."""
    with register.write() as session:
        append(session, kind, facts, outcome=outcome)


def test_each_login_tells_the_ledger_only_of_its_part(parted: Parted) -> None:
    for kind in ("decision", "withdrawal", "governance-activated", "governance-confirmed", "key-proposed", "key-activated",
                 "break-glass", "suspended", "retired", "rollback", "run-requested", "waiver-accepted", "waiver-revoked",
                 "finding-open", "finding-plan", "finding-hand-in", "finding-close", "finding-accept-risk", *(
                     kind for kind in TOLD if kind.startswith(("control-waiver-", "overlay-")) or kind in ("restricted-by-person", "conditions-met"))):
        tell(parted.desk, kind, TOLD.get(kind, TOLD["finding-open"] if kind.startswith("finding-") else {}))
        with pytest.raises(IntegrityError, match=f"may not tell of {kind}"):
            tell(parted.register, kind, TOLD.get(kind, {}))
    for kind in ("pinned", "recorded", "decided", "gate-opened", "live", "packed", "governance-proposed", "legacy-declared", "restricted"):
        tell(parted.register, kind, TOLD.get(kind, {}))
        with pytest.raises(IntegrityError, match=f"may not tell of {kind}"):
            tell(parted.desk, kind, TOLD.get(kind, {}))
    for kind in ("decision", "decided"):
        tell(parted.owner, kind, TOLD[kind])


def test_what_a_person_opened_is_worked_on_by_the_api_server_and_opened_again_by_tasks(parted: Parted, monkeypatch: pytest.MonkeyPatch) -> None:
    parted.pin("1.0.0")
    number = raised(parted)
    closing = "UPDATE modelops_finding SET closed_at = now(), state = 'closed'"
    with pytest.raises(IntegrityError, match="what a person opened is closed by people"):
        parted.try_as(parted.register, closing)
    with pytest.raises(DatabaseError, match="permission denied"):
        parted.try_as(parted.register, "UPDATE modelops_finding SET due_at = now() + interval '9 years'")
    for column in ("severity = 'low'", "title = 'x'", "raised_by = NULL"):
        with pytest.raises(DatabaseError, match=r"permission denied|fixed"):
            parted.try_as(parted.desk, f"UPDATE modelops_finding SET {column}")
    agreed(parted, number, "accept-risk", "rita", "rolf", until=days_from_now(parted, 30), controls="looked at daily")
    later_for_findings(monkeypatch, 31)
    assert len(reopen_findings(parted.register)) == 1
    closed(parted, number)
    assert row_of(parted, number).state == "closed"


def test_a_worker_may_tell_of_the_assurance_level_for_it_is_tasks_that_look(parted: Parted) -> None:
    tell(parted.register, "assurance", TOLD["assurance"])
    assert parted.events("done")[-1] == "assurance"


@pytest.mark.parametrize("kind", TOLD)
def test_what_readers_look_up_is_in_the_facts_or_the_event_is_refused(parted: Parted, kind: str) -> None:
    before = len(parted.events())
    for name, value in TOLD[kind].items():
        wrong: list[Any] = {list: ["x", None, {}, [1], [["x"]]], dict: ["x", 1, ["x"]]}.get(type(value), [{}, ["x"]])
        for facts in ({key: one for key, one in TOLD[kind].items() if key != name}, *({**TOLD[kind], name: one} for one in wrong)):
            with pytest.raises(IntegrityError, match=f"its facts lack {name}"):
                tell(parted.owner, kind, facts)
    assert len(parted.events()) == before
    tell(parted.owner, kind, TOLD[kind])  # the negative control: whole, it is appended
    tell(parted.owner, kind, {"by": "x", "code": "role"}, "denied")  # nobody looks anything up in a refusal
    assert len(parted.events()) == before + 2


def test_a_set_up_whose_anchors_nobody_can_read_is_refused_and_a_confirmation_needs_no_envelope(parted: Parted) -> None:
    for anchors in (None, "git", [1]):
        with pytest.raises(IntegrityError, match="its facts lack setup"):
            tell(parted.register, "assurance", {**TOLD["assurance"], "setup": {"anchors": anchors}})
    tell(parted.register, "assurance", {**TOLD["assurance"], "setup": {}})
    tell(parted.desk, "key-activated", {**TOLD["key-activated"], "envelope": None})


@pytest.mark.parametrize("written", ['"{}"', "{}.0", "true", "null"])
def test_an_index_is_a_number_as_the_ledger_writes_it(parted: Parted, written: str) -> None:
    def append_as(form: str) -> None:
        with parted.register.engine.begin() as connection:
            turn = connection.execute(text("SELECT idx, at, login FROM modelops_turn()")).one()
            body = body_of(turn.idx, "noted", {}, model_id=None, outcome="done", at=turn.at, login=turn.login)
            told = body.replace(f'"index":{turn.idx}'.encode(), f'"index":{form.format(turn.idx)}'.encode())
            connection.execute(text("SELECT modelops_append(:told)"), {"told": told})

    with pytest.raises(IntegrityError, match="its index is"):
        append_as(written)
    append_as("{}")  # the negative control
    assert parted.events()[-1] == "noted"


def test_a_worker_takes_no_approval_over_to_another_plan(parted: Parted) -> None:
    """The same subject and gate on a run of a laxer plan: the approvals were given at the gate of the other plan."""
    release = parted.approve(parted.release())
    lax = parted.pin("1.0.0", run="lax", gates={"approve-risk": {"roles": {"risk": 1}}})
    parted.measure(lax)
    assert parted.decide(lax) == "pass"
    parted.sql("UPDATE modelops_run SET subject = :subject WHERE run_id = 'lax'", subject=release.subject)
    parted.sql("INSERT INTO modelops_slot (model_id, environment, epoch) VALUES ('pricing', 'production', 1)")
    intent = (
        "INSERT INTO modelops_deployment (slot, model_id, environment, version_id, run, artifact, subject, epoch, cause, state, "
        "target, strength, key) SELECT s.id, r.model_id, s.environment, r.version_id, r.id, r.artifact, r.subject, s.epoch, "
        "'release', 'intent', 'folder', 'gated', r.run_id FROM modelops_run r, modelops_slot s WHERE r.run_id = :run"
    )
    with pytest.raises(IntegrityError, match="approvals are missing"):
        parted.sql(intent, run="lax")
    assert parted.sql(intent, run=release.key.run_id) == 1  # the negative control: the run that people saw


def test_a_refusal_of_a_task_is_on_record_under_the_tasks_login(parted: Parted) -> None:
    release = parted.release()
    with pytest.raises(PromotionRefused):
        parted.promote(release)
    with parted.register.read() as session:
        last = session.query(EventRow).order_by(EventRow.index.desc()).first()
        assert last is not None
        assert (last.kind, last.outcome) == ("promotion", "denied")
        assert b'_worker"' in last.body
    with pytest.raises(Refused):
        parted.vote(release, "approve-risk", "dana")


def test_both_logins_find_the_register_in_order_and_neither_migrates_it(parted: Parted) -> None:
    parted.register.check()
    parted.desk.check()
    parted.owner.check()


def test_the_script_may_run_again_and_takes_back_what_was_granted_by_hand(parted: Parted, parted_url: tuple[str, str]) -> None:
    url, prefix = parted_url
    parted.try_as(parted.owner, f"GRANT INSERT ON modelops_decision TO {prefix}_worker")
    parted.try_as(parted.owner, f"GRANT USAGE ON SEQUENCE modelops_decision_id_seq TO {prefix}_worker")
    release = parted.release()
    vote(parted.register, release.gates["approve-risk"], person("rita"), "approve", "", release.subject)
    make_roles(url, roles_of(prefix))
    with pytest.raises(ProgrammingError, match="permission denied"):
        vote(parted.register, release.gates["approve-risk"], person("rolf"), "approve", "", release.subject)


def test_a_migration_as_the_owner_makes_tables_of_the_owner(postgres: Postgres, parted_url: tuple[str, str]) -> None:
    url, (_, prefix) = postgres.new(template="template0"), parted_url
    register = Register(url)
    with register.engine.begin() as connection:
        connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {prefix}_owner"))
    register.migrate(f"{prefix}_owner")
    with register.engine.connect() as connection:
        owners = set(connection.execute(text("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'")).scalars())
    assert owners == {f"{prefix}_owner"}
    register.engine.dispose()


@pytest.mark.parametrize("prefix", ["", "Bank", "a-b", "x'; DROP TABLE y; --", "1a", "a" * 41])
def test_a_prefix_that_is_no_plain_name_is_refused(prefix: str) -> None:
    with pytest.raises(RegisterError, match="is no name for roles"):
        roles_of(prefix)


def test_the_script_names_the_roles_and_nothing_is_left_to_fill_in() -> None:
    text_ = script(roles_of("desk"))
    assert '"desk_worker"' in text_
    assert "@" not in text_


def test_roles_are_for_postgres(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="SQLite has no users"):
        make_roles(f"sqlite:///{tmp_path / 'register.db'}", roles_of("desk"))


def test_a_transaction_of_ours_waits_and_idles_only_so_long(parted: Parted) -> None:
    with parted.register.read() as session:
        assert session.scalar(text("SHOW lock_timeout")) == "30s"
        assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "1min"


def test_people_open_incidents_and_tasks_send_notices_and_neither_does_the_others(parted: Parted) -> None:
    told = {"notifier": "smtp", "connection": "mail", "to": ["risk@bank.example"], "about": ["incident-opened"]}
    parted.govern(governance(notify=[told]))
    with parted.register.write() as session:
        session.add(ModelRow(id="pricing", name="Pricing", file="dags/models/pricing.yaml", tier=2, owner="olaf"))
    opening = Opening("internal", "high", ["pricing"], datetime.now(UTC), "wrong prices", "wrong prices")
    with pytest.raises(ProgrammingError, match="permission denied"):
        open_incident(parted.register, person("dana"), opening)
    number = open_incident(parted.desk, person("dana"), opening)
    assert enter(parted.desk, number, person("dana"), Doing(Act.CAUSE, "a threshold")) == "reported"
    sent = []
    assert notify(parted.register, sent.append).told == ["1 new", "1 sent through mail"] and len(sent) == 1
    with pytest.raises(ProgrammingError, match="permission denied"):
        parted.try_as(parted.desk, "UPDATE modelops_notice SET state = 'void'")
    with pytest.raises(ProgrammingError, match="permission denied"):
        parted.try_as(parted.register, "INSERT INTO modelops_incident_entry (incident, act, words, person, auth) VALUES (1, 'closed', 'x', 'vera', 'simple:vera')")
    with pytest.raises(DatabaseError, match="incident-entry"), parted.register.write() as session:
        append(session, "incident-entry", {"act": "closed", "by": "vera", "incident": number})
