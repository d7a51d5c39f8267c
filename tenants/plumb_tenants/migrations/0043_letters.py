"""Indexes by which the relay finds the first due jobs of each company, and what is in flight, however many jobs wait."""

from tortoise import migrations
from tortoise.migrations import operations as ops

WAITING = [
    "DROP INDEX outbox_due",
    "CREATE INDEX outbox_due ON outbox (tenant_id, available_at, id) WHERE done_at IS NULL AND failed_at IS NULL",
    "CREATE INDEX outbox_flying ON outbox (sent_at) WHERE done_at IS NULL AND failed_at IS NULL AND sent_at IS NOT NULL",
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0041_plans")]

    operations = [ops.RunSQL(WAITING)]
