"""The tables of the register, and the words of their states.

JSON columns hold what was parsed and digested elsewhere; the columns beside them are what is
searched or constrained. Times are UTC and set by the database.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base


class VersionState(StrEnum):
    """Where a version stands."""

    REGISTERED = "registered"
    VALIDATING = "validating"
    WAITING = "waiting"
    APPROVED = "approved"
    CONDITIONAL = "conditional"
    REJECTED = "rejected"
    IN_USE = "in_use"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class RecertificationState(StrEnum):
    """Where one model's re-certification stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    NOT_NEEDED = "not_needed"


class DeploymentState(StrEnum):
    """Where one deployment stands."""

    INTENT = "intent"
    PUBLISHING = "publishing"
    LIVE = "live"
    SUPERSEDED = "superseded"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class GateState(StrEnum):
    """Where one gate of a run stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    VOID = "void"


_NOW = func.current_timestamp()
_EMPTY = text("'[]'")


class Document(Base):
    """A canonical JSON document by its digest: plans, governance, model files, subjects."""

    __tablename__ = "modelops_document"
    digest: Mapped[str] = mapped_column(String(71), primary_key=True)
    body: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(server_default=_NOW)


class GovernanceRow(Base):
    """One state of governance.yaml; at most one is active and one pending."""

    __tablename__ = "modelops_governance"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("modelops_document.digest"))
    state: Mapped[str] = mapped_column(String(20))  # pending, active, superseded
    proposed_by: Mapped[str] = mapped_column(String(200))
    proposed_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    activated_by: Mapped[str | None] = mapped_column(String(200))
    activated_at: Mapped[datetime | None]
    confirmed_by: Mapped[list[Any]] = mapped_column(default=list, server_default=_EMPTY)  # persons, where it takes two
    changed_by: Mapped[list[Any]] = mapped_column(default=list, server_default=_EMPTY)  # names of who wrote the change
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))  # {"holders": {role: []}, "names": {person: []}} for SQL
    __table_args__ = (
        CheckConstraint("state IN ('pending','active','superseded')", name="state"),
        Index("uq_modelops_governance_active", "state", unique=True,
              sqlite_where=text("state = 'active'"), postgresql_where=text("state = 'active'")),
        Index("uq_modelops_governance_pending", "state", unique=True,
              sqlite_where=text("state = 'pending'"), postgresql_where=text("state = 'pending'")),
    )


class ModelRow(Base):
    """A model as its file last said; `problems` is not empty while the file is broken."""

    __tablename__ = "modelops_model"
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(String(2000), default="")
    tier: Mapped[int | None]
    owner: Mapped[str | None] = mapped_column(String(100))
    team: Mapped[str | None] = mapped_column(String(100))
    kind: Mapped[str | None] = mapped_column(String(100))
    location: Mapped[str | None] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(500))
    present: Mapped[bool] = mapped_column(default=True)  # the file is there
    definition: Mapped[str | None] = mapped_column(ForeignKey("modelops_document.digest"))  # last valid one
    source: Mapped[str] = mapped_column(default="")  # YAML text of the last valid one, to show
    problems: Mapped[list[Any]] = mapped_column(default=list)
    dags: Mapped[list[Any]] = mapped_column(default=list)  # [{"lifecycle":, "dag_id":, "schedule":}]
    review_every: Mapped[str | None] = mapped_column(String(20))
    seen_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class VersionRow(Base):
    """A version, bound to one artifact digest for ever."""

    __tablename__ = "modelops_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    version: Mapped[str] = mapped_column(String(64))
    artifact: Mapped[str] = mapped_column(String(71))
    artifact_name: Mapped[str] = mapped_column(String(500))
    kind: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20), default=VersionState.REGISTERED.value)
    reason: Mapped[str] = mapped_column(String(2000), default="")
    authors: Mapped[list[Any]] = mapped_column(default=list)  # [[name, why], ...] cumulative
    registered_by: Mapped[str] = mapped_column(String(200))
    registered_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    folded_authors: Mapped[list[Any]] = mapped_column(default=list, server_default=_EMPTY)  # their names as identities compare, for SQL
    __table_args__ = (UniqueConstraint("model_id", "version"),)


class RunRow(Base):
    """One run of a life cycle; its plan is fixed by the first write."""

    __tablename__ = "modelops_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    dag_id: Mapped[str] = mapped_column(String(250))
    run_id: Mapped[str] = mapped_column(String(250))
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    lifecycle: Mapped[str] = mapped_column(String(100))
    version_id: Mapped[int] = mapped_column(ForeignKey("modelops_version.id"), index=True)
    plan: Mapped[str] = mapped_column(ForeignKey("modelops_document.digest"))  # of the whole plan
    approved_plan: Mapped[str] = mapped_column(String(71))  # of what approvals cover
    started_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    artifact: Mapped[str] = mapped_column(String(71))
    environment: Mapped[str | None] = mapped_column(String(100))
    manifest: Mapped[str | None] = mapped_column(String(71))
    subject: Mapped[str | None] = mapped_column(String(71), index=True)
    verdict: Mapped[str | None] = mapped_column(String(20))
    warned: Mapped[bool] = mapped_column(default=False)
    decided_at: Mapped[datetime | None]
    design: Mapped[str | None] = mapped_column(String(71))  # of the test design, fixed before any result
    provenance: Mapped[list[Any]] = mapped_column(default=list, server_default=_EMPTY)  # who wrote the files, as git has it
    as_of: Mapped[str | None] = mapped_column(String(10))  # the past day whose policies were asked; such a run never speaks for the model of today
    __table_args__ = (UniqueConstraint("dag_id", "run_id"),)


class ResultRow(Base):
    """What one step of one run came to; the evidence itself is in the store."""

    __tablename__ = "modelops_result"
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    step: Mapped[str] = mapped_column(String(100))
    uses: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(20))  # measured, done, error, not_applicable
    verdict: Mapped[str | None] = mapped_column(String(20))
    warned: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[str | None] = mapped_column(String(71))
    products: Mapped[dict[str, Any]] = mapped_column(default=dict)  # name -> digest
    judgements: Mapped[list[Any]] = mapped_column(default=list)  # what each requirement said
    message: Mapped[str] = mapped_column(String(2000), default="")
    at: Mapped[datetime] = mapped_column(server_default=_NOW)
    current: Mapped[bool] = mapped_column(default=True)  # False once a later attempt replaced it
    __table_args__ = (
        Index("uq_modelops_result_current", "run", "step", unique=True,
              sqlite_where=text("current = 1"), postgresql_where=text("current")),
    )


class GateRow(Base):
    """One gate of one run: what is asked, of whom, over which subject."""

    __tablename__ = "modelops_gate"
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    step: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(71), index=True)
    meaning: Mapped[str] = mapped_column(String(20))  # validate, approve, attest
    rules: Mapped[dict[str, Any]]  # {"roles": {...}, "valid": "P90D"}
    state: Mapped[str] = mapped_column(String(20), default=GateState.OPEN.value)
    opened_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    due_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("run", "step"),)


class DecisionRow(Base):
    """One person's signed statement at a gate; only its author may withdraw it."""

    __tablename__ = "modelops_decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    gate: Mapped[int] = mapped_column(ForeignKey("modelops_gate.id"), index=True)
    step: Mapped[str] = mapped_column(String(100))  # the gate's step id: decisions belong to (subject, step)
    subject: Mapped[str] = mapped_column(String(71), index=True)
    person: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(100))
    decision: Mapped[str] = mapped_column(String(20))
    meaning: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(String(4000), default="")
    auth: Mapped[str] = mapped_column(String(300))  # auth manager and user id
    at: Mapped[datetime] = mapped_column(server_default=_NOW)
    expires_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    conditions: Mapped[list[Any]] = mapped_column(default=list, server_default=_EMPTY)  # what must be done while the approval lasts
    nth: Mapped[int] = mapped_column(default=1, server_default=text("1"))  # the person's how-manieth decision at (subject, step)
    statement: Mapped[str | None] = mapped_column(String(71))  # digest of the document that was signed
    envelope: Mapped[dict[str, Any] | None]  # DSSE with every signature
    __table_args__ = (
        CheckConstraint("decision IN ('approve','reject')", name="decision"),
        CheckConstraint("length(person) > 0", name="person"),
        Index("uq_modelops_decision_once", "subject", "step", "person", unique=True,
              sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL")),
    )


class SlotRow(Base):
    """A model in an environment; its epoch only grows."""

    __tablename__ = "modelops_slot"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"))
    environment: Mapped[str] = mapped_column(String(100))
    epoch: Mapped[int] = mapped_column(default=0)
    __table_args__ = (UniqueConstraint("model_id", "environment"),)


class DeploymentRow(Base):
    """One deployment; at most one is live in a slot."""

    __tablename__ = "modelops_deployment"
    id: Mapped[int] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(ForeignKey("modelops_slot.id"), index=True)
    model_id: Mapped[str] = mapped_column(String(100), index=True)
    environment: Mapped[str] = mapped_column(String(100))
    version_id: Mapped[int] = mapped_column(ForeignKey("modelops_version.id"))
    run: Mapped[int | None] = mapped_column(ForeignKey("modelops_run.id"))
    artifact: Mapped[str] = mapped_column(String(71))
    subject: Mapped[str] = mapped_column(String(71))
    epoch: Mapped[int]
    cause: Mapped[str] = mapped_column(String(20))  # release, rollback
    state: Mapped[str] = mapped_column(String(20))
    target: Mapped[str] = mapped_column(String(100))
    strength: Mapped[str] = mapped_column(String(20))  # enforced, gated, observed, declared
    observed: Mapped[str | None] = mapped_column(String(71))  # what was read back
    observed_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(server_default=_NOW)
    key: Mapped[str] = mapped_column(String(71), unique=True)  # idempotency by meaning
    options: Mapped[dict[str, Any] | None]  # of the target: with it the place; none in rows of the first release
    __table_args__ = (
        Index("uq_modelops_deployment_live", "slot", unique=True,
              sqlite_where=text("state = 'live'"), postgresql_where=text("state = 'live'")),
    )


class FindingRow(Base):
    """Something that somebody must put right: opened by a person, or by a machine that observes it.

    What people did to it is in the ledger, and `state`, `due_at` and `expires_at` repeat that to be searched in.
    """

    __tablename__ = "modelops_finding"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    kind: Mapped[str] = mapped_column(String(50))
    severity: Mapped[str] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(String(2000))
    opened_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    closed_at: Mapped[datetime | None]
    flips: Mapped[int] = mapped_column(default=0, server_default=text("0"))  # how often it was over and came back while it is open
    calm_since: Mapped[datetime | None]  # since when it is over, if it comes and goes
    title: Mapped[str] = mapped_column(String(200), default="", server_default=text("''"))
    state: Mapped[str] = mapped_column(String(30), default="open", server_default=text("'open'"))  # policy/finding_rules.py
    owner: Mapped[str | None] = mapped_column(String(100))  # of the model, when it was last acted on
    raised_by: Mapped[str | None] = mapped_column(String(200))  # the person who opened it; None where a machine did
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # when the acceptance of its risk ends
    ended: Mapped[str] = mapped_column(String(500), default="", server_default=text("''"))  # by whom or by what observation it was closed
    __table_args__ = (
        Index("uq_modelops_finding_open", "model_id", "kind", unique=True,
              sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
    )


class ScoredRow(Base):
    """One interval of a slot that was scored, once: which version made which file."""

    __tablename__ = "modelops_scored"
    id: Mapped[int] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(ForeignKey("modelops_slot.id"))
    deployment: Mapped[int] = mapped_column(ForeignKey("modelops_deployment.id"))
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    version: Mapped[str] = mapped_column(String(64))
    artifact: Mapped[str] = mapped_column(String(71))
    epoch: Mapped[int]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    rows: Mapped[int]
    input: Mapped[str] = mapped_column(String(71))  # digest of what was read
    output: Mapped[str] = mapped_column(String(71))  # digest of the file
    file: Mapped[str] = mapped_column(String(500))  # below the place's own folder
    at: Mapped[datetime] = mapped_column(server_default=_NOW)
    __table_args__ = (UniqueConstraint("slot", "begins_at", "ends_at"),)


class ScanRow(Base):
    """When an environment's place was last looked at, and what it showed; written anew by each look."""

    __tablename__ = "modelops_scan"
    environment: Mapped[str] = mapped_column(String(100), primary_key=True)
    place: Mapped[str] = mapped_column(String(2000))
    shown: Mapped[int | None]  # models that it showed; None where it cannot be asked for all
    strays: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(2000), default="")
    looked_at: Mapped[datetime]
    scanned_at: Mapped[datetime | None]  # when it was last looked at without trouble


class CampaignRow(Base):
    """One look at what changed rules make of the fleet; the last one's `inputs` say whether there is anything new to look at."""

    __tablename__ = "modelops_campaign"
    id: Mapped[int] = mapped_column(primary_key=True)
    inputs: Mapped[str] = mapped_column(String(71))  # digest of everything that plans and what is in use depend on
    looked_at: Mapped[int]  # models in use
    affected: Mapped[int]
    unreadable: Mapped[int]  # models whose file is broken: nothing can be told of them
    list: Mapped[str | None] = mapped_column(String(71))  # digest of the document of what it put on the queue or took off it
    at: Mapped[datetime] = mapped_column(server_default=_NOW)


class RecertificationRow(Base):
    """One model that a change of rules makes uncertain, once for each such change."""

    __tablename__ = "modelops_recertification"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[int] = mapped_column(ForeignKey("modelops_campaign.id"), index=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    cause: Mapped[str] = mapped_column(String(71))  # digest of model, standing run and plan as it is now
    standing: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"))  # the run whose verdict stood
    before: Mapped[str] = mapped_column(String(71))  # digest of that run's plan
    after: Mapped[str | None] = mapped_column(String(71))  # of the plan as it is now; none where its life cycle is gone
    verdict_before: Mapped[str] = mapped_column(String(20))
    expected: Mapped[str] = mapped_column(String(20))  # verdict, or `needs a fresh run`
    changes: Mapped[list[Any]] = mapped_column(default=list, server_default=_EMPTY)  # what differs, one line each
    tier: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), default=RecertificationState.WAITING.value, index=True)
    attempt: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    starts: Mapped[int] = mapped_column(default=0, server_default=text("0"))  # of this attempt; more than one where a start got lost
    dag_id: Mapped[str | None] = mapped_column(String(250))  # that looks at the version in use; none where the model has no such life cycle
    run_id: Mapped[str | None] = mapped_column(String(250))
    lease_holder: Mapped[str | None] = mapped_column(String(300))
    lease_until: Mapped[datetime | None]
    verdict: Mapped[str | None] = mapped_column(String(20))  # that its run came to
    reason: Mapped[str] = mapped_column(String(2000), default="", server_default=text("''"))  # why it failed, or is not needed
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("model_id", "cause"),
        CheckConstraint("state IN ('waiting','running','done','failed','not_needed')", name="state"),
    )


