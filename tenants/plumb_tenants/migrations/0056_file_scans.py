"""Scans of stored files: what the scanner's newest signatures say of each, and which are kept back for it."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import tenant_table
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

SCANS = [
    *tenant_table("file_scan", unique=[["file_key"]], app="select, insert, update, delete"),
    "CREATE INDEX ON attachment (tenant_id, file_key)",
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0053_snapshot_bundles")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='FileScan',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('file_key', fields.CharField(max_length=200)),
                ('signatures', fields.CharField(max_length=120)),
                ('scanned_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('found_as', fields.CharField(null=True, max_length=80)),
            ],
            options={'table': 'file_scan', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What the last scan said of a stored file that somebody brought: under which signatures, when, and what it found.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(SCANS),
    ]
