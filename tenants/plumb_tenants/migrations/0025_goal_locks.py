"""Locks of cycles, and exclusions of targets that never change once they are decided."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

LOCKS = [
    *tenant_table("goal_lock", references={"cycle_id": "cycle", "unit_id": "org_unit"}, index=[["cycle_id"]]),
    "ALTER TABLE goal_lock ADD CHECK (covers IN ('GOALS', 'PROGRESS', 'BOTH')), ADD CHECK (starts_at < ends_at)",
    *tenant_table("goal_exclusion", references={"goal_id": "goal"}, index=[["goal_id"]]),
    "ALTER TABLE goal_exclusion ADD CHECK (amount > 0), ADD CHECK (moved_to > month), "
    "ADD CHECK (state IN ('REQUESTED', 'APPROVED', 'REJECTED'))",
    *frozen("goal_exclusion", when="OLD.state <> 'REQUESTED'"),
    *(sql for table in ("goal_lock", "goal_exclusion") for sql in versioned(table)),
]


class Migration(migrations.Migration):
    """Runs after the tables that it grows; undone only by restoring a backup."""

    dependencies = [("plumb", "0024_letter_annexes")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='GoalExclusion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('goal_id', fields.UUIDField()),
                ('month', fields.DateField()),
                ('amount', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('moved_to', fields.DateField(null=True)),
                ('reason', fields.TextField(unique=False)),
                ('state', fields.CharField(max_length=12)),
                ('version', fields.IntField(default=1)),
                ('requested_by', fields.UUIDField(null=True)),
                ('decided_by', fields.UUIDField(null=True)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('note', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'goal_exclusion', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "A part of a month's target that an outside delay took away or put off; frozen by a trigger once it is decided."},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='GoalLock',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('cycle_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField(null=True)),
                ('covers', fields.CharField(max_length=12)),
                ('reason', fields.TextField(unique=False)),
                ('starts_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1)),
                ('created_by', fields.UUIDField(null=True)),
                ('lifted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('lifted_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'goal_lock', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "A window in which a cycle's goals, their progress or both stay as they are, for the company or for a unit."},
            bases=['CreatedModel'],
        ),
        ops.AddField(
            model_name='GoalProgress',
            name='excluded',
            field=fields.DecimalField(default=0, db_default=0, max_digits=20, decimal_places=2),
        ),
        ops.RunSQL(LOCKS),
    ]
