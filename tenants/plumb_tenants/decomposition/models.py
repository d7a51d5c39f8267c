"""Tables of decomposition: a plan that splits a total, and its nodes."""

from decimal import Decimal
from typing import Any

from plumb_platform.database.models import AmountField, CreatedModel, WeightField, fields


class Plan(CreatedModel):
    """One run of a published template over the children of a unit, or over its people."""

    cycle_id = fields.UUIDField()
    definition_version_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    parent_goal_id = fields.UUIDField(null=True)
    title = fields.CharField(max_length=200)
    metric = fields.CharField(max_length=80)
    unit_of_measure = fields.CharField(max_length=12)
    total = AmountField()
    padding_percent = WeightField(default=Decimal(0), db_default=Decimal(0))
    as_of = fields.DateField(null=True)
    working_days = fields.IntField(default=0, db_default=0)
    state = fields.CharField(max_length=12)
    created_by = fields.UUIDField(null=True)
    published_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "plan"


class PlanNode(CreatedModel):
    """One child's part: what the factors suggest, what an equal split would give, what stands."""

    plan_id = fields.UUIDField()
    ordinal = fields.IntField()
    unit_id = fields.UUIDField()
    person_id = fields.UUIDField(null=True)
    factors = fields.JSONField[dict[str, str]]()
    suggested = AmountField()
    equal_share = AmountField()
    value = AmountField()
    reason = fields.TextField(null=True)
    tuned_by = fields.UUIDField(null=True)
    tuned_at = fields.DatetimeField(null=True)
    derivation = fields.JSONField[dict[str, Any]]()
    goal_id = fields.UUIDField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "plan_node"
