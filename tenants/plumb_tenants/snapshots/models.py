"""Tables of snapshots: the head with its hashes, and one row per goal; none of them ever changes."""

from plumb_platform.database.models import CreatedModel, TenantModel, fields


class Snapshot(CreatedModel):
    """A picture of the goals of the company or a unit; chained by hash onto the one before."""

    number = fields.IntField()
    kind = fields.CharField(max_length=13)
    period = fields.CharField(max_length=7, null=True)
    label = fields.CharField(max_length=120, null=True)
    unit_id = fields.UUIDField(null=True)
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
    """One line of a snapshot, its canonical JSON and the hash of it: a goal, or behind all goals an input as a whole."""

    snapshot_id = fields.UUIDField()
    ordinal = fields.IntField()
    goal_id = fields.UUIDField(null=True)
    content = fields.TextField()
    hash = fields.CharField(max_length=64)

    class Meta:
        table = "snapshot_row"


class Signal(CreatedModel):
    """A fact from outside about one month, as its source reported it; never changed, the newest counts."""

    kind = fields.CharField(max_length=8)
    code = fields.CharField(max_length=60)
    name = fields.CharField(max_length=200)
    unit_id = fields.UUIDField(null=True)
    month = fields.DateField()
    value = fields.DecimalField(max_digits=20, decimal_places=4)
    baseline = fields.DecimalField(max_digits=20, decimal_places=4, null=True)
    unit_of_measure = fields.CharField(max_length=12)
    source = fields.CharField(max_length=200)
    note = fields.TextField(default="")
    recorded_by = fields.UUIDField(null=True)

    class Meta:
        table = "signal"


class SnapshotAnchor(CreatedModel):
    """A signed statement about a snapshot that is kept outside of the database; never changed.

    One that was made while the timestamp server was away stands twice: as it was made, and with its stamp.
    """

    snapshot_id = fields.UUIDField()
    file_key = fields.CharField(max_length=200)
    sha256 = fields.CharField(max_length=64)
    serial = fields.CharField(max_length=64)
    audit_number = fields.BigIntField()
    is_timestamped = fields.BooleanField()

    class Meta:
        table = "snapshot_anchor"


class SnapshotFile(CreatedModel):
    """A file made of a snapshot, by its content address; never changed."""

    snapshot_id = fields.UUIDField()
    format = fields.CharField(max_length=4)
    locale = fields.CharField(max_length=5)
    file_key = fields.CharField(max_length=200)
    sha256 = fields.CharField(max_length=64)
    size = fields.IntField()

    class Meta:
        table = "snapshot_file"
