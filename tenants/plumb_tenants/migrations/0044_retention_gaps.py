"""Retention: files that a hold saved from a run, and the printed reports of runs."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

ITEMS = [
    "ALTER TABLE retention_item DROP CONSTRAINT retention_item_outcome_check",
    "ALTER TABLE retention_item ADD CHECK (outcome IN ('PENDING', 'DESTROYED', 'SHARED', 'HELD'))",
    "DROP TRIGGER retention_item_frozen ON retention_item",
    # A held one is taken up by a later run when its hold is lifted; what went stays written down as it is.
    *frozen("retention_item", when="OLD.outcome IN ('DESTROYED', 'SHARED')"),
    "CREATE INDEX retention_item_held ON retention_item (tenant_id, id) WHERE outcome = 'HELD'",
]
PRINTS = [
    *tenant_table(
        "retention_print",
        references={"run_id": "retention_run"},
        unique=[["run_id", "locale"]],
        index=[["file_key"]],
        app="select, insert",
    ),
    "ALTER TABLE retention_print ADD CHECK (locale IN ('zh-CN', 'en'))",
    *frozen("retention_print"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0043_letters")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='RetentionPrint',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('run_id', fields.UUIDField()),
                ('locale', fields.CharField(max_length=5)),
                ('file_key', fields.CharField(max_length=200)),
                ('sha256', fields.CharField(max_length=64)),
                ('size', fields.IntField()),
            ],
            options={'table': 'retention_print', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'The signed report of a run as sealed PDF in one language, made of its bytes alone.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(ITEMS),
        ops.RunSQL(PRINTS),
    ]
