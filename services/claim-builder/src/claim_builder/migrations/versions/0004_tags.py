"""Claims are listed by the tags that a practice's rules gave them; few have any."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE INDEX claim_version_tags ON claim_version USING gin (findings jsonb_path_ops)
        WHERE findings @> '[{"severity": "tag"}]'
        """
    )
