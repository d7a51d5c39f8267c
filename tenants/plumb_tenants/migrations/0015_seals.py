"""Levels and time stamps of seals, later revisions of sealed files, and one key in use per company."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, platform_access, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7
from plumb_platform.settings import PLATFORM_ROLE

READ = ("letter_stamp", "signing_key")

SQL = [
    *tenant_table(
        "letter_stamp",
        references={"letter_id": "letter"},
        unique=[["letter_id", "number"]],
        app="select, insert",
    ),
    *frozen("letter_stamp"),
    *platform_access("letter_stamp", "SELECT (tenant_id, letter_id, file_sha256)"),
    "CREATE INDEX letter_stamp_file ON letter_stamp (file_sha256)",
    "CREATE INDEX letter_stamps_end ON letter (tenant_id, stamps_end_at) WHERE seal_level = 'B-LTA'",
    f"GRANT SELECT (seal_level, stamps_end_at) ON letter TO {PLATFORM_ROLE}",
    *platform_access("signing_key", "SELECT (tenant_id, active, not_after)"),
    "CREATE UNIQUE INDEX signing_key_in_use ON signing_key (tenant_id) WHERE active",
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0014_plan_terms")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='LetterStamp',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('letter_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('file_key', fields.CharField(max_length=200)),
                ('file_sha256', fields.CharField(max_length=64)),
                ('file_size', fields.IntField()),
                ('stamps_end_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'letter_stamp', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A later revision of a sealed file: the same with one more time stamp over all of it; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.AddField(model_name='Letter', name='seal_level', field=fields.CharField(null=True, max_length=8)),
        ops.AddField(model_name='Letter', name='seal_note', field=fields.CharField(null=True, max_length=60)),
        ops.AddField(model_name='Letter', name='stamped_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name='Letter', name='stamps_end_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.RunSQL(SQL),
        ops.RunSQL([sql for table in READ for sql in versioned(table)]),
    ]
