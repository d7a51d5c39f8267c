"""Tables of retention: legal holds, runs that destroy, and what each of them destroyed."""

from typing import Any

from plumb_platform.database.models import CreatedModel, fields


class RetentionHold(CreatedModel):
    """Nothing that a hold reaches is destroyed before it is lifted; who, when and why stay, a lifted one never changes."""

    scope = fields.CharField(max_length=8)
    object_id = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=500)
    placed_by = fields.UUIDField(null=True)
    lifted_at = fields.DatetimeField(null=True)
    lifted_by = fields.UUIDField(null=True)
    lifted_reason = fields.CharField(max_length=500, null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "retention_hold"


class RetentionRun(CreatedModel):
    """One act of destroying: what is due by the rules (DUE), or a person's data on request (ERASURE); `said` are its rules."""

    kind = fields.CharField(max_length=8)
    state = fields.CharField(max_length=10)
    person_id = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=500, default="")
    requested_by = fields.UUIDField(null=True)
    confirmed_by = fields.UUIDField(null=True)
    confirmed_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    said = fields.JSONField[dict[str, Any]]()
    step = fields.IntField(default=0)
    report_key = fields.CharField(max_length=200, null=True)
    report_sha256 = fields.CharField(max_length=64, null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "retention_run"


class RetentionItem(CreatedModel):
    """A row or a file that a run destroyed; a file stands here from the moment that its row is gone, `outcome` says the rest.

    PENDING until it is judged, then DESTROYED, SHARED, or HELD until a later run takes it up.
    """

    run_id = fields.UUIDField()
    category = fields.CharField(max_length=16)
    object_type = fields.CharField(max_length=40)
    object_id = fields.UUIDField()
    event_on = fields.DateField(null=True)
    months = fields.IntField(null=True)
    sha256 = fields.CharField(max_length=64, null=True)
    file_key = fields.CharField(max_length=200, null=True)
    size = fields.IntField(null=True)
    outcome = fields.CharField(max_length=10)
    destroyed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "retention_item"


class RetentionPrint(CreatedModel):
    """The signed report of a run as sealed PDF in one language, made of its bytes alone."""

    run_id = fields.UUIDField()
    locale = fields.CharField(max_length=5)
    file_key = fields.CharField(max_length=200)
    sha256 = fields.CharField(max_length=64)
    size = fields.IntField()

    class Meta:
        table = "retention_print"
