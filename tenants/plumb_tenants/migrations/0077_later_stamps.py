"""Stamps that come later: an anchor stands without and with one; letters sealed while the timestamp server was away are found."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from plumb_platform.settings import PLATFORM_ROLE


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0071_senders_of_invitations")]

    operations = [
        ops.RunSQL(
            [
                "ALTER TABLE snapshot_anchor DROP CONSTRAINT snapshot_anchor_tenant_id_snapshot_id_key",
                "ALTER TABLE snapshot_anchor ADD UNIQUE (tenant_id, snapshot_id, is_timestamped)",
                "CREATE INDEX letter_unstamped ON letter (tenant_id, id) WHERE seal_note IS NOT NULL AND stamped_at IS NULL",
                f"GRANT SELECT (seal_note, stamped_at) ON letter TO {PLATFORM_ROLE}",
            ]
        ),
    ]
