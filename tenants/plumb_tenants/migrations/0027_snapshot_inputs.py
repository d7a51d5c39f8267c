"""Snapshots of three inputs, of units and before reviews; facts from outside, anchors and files of snapshots."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

APPEND = "select, insert"
READ = ("signal", "snapshot_anchor", "snapshot_file")
"""The tables behind answers that are kept until one of them changes."""

TABLES = [
    # Behind the goals of a snapshot stand its inputs, which are no goals.
    "ALTER TABLE snapshot_row ALTER COLUMN goal_id DROP NOT NULL",
    "ALTER TABLE snapshot ALTER COLUMN kind TYPE varchar(13)",
    "ALTER TABLE snapshot ADD FOREIGN KEY (tenant_id, unit_id) REFERENCES org_unit (tenant_id, id)",
    "CREATE INDEX ON snapshot (tenant_id, unit_id)",
    *tenant_table("signal", references={"unit_id": "org_unit"}, index=[["kind", "month", "code"]], app=APPEND),
    "ALTER TABLE signal ADD CHECK (kind IN ('MARKET', 'FORECAST')), ADD CHECK (kind = 'MARKET' OR baseline IS NOT NULL)",
    *tenant_table("snapshot_anchor", references={"snapshot_id": "snapshot"}, unique=[["snapshot_id"]], app=APPEND),
    *tenant_table(
        "snapshot_file", references={"snapshot_id": "snapshot"}, unique=[["snapshot_id", "format", "locale"]], app=APPEND
    ),
    *(sql for table in READ for sql in frozen(table)),
]


class Migration(migrations.Migration):
    """Snapshots that stand already keep the first form of their heads; undone only by restoring a backup."""

    dependencies = [("plumb", "0026_alignment")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='Signal',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('kind', fields.CharField(max_length=8)),
                ('code', fields.CharField(max_length=60)),
                ('name', fields.CharField(max_length=200)),
                ('unit_id', fields.UUIDField(null=True)),
                ('month', fields.DateField()),
                ('value', fields.DecimalField(max_digits=20, decimal_places=4)),
                ('baseline', fields.DecimalField(null=True, max_digits=20, decimal_places=4)),
                ('unit_of_measure', fields.CharField(max_length=12)),
                ('source', fields.CharField(max_length=200)),
                ('note', fields.TextField(default='', unique=False)),
                ('recorded_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'signal', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A fact from outside about one month, as its source reported it; never changed, the newest counts.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='SnapshotAnchor',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('snapshot_id', fields.UUIDField()),
                ('file_key', fields.CharField(max_length=200)),
                ('sha256', fields.CharField(max_length=64)),
                ('serial', fields.CharField(max_length=64)),
                ('audit_number', fields.BigIntField()),
                ('is_timestamped', fields.BooleanField()),
            ],
            options={'table': 'snapshot_anchor', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A signed statement about a snapshot that is kept outside of the database; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='SnapshotFile',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('snapshot_id', fields.UUIDField()),
                ('format', fields.CharField(max_length=4)),
                ('locale', fields.CharField(max_length=5)),
                ('file_key', fields.CharField(max_length=200)),
                ('sha256', fields.CharField(max_length=64)),
                ('size', fields.IntField()),
            ],
            options={'table': 'snapshot_file', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A file made of a snapshot, by its content address; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.AddField(model_name='Snapshot', name='label', field=fields.CharField(null=True, max_length=120)),
        ops.AddField(model_name='Snapshot', name='unit_id', field=fields.UUIDField(null=True)),
        ops.AlterModelOptions(
            name='Snapshot',
            options={'table': 'snapshot', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "A picture of the goals of the company or a unit; chained by hash onto the one before."},
        ),
        ops.AlterModelOptions(
            name='SnapshotRow',
            options={'table': 'snapshot_row', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'One line of a snapshot, its canonical JSON and the hash of it: a goal, or behind all goals an input as a whole.'},
        ),
        ops.AlterField(model_name='SnapshotRow', name='goal_id', field=fields.UUIDField(null=True)),
        ops.AlterField(model_name='Snapshot', name='kind', field=fields.CharField(max_length=13)),
        ops.RunSQL(TABLES),
        ops.RunSQL([sql for table in READ for sql in versioned(table)]),
    ]
