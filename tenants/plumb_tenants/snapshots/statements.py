"""The SQL of snapshots: all lines by one statement, each as canonical JSON made by PostgreSQL; kept lines by their place."""

from plumb_tenants.goals.service import EXPECTED_SQL

# The text must equal what canonical_bytes would write: keys in order, no spaces, instants in UTC to the microsecond. to_json
# escapes text exactly as Python does. Months are decimals as text, so that no ", " can stand inside of one.
INSTANT = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""

# A deviation is marked by whole products, never by a quotient: 84.99 of 100 is 15.01 apart, and 85 is exactly 15.
_EXPECTED = EXPECTED_SQL.format(aim="g.aim", target="a.target", baseline="v.baseline", part="e.part")
TAKE_LINES = f"""
with parts as (select * from unnest($2::uuid[], $3::text[], $4::numeric[]) as e(cycle_id, months, part)),
pictured as materialized (
  select g.tenant_id, g.id, g.cycle_id, g.owner_id, g.parent_id, g.unit_id, g.title, g.metric, g.unit_of_measure, g.state,
    v.id as version_id, v.number, v.target, v.weight, v.months, v.confirmed_at, c.code as cycle_code,
    u.code as unit_code, u.name as unit_name, n.name as owner_name, n.number as owner_number,
    p.actual, x.expected, p.attainment, p.as_of, case when $6::boolean then coalesce(p.source, 'CHECK_IN') end as source, b.basis,
    case when p.actual is null or b.basis is null then 'UNKNOWN' when b.basis = 0 then 'UNDEFINED'
      when abs(p.actual - b.basis) * 100 > $7::numeric * abs(b.basis) then 'RED' else 'WITHIN' end as mark
  from goal g
  join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number
  join cycle c on c.tenant_id = g.tenant_id and c.id = g.cycle_id
  join org_unit u on u.tenant_id = g.tenant_id and u.id = g.unit_id
  left join person n on n.tenant_id = g.tenant_id and n.id = g.owner_id
  left join goal_progress p on p.tenant_id = g.tenant_id and p.goal_id = g.id and $6
  left join parts e on e.cycle_id = g.cycle_id and e.months = case when $5::boolean then v.months::text else '[]' end
  cross join lateral (select case when p.excluded > 0 then greatest(v.target - p.excluded, 0) else v.target end as target) a
  cross join lateral (select {_EXPECTED} as expected) x
  cross join lateral (select case when $8 = 'EXPECTED' then x.expected else v.target end as basis) b
  where $1::uuid is null or g.unit_id in (select descendant_id from org_unit_closure where ancestor_id = $1)
  order by g.id),
of_units as (
  select unit_id, count(*) as goals, count(actual) as reported, count(*) filter (where mark = 'RED') as red,
    count(*) filter (where mark = 'UNDEFINED') as undefined from pictured group by unit_id),
counted as (
  select t.ancestor_id as unit_id, sum(o.goals)::int as goals, sum(o.reported)::int as reported, sum(o.red)::int as red,
    sum(o.undefined)::int as undefined
  from of_units o join org_unit_closure t on t.descendant_id = o.unit_id
  where $1::uuid is null or t.ancestor_id in (select descendant_id from org_unit_closure where ancestor_id = $1)
  group by t.ancestor_id
  union all
  select null, coalesce(sum(goals), 0)::int, coalesce(sum(reported), 0)::int, coalesce(sum(red), 0)::int,
    coalesce(sum(undefined), 0)::int from of_units)
select null::uuid as goal_id, null::uuid as owner_id, convert_to((select jsonb_agg(jsonb_build_object('unit_id', c.unit_id,
  'unit_code', u.code, 'unit_name', u.name, 'goals', c.goals, 'reported', c.reported, 'red', c.red, 'undefined', c.undefined)
  order by u.code nulls first)::text from counted c left join org_unit u on u.id = c.unit_id), 'UTF8') as content
union all
(select g.id, g.owner_id, convert_to(
  concat(
    '{{"actual":', coalesce('"' || g.actual || '"', 'null'),
    ',"actual_as_of":', coalesce('"' || g.as_of || '"', 'null'),
    ',"actual_source":', coalesce('"' || g.source || '"', 'null'),
    ',"attainment":', coalesce('"' || g.attainment || '"', 'null'),
    ',"confirmed_at":', coalesce('"' || to_char(g.confirmed_at at time zone 'UTC', {INSTANT}) || '"', 'null'),
    ',"cycle_code":', to_json(g.cycle_code), ',"cycle_id":"', g.cycle_id,
    '","deviation":', case when g.mark in ('RED', 'WITHIN')
      then '"' || round(abs(g.actual - g.basis) * 100 / abs(g.basis), 2) || '"' else 'null' end,
    ',"expected":', coalesce('"' || g.expected || '"', 'null'), ',"goal_id":"', g.id,
    '","mark":"', g.mark, '","metric":', to_json(g.metric), ',"months":', replace(g.months::text, ', ', ','),
    ',"owner_id":', coalesce('"' || g.owner_id || '"', 'null'),
    ',"owner_name":', coalesce(to_json(g.owner_name)::text, 'null'),
    ',"owner_number":', coalesce(to_json(g.owner_number)::text, 'null'),
    ',"parent_id":', coalesce('"' || g.parent_id || '"', 'null'),
    ',"state":"', g.state, '","target":"', g.target, '","title":', to_json(g.title),
    ',"unit_code":', to_json(g.unit_code), ',"unit_id":"', g.unit_id, '","unit_name":', to_json(g.unit_name),
    ',"unit_of_measure":', to_json(g.unit_of_measure),
    ',"version_id":"', g.version_id, '","version_number":', g.number, ',"weight":"', g.weight, '"}}'
  ), 'UTF8')
from pictured g)
"""
"""Gives the counts by unit first, then a line for each goal by its id, as the bytes that are hashed: all of one moment."""

