"""Surveys: what is asked, who has answered, and what was answered, the last two without any key between them."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

APPEND = "select, insert"

SURVEYS = [
    *tenant_table("survey", references={"definition_version_id": "definition_version", "about_version_id": "definition_version"}),
    "ALTER TABLE survey ADD CHECK (opens_on <= closes_on), ADD CHECK (minimum >= 3), "
    # A figure over too few can not even be written.
    "ADD CHECK (value IS NULL OR respondents >= minimum)",
    *frozen("survey", when="OLD.closed_at IS NOT NULL"),
    *tenant_table(
        "survey_participant",
        references={"survey_id": "survey", "person_id": "person"},
        unique=[["survey_id", "person_id"]],
        app=APPEND,
    ),
    *frozen("survey_participant"),
    *tenant_table("survey_answer", references={"survey_id": "survey"}, index=[["survey_id"]], app=APPEND),
    *frozen("survey_answer"),
    *versioned("survey"),
]


class Migration(migrations.Migration):
    """Runs after the tables of forms; undone only by restoring a backup."""

    dependencies = [("plumb", "0029_revisions")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='Survey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('definition_version_id', fields.UUIDField()),
                ('about_version_id', fields.UUIDField(null=True)),
                ('kind', fields.CharField(max_length=16)),
                ('title', fields.CharField(max_length=120)),
                ('opens_on', fields.DateField()),
                ('closes_on', fields.DateField()),
                ('score_field', fields.CharField(null=True, max_length=40)),
                ('correct', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('minimum', fields.IntField()),
                ('respondents', fields.IntField(null=True)),
                ('value', fields.DecimalField(null=True, max_digits=6, decimal_places=1)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1)),
                ('created_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'survey', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Questions of a form, with the figure that is made of the answers; frozen by a trigger once it is closed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='SurveyAnswer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('survey_id', fields.UUIDField()),
                ('values', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'survey_answer', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What somebody answered, and not who; there is no way to read one alone.'},
            bases=['TenantModel'],
        ),
        ops.CreateModel(
            name='SurveyParticipant',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('survey_id', fields.UUIDField()),
                ('person_id', fields.UUIDField()),
            ],
            options={'table': 'survey_participant', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'That a person has answered, and nothing else; ids are random, because ordered ones would tell when.'},
            bases=['TenantModel'],
        ),
        ops.RunSQL(SURVEYS),
    ]