class PackRow(Base):
    """An evidence pack that was made."""

    __tablename__ = "modelops_pack"
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    digest: Mapped[str] = mapped_column(String(71))
    at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ImportedPackRow(Base):
    """A pack of another installation that was verified and taken in. It is evidence to look at, and no decision."""

    __tablename__ = "modelops_imported_pack"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(71), unique=True)  # of its bytes, in the store
    environment: Mapped[str] = mapped_column(String(100))
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    version: Mapped[str] = mapped_column(String(64))
    artifact: Mapped[str] = mapped_column(String(71))
    signer: Mapped[str] = mapped_column(String(71))  # fingerprint of the key that signed it
    subject: Mapped[str] = mapped_column(String(71))
    verdict: Mapped[str] = mapped_column(String(20))
    run: Mapped[str] = mapped_column(String(510))  # DAG and id, there
    made_at: Mapped[datetime]  # by the sender's clock
    told: Mapped[dict[str, Any]]  # {"gates": {...}, "level": "L1", "ledger": "self-attested", "gaps": [...]}
    imported_by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(server_default=_NOW)


class KeyRow(Base):
    """A person's public key; it counts once a second person has confirmed it."""

    __tablename__ = "modelops_key"
    fingerprint: Mapped[str] = mapped_column(String(71), primary_key=True)
    person: Mapped[str] = mapped_column(String(100), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # ed25519, passkey
    public: Mapped[bytes]  # 32 raw bytes, or a passkey's COSE key
    credential: Mapped[bytes | None]  # a passkey's credential id
    counter: Mapped[int] = mapped_column(default=0)  # a passkey's last signature counter
    label: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(20), default="pending")
    proposed_by: Mapped[str] = mapped_column(String(300))
    proposed_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    activated_by: Mapped[str | None] = mapped_column(String(300))
    activated_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('pending','active','revoked')", name="state"),
        CheckConstraint("kind IN ('ed25519','passkey')", name="kind"),
    )


