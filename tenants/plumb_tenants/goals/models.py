"""Tables of goals: cycles, goals and their versions."""

from typing import Any

from plumb_platform.database.models import AmountField, CreatedModel, WeightField, fields


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
    title = fields.CharField(max_length=200)
    metric = fields.CharField(max_length=80)
    unit_of_measure = fields.CharField(max_length=12)
    state = fields.CharField(max_length=12)
    current_number = fields.IntField(default=1)
    version = fields.IntField(default=1)

    class Meta:
        table = "goal"


class GoalVersion(CreatedModel):
    """The numbers of a goal at one time; frozen by a trigger once confirmed."""

    goal_id = fields.UUIDField()
    number = fields.IntField()
    target = AmountField()
    weight = WeightField()
    months = fields.JSONField[list[str]]()
    derivation = fields.JSONField[dict[str, Any]]()
    created_by = fields.UUIDField(null=True)
    confirmed_at = fields.DatetimeField(null=True)
    confirmed_by = fields.UUIDField(null=True)

    class Meta:
        table = "goal_version"
