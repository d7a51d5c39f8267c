"""Metrics: what sources said, what stands of it, when they were heard, and values as they were computed."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

APPEND = "select, insert"


OBSERVATIONS = [
    *tenant_table(
        "observation_revision",
        references={"definition_version_id": "definition_version"},
        unique=[["source", "external_id", "revision"]],
        app=APPEND,
    ),
    *frozen("observation_revision"),
    *tenant_table(
        "observation",
        references={"definition_version_id": "definition_version", "unit_id": "org_unit"},
        unique=[["source", "external_id"]],
        index=[["metric_key", "subject_id", "day"], ["metric_key", "unit_id", "day"], ["metric_key", "object_code", "day"]],
    ),
    "ALTER TABLE observation ADD CHECK (subject_kind IN ('PERSON', 'UNIT', 'COMPANY'))",
    *tenant_table("metric_feed", unique=[["metric_key", "source"]]),
    *versioned("observation"),
]

RECORDS = [
    *tenant_table(
        "metric_record",
        references={"definition_version_id": "definition_version", "unit_id": "org_unit"},
        unique=[["metric_key", "subject_id", "starts_on", "ends_on", "number"]],
        app=APPEND,
    ),
    *frozen("metric_record"),
    *versioned("metric_record"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0010_life_of_definitions")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='MetricFeed',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('metric_key', fields.CharField(max_length=60)),
                ('source', fields.CharField(max_length=40)),
                ('as_of', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'metric_feed', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Up to when a source has told what it knows of a metric.'},
            bases=['TenantModel'],
        ),
        ops.CreateModel(
            name='MetricRecord',
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
                ('value', fields.DecimalField(null=True, max_digits=24, decimal_places=6)),
                ('reason', fields.CharField(null=True, max_length=20)),
                ('as_of', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('definition_version_id', fields.UUIDField()),
                ('computed_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'metric_record', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A value as it was computed at one time, under one version of its metric; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='Observation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('source', fields.CharField(max_length=40)),
                ('external_id', fields.CharField(max_length=120)),
                ('revision', fields.IntField()),
                ('metric_key', fields.CharField(max_length=60)),
                ('subject_kind', fields.CharField(max_length=12)),
                ('subject_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField(null=True)),
                ('day', fields.DateField()),
                ('happened_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('value', fields.DecimalField(max_digits=24, decimal_places=6)),
                ('object_code', fields.CharField(max_length=120)),
                ('deleted', fields.BooleanField(default=False)),
                ('definition_version_id', fields.UUIDField()),
            ],
            options={'table': 'observation', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "A source's record as its highest revision says; `unit_id` is the subject's unit when it was first recorded."},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='ObservationRevision',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('source', fields.CharField(max_length=40)),
                ('external_id', fields.CharField(max_length=120)),
                ('revision', fields.IntField()),
                ('digest', fields.CharField(max_length=64)),
                ('metric_key', fields.CharField(max_length=60)),
                ('subject_kind', fields.CharField(max_length=12)),
                ('subject_id', fields.UUIDField()),
                ('day', fields.DateField()),
                ('happened_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('value', fields.DecimalField(max_digits=24, decimal_places=6)),
                ('object_code', fields.CharField(max_length=120)),
                ('deleted', fields.BooleanField(default=False)),
                ('definition_version_id', fields.UUIDField()),
                ('recorded_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'observation_revision', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What a source said of one of its records, revision by revision; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.AlterModelOptions(
            name='AccessVersion',
            options={'table': 'access_version', 'app': 'plumb', 'pk_attr': 'tenant_id', 'table_description': "The number of the last change that could alter somebody's grants; triggers give it, and never one number twice."},
        ),
        ops.AlterModelOptions(
            name='MatrixRule',
            options={'table': 'matrix_rule', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "One line of a published matrix version, as casbin's adapter loads it; rows are only ever added."},
        ),
        ops.AlterModelOptions(
            name='RoleAssignment',
            options={'table': 'role_assignment', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A role that people have between two days: one person, all of a grade or a position, or all below a unit.'},
        ),
        ops.RunSQL(OBSERVATIONS),
        ops.RunSQL(RECORDS),
    ]
