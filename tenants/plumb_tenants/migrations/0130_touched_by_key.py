"""Goals that a change touches are found by their keys, whatever the planner knows; what was said of a goal is one rule."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# Both are one SELECT without settings of their own, so PostgreSQL writes them into the statement that asks them.
RULES = [
    """CREATE FUNCTION sec.replaced_after(tenant uuid, about uuid, moment timestamptz)
       RETURNS SETOF public.goal_version LANGUAGE sql STABLE AS $$
         SELECT v.* FROM public.goal_version v
         WHERE v.tenant_id = tenant AND v.goal_id = about AND v.created_at > moment AND v.derivation ->> 'metric_replaced' = 'true'
       $$""",
    """CREATE FUNCTION sec.said(tenant uuid, about uuid) RETURNS SETOF public.check_in LANGUAGE sql STABLE AS $$
         SELECT c.* FROM public.check_in c
         WHERE c.tenant_id = tenant AND c.goal_id = about
           AND NOT EXISTS (SELECT FROM public.check_in n WHERE n.tenant_id = tenant AND n.corrects_id = c.id)
           AND NOT EXISTS (SELECT FROM sec.replaced_after(tenant, about, c.created_at))
       $$""",
]
# LIMIT and OFFSET 0 keep a lookup from being joined: planned while a table is all but empty, and kept, such a join read
# every row of the company for each goal once ten thousand had been written.
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
           SELECT g.id, g.parent_id, 0 AS height FROM unnest(goals) i
             CROSS JOIN LATERAL (SELECT o.id, o.parent_id FROM public.goal o WHERE o.id = i LIMIT 1) g
           UNION
           SELECT g.id, g.parent_id, a.height + 1 FROM above a
             CROSS JOIN LATERAL (SELECT o.id, o.parent_id FROM public.goal o WHERE o.id = a.parent_id LIMIT 1) g
             WHERE a.height < 64
         ), heights AS (
           SELECT a.id, max(a.height) AS height FROM above a GROUP BY a.id
         ), touched AS (
           SELECT h.height, g.* FROM heights h
             CROSS JOIN LATERAL (SELECT o.* FROM public.goal o WHERE o.id = h.id LIMIT 1) g
           UNION ALL
           SELECT NULL, g.* FROM heights h
             CROSS JOIN LATERAL (SELECT o.* FROM public.goal o WHERE o.parent_id = h.id OFFSET 0) g
             WHERE g.id NOT IN (SELECT k.id FROM heights k)
         )
         SELECT g.id, g.parent_id, g.aim::text, g.roll_up::text, g.unit_of_measure::text, g.state::text, g.rules_version_id,
           g.metric_key::text, coalesce(g.owner_id, g.unit_id), y.starts_on, y.ends_on, v.target, v.baseline, v.weight,
           (SELECT coalesce(sum(e.amount), 0) FROM public.goal_exclusion e
             WHERE e.tenant_id = g.tenant_id AND e.goal_id = g.id AND e.state = 'APPROVED' AND e.moved_to IS NULL
               AND NOT EXISTS (SELECT FROM sec.replaced_after(g.tenant_id, g.id, e.created_at))),
           g.height, l.value, l.as_of, l.confidence, l.created_at, p.source::text, p.actual, p.attainment, p.met,
           p.undefined::text, p.excluded, p.reported, p.confidence, p.as_of, p.rates::text
         FROM touched g
         CROSS JOIN LATERAL (SELECT o.* FROM public.goal_version o
           WHERE o.tenant_id = g.tenant_id AND o.goal_id = g.id AND o.number = g.current_number LIMIT 1) v
         CROSS JOIN LATERAL (SELECT o.* FROM public.cycle o WHERE o.tenant_id = g.tenant_id AND o.id = g.cycle_id LIMIT 1) y
         LEFT JOIN LATERAL (SELECT o.* FROM public.goal_progress o
           WHERE o.tenant_id = g.tenant_id AND o.goal_id = g.id LIMIT 1) p ON true
         LEFT JOIN LATERAL (SELECT c.value, c.as_of, c.confidence, c.created_at FROM sec.said(g.tenant_id, g.id) c
           ORDER BY c.as_of DESC, c.id DESC LIMIT 1) l ON g.height IS NOT NULL
         ORDER BY g.height NULLS FIRST, g.id;
       END $$""",
]


class Migration(migrations.Migration):
    """Makes functions and changes no table."""

    dependencies = [("plumb", "0124_excluded_of_now")]

    operations = [ops.RunSQL([*RULES, *TOUCHED])]
