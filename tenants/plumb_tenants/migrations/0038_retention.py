"""Retention: holds, runs and what they destroyed; the one door by which what is frozen may be emptied, and what guards it."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7
from plumb_platform.settings import APP_ROLE

HOLDS = [
    *tenant_table("retention_hold", references={"placed_by": "membership", "lifted_by": "membership"}),
    "ALTER TABLE retention_hold ADD CHECK ((scope = 'COMPANY') = (object_id IS NULL)), "
    "ADD CHECK (scope IN ('COMPANY', 'CYCLE', 'LETTER', 'PERSON'))",
    "CREATE INDEX retention_hold_standing ON retention_hold (tenant_id, scope, object_id) WHERE lifted_at IS NULL",
    # A hold is lifted, with who and why, or it stands as it was placed.
    "CREATE TRIGGER retention_hold_frozen BEFORE UPDATE OR DELETE ON retention_hold FOR EACH ROW "
    "WHEN (OLD.lifted_at IS NOT NULL) EXECUTE FUNCTION sec.refuse_change()",
    "CREATE TRIGGER retention_hold_pinned BEFORE UPDATE ON retention_hold FOR EACH ROW "
    "WHEN (ROW(OLD.scope, OLD.object_id, OLD.reason, OLD.placed_by, OLD.created_at) "
    "IS DISTINCT FROM ROW(NEW.scope, NEW.object_id, NEW.reason, NEW.placed_by, NEW.created_at)) "
    "EXECUTE FUNCTION sec.refuse_change()",
    *tenant_table(
        "retention_run",
        references={"person_id": "person", "requested_by": "membership", "confirmed_by": "membership"},
        index=[["person_id"]],
    ),
    "ALTER TABLE retention_run ADD CHECK ((kind = 'ERASURE') = (person_id IS NOT NULL)), "
    "ADD CHECK (state IN ('REQUESTED', 'CONFIRMED', 'DONE', 'CANCELLED'))",
    # One run at a time of each sort: a second request for a person finds the first.
    "CREATE UNIQUE INDEX retention_run_open ON retention_run (tenant_id, kind, coalesce(person_id, tenant_id)) "
    "WHERE state IN ('REQUESTED', 'CONFIRMED')",
    *frozen("retention_run", when="OLD.state IN ('DONE', 'CANCELLED')"),
    *tenant_table(
        "retention_item",
        references={"run_id": "retention_run"},
        index=[["run_id", "id"], ["file_key"]],
    ),
    "ALTER TABLE retention_item ADD CHECK (outcome IN ('PENDING', 'DESTROYED', 'SHARED'))",
    *frozen("retention_item", when="OLD.outcome <> 'PENDING'"),
    *(sql for table in ("retention_hold", "retention_run") for sql in versioned(table)),
]

# All of these read as the one who asks, under the row security of their company.
GUARDS = [
    """CREATE FUNCTION sec.is_held(tenant uuid, people uuid[], letter uuid, cycle uuid) RETURNS boolean
       LANGUAGE sql STABLE SET search_path = '' AS $$
         SELECT EXISTS (SELECT FROM public.retention_hold h WHERE h.tenant_id = tenant AND h.lifted_at IS NULL
           AND (h.scope = 'COMPANY' OR (h.scope = 'PERSON' AND h.object_id = ANY (people))
             OR (h.scope = 'LETTER' AND h.object_id = letter) OR (h.scope = 'CYCLE' AND h.object_id = cycle)))
       $$""",
    # A letter is held with any of its people.
    """CREATE FUNCTION sec.letter_is_held(kept public.letter) RETURNS boolean LANGUAGE sql STABLE SET search_path = '' AS $$
         SELECT sec.is_held(kept.tenant_id, ARRAY[kept.employee_id, kept.manager_id] || ARRAY(
           SELECT s.person_id FROM public.letter_signer s WHERE s.tenant_id = kept.tenant_id AND s.letter_id = kept.id),
           kept.id, kept.cycle_id)
       $$""",
    # A person is held with any letter or cycle that binds them.
    """CREATE FUNCTION sec.person_is_held(tenant uuid, person uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = '' AS $$
         SELECT sec.is_held(tenant, ARRAY[person], NULL, NULL) OR EXISTS (
           SELECT FROM public.letter l WHERE l.tenant_id = tenant AND sec.is_held(tenant, NULL, l.id, l.cycle_id)
             AND (person IN (l.employee_id, l.manager_id) OR EXISTS (SELECT FROM public.letter_signer s
               WHERE s.tenant_id = tenant AND s.letter_id = l.id AND s.person_id = person)))
       $$""",
    # The last day of somebody who left, the latest that anything says; of who works here, or left unsaid, none.
    """CREATE FUNCTION sec.left_on(tenant uuid, person uuid) RETURNS date LANGUAGE sql STABLE SET search_path = '' AS $$
         SELECT CASE WHEN p.active THEN NULL ELSE greatest(
             (SELECT max(o.ends_on) FROM public.person_placement o WHERE o.tenant_id = tenant AND o.person_id = person),
             (SELECT (max(h.created_at) AT TIME ZONE c.time_zone)::date FROM public.handover h
              WHERE h.tenant_id = tenant AND h.leaver_id = person)) END
         FROM public.person p JOIN public.company c ON c.tenant_id = p.tenant_id WHERE p.tenant_id = tenant AND p.id = person
       $$""",
    # By the clock of the database, which the product cannot set: 24 months since the last of what a letter saw, and since
    # its employee left (PRC Labour Contract Law art. 50). One that nobody signed binds nobody once it ended.
    """CREATE FUNCTION sec.may_shred_letter(gone public.letter) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = '' AS $$
       DECLARE
         zone text := (SELECT c.time_zone FROM public.company c WHERE c.tenant_id = gone.tenant_id);
         signed timestamptz := (SELECT max(s.signed_at) FROM public.letter_signature s
                                WHERE s.tenant_id = gone.tenant_id AND s.letter_id = gone.id);
       BEGIN
         IF gone.shredded_at IS NOT NULL OR sec.letter_is_held(gone)
            OR gone.state NOT IN ('SEALED', 'REVOKED', 'DECLINED', 'CANCELLED', 'EXPIRED') THEN
           RETURN false;
         ELSIF signed IS NULL AND gone.file_sha256 IS NULL THEN
           RETURN gone.state IN ('DECLINED', 'CANCELLED', 'EXPIRED');
         END IF;
         RETURN coalesce((greatest((greatest(gone.created_at, gone.sealed_at, signed) AT TIME ZONE zone)::date,
             sec.left_on(gone.tenant_id, gone.employee_id)) + interval '24 months')::date < (now() AT TIME ZONE zone)::date
           AND sec.left_on(gone.tenant_id, gone.employee_id) IS NOT NULL, false);
       END $$""",
    """CREATE FUNCTION sec.may_shred_submission(gone public.submission) RETURNS boolean
       LANGUAGE plpgsql STABLE SET search_path = '' AS $$
       DECLARE
         zone text := (SELECT c.time_zone FROM public.company c WHERE c.tenant_id = gone.tenant_id);
         left_on date := sec.left_on(gone.tenant_id, gone.person_id);
       BEGIN
         RETURN gone.shredded_at IS NULL AND left_on IS NOT NULL AND NOT sec.person_is_held(gone.tenant_id, gone.person_id)
           AND (greatest((gone.submitted_at AT TIME ZONE zone)::date, left_on) + interval '24 months')::date
             < (now() AT TIME ZONE zone)::date;
       END $$""",
]

LETTERS = [
    # Emptied whole, once, when its term is over, and nothing else with it; what chains and proves it stays.
    """CREATE FUNCTION sec.shreds_letter(old public.letter, new public.letter) RETURNS boolean
       LANGUAGE plpgsql STABLE SET search_path = '' AS $$
       DECLARE emptied text[] := '{content,canonical,file_key,shredded_at,stamps_end_at,closed_reason,version}';
       BEGIN
         RETURN sec.may_shred_letter(old) AND new.shredded_at IS NOT NULL AND new.content = '{}'::jsonb AND new.canonical = '{}'
           AND new.file_key IS NULL AND new.stamps_end_at IS NULL AND new.closed_reason IS NULL
           AND to_jsonb(old) - emptied = to_jsonb(new) - emptied;
       END $$""",
    """CREATE OR REPLACE FUNCTION sec.keep_letter() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       BEGIN
         IF TG_OP = 'UPDATE' AND OLD.shredded_at IS NULL AND NEW.shredded_at IS NOT NULL THEN
           IF sec.shreds_letter(OLD, NEW) THEN
             RETURN NEW;
           END IF;
           RAISE EXCEPTION 'a letter is shredded whole, when its term is over and nothing holds it' USING ERRCODE = '23001';
         END IF;
         IF TG_OP = 'DELETE' OR OLD.shredded_at IS NOT NULL
            OR ROW(OLD.number, OLD.employee_id, OLD.manager_id, OLD.content, OLD.canonical, OLD.canonical_sha256, OLD.verify_code,
                   OLD.created_at)
            IS DISTINCT FROM
            ROW(NEW.number, NEW.employee_id, NEW.manager_id, NEW.content, NEW.canonical, NEW.canonical_sha256, NEW.verify_code,
                NEW.created_at)
            OR (OLD.file_sha256 IS NOT NULL AND ROW(OLD.file_key, OLD.file_sha256, OLD.sealed_at, OLD.signing_key_id)
            IS DISTINCT FROM ROW(NEW.file_key, NEW.file_sha256, NEW.sealed_at, NEW.signing_key_id)) THEN
           RAISE EXCEPTION 'the content of a letter never changes' USING ERRCODE = '23001';
         END IF;
         RETURN NEW;
       END $$""",
    # Of a signature on a shredded letter goes how it looked and where it came from; who signed what and when stays.
    """CREATE FUNCTION sec.keep_signature() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       DECLARE emptied text[] := '{image,address,agent}';
       BEGIN
         IF TG_OP = 'UPDATE' AND NEW.image IS NULL AND NEW.address = '' AND NEW.agent = ''
            AND to_jsonb(OLD) - emptied = to_jsonb(NEW) - emptied AND EXISTS (SELECT FROM public.letter l
              WHERE l.tenant_id = OLD.tenant_id AND l.id = OLD.letter_id AND l.shredded_at IS NOT NULL) THEN
           RETURN NEW;
         END IF;
         RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING ERRCODE = '23001';
       END $$""",
    "DROP TRIGGER letter_signature_frozen ON letter_signature",
    "CREATE TRIGGER letter_signature_frozen BEFORE UPDATE OR DELETE ON letter_signature "
    "FOR EACH ROW EXECUTE FUNCTION sec.keep_signature()",
    f"GRANT UPDATE (image, address, agent) ON letter_signature TO {APP_ROLE}",
]

FORMS = [
    """CREATE FUNCTION sec.keep_submission() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       DECLARE emptied text[] := '{values,fed,suggested,shredded_at}';
       BEGIN
         IF TG_OP = 'UPDATE' AND NEW.shredded_at IS NOT NULL AND NEW.values = '{}'::jsonb AND NEW.fed = '{}'::jsonb
            AND NEW.suggested = '{}'::jsonb AND to_jsonb(OLD) - emptied = to_jsonb(NEW) - emptied
            AND sec.may_shred_submission(OLD) THEN
           RETURN NEW;
         END IF;
         RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING ERRCODE = '23001';
       END $$""",
    "DROP TRIGGER submission_frozen ON submission",
    "CREATE TRIGGER submission_frozen BEFORE UPDATE OR DELETE ON submission FOR EACH ROW "
    "WHEN (OLD.state IN ('SUBMITTED', 'APPROVED', 'REJECTED', 'WITHDRAWN')) EXECUTE FUNCTION sec.keep_submission()",
    # The versions that approvers decided about are emptied with their submission; that there were so many stays.
    """CREATE FUNCTION sec.keep_submission_version() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       DECLARE emptied text[] := '{values,fed,files}';
       BEGIN
         IF TG_OP = 'UPDATE' AND NEW.values = '{}'::jsonb AND NEW.fed = '{}'::jsonb AND NEW.files = '[]'::jsonb
            AND to_jsonb(OLD) - emptied = to_jsonb(NEW) - emptied AND EXISTS (SELECT FROM public.submission s
              WHERE s.tenant_id = OLD.tenant_id AND s.id = OLD.submission_id AND s.shredded_at IS NOT NULL) THEN
           RETURN NEW;
         END IF;
         RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING ERRCODE = '23001';
       END $$""",
    "DROP TRIGGER submission_version_frozen ON submission_version",
    "CREATE TRIGGER submission_version_frozen BEFORE UPDATE OR DELETE ON submission_version "
    "FOR EACH ROW EXECUTE FUNCTION sec.keep_submission_version()",
    f"GRANT UPDATE (values, fed, files) ON submission_version TO {APP_ROLE}",
    """CREATE OR REPLACE FUNCTION sec.keep_submitted_file() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       DECLARE file public.attachment := coalesce(NEW, OLD);
       BEGIN
         IF EXISTS (SELECT FROM public.submission s WHERE s.tenant_id = file.tenant_id AND s.id = file.submission_id
                    AND s.state NOT IN ('DRAFT', 'RETURNED') AND NOT (TG_OP = 'DELETE' AND s.shredded_at IS NOT NULL)) THEN
           RAISE EXCEPTION 'the files of what was submitted never change' USING ERRCODE = '23001';
         END IF;
         RETURN coalesce(NEW, OLD);
       END $$""",
]

REST = [
    # A file made of a snapshot can be made again, to the byte; the snapshot itself stays.
    "DROP TRIGGER snapshot_file_frozen ON snapshot_file",
    *frozen("snapshot_file", events="UPDATE"),
    f"GRANT DELETE ON snapshot_file, message TO {APP_ROLE}",
    f"GRANT UPDATE (address, agent) ON session TO {APP_ROLE}",
]


class Migration(migrations.Migration):
    """Runs after the tables that it opens a door to; undone only by restoring a backup."""

    dependencies = [("plumb", "0036_form_approvals")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.AddField(model_name='Letter', name='shredded_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name='Person', name='erased_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name='Submission', name='shredded_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.CreateModel(
            name='RetentionHold',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('scope', fields.CharField(max_length=8)),
                ('object_id', fields.UUIDField(null=True)),
                ('reason', fields.CharField(max_length=500)),
                ('placed_by', fields.UUIDField(null=True)),
                ('lifted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('lifted_by', fields.UUIDField(null=True)),
                ('lifted_reason', fields.CharField(null=True, max_length=500)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'retention_hold', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'Nothing that a hold reaches is destroyed before it is lifted; who, when and why stay, a lifted one never changes.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='RetentionItem',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('run_id', fields.UUIDField()),
                ('category', fields.CharField(max_length=16)),
                ('object_type', fields.CharField(max_length=40)),
                ('object_id', fields.UUIDField()),
                ('event_on', fields.DateField(null=True)),
                ('months', fields.IntField(null=True)),
                ('sha256', fields.CharField(null=True, max_length=64)),
                ('file_key', fields.CharField(null=True, max_length=200)),
                ('size', fields.IntField(null=True)),
                ('outcome', fields.CharField(max_length=10)),
                ('destroyed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'retention_item', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A row or a file that a run destroyed; a file stands here from the moment that its row is gone, `outcome` says the rest.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='RetentionRun',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('kind', fields.CharField(max_length=8)),
                ('state', fields.CharField(max_length=10)),
                ('person_id', fields.UUIDField(null=True)),
                ('reason', fields.CharField(default='', max_length=500)),
                ('requested_by', fields.UUIDField(null=True)),
                ('confirmed_by', fields.UUIDField(null=True)),
                ('confirmed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('said', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('step', fields.IntField(default=0)),
                ('report_key', fields.CharField(null=True, max_length=200)),
                ('report_sha256', fields.CharField(null=True, max_length=64)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'retention_run', 'app': 'plumb', 'pk_attr': 'id', 'table_description': "One act of destroying: what is due by the rules (DUE), or a person's data on request (ERASURE); `said` are its rules."},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(HOLDS),
        ops.RunSQL(GUARDS),
        ops.RunSQL(LETTERS),
        ops.RunSQL(FORMS),
        ops.RunSQL(REST),
    ]
