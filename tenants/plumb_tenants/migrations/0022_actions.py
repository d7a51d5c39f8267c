"""Actions: customers, tasks, what was done for them and swaps; handovers of those who leave."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

APPEND = "select, insert"

CUSTOMERS = [
    *tenant_table(
        "customer",
        references={"owner_id": "person", "unit_id": "org_unit"},
        unique=[["code"]],
        index=[["owner_id"], ["unit_id"]],
    ),
    *versioned("customer"),
    "ALTER TABLE observation DROP CONSTRAINT observation_subject_kind_check",
    "ALTER TABLE observation ADD CHECK (subject_kind IN ('PERSON', 'UNIT', 'CUSTOMER', 'COMPANY'))",
]

TASKS = [
    *tenant_table(
        "task",
        references={
            "owner_id": "person",
            "unit_id": "org_unit",
            "goal_id": "goal",
            "definition_version_id": "definition_version",
        },
        unique=[["key"]],
        index=[["owner_id", "starts_on"], ["unit_id", "starts_on"], ["goal_id"]],
    ),
    "ALTER TABLE task ADD CHECK (quantity > 0), ADD CHECK (done >= 0 AND replaced >= 0), ADD CHECK (starts_on <= ends_on)",
    *versioned("task"),
    *tenant_table(
        "task_customer",
        references={"task_id": "task", "customer_id": "customer"},
        unique=[["task_id", "customer_id"]],
        index=[["customer_id"]],
        app=APPEND,
    ),
    *frozen("task_customer"),
    *versioned("task_customer"),
    *tenant_table(
        "task_completion",
        references={"task_id": "task", "customer_id": "customer"},
        unique=[["task_id", "customer_id"]],
        app=APPEND,
    ),
    *frozen("task_completion"),
    *versioned("task_completion"),
    *tenant_table("task_swap", references={"task_id": "task"}, index=[["task_id"]], app=APPEND),
    *frozen("task_swap"),
    *versioned("task_swap"),
]

HANDOVERS = [
    *tenant_table(
        "handover",
        references={"leaver_id": "person", "successor_id": "person", "unit_id": "org_unit"},
        index=[["leaver_id"]],
    ),
    *frozen("handover", when="OLD.state = 'DONE'"),
    *versioned("handover"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0021_plan_runs")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='Customer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('code', fields.CharField(max_length=60)),
                ('name', fields.CharField(max_length=200)),
                ('grade', fields.CharField(max_length=40)),
                ('contact_roles', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('owner_id', fields.UUIDField(null=True)),
                ('unit_id', fields.UUIDField(null=True)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'customer', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "A customer as far as actions need one, under the company's own code."},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='Handover',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('leaver_id', fields.UUIDField()),
                ('successor_id', fields.UUIDField(null=True)),
                ('unit_id', fields.UUIDField()),
                ('state', fields.CharField(max_length=8)),
                ('reason', fields.TextField(unique=False)),
                ('items', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('version', fields.IntField(default=1)),
                ('opened_by', fields.UUIDField(null=True)),
                ('completed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'handover', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What somebody who left held, in numbers, and who took it over; open until somebody has.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='Task',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('key', fields.CharField(max_length=120)),
                ('digest', fields.CharField(max_length=64)),
                ('owner_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('goal_id', fields.UUIDField(null=True)),
                ('metric_key', fields.CharField(null=True, max_length=60)),
                ('cadence', fields.CharField(max_length=8)),
                ('starts_on', fields.DateField()),
                ('ends_on', fields.DateField()),
                ('action', fields.CharField(max_length=40)),
                ('title', fields.CharField(max_length=200)),
                ('is_key', fields.BooleanField()),
                ('quantity', fields.IntField()),
                ('customer_grade', fields.CharField(max_length=40)),
                ('contact_role', fields.CharField(max_length=60)),
                ('state', fields.CharField(max_length=8)),
                ('done', fields.IntField(default=0)),
                ('replaced', fields.IntField(default=0)),
                ('credited', fields.DecimalField(default=0, max_digits=12, decimal_places=2)),
                ('counted', fields.DecimalField(default=0, max_digits=12, decimal_places=2)),
                ('definition_version_id', fields.UUIDField(null=True)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'task', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A quantity of one action that a person does in a week or a month; `counted` is what of it counts as done.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='TaskCompletion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('task_id', fields.UUIDField()),
                ('customer_id', fields.UUIDField()),
                ('contact_role', fields.CharField(max_length=60)),
                ('day', fields.DateField()),
                ('note', fields.TextField(unique=False)),
                ('done_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'task_completion', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What was done of a task for one customer, once; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='TaskCustomer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('task_id', fields.UUIDField()),
                ('customer_id', fields.UUIDField()),
            ],
            options={'table': 'task_customer', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A customer whom a task may be done for.'},
            bases=['TenantModel'],
        ),
        ops.CreateModel(
            name='TaskSwap',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('task_id', fields.UUIDField()),
                ('swap', fields.CharField(max_length=40)),
                ('quantity', fields.IntField()),
                ('rate', fields.DecimalField(max_digits=8, decimal_places=2)),
                ('replaced', fields.IntField()),
                ('credited', fields.DecimalField(max_digits=12, decimal_places=2)),
                ('reason', fields.TextField(unique=False)),
                ('swapped_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'task_swap', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Acts of high value in place of a part of a task, with the rate at that time; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(CUSTOMERS),
        ops.RunSQL(TASKS),
        ops.RunSQL(HANDOVERS),
    ]
