"""What locks a cycle's goals, found under a lock of its own, so that a goal lock and a change made at once see one another."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# A statement that waits for an advisory lock goes on with what it saw before it waited. Each query in a volatile function
# sees what was committed when it begins, so this one sees the goal lock that it waited for, in one round trip.
FOUND = """
CREATE FUNCTION sec.goal_lock_of(cycle uuid, covered text, at timestamptz, units uuid[])
RETURNS TABLE (id uuid, reason text, ends_at timestamptz) LANGUAGE plpgsql VOLATILE SET search_path = '' AS $$
BEGIN
  PERFORM pg_catalog.pg_advisory_xact_lock_shared(
    pg_catalog.hashtextextended('goal_lock:' || cycle || ':' || sec.tenant()::text, 0));
  RETURN QUERY
    SELECT l.id, l.reason::text, l.ends_at FROM public.goal_lock l
    WHERE l.cycle_id = cycle AND l.covers IN (covered, 'BOTH') AND l.lifted_at IS NULL AND l.starts_at <= at
      AND (l.ends_at IS NULL OR l.ends_at > at) AND (l.unit_id IS NULL OR EXISTS (
        SELECT FROM public.org_unit_closure x WHERE x.ancestor_id = l.unit_id AND x.descendant_id = ANY (units)))
    ORDER BY l.ends_at DESC NULLS FIRST LIMIT 1;
END $$
"""


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0047_tenant_inline")]

    operations = [ops.RunSQL([FOUND])]
