"""Tables of revisions: the request, the goals that it touches, what is unread, and root-cause tickets."""

from typing import Any

from plumb_platform.database.models import AmountField, CreatedModel, WeightField, fields


class Revision(CreatedModel):
    """A request to revise a goal; `old` is the goal as it stood when the request was opened, kept for ever."""

    goal_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    owner_id = fields.UUIDField(null=True)
    opened_by = fields.UUIDField()
    ticket_id = fields.UUIDField(null=True)
    state = fields.CharField(max_length=12)
    number = fields.IntField(default=1)
    version = fields.IntField(default=1)
    old = fields.JSONField[dict[str, Any]]()
    cause = fields.TextField(default="")
    target = AmountField()
    resources = fields.TextField(default="")
    weight = WeightField()
    metric = fields.CharField(max_length=80)
    metric_key = fields.CharField(max_length=80, null=True)
    unit_of_measure = fields.CharField(max_length=12)
    weights = fields.JSONField[dict[str, str]]()
    tilt_before = fields.TextField(default="")
    tilt_after = fields.TextField(default="")
    approval_id = fields.UUIDField(null=True)
    submitted_at = fields.DatetimeField(null=True)
    approved_at = fields.DatetimeField(null=True)
    published_at = fields.DatetimeField(null=True)
    new_version_id = fields.UUIDField(null=True)
    actual_before = AmountField(null=True)
    attainment_before = AmountField(null=True)
    root_cause_id = fields.UUIDField(null=True)
    alarmed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "revision"


class RevisionImpact(CreatedModel):
    """A goal that an approved revision touches, with its numbers before and after; never changed."""

    revision_id = fields.UUIDField()
    goal_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    owner_id = fields.UUIDField(null=True)
    direction = fields.CharField(max_length=8)
    depth = fields.IntField()
    target_before = AmountField()
    target_after = AmountField()
    weight_before = WeightField()
    weight_after = WeightField()
    parts_after = AmountField(null=True)

    class Meta:
        table = "revision_impact"


class Propagation(CreatedModel):
    """A goal below an approved revision that has to follow it: what it is to come to, why, and whom that waits for.

    `number` is the version of the goal that stood at the approval, and then the one that was proposed.
    """

    revision_id = fields.UUIDField()
    goal_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    owner_id = fields.UUIDField(null=True)
    asked_id = fields.UUIDField(null=True)
    state = fields.CharField(max_length=12)
    version = fields.IntField(default=1)
    depth = fields.IntField()
    number = fields.IntField()
    target_before = AmountField()
    target_after = AmountField(null=True)
    metric = fields.CharField(max_length=80)
    unit_of_measure = fields.CharField(max_length=12)
    explanation = fields.JSONField[dict[str, Any]]()
    goal_version_id = fields.UUIDField(null=True)
    settled_at = fields.DatetimeField(null=True)
    note = fields.TextField(default="")

    class Meta:
        table = "propagation"


class ChangeMark(CreatedModel):
    """Fields of a goal that changed and that a person has not read yet."""

    revision_id = fields.UUIDField()
    goal_id = fields.UUIDField()
    person_id = fields.UUIDField()
    changed = fields.JSONField[list[str]]()
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "change_mark"


class RootCause(CreatedModel):
    """A ticket that asks why a sort of goal is revised so often in a unit."""

    category = fields.CharField(max_length=80)
    unit_id = fields.UUIDField()
    state = fields.CharField(max_length=12)
    version = fields.IntField(default=1)
    finding = fields.TextField(null=True)
    closed_at = fields.DatetimeField(null=True)
    closed_by = fields.UUIDField(null=True)

    class Meta:
        table = "root_cause"
