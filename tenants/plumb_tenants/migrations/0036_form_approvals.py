"""Submissions on flows: their approval, how often they were sent, and each version as it was decided about."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

SUBMISSIONS = [
    "ALTER TABLE submission ADD FOREIGN KEY (tenant_id, approval_id) REFERENCES approval (tenant_id, id)",
    "CREATE UNIQUE INDEX submission_approval ON submission (tenant_id, approval_id) WHERE approval_id IS NOT NULL",
    "ALTER TABLE submission DROP CONSTRAINT submission_state_check",
    "ALTER TABLE submission ADD CHECK (state IN "
    "('DRAFT', 'SUBMITTED', 'IN_APPROVAL', 'RETURNED', 'APPROVED', 'REJECTED', 'WITHDRAWN'))",
    "DROP TRIGGER submission_frozen ON submission",
    *frozen("submission", when="OLD.state IN ('SUBMITTED', 'APPROVED', 'REJECTED', 'WITHDRAWN')"),
    # What people are deciding about stays as it was sent to them.
    "CREATE TRIGGER submission_sent BEFORE UPDATE ON submission FOR EACH ROW "
    "WHEN (OLD.state = 'IN_APPROVAL' AND (OLD.values, OLD.fed, OLD.suggested, OLD.number, OLD.submitted_at) IS DISTINCT FROM "
    "(NEW.values, NEW.fed, NEW.suggested, NEW.number, NEW.submitted_at)) EXECUTE FUNCTION sec.refuse_change()",
    "CREATE TRIGGER submission_kept BEFORE DELETE ON submission FOR EACH ROW "
    "WHEN (OLD.state IN ('IN_APPROVAL', 'RETURNED')) EXECUTE FUNCTION sec.refuse_change()",
    """CREATE OR REPLACE FUNCTION sec.keep_submitted_file() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       DECLARE file public.attachment := coalesce(NEW, OLD);
       BEGIN
         IF EXISTS (SELECT FROM public.submission s WHERE s.tenant_id = file.tenant_id AND s.id = file.submission_id
                    AND s.state NOT IN ('DRAFT', 'RETURNED')) THEN
           RAISE EXCEPTION 'the files of what was submitted never change' USING ERRCODE = '23001';
         END IF;
         RETURN coalesce(NEW, OLD);
       END $$""",
]
VERSIONS = [
    *tenant_table(
        "submission_version",
        references={"submission_id": "submission"},
        unique=[["submission_id", "number"]],
        app="select, insert",
    ),
    *frozen("submission_version"),
    *versioned("submission_version"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0035_as_of")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.AddField(model_name='Submission', name='number', field=fields.IntField(default=0, db_default=0)),
        ops.AddField(model_name='Submission', name='approval_id', field=fields.UUIDField(null=True)),
        ops.CreateModel(
            name='SubmissionVersion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('submission_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('values', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('fed', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('files', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'submission_version', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A submission as it was sent into approval: what approvers decided about, with the names and digests of its files.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(SUBMISSIONS),
        ops.RunSQL(VERSIONS),
    ]