class BreakGlassRow(Base):
    """One person's emergency release; it demands the missing approvals until `due_at`."""

    __tablename__ = "modelops_break_glass"
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    model_id: Mapped[str] = mapped_column(String(100), index=True)
    subject: Mapped[str] = mapped_column(String(71), index=True)
    person: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime] = mapped_column(server_default=_NOW)
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("length(reason) > 0", name="reason"),)


class IncidentRow(Base):
    """Something that went wrong with models and became known; where it stands is said by its entries."""

    __tablename__ = "modelops_incident"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))  # of policy/statutes.py, as it was opened
    severity: Mapped[str] = mapped_column(String(20))
    models: Mapped[list[Any]]  # ids
    known_at: Mapped[datetime]  # when it became known, as the person says: clocks run from it
    words: Mapped[str] = mapped_column(String(71))  # digest of the document {"title":, "happened":}
    person: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(server_default=_NOW)
    __table_args__ = (CheckConstraint("length(person) > 0", name="person"),)


class IncidentEntryRow(Base):
    """What somebody did about an incident; never changed."""

    __tablename__ = "modelops_incident_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident: Mapped[int] = mapped_column(ForeignKey("modelops_incident.id"), index=True)
    act: Mapped[str] = mapped_column(String(20))  # investigating, contained, notified, cause, corrected, classified, closed
    words: Mapped[str] = mapped_column(String(71))  # digest of the document {"words":, "authority":, "reference":}
    kind: Mapped[str | None] = mapped_column(String(30))  # classified: what it is now
    clock: Mapped[str | None] = mapped_column(String(40))  # notified: the clock that it answers
    report: Mapped[str | None] = mapped_column(String(71))  # notified: digest of the report's bytes
    sent_at: Mapped[datetime | None]  # notified: when it was sent, as the person says
    person: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(server_default=_NOW)
    __table_args__ = (
        CheckConstraint("length(person) > 0", name="person"),
        Index("uq_modelops_incident_entry_closed", "incident", unique=True, sqlite_where=text("act = 'closed'"), postgresql_where=text("act = 'closed'")),
    )


