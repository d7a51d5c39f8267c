"""How a transaction begins: it names its company and who acts, and proves a caller whom a process only remembers."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# What holds for a caller is what the reading door asks: their session or token has not ended, and nothing that decides what
# they may do has changed. A function keeps the plans of its statements; as plain text they would be planned each time.
ENTER = [
    """CREATE FUNCTION sec.enter(tenant text, actor text, kind text, proof uuid, access bigint, moment timestamptz)
       RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
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
       END $$""",
]


class Migration(migrations.Migration):
    """Adds a function and changes no table."""

    dependencies = [("plumb", "0045_portrait")]

    operations = [ops.RunSQL(ENTER)]
