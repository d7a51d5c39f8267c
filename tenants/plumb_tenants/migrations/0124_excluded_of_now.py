"""What was excluded of a goal in the unit of a metric that was replaced since counts in none of its numbers."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# As before but for the exclusions: like a goal's last word, they are about what it is measured by now (C75, C97).
TOUCHED = [
    """CREATE OR REPLACE FUNCTION sec.goals_touched(goals uuid[])
       RETURNS TABLE (id uuid, parent_id uuid, aim text, roll_up text, unit_of_measure text, state text, rules_version_id uuid,
         metric_key text, subject_id uuid, starts_on date, ends_on date, target numeric, baseline numeric, weight numeric,
         own_excluded numeric, height int, value numeric, value_as_of date, value_confidence int, value_created_at timestamptz,
         source text, actual numeric, attainment numeric, met boolean, undefined text, excluded numeric, reported numeric,
         confidence int, as_of date, rates text)
       LANGUAGE plpgsql VOLATILE ROWS 50 SET search_path = ''
         SET plan_cache_mode = force_generic_plan AS $$
       #variable_conflict use_column
       BEGIN
         RETURN QUERY
         WITH RECURSIVE above AS (
           SELECT g.id, g.parent_id, 0 AS height FROM unnest(goals) i JOIN public.goal g ON g.id = i
           UNION
           SELECT g.id, g.parent_id, a.height + 1 FROM above a JOIN public.goal g ON g.id = a.parent_id WHERE a.height < 64
         ), heights AS (
           SELECT a.id, max(a.height) AS height FROM above a GROUP BY a.id
         ), touched AS (
           SELECT e.id, max(e.height) AS height FROM (
             SELECT h.id, h.height FROM heights h
             UNION ALL
             SELECT g.id, NULL FROM heights h JOIN public.goal g ON g.parent_id = h.id
           ) e GROUP BY e.id
         )
         SELECT g.id, g.parent_id, g.aim::text, g.roll_up::text, g.unit_of_measure::text, g.state::text, g.rules_version_id,
           g.metric_key::text, coalesce(g.owner_id, g.unit_id), y.starts_on, y.ends_on, v.target, v.baseline, v.weight,
           (SELECT coalesce(sum(e.amount), 0) FROM public.goal_exclusion e
             WHERE e.tenant_id = g.tenant_id AND e.goal_id = g.id AND e.state = 'APPROVED' AND e.moved_to IS NULL
               AND NOT EXISTS (SELECT FROM public.goal_version s WHERE s.tenant_id = g.tenant_id AND s.goal_id = g.id
                 AND s.created_at > e.created_at AND s.derivation ->> 'metric_replaced' = 'true')),
           h.height, l.value, l.as_of, l.confidence, l.created_at, p.source::text, p.actual, p.attainment, p.met,
           p.undefined::text, p.excluded, p.reported, p.confidence, p.as_of, p.rates::text
         FROM touched h CROSS JOIN LATERAL (SELECT o.* FROM public.goal o WHERE o.id = h.id LIMIT 1) g
         JOIN public.goal_version v ON v.tenant_id = g.tenant_id AND v.goal_id = g.id AND v.number = g.current_number
         JOIN public.cycle y ON y.tenant_id = g.tenant_id AND y.id = g.cycle_id
         LEFT JOIN public.goal_progress p ON p.goal_id = g.id
         LEFT JOIN LATERAL (
           SELECT c.value, c.as_of, c.confidence, c.created_at FROM public.check_in c
           WHERE c.tenant_id = g.tenant_id AND c.goal_id = g.id
             AND NOT EXISTS (SELECT FROM public.check_in n WHERE n.tenant_id = c.tenant_id AND n.corrects_id = c.id)
             AND NOT EXISTS (SELECT FROM public.goal_version s WHERE s.tenant_id = g.tenant_id AND s.goal_id = g.id
               AND s.created_at > c.created_at AND s.derivation ->> 'metric_replaced' = 'true')
           ORDER BY c.as_of DESC, c.id DESC LIMIT 1
         ) l ON h.height IS NOT NULL
         ORDER BY h.height NULLS FIRST, g.id;
       END $$""",
]


class Migration(migrations.Migration):
    """Replaces a function and changes no table."""

    dependencies = [("plumb", "0120_told_propagations")]

    operations = [ops.RunSQL(TOUCHED)]