ADD_BUNDLE = """
insert into snapshot_bundle (tenant_id, id, snapshot_id, first, goal_ids, owner_ids, hashes, size, packed, digest)
values ($1, $2, $3, $4, $5::text::uuid[], $6::text::uuid[], $7::text::bytea[], $8, $9, $10)
"""

LAST = "select number, chain_hash from snapshot order by number desc limit 1"

# Room to join and sort 100,000 goals in memory, for this transaction only.
MEMORY = "select set_config('work_mem', '64MB', true)"

# A snapshot without bundles is of the time before them, and has rows.
BUNDLE_AFTER = """
select first, goal_ids, owner_ids, hashes, size, packed, digest from snapshot_bundle
where snapshot_id = $1 and first > $2 and ($3::int[] is null or exists (
  select from unnest($3::int[]) as asked where asked between first and first + cardinality(hashes) - 1))
order by first limit 1
"""
ROWS_AFTER = """
select ordinal, goal_id, content, hash from snapshot_row
where snapshot_id = $1 and ordinal > $2 and ($3::int[] is null or ordinal = any($3))
  and not exists (select from snapshot_bundle where snapshot_id = $1)
order by ordinal limit $4
"""

_LINES = """
select l.goal_id, encode(l.hash, 'hex') as hash, b.first + l.place::int - 1 as ordinal
from snapshot_bundle b, unnest(b.goal_ids, b.hashes) with ordinality as l(goal_id, hash, place) where b.snapshot_id = {0}
union all
select goal_id, hash, ordinal from snapshot_row
where snapshot_id = {0} and not exists (select from snapshot_bundle where snapshot_id = {0})
"""
DIFFERENCES = f"""
with a as (select * from ({_LINES.format("$1")}) l where goal_id is not null),
     b as (select * from ({_LINES.format("$2")}) l where goal_id is not null),
     differing as (select goal_id, a.ordinal as old, b.ordinal as new from a full join b using (goal_id)
       where a.hash is distinct from b.hash)
select goal_id, old, new, count(*) over () as total, count(*) filter (where old is null) over () as added,
  count(*) filter (where new is null) over () as removed
from differing order by goal_id limit greatest($3, 1)
"""
"""Names the lines that differ by their ordinals, one at least if any does: every row carries how many there are in all."""

INPUTS = f"select ordinal from ({_LINES.format('$1')}) l where goal_id is null order by ordinal"
