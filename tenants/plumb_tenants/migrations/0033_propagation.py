"""Propagation: which goals below an approved revision have to follow it, and since when those responsible know of a delay."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

PROPAGATION = [
    *tenant_table(
        "propagation",
        references={
            "revision_id": "revision",
            "goal_id": "goal",
            "unit_id": "org_unit",
            "owner_id": "person",
            "asked_id": "person",
            "goal_version_id": "goal_version",
        },
        unique=[["revision_id", "goal_id"]],
        index=[["goal_id"], ["owner_id"], ["asked_id"]],
    ),
    "ALTER TABLE propagation ADD CHECK (state IN ('PENDING', 'PROPOSED', 'BY_HAND', 'DONE'))",
    *versioned("propagation"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0030_surveys")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='Propagation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('revision_id', fields.UUIDField()),
                ('goal_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('owner_id', fields.UUIDField(null=True)),
                ('asked_id', fields.UUIDField(null=True)),
                ('state', fields.CharField(max_length=12)),
                ('version', fields.IntField(default=1)),
                ('depth', fields.IntField()),
                ('number', fields.IntField()),
                ('target_before', fields.DecimalField(max_digits=20, decimal_places=2)),
                ('target_after', fields.DecimalField(null=True, max_digits=20, decimal_places=2)),
                ('metric', fields.CharField(max_length=80)),
                ('unit_of_measure', fields.CharField(max_length=12)),
                ('explanation', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('goal_version_id', fields.UUIDField(null=True)),
                ('settled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('note', fields.TextField(default='', unique=False)),
            ],
            options={'table': 'propagation', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A goal below an approved revision that has to follow it: what it is to come to, why, and whom that waits for.'},
            bases=['CreatedModel'],
        ),
        ops.AddField(
            model_name='Revision',
            name='alarmed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunSQL(PROPAGATION),
    ]
