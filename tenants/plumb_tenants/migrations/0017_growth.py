"""Growth: bases version by version, and targets that grow from them."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

APPEND = "select, insert"

GROWTH = [
    *tenant_table(
        "growth_base",
        references={"definition_version_id": "definition_version", "unit_id": "org_unit"},
        unique=[["metric_key", "subject_id", "starts_on", "ends_on", "number"]],
        app=APPEND,
    ),
    "ALTER TABLE growth_base ADD CHECK (value >= 0)",
    *frozen("growth_base"),
    *versioned("growth_base"),
    *tenant_table("growth_target", references={"base_id": "growth_base"}, index=[["base_id"]], app=APPEND),
    *frozen("growth_target"),
    *versioned("growth_target"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0016_forms")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='GrowthBase',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('metric_key', fields.CharField(max_length=60)),
                ('subject_kind', fields.CharField(max_length=12)),
                ('subject_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField(null=True)),
                ('starts_on', fields.DateField()),
                ('ends_on', fields.DateField()),
                ('number', fields.IntField()),
                ('value', fields.DecimalField(max_digits=24, decimal_places=6)),
                ('reason', fields.TextField(unique=False)),
                ('definition_version_id', fields.UUIDField()),
                ('recorded_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'growth_base', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What growth starts from, version by version; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='GrowthTarget',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('base_id', fields.UUIDField()),
                ('percent', fields.DecimalField(max_digits=12, decimal_places=4)),
                ('target', fields.DecimalField(max_digits=24, decimal_places=6)),
                ('set_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'growth_target', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A target that grows from one version of a base; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(GROWTH),
    ]
