"""Tables of goals: cycles, goals and their versions, check-ins, and the progress that follows from them."""

from typing import Any

from plumb_platform.database.models import AmountField, CreatedModel, TenantModel, WeightField, fields


class Cycle(CreatedModel):
    """A period for which goals are set, both days included."""

    code = fields.CharField(max_length=40)
    name = fields.CharField(max_length=120)
    starts_on = fields.DateField()
    ends_on = fields.DateField()

    class Meta:
        table = "cycle"


class Goal(CreatedModel):
    """What somebody answers for in a cycle; the numbers stand in its versions."""

    cycle_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    owner_id = fields.UUIDField(null=True)
    parent_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=12, default="QUOTA", db_default="QUOTA")
    aim = fields.CharField(max_length=12, default="REACH", db_default="REACH")
    roll_up = fields.CharField(max_length=12, default="SUM", db_default="SUM")
    level = fields.CharField(max_length=40, null=True)
    line = fields.JSONField[list[dict[str, str | None]]](null=True)
    rules_version_id = fields.UUIDField(null=True)
    origin = fields.CharField(max_length=200, null=True)
    title = fields.CharField(max_length=200)
    metric = fields.CharField(max_length=80)
    metric_key = fields.CharField(max_length=80, null=True)
    unit_of_measure = fields.CharField(max_length=12)
    state = fields.CharField(max_length=12)
    current_number = fields.IntField(default=1)
    version = fields.IntField(default=1)

    class Meta:
        table = "goal"


class GoalVersion(CreatedModel):
    """The numbers of a goal at one time; frozen by a trigger once confirmed.

    Owner, unit, metric and unit of measure are as they were then (A3); without a unit they are the goal's still.
    """

    goal_id = fields.UUIDField()
    number = fields.IntField()
    unit_id = fields.UUIDField(null=True)
    owner_id = fields.UUIDField(null=True)
    metric = fields.CharField(max_length=80, null=True)
    unit_of_measure = fields.CharField(max_length=12, null=True)
    target = AmountField()
    baseline = AmountField(null=True)
    weight = WeightField()
    share = fields.DecimalField(max_digits=20, decimal_places=2, null=True)
    months = fields.JSONField[list[str]]()
    derivation = fields.JSONField[dict[str, Any]]()
    created_by = fields.UUIDField(null=True)
    confirmed_at = fields.DatetimeField(null=True)
    confirmed_by = fields.UUIDField(null=True)

    class Meta:
        table = "goal_version"


class CheckIn(CreatedModel):
    """What somebody said a goal had come to by a day; never changed, a correction is a check-in that names the corrected one."""

    goal_id = fields.UUIDField()
    as_of = fields.DateField()
    value = AmountField()
    confidence = fields.IntField(null=True)
    comment = fields.TextField(null=True)
    corrects_id = fields.UUIDField(null=True)
    author_id = fields.UUIDField(null=True)
    person_id = fields.UUIDField(null=True)

    class Meta:
        table = "check_in"


class GoalProgress(TenantModel):
    """Where a goal stands today, kept by whatever changes it, so that everybody sees the same number (A12)."""

    goal_id = fields.UUIDField()
    source = fields.CharField(max_length=12)
    actual = AmountField(null=True)
    attainment = AmountField(null=True)
    met = fields.BooleanField(null=True)
    undefined = fields.CharField(max_length=40, null=True)
    excluded = AmountField(default=0, db_default=0)
    reported = AmountField()
    confidence = fields.IntField(null=True)
    as_of = fields.DateField(null=True)
    rates = fields.JSONField[list[dict[str, str | None]] | None](null=True)
    counted_at = fields.DatetimeField()

    class Meta:
        table = "goal_progress"


class GoalLink(CreatedModel):
    """That a goal supports another, or depends on it, across units."""

    from_id = fields.UUIDField()
    to_id = fields.UUIDField()
    kind = fields.CharField(max_length=12)
    note = fields.CharField(max_length=200, null=True)
    created_by = fields.UUIDField(null=True)

    class Meta:
        table = "goal_link"


class CompanyPriority(CreatedModel):
    """One of the three goals that come first in a company, with the title that everybody is told."""

    goal_id = fields.UUIDField()
    place = fields.IntField()
    title = fields.CharField(max_length=200)
    marked_by = fields.UUIDField(null=True)

    class Meta:
        table = "company_priority"


class GoalLock(CreatedModel):
    """A window in which a cycle's goals, their progress or both stay as they are, for the company or for a unit."""

    cycle_id = fields.UUIDField()
    unit_id = fields.UUIDField(null=True)
    covers = fields.CharField(max_length=12)
    reason = fields.TextField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)
    created_by = fields.UUIDField(null=True)
    lifted_at = fields.DatetimeField(null=True)
    lifted_by = fields.UUIDField(null=True)

    class Meta:
        table = "goal_lock"


class GoalAlert(CreatedModel):
    """A goal that fell behind what is expected of it: raised once until it ends, answered once by somebody."""

    goal_id = fields.UUIDField()
    answered_at = fields.DatetimeField(null=True)
    answered_by = fields.UUIDField(null=True)
    note = fields.TextField(null=True)
    working_seconds = fields.IntField(null=True)
    ended_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "goal_alert"


class GoalExclusion(CreatedModel):
    """A part of a month's target that an outside delay took away or put off; frozen by a trigger once it is decided."""

    goal_id = fields.UUIDField()
    month = fields.DateField()
    amount = AmountField()
    moved_to = fields.DateField(null=True)
    reason = fields.TextField()
    state = fields.CharField(max_length=12)
    version = fields.IntField(default=1)
    requested_by = fields.UUIDField(null=True)
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    note = fields.TextField(null=True)

    class Meta:
        table = "goal_exclusion"
