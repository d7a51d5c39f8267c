"""How a transaction of one statement begins: what proves its caller is an expression of that statement."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# What 0046 made, with an answer: a CASE asks it before it goes on.
ENTER = [
    "DROP FUNCTION sec.enter(text, text, text, uuid, bigint, timestamptz)",
    """CREATE FUNCTION sec.enter(tenant text, actor text, kind text, proof uuid, access bigint, moment timestamptz)
       RETURNS boolean LANGUAGE plpgsql SET search_path = '' AS $$
       DECLARE holds boolean;
       BEGIN
         PERFORM set_config('app.tenant', tenant, true), set_config('app.actor', actor, true);
         IF kind = 'session' THEN
           holds := EXISTS (SELECT FROM public.session s
             WHERE s.id = proof AND s.revoked_at IS NULL AND s.expires_at > moment);
         ELSE
           holds := EXISTS (SELECT FROM public.api_token t
             WHERE t.id = proof AND t.revoked_at IS NULL AND t.expires_at > moment);
         END IF;
         IF NOT holds OR access IS DISTINCT FROM (SELECT a.value FROM public.access_version a) THEN
           RAISE EXCEPTION 'the caller is not who they were' USING ERRCODE = 'PL001';
         END IF;
         RETURN true;
       END $$""",
]


class Migration(migrations.Migration):
    """Changes what a function answers, and no table."""

    dependencies = [("plumb", "0056_file_scans")]

    operations = [ops.RunSQL(ENTER)]
