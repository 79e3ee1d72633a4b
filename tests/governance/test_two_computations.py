"""Python and SQL each compute whether the approvals suffice, from the same rows; they agree on whatever rows there are.

They differ in one thing, and on purpose: SQL refuses for a rejection at any step of the subject, Python at the
gates of the plan. A rejection elsewhere cannot be given, since gates belong to a plan; only forged rows have one.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from bank import GOVERNANCE, TABLE, Bank, held, person
from guards import guards_down
from modelops_airflow.approvals.facts import governance_facts
from modelops_airflow.approvals.rules import APPROVED, Decision, Gate, evaluate
from modelops_airflow.database import database_time
from modelops_airflow.governance import authors as authors_module
from modelops_airflow.governance.activate import governance_of
from modelops_airflow.governance.authors import authors_that_count
from modelops_airflow.governance.start import RunKey, request_run
from modelops_airflow.inventory.register import MIGRATIONS
from modelops_airflow.inventory.tables import Document
from modelops_airflow.spec.governance_rules import folded

PEOPLE = sorted(GOVERNANCE["people"])
STEPS = ("first", "second", "third")
ROLES = ("validator", "risk", "control", "owner")
NAMES = ("RITA", "rita@bank.example", "simple:rolf", "Ruth  Risk", "vera", "Olaf Owner", "12", "stranger", "ｄana")

AUTHORS = ("in the row", "same bytes", "developer", "committer", "starter", "asked", "list")
"""By what somebody is an author: each is a part of the view `modelops_author`, in its order but for the second, which is in all."""

SPOILT = ("not", "not", "lost", "expired", "withdrawn", "in the row")

gates = st.dictionaries(
    st.sampled_from(STEPS),
    st.fixed_dictionaries({
        "roles": st.dictionaries(st.sampled_from(ROLES), st.integers(1, 2), min_size=1, max_size=2),
        "meaning": st.sampled_from(("approve", "validate", "attest")),
    }),
    min_size=1, max_size=2,
)
decisions = st.lists(
    st.tuples(
        st.sampled_from((*STEPS, *STEPS, "elsewhere")), st.sampled_from(PEOPLE), st.sampled_from(ROLES),
        st.sampled_from(("approve",) * 9 + ("reject",)), st.sampled_from((None, 1, 1, -1)), st.sampled_from((False, False, False, True)),
    ),
    max_size=2,
)
holders = st.fixed_dictionaries({
    role: st.lists(st.sampled_from(PEOPLE), unique=True, min_size=2, max_size=4) for role in ("validator", "risk", "developer", "model-owner")
})


def enough(asked: dict[str, Any], who: dict[str, list[str]], spoilt: int, how: str) -> list[tuple[Any, ...]]:
    """Approvals that are enough where there are people enough, but for one that is spoilt."""
    able = {**who, "control": [*who["validator"], *who["risk"]], "owner": ["olaf"]}
    used: set[str] = set()
    made = []
    for step, rules in asked.items():
        for role, number in rules["roles"].items():
            people = [person for person in able[role] if person not in used][:number]
            used |= set(people)
            made += [(step, person, role, "approve", 1, False) for person in people]
    ends = {"lost": [], "expired": [(-1, False)], "withdrawn": [(1, True)]}.get(how, [(1, False)])
    return [(*one[:4], *end) for index, one in enumerate(made) for end in (ends if index == spoilt else [one[4:]])]


def once(drawn: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The decisions without those that the unique index refuses: a second one of a person at a step."""
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for one in drawn:
        if one[5] or (one[0], one[1]) not in seen:
            kept.append(one)
        if not one[5]:
            seen.add((one[0], one[1]))
    return kept


