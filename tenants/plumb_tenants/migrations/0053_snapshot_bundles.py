"""Lines of snapshots in bundles; rows of snapshots that stand already stay as they are (decision 17)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from plumb_platform.database.ddl import frozen, tenant_table

# What is deflated or random already is not pressed again, and arrays are read whole.
_APART = ("goal_ids", "owner_ids", "hashes", "packed")

BUNDLES = [
    """CREATE TABLE snapshot_bundle (
         tenant_id uuid NOT NULL, id uuid NOT NULL PRIMARY KEY, snapshot_id uuid NOT NULL, first int NOT NULL CHECK (first > 0),
         goal_ids uuid[] NOT NULL, owner_ids uuid[] NOT NULL, hashes bytea[] NOT NULL, size int NOT NULL, packed bytea NOT NULL,
         digest bytea NOT NULL,
         CHECK (cardinality(goal_ids) > 0 AND cardinality(goal_ids) = ALL (ARRAY[cardinality(owner_ids), cardinality(hashes)])))""",
    *(f"ALTER TABLE snapshot_bundle ALTER COLUMN {column} SET STORAGE EXTERNAL" for column in _APART),
    *tenant_table("snapshot_bundle", unique=[["snapshot_id", "first"]], app="select, insert"),
    # The head comes last, because it holds the hash of all lines.
    "ALTER TABLE snapshot_bundle ADD FOREIGN KEY (tenant_id, snapshot_id) REFERENCES snapshot (tenant_id, id) "
    "DEFERRABLE INITIALLY DEFERRED",
    *frozen("snapshot_bundle"),
]


class Migration(migrations.Migration):
    """Adds a table that no model stands for: its arrays are written and read by statements alone."""

    dependencies = [("plumb", "0052_messages_to_members")]

    operations = [ops.RunSQL(BUNDLES)]
