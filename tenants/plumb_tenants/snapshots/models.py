"""Tables of snapshots: the head with its hashes, and one row per goal; none of them ever changes."""

from plumb_platform.database.models import CreatedModel, TenantModel, fields


class Snapshot(CreatedModel):
    """A picture of the company's goals; chained by hash onto the one before."""

    number = fields.IntField()
    kind = fields.CharField(max_length=12)
    period = fields.CharField(max_length=7, null=True)
    taken_at = fields.DatetimeField()
    taken_by = fields.UUIDField(null=True)
    goal_count = fields.IntField()
    header = fields.TextField()
    content_hash = fields.CharField(max_length=64)
    previous_hash = fields.CharField(max_length=64)
    chain_hash = fields.CharField(max_length=64)

    class Meta:
        table = "snapshot"


class SnapshotRow(TenantModel):
    """One goal in a snapshot: its canonical JSON and the hash of it."""

    snapshot_id = fields.UUIDField()
    ordinal = fields.IntField()
    goal_id = fields.UUIDField()
    content = fields.TextField()
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "snapshot_row"