def write(
    connection: Connection, run: Any, plan: dict[str, Any], facts: dict[str, Any], authors: dict[str, list[str]], made: list[Decision]
) -> None:
    """Put the rows of an example in the database."""
    by = next(iter(authors.get("starter", [])), "airflow")
    named = {"model": {**plan["model"], "developers": [name.lower() for name in authors.get("developer", [])]}}
    plan = {**plan, **named}
    steps = [step for step in plan["steps"] if step["phase"] != "gate"]
    body = {**plan, "steps": [*steps, *plan["drawn"]]}
    body.pop("drawn")
    connection.execute(text("UPDATE modelops_document SET body = :body WHERE digest = :digest"),
                       {"body": json.dumps(body).encode(), "digest": run.plan})
    connection.execute(text("UPDATE modelops_governance SET facts = :facts WHERE state = 'active'"), {"facts": json.dumps(facts)})
    for version, how in (("1.0.0", "in the row"), ("0.9.0", "same bytes")):
        names = authors.get(how, [])
        connection.execute(text("UPDATE modelops_version SET authors = :authors, folded_authors = :names WHERE version = :version"), {
            "authors": json.dumps([[name, "x"] for name in names]), "version": version,
            "names": json.dumps(sorted({folded(name) for name in names}))})
    files = [{"file": "model.yaml", "authors": authors.get("committer", [])}]
    connection.execute(text("UPDATE modelops_run SET started_by = :by, provenance = :files WHERE id = :run"),
                       {"by": by, "files": json.dumps(files), "run": run.id})
    connection.execute(text("UPDATE modelops_governance SET changed_by = :names WHERE state = 'active'"),
                       {"names": json.dumps(authors.get("list", []))})
    asked = json.dumps({"facts": {"by": next(iter(authors.get("asked", [])), "airflow"), "dag": run.dag_id, "run": run.run_id}})
    connection.execute(text("UPDATE modelops_event SET body = :body WHERE kind = 'run-requested'"), {"body": asked.encode()})
    connection.execute(text("DELETE FROM modelops_gate"))
    for number, step in enumerate((*STEPS, "elsewhere"), start=100):
        connection.execute(text(
            "INSERT INTO modelops_gate (id, run, step, subject, meaning, rules, state) "
            "VALUES (:id, :run, :step, :subject, 'approve', '{}', 'open')"),
            {"id": number, "run": run.id, "step": step, "subject": run.subject})
    for number, one in enumerate(made, start=1):
        moment = None if one.expires_at is None else one.expires_at.strftime("%Y-%m-%d %H:%M:%S.%f")
        zone = "" if connection.dialect.name == "sqlite" or moment is None else "+00"
        connection.execute(text(
            "INSERT INTO modelops_decision (id, gate, step, subject, person, role, decision, meaning, comment, auth, expires_at, "
            "withdrawn_at) SELECT :id, g.id, g.step, g.subject, :person, :role, :decision, 'approve', '', 'x', "
            "CAST(:expires AS TIMESTAMP WITH TIME ZONE), CASE WHEN :gone THEN g.opened_at END FROM modelops_gate g WHERE g.step = :step"
            if zone else
            "INSERT INTO modelops_decision (id, gate, step, subject, person, role, decision, meaning, comment, auth, expires_at, "
            "withdrawn_at) SELECT :id, g.id, g.step, g.subject, :person, :role, :decision, 'approve', '', 'x', "
            ":expires, CASE WHEN :gone THEN g.opened_at END FROM modelops_gate g WHERE g.step = :step"),
            {"id": number, "person": one.person, "role": one.role, "decision": one.decision, "gone": one.withdrawn, "step": one.step,
             "expires": None if moment is None else moment + zone})


FORGOTTEN = {
    "expiry": "AND (d.expires_at IS NULL OR",
    "withdrawal": "AND d.withdrawn_at IS NULL",
    "authors": "AND (g.attests OR",
    "holders": "AND CASE WHEN g.role = 'owner'",
    "one gate only": "AND NOT EXISTS (  -- whoever",
}


PARTS = {"in the row": 0, "developer": 1, "committer": 2, "starter": 3, "asked": 4, "list": 5}
"""Which of the queries in the view of authors has whom."""


def without(forgotten: str, connection: Connection) -> None:
    """Make the view of approvals that count anew with one condition taken out, or the view of authors with one of its queries."""
    if forgotten in PARTS:
        parts = view_of("modelops_author", connection).split("UNION ALL\n")
        kept = [part for number, part in enumerate(parts) if number != PARTS[forgotten]]
        kept[0] = kept[0] if kept[0].startswith("CREATE") else f"CREATE VIEW modelops_author (run, name) AS\n{kept[0]}"
        return replace("modelops_author", "UNION ALL\n".join(kept), connection)
    if forgotten == "same bytes":
        return replace("modelops_author", view_of("modelops_author", connection).replace("w.artifact = v.artifact", "w.id = v.id"), connection)
    clause, view = FORGOTTEN[forgotten], view_of("modelops_counted", connection)
    start = view.index(clause)
    end, depth = start + len("AND "), 0
    while depth or not view[end:].lstrip().startswith("AND "):  # to the next condition on this level
        depth += {"(": 1, ")": -1}.get(view[end], 0)
        end += 1
    replace("modelops_counted", view[:start] + view[end:], connection)
    return None


