"""A column for the time stamp of a checkpoint, which comes after its row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("modelops_checkpoint", sa.Column("stamp", sa.LargeBinary(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # on SQLite the trigger names the columns that are fixed
        op.execute("DROP TRIGGER modelops_checkpoint_fixed ON modelops_checkpoint")
        op.execute("CREATE TRIGGER modelops_checkpoint_fixed BEFORE UPDATE ON modelops_checkpoint "
                   "FOR EACH ROW EXECUTE FUNCTION modelops_fixed('anchors', 'stamp')")


def downgrade() -> None:
    raise RuntimeError("going back would drop the records; export them (modelops db export) and start a new register")