class NoticeRow(Base):
    """A message to one recipient, until it was sent. No record: the ledger has what was sent."""

    __tablename__ = "modelops_notice"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(71), unique=True)  # digest of event, level and recipient: nobody is told twice
    about: Mapped[str] = mapped_column(String(40))
    model_id: Mapped[str | None] = mapped_column(String(100))
    connection: Mapped[str] = mapped_column(String(200))
    notifier: Mapped[str] = mapped_column(String(20))
    recipient: Mapped[str] = mapped_column(String(320))
    message: Mapped[dict[str, Any]]  # plain texts
    state: Mapped[str] = mapped_column(String(20), index=True)  # waiting, sent, void
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]  # not before
    claimed_until: Mapped[datetime | None]  # a sender has it until then
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    trouble: Mapped[str] = mapped_column(String(300), default="")
    sent_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(server_default=_NOW)


class WaiverRow(Base):
    """A waiver of one control of a model, as the ledger has it: the database's own guard of deployments asks here."""

    __tablename__ = "modelops_waiver"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("modelops_model.id"), index=True)
    pack: Mapped[str] = mapped_column(String(100))
    control: Mapped[str] = mapped_column(String(60))
    terms: Mapped[str] = mapped_column(ForeignKey("modelops_document.digest"))  # the words: why, what compensates, until when
    ends_at: Mapped[datetime]  # the moment at which its last day ends
    state: Mapped[str] = mapped_column(String(20), default="requested")  # requested, active, rejected, revoked; expired is worked out
    asked_by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(server_default=_NOW)
    __table_args__ = (CheckConstraint("state IN ('requested','active','rejected','revoked')", name="state"),)


class WaivedRow(Base):
    """One waiver that a decision rests on, at one step; what the decision's manifest names."""

    __tablename__ = "modelops_waived"
    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(ForeignKey("modelops_run.id"), index=True)
    manifest: Mapped[str] = mapped_column(String(71))
    step: Mapped[str] = mapped_column(String(100))
    pack: Mapped[str] = mapped_column(String(100))
    control: Mapped[str] = mapped_column(String(60))
    waiver: Mapped[int] = mapped_column(ForeignKey("modelops_waiver.id"))
    terms: Mapped[str] = mapped_column(String(71))
    __table_args__ = (UniqueConstraint("run", "manifest", "step", "waiver"),)


class RateRow(Base):
    """How many requests somebody made in one minute."""

    __tablename__ = "modelops_rate"
    who: Mapped[str] = mapped_column(String(300), primary_key=True)
    window_start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # minutes since 1970
    count: Mapped[int] = mapped_column(default=0)
