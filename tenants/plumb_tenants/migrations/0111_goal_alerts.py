"""Alerts of goals that fall behind: one at a time for a goal, answered once, kept for ever when it is over (C43, C53)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

ALERTS = [
    *tenant_table("goal_alert", references={"goal_id": "goal"}, index=[["goal_id"], ["created_at"]]),
    "CREATE UNIQUE INDEX ON goal_alert (tenant_id, goal_id) WHERE ended_at IS NULL",
    *frozen("goal_alert", when="OLD.ended_at IS NOT NULL"),
    *versioned("goal_alert"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0093_told_when_read")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='GoalAlert',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('goal_id', fields.UUIDField()),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('answered_by', fields.UUIDField(null=True)),
                ('note', fields.TextField(null=True, unique=False)),
                ('working_seconds', fields.IntField(null=True)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'goal_alert', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A goal that fell behind what is expected of it: raised once until it ends, answered once by somebody.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(ALERTS),
    ]
