"""Snapshot rows keyed by their place and free of what they picture; letters found by their id across companies."""

from tortoise import migrations
from tortoise.migrations import operations as ops

ROWS = [
    # A row is only ever read by its place: one key instead of two halves the cost of writing a snapshot.
    "ALTER TABLE snapshot_row DROP CONSTRAINT snapshot_row_pkey",
    "ALTER TABLE snapshot_row DROP CONSTRAINT snapshot_row_tenant_id_snapshot_id_ordinal_key",
    "ALTER TABLE snapshot_row ADD PRIMARY KEY (tenant_id, snapshot_id, ordinal)",
    # A picture outlives what it shows, and the head's count and hashes hold its rows together: no key has to.
    "ALTER TABLE snapshot_row DROP CONSTRAINT snapshot_row_tenant_id_goal_id_fkey",
    "ALTER TABLE snapshot_row DROP CONSTRAINT snapshot_row_tenant_id_snapshot_id_fkey",
]


class Migration(migrations.Migration):
    """Runs after the tenancy of the first tables; undone only by restoring a backup."""

    dependencies = [("plumb", "0004_published_plans")]

    operations = [
        ops.RunSQL(ROWS),
        # An uploaded file names its letter by id alone, and nobody knows yet whose it is.
        ops.RunSQL(["CREATE INDEX letter_id ON letter (id)"]),
    ]
