"""Trials of letter templates: previews and dry runs."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

TRIALS = [
    *tenant_table("letter_trial", references={"definition_version_id": "definition_version"}, index=[["made_by"]]),
    "ALTER TABLE letter_trial ADD FOREIGN KEY (tenant_id, made_by) REFERENCES membership (tenant_id, id)",
    "ALTER TABLE letter_trial ADD CHECK (kind IN ('PREVIEW', 'DRY_RUN'))",
    *versioned("letter_trial"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0012_goal_progress")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='LetterTrial',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('kind', fields.CharField(max_length=12)),
                ('definition_version_id', fields.UUIDField()),
                ('made_by', fields.UUIDField()),
                ('asked', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('checksum', fields.CharField(null=True, max_length=64)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('pdf_key', fields.CharField(null=True, max_length=200)),
                ('pages', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('checked', fields.IntField(default=0)),
                ('faults', fields.IntField(default=0)),
                ('findings', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'letter_trial', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A template tried before it is published: a preview with its files, or a dry run with what would not print.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(TRIALS),
    ]
