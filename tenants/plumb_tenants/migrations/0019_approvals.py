"""Approvals: requests pinned to their flow, tasks, acts that never change, and delegations between two days."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, platform_access, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

APPROVALS = [
    *tenant_table(
        "approval",
        references={"applicant_id": "person", "unit_id": "org_unit", "definition_version_id": "definition_version"},
        index=[["object_id"], ["applicant_id"], ["flow_key", "ended_at"]],
    ),
    "CREATE INDEX approval_running ON approval (tenant_id, step_due_at, due_at) WHERE state = 'RUNNING'",
    # What was decided by which rules stays as it was: a flow that is changed afterwards changes no approval.
    *frozen("approval", when="OLD.flow IS DISTINCT FROM NEW.flow", events="UPDATE"),
    *platform_access("approval", "SELECT (tenant_id, state)"),
    *tenant_table(
        "approval_task",
        references={"approval_id": "approval", "assignee_id": "person", "delegate_id": "person", "unit_id": "org_unit"},
        index=[["approval_id", "round"], ["assignee_id", "state"]],
    ),
    "CREATE INDEX approval_task_delegate ON approval_task (tenant_id, delegate_id) WHERE delegate_id IS NOT NULL",
    *tenant_table(
        "approval_act",
        references={
            "approval_id": "approval",
            "task_id": "approval_task",
            "person_id": "person",
            "for_person_id": "person",
            "target_id": "person",
        },
        unique=[["approval_id", "number"]],
        app="select, insert",
    ),
    *frozen("approval_act"),
    *tenant_table("approval_delegation", references={"from_id": "person", "to_id": "person"}, index=[["from_id"]]),
    *(sql for table in ("approval", "approval_task", "approval_act", "approval_delegation") for sql in versioned(table)),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0018_goal_links")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='Approval',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('object_type', fields.CharField(max_length=60)),
                ('object_id', fields.UUIDField()),
                ('object_version', fields.IntField()),
                ('zh', fields.CharField(max_length=300)),
                ('en', fields.CharField(max_length=300)),
                ('flow_key', fields.CharField(max_length=60)),
                ('definition_version_id', fields.UUIDField(null=True)),
                ('flow', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('request_fields', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('applicant_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('state', fields.CharField(max_length=12)),
                ('step', fields.CharField(null=True, max_length=40)),
                ('round', fields.IntField(default=0)),
                ('visited', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('overdue_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('step_due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('urged_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('clock_seconds', fields.IntField(null=True)),
                ('working_seconds', fields.IntField(null=True)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'approval', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A request that runs on a flow as it was when it began; `object_version` is what is being decided about.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='ApprovalAct',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('approval_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('kind', fields.CharField(max_length=16)),
                ('step', fields.CharField(null=True, max_length=40)),
                ('to_step', fields.CharField(null=True, max_length=40)),
                ('task_id', fields.UUIDField(null=True)),
                ('person_id', fields.UUIDField(null=True)),
                ('for_person_id', fields.UUIDField(null=True)),
                ('target_id', fields.UUIDField(null=True)),
                ('object_version', fields.IntField()),
                ('comment', fields.TextField(default='', unique=False)),
            ],
            options={'table': 'approval_act', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'One act in an approval: who, for whom, on which version, with what words; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='ApprovalDelegation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('from_id', fields.UUIDField()),
                ('to_id', fields.UUIDField()),
                ('starts_on', fields.DateField()),
                ('ends_on', fields.DateField()),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'approval_delegation', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Between two days somebody else acts for a person (A17).'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='ApprovalTask',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('approval_id', fields.UUIDField()),
                ('step', fields.CharField(max_length=40)),
                ('round', fields.IntField()),
                ('line', fields.IntField()),
                ('place', fields.IntField()),
                ('assignee_id', fields.UUIDField()),
                ('delegate_id', fields.UUIDField(null=True)),
                ('unit_id', fields.UUIDField()),
                ('origin', fields.CharField(max_length=12)),
                ('mandatory', fields.BooleanField()),
                ('state', fields.CharField(max_length=12)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'approval_task', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What one person is asked in one round of an approval; `delegate_id` is who may act for them today.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(APPROVALS),
    ]
