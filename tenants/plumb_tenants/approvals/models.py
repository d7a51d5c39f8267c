"""Tables of approvals: approvals pinned to their flow, tasks of people, acts that never change, and delegations."""

from typing import Any

from plumb_platform.database.models import CreatedModel, fields


class Approval(CreatedModel):
    """A request that runs on a flow as it was when it began; `object_version` is what is being decided about.

    `told` names the values of rows that its name says, and what it is called without them (`telling.told_by`).
    """

    object_type = fields.CharField(max_length=60)
    object_id = fields.UUIDField()
    object_version = fields.IntField()
    zh = fields.CharField(max_length=300)
    en = fields.CharField(max_length=300)
    told = fields.JSONField[dict[str, Any]](null=True)
    flow_key = fields.CharField(max_length=60)
    definition_version_id = fields.UUIDField(null=True)
    flow = fields.JSONField[dict[str, Any]]()
    request_fields = fields.JSONField[dict[str, Any]]()
    applicant_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    state = fields.CharField(max_length=12)
    step = fields.CharField(max_length=40, null=True)
    round = fields.IntField(default=0)
    visited = fields.JSONField[list[str]]()
    due_at = fields.DatetimeField(null=True)
    overdue_at = fields.DatetimeField(null=True)
    step_due_at = fields.DatetimeField(null=True)
    urged_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    clock_seconds = fields.IntField(null=True)
    working_seconds = fields.IntField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "approval"


class ApprovalTask(CreatedModel):
    """What one person is asked in one round of an approval; `delegate_id` is who may act for them today."""

    approval_id = fields.UUIDField()
    step = fields.CharField(max_length=40)
    round = fields.IntField()
    line = fields.IntField()
    place = fields.IntField()
    assignee_id = fields.UUIDField()
    delegate_id = fields.UUIDField(null=True)
    unit_id = fields.UUIDField()
    origin = fields.CharField(max_length=12)
    mandatory = fields.BooleanField()
    state = fields.CharField(max_length=12)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "approval_task"


class ApprovalAct(CreatedModel):
    """One act in an approval: who, for whom, on which version, with what words; never changed."""

    approval_id = fields.UUIDField()
    number = fields.IntField()
    kind = fields.CharField(max_length=16)
    step = fields.CharField(max_length=40, null=True)
    to_step = fields.CharField(max_length=40, null=True)
    task_id = fields.UUIDField(null=True)
    person_id = fields.UUIDField(null=True)
    for_person_id = fields.UUIDField(null=True)
    target_id = fields.UUIDField(null=True)
    object_version = fields.IntField()
    comment = fields.TextField(default="")

    class Meta:
        table = "approval_act"


class ApprovalDelegation(CreatedModel):
    """Between two days somebody else acts for a person (A17)."""

    from_id = fields.UUIDField()
    to_id = fields.UUIDField()
    starts_on = fields.DateField()
    ends_on = fields.DateField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "approval_delegation"
