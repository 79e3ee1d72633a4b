"""Every route x identity x method: who is answered what, and that nobody else changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from identities import LOGINS, STRANGERS, Door
from route_table import METHODS, Entry, table
from sqlalchemy import func, select, text
from ui_bank import GOVERNANCE, Bank, ago

from modelops_airflow.governance.activate import propose
from modelops_airflow.governance.documents import keep
from modelops_airflow.governance.finding import open_finding_on
from modelops_airflow.governance.incident import Opening, open_incident
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.governance.waive import Asked, ask_waiver
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import DecisionRow, ModelRow, PackRow, RunRow
from modelops_airflow.ledger import EventRow
from modelops_airflow.ui.api import actions, restrictions, waivers

ZEROS = "sha256:" + "0" * 64
IDENTITIES = (*STRANGERS, *LOGINS)
PEOPLE = ("maker", "control", "validator", "reader")  # whom governance.yaml names
CONTROL = ("control", "validator")  # who only reads controls nothing


@dataclass(frozen=True)
class Write:
    """What a POST says, and the status of each identity; whoever is not named is refused with `others`."""

    body: dict[str, Any]
    statuses: dict[tuple[str, ...], int] = field(default_factory=dict)
    others: int = 403

    def status(self, identity: str) -> int:
        return next((status for who, status in self.statuses.items() if identity in who), self.others)


def writes(world: World) -> dict[str, Write]:
    """The rules, from threats and design: by route."""
    why = {"reason": "a test"}
    signature = {"keyid": ZEROS, "sig": "AAAA"}
    return {
        "/approvals/{gate_id}/statement": Write(
            {"decision": "approve", "subject": world.subject, "comment": "seen"}, {PEOPLE: 200}),  # it tells, and records nothing
        "/approvals/{gate_id}/decisions": Write(
            {"decision": "approve", "subject": world.subject, "comment": "seen"},
            {("control",): 201, ("validator",): 409}),  # the validator has decided at another gate of the run
        "/decisions/{decision_id}/withdrawal": Write({"comment": "mine, or not"}, {("validator",): 201}),
        "/models/{model_id}/release": Write({}, {("maker", "op", "admin"): 201}),  # Airflow's right to trigger
        "/models/{model_id}/rollback": Write({"environment": "production", "version": "0.0.1", **why}, {CONTROL: 409}),
        "/models/{model_id}/suspend": Write({"environment": "production", **why}, {("maker", *CONTROL): 201}),  # who only reads stops nothing
        "/models/{model_id}/break-glass": Write({"version": "3.2.0", "subject": world.subject, **why}),
        "/models/{model_id}/waiver": Write({"terms": ZEROS, **why}, {CONTROL: 201}),
        "/models/{model_id}/waiver/revocation": Write({**why}, {("maker", *CONTROL): 409}),  # as with every stop; none counts yet
        "/models/{model_id}/waivers": Write({"pack": "four-fifths", "control": "FF-CAUTION", "compensating": ["by hand"], "until": world.ahead, **why}, {("maker",): 201}),
        "/models/{model_id}/waivers/{number}/acceptance": Write({**why}, {CONTROL: 201}),
        "/models/{model_id}/waivers/{number}/rejection": Write({**why}, {CONTROL: 201}),
        "/models/{model_id}/waivers/{number}/revocation": Write({**why}, {CONTROL: 409}),  # it waits, and does not count yet
        "/models/{model_id}/restriction": Write({"version": "3.1.0", "terms": "No new customers.", "until": world.ahead}, {CONTROL: 201}),
        "/models/{model_id}/restriction/conditions": Write({"version": "3.1.0", **why}, {CONTROL: 409}),  # it is in full use
        "/models/{model_id}/overlays": Write({"name": "uplift", "owner": "credit-dev", "approver": "risk-2", "start": world.ahead, "until": world.ahead,
                                              **dict.fromkeys(("what", "why", "size", "method", "exit"), "a test")}, {CONTROL: 201}),
        "/models/{model_id}/overlays/{name}/acts": Write({"act": "approve", **why}, {PEOPLE: 409, ("viewer", "admin", "op"): 409}),  # there is none
        "/models/{model_id}/retire": Write({"version": "3.1.0", **why}, {CONTROL: 201}),
        "/models/{model_id}/findings": Write({"severity": "low", "title": "A title", "text": "a test"}, {CONTROL: 201}),
        "/findings/{finding_id}/acts": Write({"act": "plan", "words": "a plan"}, {CONTROL: 201}),
        "/recertification/pause": Write({"until": in_a_day(), **why}, {CONTROL: 201}),  # pausing a control takes the control side
        "/recertification/resume": Write({**why}, {CONTROL: 409}),  # nothing is paused
        "/models/{model_id}/recertification": Write({}, {("maker", *CONTROL): 409}),  # nothing of it failed
        "/models/{model_id}/holds": Write({**why}, {CONTROL: 201}),
        "/models/{model_id}/holds/{index}/lift": Write({**why}, {CONTROL: 409}),  # none stands
        "/models/{model_id}/erasures": Write({"digest": world.names["digest"], "ground": "retention-ended", **why}, {("maker", *CONTROL): 409}),  # not due
        "/models/{model_id}/erasures/{index}/approval": Write({**why}, {CONTROL: 409}),  # none is asked
        "/governance/activation": Write({"digest": world.pending}, {CONTROL: 201}),
        "/incidents": Write({"kind": "serious", "severity": "high", "models": ["credit-risk"], "known_at": "2026-03-01T00:00:00Z", "title": "a test",
                             "happened": "a test"}, {("maker", *CONTROL): 201}),
        "/incidents/{incident_id}/entries": Write({"act": "investigating", "words": "a test"}, {("maker", *CONTROL): 201}),
        "/keys/enrolment": Write({}, {PEOPLE: 200}),
        "/keys": Write({"public": "AAAA", "signature": signature}, {PEOPLE: 422}),
        "/keys/passkeys": Write({"response": {}}, {PEOPLE: 422}),
        "/keys/{fingerprint}/confirmation": Write({}, {PEOPLE: 404, ("viewer", "admin", "op"): 404}),
        "/keys/{fingerprint}/revocation": Write({}, {PEOPLE: 404, ("viewer", "admin", "op"): 404}),
    }


def in_a_day() -> str:
    return f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


class World:
    """The bank with something for each route, and copies of its register for each request that may change it."""

    def __init__(self, bank: Bank, door: Door, folder: Path, pack: bytes) -> None:
        self.bank, self.door, self.folder = bank, door, folder
        self.pending = ""
        propose(bank.register, GOVERNANCE | {"timezone": "UTC"}, "somebody")
        bank.declare_legacy("credit-risk", ZEROS)
        incident = open_incident(bank.register, Actor("simple", "risk-2"), Opening("serious", "high", ["credit-risk"], ago(days=2), "a test", "a test"))
        finding = open_finding_on(bank.register, "credit-risk", Actor("simple", "validator-2"), "low", "A title", "What is wrong.")
        self.ahead = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
        with bank.register.write() as session:
            named = {"model": {"developers": ["credit-dev"]}, "policies": ["four-fifths"]}
            session.get_one(ModelRow, "credit-risk").definition = keep(session, named)
        number = ask_waiver(bank.register, "credit-risk", Actor("simple", "credit-dev"), Asked(
            "four-fifths", "FF-RATIO", "a test", ("by hand",), date.fromisoformat(self.ahead)))
        with bank.register.read() as session:
            self.subject = bank.subject(bank.gates["credit"])
            self.pending = session.execute(text("SELECT digest FROM modelops_governance WHERE state = 'pending'")).scalar_one()
            self.names = {
                "model_id": "credit-risk", "kind": "model-card", "dag_id": "credit-risk.release", "index": 0, "step": "drift", "name": "datasheet.md", "fingerprint": ZEROS,
                "incident_id": incident, "finding_id": finding, "number": number, "gate_id": bank.gates["credit"], "digest": bank.store.put(pack),
                "run_id": session.scalars(select(RunRow.id).where(RunRow.model_id == "credit-risk")).first(),
                "decision_id": session.scalars(select(DecisionRow.id).where(DecisionRow.person == "validator-1")).one(),
            }
        with bank.register.write() as session:
            session.add(PackRow(run=self.names["run_id"], digest=self.names["digest"]))
        self._original = Path(bank.register.engine.url.database or "")
        self._number = 0

    def fresh(self) -> Register:
        """The app over another copy of the register."""
        self._number += 1
        copy = self.folder / f"{self._number}.db"
        copy.write_bytes(self._original.read_bytes())
        register = Register(f"sqlite:///{copy}")
        self.door.app.state.register = register
        return register


def dump(register: Register) -> dict[str, list[Any]]:
    """Every row of every table; of the ledger what was done, and no counts of requests."""
    with register.engine.connect() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'modelops_rate'")).scalars()
        return {
            name: list(connection.execute(text(
                f"SELECT * FROM {name}" + (" WHERE outcome = 'done'" if name == "modelops_event" else "")))) for name in tables.all()
        }


def denials(register: Register) -> int:
    with register.read() as session:
        return session.scalar(select(func.count()).where(EventRow.outcome == "denied")) or 0


@pytest.fixture
def world(bank: Bank, door: Door, real_pack: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("start", "nudge_sync"):  # Airflow's scheduler, which is not here
        monkeypatch.setattr(actions, name, lambda *_: None)
    for module in (waivers, restrictions):
        monkeypatch.setattr(module, "nudge_sync", lambda *_: None)
    door.app.state.writes = 1_000_000
    yield World(bank, door, tmp_path, real_pack)
    door.app.state.register.engine.dispose()


def template(entry: Entry) -> str:
    return entry.path.removeprefix("/api/v1")


def refused(identity: str) -> int | None:
    """Whoever has no valid log-in is answered before anything else; a forged token is told apart from none."""
    return {"anonymous": 401, "expired": 401, "bad signature": 403}.get(identity)


def test_every_read_answers_whom_it_may_and_changes_nothing(world: World) -> None:
    before = dump(world.bank.register)
    for entry in table(world.door.app):
        for identity in IDENTITIES if "GET" in entry.methods else ():
            step = {"step": "data-quality"} if "{name}" in entry.path else {}  # the check that keeps a file
            answer = world.door.client(identity).get(entry.path.format(**(world.names | step)))
            assert answer.status_code == (refused(identity) or 200), (entry.path, identity, answer.text)
    assert dump(world.bank.register) == before
    assert denials(world.bank.register) == 0


def test_a_model_that_one_may_not_see_is_one_that_does_not_exist(world: World) -> None:
    for entry in table(world.door.app):
        if "{model_id}" not in entry.path:
            continue
        method = "GET" if "GET" in entry.methods else "POST"
        body = writes(world)[template(entry)].body if method == "POST" else None
        answers = []
        for model in ("secret-model", "no-such-model"):
            path = entry.path.format(**(world.names | {"model_id": model}))
            answers.append(world.door.client("control").request(method, path, json=body))
        assert [answer.status_code for answer in answers] == [404, 404], entry.path
        assert answers[0].text == answers[1].text.replace("no-such-model", "secret-model")


def test_every_method_that_a_route_does_not_have_is_405_for_everybody(world: World) -> None:
    before = dump(world.bank.register)
    clients = {identity: world.door.client(identity) for identity in IDENTITIES}
    tried = 0
    for entry in table(world.door.app):
        others = [method for method in METHODS if not any(
            method in one.methods for one in table(world.door.app) if one.path == entry.path)]
        for method in others:
            for identity, client in clients.items():
                answer = client.request(method, entry.path.format(**world.names), content=b"{}")
                assert answer.status_code == 405, (method, entry.path, identity)
                tried += 1
    assert tried >= 1000
    assert dump(world.bank.register) == before


def test_every_write_does_what_the_rules_say_for_each_identity(world: World) -> None:
    rules = writes(world)
    found = {template(entry) for entry in table(world.door.app) if "POST" in entry.methods}
    assert found == set(rules), "a route without a rule, or a rule without a route"
    for entry in table(world.door.app):
        for identity in IDENTITIES if "POST" in entry.methods else ():
            register, rule = world.fresh(), rules[template(entry)]
            before = dump(register)
            answer = world.door.client(identity).post(entry.path.format(**world.names), json=rule.body)
            told = (entry.path, identity, answer.status_code, answer.text)
            assert answer.status_code == (refused(identity) or rule.status(identity)), told
            if answer.status_code >= 400:
                assert dump(register) == before, told
                assert denials(register) == (0 if identity in STRANGERS else 1), told
            register.engine.dispose()


def test_a_role_that_was_taken_away_counts_no_more_whatever_the_token_says(world: World) -> None:
    register, client = world.fresh(), world.door.client("control")
    path = f"/api/v1/approvals/{world.names['gate_id']}"
    assert client.get(path).json()["may_decide"]
    roles = GOVERNANCE["roles"] | {"risk": {"side": "control", "held_by": ["risk-2", "auditor-1"]}}
    propose(register, GOVERNANCE | {"timezone": "UTC", "roles": roles}, "somebody")
    with register.read() as session:
        digest = session.execute(text("SELECT digest FROM modelops_governance WHERE state = 'pending'")).scalar_one()
    answer = world.door.client("validator").post("/api/v1/governance/activation", json={"digest": digest})
    assert answer.status_code == 201, answer.text
    body = {"decision": "approve", "subject": world.subject, "comment": "seen"}
    assert client.post(f"{path}/decisions", json=body).status_code == 403
