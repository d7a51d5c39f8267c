"""Revisions with what they touch, unread changes and root causes; negotiation tickets and ratings that name nobody."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, platform_access, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

REVISIONS = [
    *tenant_table("root_cause", references={"unit_id": "org_unit"}, index=[["unit_id", "category"]]),
    *tenant_table(
        "revision",
        references={
            "goal_id": "goal",
            "unit_id": "org_unit",
            "owner_id": "person",
            "opened_by": "person",
            "approval_id": "approval",
            "new_version_id": "goal_version",
            "root_cause_id": "root_cause",
        },
        index=[["goal_id"], ["unit_id", "approved_at"], ["owner_id"], ["opened_by"]],
    ),
    "CREATE UNIQUE INDEX revision_open ON revision (tenant_id, goal_id) WHERE state IN ('DRAFT', 'SUBMITTED', 'RETURNED')",
    *frozen("revision", when="OLD.old IS DISTINCT FROM NEW.old", events="UPDATE"),
    *platform_access("revision", "SELECT (tenant_id, state)"),
    *tenant_table(
        "revision_impact",
        references={"revision_id": "revision", "goal_id": "goal", "owner_id": "person", "unit_id": "org_unit"},
        index=[["revision_id", "direction", "depth"]],
        app="select, insert",
    ),
    *frozen("revision_impact"),
    *tenant_table(
        "change_mark",
        references={"revision_id": "revision", "goal_id": "goal", "person_id": "person"},
        unique=[["revision_id", "goal_id", "person_id"]],
        index=[["person_id", "goal_id"]],
    ),
]

NEGOTIATIONS = [
    *tenant_table(
        "negotiation_ticket",
        references={
            "goal_id": "goal",
            "unit_id": "org_unit",
            "owner_id": "person",
            "superior_id": "person",
            "answered_by": "person",
            "revision_id": "revision",
        },
        index=[["goal_id"], ["owner_id"], ["superior_id"]],
    ),
    "CREATE INDEX negotiation_ticket_due ON negotiation_ticket (tenant_id, due_at) WHERE state = 'OPEN'",
    *platform_access("negotiation_ticket", "SELECT (tenant_id, state)"),
    *tenant_table(
        "goal_rating",
        references={"goal_id": "goal", "goal_version_id": "goal_version"},
        unique=[["goal_version_id", "rater_mark"], ["goal_version_id", "ordinal"]],
        app="select, insert",
    ),
    *frozen("goal_rating"),
]
READ = ("revision", "revision_impact", "change_mark", "root_cause", "negotiation_ticket")
"""The tables behind answers that are kept until one of them changes."""


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0028_plan_scenarios")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='ChangeMark',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('revision_id', fields.UUIDField()),
                ('goal_id', fields.UUIDField()),
                ('person_id', fields.UUIDField()),
                ('changed', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('read_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'change_mark', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Fields of a goal that changed and that a person has not read yet.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='Revision',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('goal_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('owner_id', fields.UUIDField(null=True)),
                ('opened_by', fields.UUIDField()),
                ('ticket_id', fields.UUIDField(null=True)),
                ('state', fields.CharField(max_length=12)),
                ('number', fields.IntField(default=1)),
                ('version', fields.IntField(default=1)),
                ('old', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('cause', fields.TextField(default='', unique=False)),
                ('target', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('resources', fields.TextField(default='', unique=False)),
                ('weight', fields.DecimalField(max_digits=5, decimal_places=2)),
                ('metric', fields.CharField(max_length=80)),
                ('metric_key', fields.CharField(null=True, max_length=80)),
                ('unit_of_measure', fields.CharField(max_length=12)),
                ('weights', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('tilt_before', fields.TextField(default='', unique=False)),
                ('tilt_after', fields.TextField(default='', unique=False)),
                ('approval_id', fields.UUIDField(null=True)),
                ('submitted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('approved_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('published_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('new_version_id', fields.UUIDField(null=True)),
                ('actual_before', fields.DecimalField(null=True, max_digits=20, decimal_places=2)),
                ('attainment_before', fields.DecimalField(null=True, max_digits=20, decimal_places=2)),
                ('root_cause_id', fields.UUIDField(null=True)),
            ],
            options={'table': 'revision', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A request to revise a goal; `old` is the goal as it stood when the request was opened, kept for ever.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='RevisionImpact',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('revision_id', fields.UUIDField()),
                ('goal_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('owner_id', fields.UUIDField(null=True)),
                ('direction', fields.CharField(max_length=8)),
                ('depth', fields.IntField()),
                ('target_before', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('target_after', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('weight_before', fields.DecimalField(max_digits=5, decimal_places=2)),
                ('weight_after', fields.DecimalField(max_digits=5, decimal_places=2)),
                ('parts_after', fields.DecimalField(null=True, max_digits=20, decimal_places=2)),
            ],
            options={'table': 'revision_impact', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A goal that an approved revision touches, with its numbers before and after; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='RootCause',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('category', fields.CharField(max_length=80)),
                ('unit_id', fields.UUIDField()),
                ('state', fields.CharField(max_length=12)),
                ('version', fields.IntField(default=1)),
                ('finding', fields.TextField(null=True, unique=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('closed_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'root_cause', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A ticket that asks why a sort of goal is revised so often in a unit.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='GoalRating',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('goal_id', fields.UUIDField()),
                ('goal_version_id', fields.UUIDField()),
                ('rater_mark', fields.CharField(max_length=64)),
                ('score', fields.IntField()),
                ('rated_on', fields.DateField()),
                ('ordinal', fields.IntField()),
            ],
            options={'table': 'goal_rating', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "One rating of a goal's version; it knows the day, and a mark that keeps its rater from rating twice."},
            bases=['TenantModel'],
        ),
        ops.CreateModel(
            name='NegotiationTicket',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('goal_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('owner_id', fields.UUIDField()),
                ('superior_id', fields.UUIDField()),
                ('level', fields.IntField(default=1)),
                ('state', fields.CharField(max_length=12)),
                ('version', fields.IntField(default=1)),
                ('target', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('reason', fields.TextField(unique=False)),
                ('counter_target', fields.DecimalField(null=True, max_digits=20, decimal_places=2)),
                ('answer', fields.TextField(default='', unique=False)),
                ('answered_by', fields.UUIDField(null=True)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('escalated_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('revision_id', fields.UUIDField(null=True)),
            ],
            options={'table': 'negotiation_ticket', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "An employee's question about their own goal; `superior_id` is who has to answer now, `level` how far up that is."},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(REVISIONS),
        ops.RunSQL(NEGOTIATIONS),
        ops.RunSQL([sql for table in READ for sql in versioned(table)]),
    ]
