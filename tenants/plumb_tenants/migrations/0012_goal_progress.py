"""What a goal is, check-ins that never change, and the progress that follows from both."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

KINDS = [
    "ALTER TABLE goal ADD CHECK (kind IN ('OBJECTIVE', 'KEY_RESULT', 'KPI', 'QUOTA'))",
    "ALTER TABLE goal ADD CHECK (aim IN ('REACH', 'MAINTAIN', 'REDUCE'))",
    "ALTER TABLE goal ADD CHECK (roll_up IN ('NONE', 'SUM', 'WEIGHTED', 'FORMULA'))",
    "ALTER TABLE goal ADD CHECK (parent_id <> id)",
    "ALTER TABLE goal ADD FOREIGN KEY (tenant_id, rules_version_id) REFERENCES definition_version (tenant_id, id)",
]

# What the goals of plans are parts of, told to their owners from now on too; only the owner role sees all companies' rows here.
LINES = [
    "ALTER TABLE goal NO FORCE ROW LEVEL SECURITY",
    """WITH RECURSIVE told AS (
         SELECT g.tenant_id, g.id, '[]'::jsonb AS line, 0 AS depth FROM goal g WHERE g.parent_id IS NULL
         UNION ALL
         SELECT g.tenant_id, g.id, t.line || jsonb_build_object('id', p.id, 'kind', p.kind, 'level', p.level, 'title', p.title),
                t.depth + 1
         FROM told t JOIN goal p ON p.tenant_id = t.tenant_id AND p.id = t.id
         JOIN goal g ON g.tenant_id = p.tenant_id AND g.parent_id = p.id WHERE t.depth < 64
       )
       UPDATE goal g SET line = t.line FROM told t WHERE g.tenant_id = t.tenant_id AND g.id = t.id AND t.depth > 0""",
    "ALTER TABLE goal FORCE ROW LEVEL SECURITY",
]

CHECK_INS = [
    *tenant_table(
        "check_in",
        references={"goal_id": "goal", "corrects_id": "check_in", "person_id": "person"},
        unique=[["corrects_id"]],
        index=[["goal_id", "as_of"]],
        app="select, insert",
    ),
    *frozen("check_in"),
    "ALTER TABLE check_in ADD CHECK (confidence BETWEEN 0 AND 10)",
    *tenant_table("goal_progress", references={"goal_id": "goal"}, unique=[["goal_id"]]),
    "ALTER TABLE goal_progress ADD CHECK (source IN ('CHECK_IN', 'METRIC', 'PARTS'))",
]
READ = ("check_in", "goal_progress")
"""The tables behind answers that are kept until one of them changes."""


class Migration(migrations.Migration):
    """Runs after the tables that it grows; undone only by restoring a backup."""

    dependencies = [("plumb", "0011_metrics")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='CheckIn',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('goal_id', fields.UUIDField()),
                ('as_of', fields.DateField()),
                ('value', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('confidence', fields.IntField(null=True)),
                ('comment', fields.TextField(null=True, unique=False)),
                ('corrects_id', fields.UUIDField(null=True)),
                ('author_id', fields.UUIDField(null=True)),
                ('person_id', fields.UUIDField(null=True)),
            ],
            options={'table': 'check_in', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What somebody said a goal had come to by a day; never changed, a correction is a check-in that names the corrected one.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='GoalProgress',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('goal_id', fields.UUIDField()),
                ('source', fields.CharField(max_length=12)),
                ('actual', fields.DecimalField(null=True, max_digits=20, decimal_places=2)),
                ('attainment', fields.DecimalField(null=True, max_digits=20, decimal_places=2)),
                ('met', fields.BooleanField(null=True)),
                ('undefined', fields.CharField(null=True, max_length=40)),
                ('reported', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('confidence', fields.IntField(null=True)),
                ('as_of', fields.DateField(null=True)),
                ('counted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'goal_progress', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Where a goal stands today, kept by whatever changes it, so that everybody sees the same number (A12).'},
            bases=['TenantModel'],
        ),
        ops.AddField(
            model_name='Goal',
            name='aim',
            field=fields.CharField(default='REACH', db_default='REACH', max_length=12),
        ),
        ops.AddField(
            model_name='Goal',
            name='kind',
            field=fields.CharField(default='QUOTA', db_default='QUOTA', max_length=12),
        ),
        ops.AddField(
            model_name='Goal',
            name='level',
            field=fields.CharField(null=True, max_length=40),
        ),
        ops.AddField(
            model_name='Goal',
            name='line',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Goal',
            name='metric_key',
            field=fields.CharField(null=True, max_length=80),
        ),
        ops.AddField(
            model_name='Goal',
            name='roll_up',
            field=fields.CharField(default='SUM', db_default='SUM', max_length=12),
        ),
        ops.AddField(
            model_name='Goal',
            name='rules_version_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='GoalVersion',
            name='baseline',
            field=fields.DecimalField(null=True, max_digits=20, decimal_places=2),
        ),
        ops.AddField(
            model_name='GoalVersion',
            name='share',
            field=fields.DecimalField(null=True, max_digits=20, decimal_places=2),
        ),
        ops.RunSQL(KINDS),
        ops.RunSQL(LINES),
        ops.RunSQL(CHECK_INS),
        ops.RunSQL([sql for table in READ for sql in versioned(table)]),
    ]