def view_of(name: str, connection: Connection) -> str:
    """How the migration spells a view."""
    dialect = "sqlite" if connection.dialect.name == "sqlite" else "postgres"
    script = (MIGRATIONS / "sql" / f"0003_permission.{dialect}.sql").read_text()
    return f"CREATE VIEW {name}" + script.split(f"CREATE VIEW {name}")[1].split(";\n\n")[0]


def replace(name: str, view: str, connection: Connection) -> None:
    """Put another view in the place of one."""
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql(f"DROP VIEW {name}" if sqlite else "SELECT 1")
    connection.execution_options(no_parameters=True).exec_driver_sql(view if sqlite else view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))


@pytest.mark.parametrize("forgotten", [*FORGOTTEN, *AUTHORS])
def test_a_view_that_forgets_one_condition_is_found(bank: Bank, forgotten: str) -> None:
    """The negative control."""
    with pytest.raises((AssertionError, ExceptionGroup)):
        compare(bank, forgotten, forgotten if forgotten in AUTHORS else None)


@pytest.mark.parametrize("how", AUTHORS)
def test_both_computations_agree_by_whatever_somebody_is_an_author(bank: Bank, how: str) -> None:
    found = compare(bank, how=how)
    assert 5 < sum(found) < len(found) - 5, "the examples never permit or never refuse: they prove nothing"


def test_both_computations_agree_on_every_set_of_rows(bank: Bank) -> None:
    found = compare(bank)
    assert 10 < sum(found) < len(found) - 10, "the examples never permit or never refuse: they prove nothing"


def compare(bank: Bank, forgotten: str | None = None, how: str | None = None) -> list[bool]:
    """Compare both on many sets of rows; answers which were permitted.

    Args:
        how: the way in which one of the approvals does not count in every example; else any way.
    """
    ways = st.sampled_from(SPOILT) if how is None else st.just(how)
    same = TABLE.format(version="the same")
    bank.release("0.9.0", text=same, developers=[], by="airflow")
    request_run(bank.register, "pricing", RunKey("pricing.release", "manual__1.0.0"), person("dana"))
    release = bank.release(text=same)
    with bank.register.read() as session:
        run = bank._run(session, release.key)
    plan = bank.plan().to_json()

    @settings(max_examples=150 if how is None else 60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate])
    @given(gates, decisions, holders, st.lists(st.sampled_from(NAMES), unique=True, max_size=1), st.integers(0, 2), ways)
    def agree(
        asked: dict[str, Any], noise: list[tuple[Any, ...]], who: dict[str, list[str]], others: list[str], spoilt: int, how: str
    ) -> None:
        most = enough(asked, who, spoilt, how)
        authors = {"in the row": list(others)}
        if how in AUTHORS:
            authors.setdefault(how, []).extend(one[1].upper() for one in most[spoilt:spoilt + 1])
        drawn = [*noise[:1], *most, *noise[1:]]
        governance = governance_of(held(**who))
        engine = bank.register.engine.execution_options(modelops_write=True)
        with engine.connect() as connection, Session(connection) as session:
            now = database_time(session)
            made = [Decision(step, person, role, decision, None if days is None else now + timedelta(days=days), gone)
                    for step, person, role, decision, days, gone in once(drawn)]
            steps = [{"id": step, "uses": "approval", "options": rules, "phase": "gate", "requirements": [], "needs": [],
                      "required_by": [], "profile": "default"} for step, rules in asked.items()]
            with guards_down(connection):
                write(connection, run, {**plan, "drawn": steps}, governance_facts(governance), authors, made)
                if forgotten is not None:
                    without(forgotten, connection)
            told = connection.execute(text("SELECT obstacle, lacking FROM modelops_permission WHERE run = :run"), {"run": run.id}).one()
            names = authors_that_count(session, bank._run(session, release.key))
            session.rollback()
            connection.rollback()
        standings = [evaluate(Gate(step, rules["roles"], rules["meaning"], "olaf"), made, names, governance, now).state
                     for step, rules in asked.items()]
        rejected = any(one.decision == "reject" and not one.withdrawn for one in made)
        permitted = all(state == APPROVED for state in standings) and not rejected
        event("permitted" if permitted else "refused")
        found.append(permitted)
        assert (told == (None, None)) is permitted, (told, standings)
        assert (told.obstacle == "a rejection is in force") is rejected
        if not rejected:
            assert told.obstacle is None

    found: list[bool] = []
    with pytest.MonkeyPatch.context() as forged:  # the examples change the plan and keep its digest
        forged.setattr(authors_module, "fetch", lambda session, digest: json.loads(session.get_one(Document, digest).body))
        agree()
    return found
