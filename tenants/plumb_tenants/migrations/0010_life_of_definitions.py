"""The life of definitions: review before publishing, pilots in waves of units, milestones of a roll-out."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

APPEND = "select, insert"
READ = ("definition_review", "definition_wave", "definition_milestone")
"""The tables behind answers that are kept until one of them changes."""

TABLES = [
    *tenant_table(
        "definition_review",
        references={"definition_version_id": "definition_version"},
        index=[["definition_version_id"]],
        app=APPEND,
    ),
    "ALTER TABLE definition_review ADD CHECK (act IN ('SUBMITTED', 'APPROVED', 'REJECTED', 'WITHDRAWN'))",
    *tenant_table(
        "definition_wave",
        references={"definition_version_id": "definition_version", "unit_id": "org_unit"},
        unique=[["definition_version_id", "unit_id"]],
        app=APPEND,
    ),
    *tenant_table(
        "definition_milestone",
        references={"definition_version_id": "definition_version"},
        unique=[["definition_version_id", "day"]],
        app=APPEND,
    ),
    *(sql for table in READ for sql in frozen(table)),
]

FIXED = [
    # All columns but those of the step are compared, so that a column added later is fixed without a word here.
    """CREATE OR REPLACE FUNCTION sec.keep_published() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       DECLARE step text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.state || '>' || NEW.state END;
         moving text[] := CASE
           WHEN step IN ('PILOT>ARCHIVED', 'PUBLISHED>ARCHIVED') THEN '{state,archived_at,version}'
           WHEN step IN ('IN_REVIEW>PILOT', 'IN_REVIEW>PUBLISHED', 'PILOT>PUBLISHED')
             THEN '{state,published_at,effective_from,version}'
           WHEN step = 'IN_REVIEW>DRAFT' THEN '{state,version}' END;
       BEGIN
         IF moving IS NOT NULL AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving THEN
           RETURN NEW;
         END IF;
         RAISE EXCEPTION 'a published definition version never changes' USING ERRCODE = '23001';
       END $$""",
    "DROP TRIGGER definition_version_frozen ON definition_version",
    "CREATE TRIGGER definition_version_frozen BEFORE UPDATE OR DELETE ON definition_version FOR EACH ROW "
    "WHEN (OLD.state <> 'DRAFT') EXECUTE FUNCTION sec.keep_published()",
]


class Migration(migrations.Migration):
    """Waves take the place of the column `scope`, which nothing ever wrote; undone only by restoring a backup."""

    dependencies = [("plumb", "0009_messages")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='DefinitionMilestone',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('definition_version_id', fields.UUIDField()),
                ('day', fields.IntField()),
                ('reached_on', fields.DateField()),
                ('note', fields.TextField(default='', unique=False)),
                ('recorded_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'definition_milestone', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A milestone of a roll-out: T+`day` of the plan, and the day on which it was reached; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='DefinitionReview',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('definition_version_id', fields.UUIDField()),
                ('round', fields.IntField()),
                ('act', fields.CharField(max_length=10)),
                ('roles', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('membership_id', fields.UUIDField(null=True)),
                ('checksum', fields.CharField(max_length=64)),
                ('comment', fields.TextField(default='', unique=False)),
            ],
            options={'table': 'definition_review', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'One act in the review of a version: submitted, approved, rejected or withdrawn; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='DefinitionWave',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('definition_version_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('unit_id', fields.UUIDField()),
                ('starts_on', fields.DateField()),
                ('created_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'definition_wave', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A unit that a version is for from a day on, before it is for the whole company; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.AddField(
            model_name='DefinitionVersion',
            name='editors',
            field=fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='DefinitionVersion',
            name='review_round',
            field=fields.IntField(default=0),
        ),
        ops.RemoveField(model_name='DefinitionVersion', name='scope'),
        ops.RunSQL(TABLES),
        ops.RunSQL(FIXED),
        ops.RunSQL([sql for table in READ for sql in versioned(table)]),
    ]
