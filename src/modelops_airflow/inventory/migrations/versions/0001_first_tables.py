"""The first tables, and the triggers that keep the ledger append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('modelops_document',
    sa.Column('digest', sa.String(length=71), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_modelops_document'))
    )
    op.create_table('modelops_event',
    sa.Column('idx', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(length=50), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('model_id', sa.String(length=100), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('leaf', sa.String(length=64), nullable=False),
    sa.Column('frontier', sa.JSON(), nullable=False),
    sa.Column('root', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.CheckConstraint("outcome IN ('done','denied')", name=op.f('ck_modelops_event_outcome')),
    sa.PrimaryKeyConstraint('idx', name=op.f('pk_modelops_event'))
    )
    op.create_index(op.f('ix_modelops_event_kind'), 'modelops_event', ['kind'], unique=False)
    op.create_index(op.f('ix_modelops_event_model_id'), 'modelops_event', ['model_id'], unique=False)
    op.create_table('modelops_governance',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=71), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('proposed_by', sa.String(length=200), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.Column('activated_by', sa.String(length=200), nullable=True),
    sa.Column('activated_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('pending','active','superseded')", name=op.f('ck_modelops_governance_state')),
    sa.ForeignKeyConstraint(['digest'], ['modelops_document.digest'], name=op.f('fk_modelops_governance_digest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_governance'))
    )
    op.create_index('uq_modelops_governance_active', 'modelops_governance', ['state'], unique=True, sqlite_where=sa.text("state = 'active'"), postgresql_where=sa.text("state = 'active'"))
    op.create_index('uq_modelops_governance_pending', 'modelops_governance', ['state'], unique=True, sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))
    op.create_table('modelops_model',
    sa.Column('id', sa.String(length=100), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('purpose', sa.String(length=2000), nullable=False),
    sa.Column('tier', sa.Integer(), nullable=True),
    sa.Column('owner', sa.String(length=100), nullable=True),
    sa.Column('team', sa.String(length=100), nullable=True),
    sa.Column('kind', sa.String(length=100), nullable=True),
    sa.Column('location', sa.String(length=20), nullable=True),
    sa.Column('file', sa.String(length=500), nullable=False),
    sa.Column('present', sa.Boolean(), nullable=False),
    sa.Column('definition', sa.String(length=71), nullable=True),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('problems', sa.JSON(), nullable=False),
    sa.Column('dags', sa.JSON(), nullable=False),
    sa.Column('review_every', sa.String(length=20), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.ForeignKeyConstraint(['definition'], ['modelops_document.digest'], name=op.f('fk_modelops_model_definition')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_model'))
    )
    op.create_table('modelops_finding',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('model_id', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=50), nullable=False),
    sa.Column('severity', sa.String(length=20), nullable=False),
    sa.Column('message', sa.String(length=2000), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['model_id'], ['modelops_model.id'], name=op.f('fk_modelops_finding_model_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_finding'))
    )
    op.create_index(op.f('ix_modelops_finding_model_id'), 'modelops_finding', ['model_id'], unique=False)
    op.create_index('uq_modelops_finding_open', 'modelops_finding', ['model_id', 'kind'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
    op.create_table('modelops_slot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('model_id', sa.String(length=100), nullable=False),
    sa.Column('environment', sa.String(length=100), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['model_id'], ['modelops_model.id'], name=op.f('fk_modelops_slot_model_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_slot')),
    sa.UniqueConstraint('model_id', 'environment', name=op.f('uq_modelops_slot_model_id_environment'))
    )
    op.create_table('modelops_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('model_id', sa.String(length=100), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('artifact', sa.String(length=71), nullable=False),
    sa.Column('artifact_name', sa.String(length=500), nullable=False),
    sa.Column('kind', sa.String(length=100), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=2000), nullable=False),
    sa.Column('authors', sa.JSON(), nullable=False),
    sa.Column('registered_by', sa.String(length=200), nullable=False),
    sa.Column('registered_at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.ForeignKeyConstraint(['model_id'], ['modelops_model.id'], name=op.f('fk_modelops_version_model_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_version')),
    sa.UniqueConstraint('model_id', 'version', name=op.f('uq_modelops_version_model_id_version'))
    )
    op.create_index(op.f('ix_modelops_version_model_id'), 'modelops_version', ['model_id'], unique=False)
    op.create_table('modelops_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('dag_id', sa.String(length=250), nullable=False),
    sa.Column('run_id', sa.String(length=250), nullable=False),
    sa.Column('model_id', sa.String(length=100), nullable=False),
    sa.Column('lifecycle', sa.String(length=100), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('plan', sa.String(length=71), nullable=False),
    sa.Column('approved_plan', sa.String(length=71), nullable=False),
    sa.Column('started_by', sa.String(length=200), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.Column('artifact', sa.String(length=71), nullable=False),
    sa.Column('environment', sa.String(length=100), nullable=True),
    sa.Column('manifest', sa.String(length=71), nullable=True),
    sa.Column('subject', sa.String(length=71), nullable=True),
    sa.Column('verdict', sa.String(length=20), nullable=True),
    sa.Column('warned', sa.Boolean(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['model_id'], ['modelops_model.id'], name=op.f('fk_modelops_run_model_id')),
    sa.ForeignKeyConstraint(['plan'], ['modelops_document.digest'], name=op.f('fk_modelops_run_plan')),
    sa.ForeignKeyConstraint(['version_id'], ['modelops_version.id'], name=op.f('fk_modelops_run_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_run')),
    sa.UniqueConstraint('dag_id', 'run_id', name=op.f('uq_modelops_run_dag_id_run_id'))
    )
    op.create_index(op.f('ix_modelops_run_model_id'), 'modelops_run', ['model_id'], unique=False)
    op.create_index(op.f('ix_modelops_run_subject'), 'modelops_run', ['subject'], unique=False)
    op.create_index(op.f('ix_modelops_run_version_id'), 'modelops_run', ['version_id'], unique=False)
    op.create_table('modelops_deployment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slot', sa.Integer(), nullable=False),
    sa.Column('model_id', sa.String(length=100), nullable=False),
    sa.Column('environment', sa.String(length=100), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('run', sa.Integer(), nullable=True),
    sa.Column('artifact', sa.String(length=71), nullable=False),
    sa.Column('subject', sa.String(length=71), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('cause', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('target', sa.String(length=100), nullable=False),
    sa.Column('strength', sa.String(length=20), nullable=False),
    sa.Column('observed', sa.String(length=71), nullable=True),
    sa.Column('observed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.Column('key', sa.String(length=71), nullable=False),
    sa.ForeignKeyConstraint(['run'], ['modelops_run.id'], name=op.f('fk_modelops_deployment_run')),
    sa.ForeignKeyConstraint(['slot'], ['modelops_slot.id'], name=op.f('fk_modelops_deployment_slot')),
    sa.ForeignKeyConstraint(['version_id'], ['modelops_version.id'], name=op.f('fk_modelops_deployment_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_deployment')),
    sa.UniqueConstraint('key', name=op.f('uq_modelops_deployment_key'))
    )
    op.create_index(op.f('ix_modelops_deployment_model_id'), 'modelops_deployment', ['model_id'], unique=False)
    op.create_index(op.f('ix_modelops_deployment_slot'), 'modelops_deployment', ['slot'], unique=False)
    op.create_index('uq_modelops_deployment_live', 'modelops_deployment', ['slot'], unique=True, sqlite_where=sa.text("state = 'live'"), postgresql_where=sa.text("state = 'live'"))
    op.create_table('modelops_gate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run', sa.Integer(), nullable=False),
    sa.Column('step', sa.String(length=100), nullable=False),
    sa.Column('subject', sa.String(length=71), nullable=False),
    sa.Column('meaning', sa.String(length=20), nullable=False),
    sa.Column('rules', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['run'], ['modelops_run.id'], name=op.f('fk_modelops_gate_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_gate')),
    sa.UniqueConstraint('run', 'step', name=op.f('uq_modelops_gate_run_step'))
    )
    op.create_index(op.f('ix_modelops_gate_run'), 'modelops_gate', ['run'], unique=False)
    op.create_index(op.f('ix_modelops_gate_subject'), 'modelops_gate', ['subject'], unique=False)
    op.create_table('modelops_pack',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=71), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.ForeignKeyConstraint(['run'], ['modelops_run.id'], name=op.f('fk_modelops_pack_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_pack'))
    )
    op.create_index(op.f('ix_modelops_pack_run'), 'modelops_pack', ['run'], unique=False)
    op.create_table('modelops_result',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run', sa.Integer(), nullable=False),
    sa.Column('step', sa.String(length=100), nullable=False),
    sa.Column('uses', sa.String(length=100), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('verdict', sa.String(length=20), nullable=True),
    sa.Column('warned', sa.Boolean(), nullable=False),
    sa.Column('evidence', sa.String(length=71), nullable=True),
    sa.Column('products', sa.JSON(), nullable=False),
    sa.Column('judgements', sa.JSON(), nullable=False),
    sa.Column('message', sa.String(length=2000), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.Column('current', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['run'], ['modelops_run.id'], name=op.f('fk_modelops_result_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_result'))
    )
    op.create_index(op.f('ix_modelops_result_run'), 'modelops_result', ['run'], unique=False)
    op.create_index('uq_modelops_result_current', 'modelops_result', ['run', 'step'], unique=True, sqlite_where=sa.text('current = 1'), postgresql_where=sa.text('current'))
    op.create_table('modelops_decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('gate', sa.Integer(), nullable=False),
    sa.Column('step', sa.String(length=100), nullable=False),
    sa.Column('subject', sa.String(length=71), nullable=False),
    sa.Column('person', sa.String(length=100), nullable=False),
    sa.Column('role', sa.String(length=100), nullable=False),
    sa.Column('decision', sa.String(length=20), nullable=False),
    sa.Column('meaning', sa.String(length=20), nullable=False),
    sa.Column('comment', sa.String(length=4000), nullable=False),
    sa.Column('auth', sa.String(length=300), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("decision IN ('approve','reject')", name=op.f('ck_modelops_decision_decision')),
    sa.CheckConstraint('length(person) > 0', name=op.f('ck_modelops_decision_person')),
    sa.ForeignKeyConstraint(['gate'], ['modelops_gate.id'], name=op.f('fk_modelops_decision_gate')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_modelops_decision'))
    )
    op.create_index(op.f('ix_modelops_decision_gate'), 'modelops_decision', ['gate'], unique=False)
    op.create_index(op.f('ix_modelops_decision_subject'), 'modelops_decision', ['subject'], unique=False)
    op.create_index('uq_modelops_decision_once', 'modelops_decision', ['subject', 'step', 'person'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))
    _append_only()


def _append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER modelops_event_no_{verb.lower()} BEFORE {verb} ON modelops_event "
                       "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END")
        # INSERT OR REPLACE deletes without firing the trigger above.
        op.execute("CREATE TRIGGER modelops_event_no_replace BEFORE INSERT ON modelops_event "
                   "WHEN EXISTS (SELECT 1 FROM modelops_event WHERE idx = NEW.idx) "
                   "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END")
        return
    op.execute("CREATE FUNCTION modelops_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
               "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$")
    op.execute("CREATE TRIGGER modelops_event_no_change BEFORE UPDATE OR DELETE ON modelops_event "
               "FOR EACH ROW EXECUTE FUNCTION modelops_event_refuse()")
    op.execute("CREATE TRIGGER modelops_event_no_truncate BEFORE TRUNCATE ON modelops_event "
               "FOR EACH STATEMENT EXECUTE FUNCTION modelops_event_refuse()")


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
