"""grants end at once

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("grant", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True), schema="control")


def downgrade() -> None:
    op.drop_column("grant", "ended_at", schema="control")
