"""Every column of a published definition version is fixed, and a definition keeps its kind and key."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from plumb_platform.settings import APP_ROLE

FIXED = [
    # All columns but those of archiving are compared, so that a column added later is fixed without a word here.
    """CREATE OR REPLACE FUNCTION sec.keep_published() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       DECLARE archiving text[] := '{state,archived_at,version}';
       BEGIN
         IF TG_OP = 'UPDATE' AND OLD.state = 'PUBLISHED' AND NEW.state = 'ARCHIVED'
            AND to_jsonb(OLD) - archiving = to_jsonb(NEW) - archiving THEN
           RETURN NEW;
         END IF;
         RAISE EXCEPTION 'a published definition version never changes' USING ERRCODE = '23001';
       END $$""",
    f"REVOKE UPDATE ON definition FROM {APP_ROLE}",
    f"GRANT UPDATE (name) ON definition TO {APP_ROLE}",
]


class Migration(migrations.Migration):
    """Runs after the tenancy of the first tables; undone only by restoring a backup."""

    dependencies = [("plumb", "0002_tenancy")]

    operations = [ops.RunSQL(FIXED)]
