"""Runs: an annual goal through all levels, its plans, and the weekly plans of those at the bottom; plans may branch."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7
from plumb_platform.settings import APP_ROLE

RUNS = [
    *tenant_table(
        "plan_run",
        references={
            "cycle_id": "cycle",
            "unit_id": "org_unit",
            "units_version_id": "definition_version",
            "people_version_id": "definition_version",
            "parent_goal_id": "goal",
        },
        index=[["cycle_id", "unit_id"]],
    ),
    "ALTER TABLE plan_run ADD CHECK (levels_done BETWEEN 0 AND levels)",
    *frozen("plan_run", when="OLD.state = 'PUBLISHED'"),
    *tenant_table(
        "plan_week",
        references={"node_id": "plan_node"},
        unique=[["node_id", "week"]],
        app="select, insert, update, delete",
    ),
    "ALTER TABLE plan ADD FOREIGN KEY (tenant_id, run_id) REFERENCES plan_run (tenant_id, id)",
    "ALTER TABLE plan ADD FOREIGN KEY (tenant_id, branch_of) REFERENCES plan (tenant_id, id)",
    "CREATE INDEX plan_of_run ON plan (tenant_id, run_id, depth) WHERE run_id IS NOT NULL",
    "CREATE INDEX plan_branch ON plan (tenant_id, branch_of) WHERE branch_of IS NOT NULL",
    # A rerun takes the place of its own drafts; the triggers keep what is published.
    f"GRANT DELETE ON plan, plan_node TO {APP_ROLE}",
    *versioned("plan_run"),
    *versioned("plan_week"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0020_letter_runs")]

    # fmt: off
    operations = [
        ops.CreateModel(
            name='PlanRun',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('cycle_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('units_version_id', fields.UUIDField()),
                ('people_version_id', fields.UUIDField()),
                ('parent_goal_id', fields.UUIDField(null=True)),
                ('title', fields.CharField(max_length=200)),
                ('metric', fields.CharField(max_length=80)),
                ('unit_of_measure', fields.CharField(max_length=12)),
                ('method', fields.CharField(max_length=12)),
                ('total', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('as_of', fields.DateField()),
                ('request', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('state', fields.CharField(max_length=12)),
                ('levels', fields.IntField()),
                ('levels_done', fields.IntField(default=0)),
                ('nodes', fields.IntField(default=0)),
                ('weeks', fields.IntField(default=0)),
                ('created_by', fields.UUIDField(null=True)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'plan_run', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'An annual goal split through all levels below a unit; `request` holds the figures and terms that it is computed from.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='PlanWeek',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('node_id', fields.UUIDField()),
                ('week', fields.DateField()),
                ('target', fields.DecimalField(max_digits=20, decimal_places=2)),
            ],
            options={'table': 'plan_week', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "The part of a node's value that falls into the week from a Monday on."},
            bases=['TenantModel'],
        ),
        ops.AddField(model_name='Plan', name='run_id', field=fields.UUIDField(null=True)),
        ops.AddField(model_name='Plan', name='depth', field=fields.IntField(default=0, db_default=0)),
        ops.AddField(model_name='Plan', name='branch_of', field=fields.UUIDField(null=True)),
        ops.RunSQL(RUNS),
    ]
