"""Runs: letters for everybody in a cycle in one act, and their items."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

READ = ("letter_run", "letter_run_item")

SQL = [
    *tenant_table("letter_run", references={"cycle_id": "cycle", "definition_version_id": "definition_version"}),
    "ALTER TABLE letter_run ADD CHECK (state IN ('RUNNING', 'PAUSED', 'CANCELLED', 'DONE'))",
    "CREATE UNIQUE INDEX letter_run_under_way ON letter_run (tenant_id, cycle_id) WHERE state IN ('RUNNING', 'PAUSED')",
    *tenant_table(
        "letter_run_item",
        references={"run_id": "letter_run", "employee_id": "person", "letter_id": "letter"},
        unique=[["run_id", "ordinal"], ["run_id", "employee_id"]],
        index=[["run_id", "state", "ordinal"]],
    ),
    "ALTER TABLE letter_run_item ADD CHECK (state IN ('WAITING', 'ISSUED', 'REFUSED', 'CANCELLED'))",
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0019_approvals")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='LetterRun',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('cycle_id', fields.UUIDField()),
                ('definition_version_id', fields.UUIDField()),
                ('state', fields.CharField(max_length=12)),
                ('total', fields.IntField()),
                ('chunk', fields.IntField(default=0)),
                ('created_by', fields.UUIDField(null=True)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'letter_run', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'One act of issuing letters to many: how far it is follows from its items.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='LetterRunItem',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('run_id', fields.UUIDField()),
                ('ordinal', fields.IntField()),
                ('employee_id', fields.UUIDField()),
                ('goals', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('state', fields.CharField(max_length=12)),
                ('letter_id', fields.UUIDField(null=True)),
                ('error_code', fields.CharField(null=True, max_length=60)),
                ('error', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'letter_run_item', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'One employee of a run, and what became of their letter.'},
            bases=['TenantModel'],
        ),
        ops.RunSQL(SQL),
        ops.RunSQL([sql for table in READ for sql in versioned(table)]),
    ]
