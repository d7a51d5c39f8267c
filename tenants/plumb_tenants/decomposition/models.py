"""Tables of decomposition: a plan that splits a total, and its nodes."""

from decimal import Decimal
from typing import Any

from plumb_platform.database.models import AmountField, CreatedModel, TenantModel, WeightField, fields


class PlanRun(CreatedModel):
    """An annual goal split through all levels below a unit; `request` holds the figures and terms that it is computed from."""

    cycle_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    units_version_id = fields.UUIDField()
    people_version_id = fields.UUIDField()
    parent_goal_id = fields.UUIDField(null=True)
    title = fields.CharField(max_length=200)
    metric = fields.CharField(max_length=80)
    unit_of_measure = fields.CharField(max_length=12)
    method = fields.CharField(max_length=12)
    total = AmountField()
    as_of = fields.DateField()
    request = fields.JSONField[dict[str, Any]]()
    state = fields.CharField(max_length=12)
    levels = fields.IntField()
    levels_done = fields.IntField(default=0)
    nodes = fields.IntField(default=0)
    weeks = fields.IntField(default=0)
    created_by = fields.UUIDField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "plan_run"


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
    run_id = fields.UUIDField(null=True)
    depth = fields.IntField(default=0, db_default=0)
    branch_of = fields.UUIDField(null=True)
    working_days = fields.IntField(default=0, db_default=0)
    state = fields.CharField(max_length=12)
    created_by = fields.UUIDField(null=True)
    published_at = fields.DatetimeField(null=True)
    published_by = fields.UUIDField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "plan"


class PlanWeek(TenantModel):
    """The part of a node's value that falls into the week from a Monday on."""

    node_id = fields.UUIDField()
    week = fields.DateField()
    target = AmountField()
    # Why it became no task when it was due; all null when nothing was wrong.
    refused_code = fields.CharField(max_length=60, null=True)
    refused_zh = fields.TextField(null=True)
    refused_en = fields.TextField(null=True)
    refused_at = fields.DatetimeField(null=True)

    class Meta:
        table = "plan_week"


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
