"""Forms: submissions that never leave their version, their files, synced figures, and dry runs in batches."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

APPEND = "select, insert"
READ = ("submission", "attachment", "form_dry_run", "form_dry_run_batch")
"""The tables behind answers that are kept until one of them changes."""

SUBMISSIONS = [
    *tenant_table(
        "submission",
        references={
            "definition_id": "definition",
            "definition_version_id": "definition_version",
            "person_id": "person",
            "unit_id": "org_unit",
        },
        index=[["definition_id", "id"], ["person_id"], ["unit_id"]],
    ),
    "ALTER TABLE submission ADD CHECK (state IN ('DRAFT', 'SUBMITTED'))",
    *frozen("submission", when="OLD.state = 'SUBMITTED'"),
    # What a person fills in is bound to the version that they saw (A1).
    "CREATE TRIGGER submission_pinned BEFORE UPDATE ON submission FOR EACH ROW "
    "WHEN (NEW.definition_version_id <> OLD.definition_version_id OR NEW.person_id <> OLD.person_id) "
    "EXECUTE FUNCTION sec.refuse_change()",
    *tenant_table(
        "attachment",
        references={"submission_id": "submission"},
        unique=[["submission_id", "field", "sha256"]],
        app="select, insert, delete",
    ),
    *frozen("attachment", events="UPDATE"),
    """CREATE FUNCTION sec.keep_submitted_file() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       DECLARE file public.attachment := coalesce(NEW, OLD);
       BEGIN
         IF EXISTS (SELECT FROM public.submission s WHERE s.tenant_id = file.tenant_id AND s.id = file.submission_id
                    AND s.state <> 'DRAFT') THEN
           RAISE EXCEPTION 'the files of what was submitted never change' USING ERRCODE = '23001';
         END IF;
         RETURN coalesce(NEW, OLD);
       END $$""",
    "CREATE TRIGGER attachment_kept BEFORE INSERT OR DELETE ON attachment FOR EACH ROW EXECUTE FUNCTION sec.keep_submitted_file()",
]

FEEDS = [
    *tenant_table(
        "feed_value",
        references={"person_id": "person"},
        unique=[["feed", "person_id", "as_of"]],
        index=[["person_id", "feed", "as_of"]],
        app=APPEND,
    ),
    *frozen("feed_value"),
]

DRY_RUNS = [
    *tenant_table(
        "form_dry_run",
        references={"definition_id": "definition", "definition_version_id": "definition_version"},
        app=APPEND,
    ),
    *frozen("form_dry_run"),
    *tenant_table("form_dry_run_batch", references={"run_id": "form_dry_run"}, unique=[["run_id", "place"]], app=APPEND),
    *frozen("form_dry_run_batch"),
]


class Migration(migrations.Migration):
    """Runs after the tables of definitions and people; undone only by restoring a backup."""

    dependencies = [("plumb", "0015_seals")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='Attachment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('submission_id', fields.UUIDField()),
                ('field', fields.CharField(max_length=40)),
                ('name', fields.CharField(max_length=200)),
                ('media_type', fields.CharField(max_length=120)),
                ('size', fields.IntField()),
                ('sha256', fields.CharField(max_length=64)),
                ('file_key', fields.CharField(max_length=200)),
                ('uploaded_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'attachment', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A file of one field of a submission, by its content address; kept by a trigger once that is submitted.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='FeedValue',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('feed', fields.CharField(max_length=60)),
                ('person_id', fields.UUIDField()),
                ('value', fields.DecimalField(max_digits=26, decimal_places=4)),
                ('as_of', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('recorded_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'feed_value', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A figure about a person that was synced from another system, as of an instant; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='FormDryRun',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('definition_id', fields.UUIDField()),
                ('definition_version_id', fields.UUIDField()),
                ('checksum', fields.CharField(max_length=64)),
                ('body', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('total', fields.IntField()),
                ('batches', fields.IntField()),
                ('created_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'form_dry_run', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'The replay of past submissions against a draft of their form, as it stood then (N10).'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='FormDryRunBatch',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('run_id', fields.UUIDField()),
                ('place', fields.IntField()),
                ('checked', fields.IntField()),
                ('broken', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'form_dry_run_batch', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What one batch of a dry run found; written once, so that a job that runs twice counts once.'},
            bases=['TenantModel'],
        ),
        ops.CreateModel(
            name='Submission',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('definition_id', fields.UUIDField()),
                ('definition_version_id', fields.UUIDField()),
                ('person_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('state', fields.CharField(max_length=12)),
                ('values', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('fed', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('suggested', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('version', fields.IntField(default=1)),
                ('submitted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'submission', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'What a person filled in under one version of a form; frozen by a trigger once it is submitted (A1).'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(SUBMISSIONS),
        ops.RunSQL(FEEDS),
        ops.RunSQL(DRY_RUNS),
        ops.RunSQL([sql for table in READ for sql in versioned(table)]),
    ]
