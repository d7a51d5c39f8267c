"""Files that a sent version names stay: taken out of what came back, they leave the submission and not the version."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.settings import APP_ROLE

NAMED = (
    "EXISTS (SELECT FROM public.submission_version v WHERE v.tenant_id = file.tenant_id AND v.submission_id = file.submission_id "
    "AND v.files @> jsonb_build_array(jsonb_build_object('field', file.field, 'sha256', file.sha256)))"
)
FILES = [
    # The file itself never changes; that it was taken out, or put back, is written while the submission may be rewritten.
    "DROP TRIGGER attachment_frozen ON attachment",
    f"""CREATE OR REPLACE FUNCTION sec.keep_submitted_file() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       DECLARE file public.attachment := coalesce(NEW, OLD);
       BEGIN
         IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'removed_at' <> to_jsonb(NEW) - 'removed_at' THEN
           RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING ERRCODE = '23001';
         END IF;
         IF EXISTS (SELECT FROM public.submission s WHERE s.tenant_id = file.tenant_id AND s.id = file.submission_id
                    AND NOT (TG_OP = 'DELETE' AND s.shredded_at IS NOT NULL)
                    AND (s.state NOT IN ('DRAFT', 'RETURNED') OR TG_OP = 'DELETE' AND {NAMED})) THEN
           RAISE EXCEPTION 'the files of what was submitted never change' USING ERRCODE = '23001';
         END IF;
         RETURN coalesce(NEW, OLD);
       END $$""",
    "DROP TRIGGER attachment_kept ON attachment",
    "CREATE TRIGGER attachment_kept BEFORE INSERT OR UPDATE OR DELETE ON attachment "
    "FOR EACH ROW EXECUTE FUNCTION sec.keep_submitted_file()",
    f"GRANT UPDATE (removed_at) ON attachment TO {APP_ROLE}",
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0038_retention")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.AddField(model_name='Attachment', name='removed_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.RunSQL(FILES),
    ]
