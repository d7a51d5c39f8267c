"""The window that keeps goals as they are, found behind the lock of a goal in the same statement."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# Each query in a volatile function sees what was committed when it begins: asked in the statement that locks a goal, it knows a
# window that was opened while that waited, which a sub-select of the statement would not. It shares the lock that whoever opens
# a window takes alone (`take_lock`), so that a window and a change made at once see one another. What was waited is added to
# the moment that the caller sent.
HELD = [
    """CREATE FUNCTION sec.goals_held(cycle uuid, what text, units uuid[], moment timestamptz)
       RETURNS TABLE (held_by uuid, held_because text, held_until timestamptz)
       LANGUAGE plpgsql VOLATILE ROWS 1 SET search_path = '' AS $$
       DECLARE at timestamptz;
       BEGIN
         PERFORM pg_advisory_xact_lock_shared(hashtextextended('goal_lock:' || cycle || ':' || sec.tenant()::text, 0));
         at := moment + (clock_timestamp() - statement_timestamp());
         RETURN QUERY SELECT l.id, l.reason::text, l.ends_at FROM public.goal_lock l
         WHERE l.cycle_id = cycle AND l.covers IN (what, 'BOTH') AND l.lifted_at IS NULL AND l.starts_at <= at
           AND (l.ends_at IS NULL OR l.ends_at > at) AND (l.unit_id IS NULL OR EXISTS (
             SELECT FROM public.org_unit_closure x WHERE x.ancestor_id = l.unit_id AND x.descendant_id = ANY (units)))
         ORDER BY l.ends_at DESC NULLS FIRST LIMIT 1;
       END $$""",
]


class Migration(migrations.Migration):
    """Adds a function and changes no table."""

    dependencies = [("plumb", "0047_tenant_inline")]

    operations = [ops.RunSQL(HELD)]
