"""Feedback rounds on the weights of templates: one a quarter, and for ever once it is decided."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

ROUNDS = [
    *tenant_table(
        "feedback_round",
        references={
            "definition_id": "definition",
            "about_version_id": "definition_version",
            "draft_version_id": "definition_version",
            "survey_id": "survey",
        },
        unique=[["definition_id", "quarter"]],
        index=[["draft_version_id"]],
    ),
    "ALTER TABLE feedback_round ADD CHECK (state IN ('OPEN', 'PROPOSED', 'ACCEPTED', 'DECLINED')), "
    "ADD CHECK ((state IN ('ACCEPTED', 'DECLINED')) = (decided_at IS NOT NULL)), "
    "ADD CHECK ((state = 'ACCEPTED') = (effective_from IS NOT NULL))",
    *frozen("feedback_round", when="OLD.decided_at IS NOT NULL"),
    *versioned("feedback_round"),
]


class Migration(migrations.Migration):
    """Runs after the tables of surveys and plans; undone only by restoring a backup."""

    dependencies = [("plumb", "0044_retention_gaps")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='FeedbackRound',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('definition_id', fields.UUIDField()),
                ('about_version_id', fields.UUIDField()),
                ('survey_id', fields.UUIDField()),
                ('quarter', fields.DateField()),
                ('state', fields.CharField(max_length=12)),
                ('draft_version_id', fields.UUIDField(null=True)),
                ('effective_from', fields.DateField(null=True)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_by', fields.UUIDField(null=True)),
                ('created_by', fields.UUIDField(null=True)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'feedback_round', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Feedback on the weights of a template in a quarter, by its first day, and the version that it led to; frozen once decided.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(ROUNDS),
    ]
