"""The SQL of snapshots: all rows by one statement, each with its canonical JSON and hash made by PostgreSQL."""

# The text must equal what canonical_bytes would write: keys in order, no spaces, instants in UTC to the microsecond. to_json
# escapes text exactly as Python does. Months are decimals as text, so that no ", " can stand inside of one.
INSTANT = """'"YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""

TAKE_ROWS = f"""
with made as (
  insert into snapshot_row (tenant_id, id, snapshot_id, ordinal, goal_id, content, hash)
  select tenant_id, gen_random_uuid(), $1, ordinal, goal_id, content, encode(sha256(convert_to(content, 'UTF8')), 'hex')
  from (
    select g.tenant_id, g.id as goal_id, row_number() over (order by g.id) as ordinal,
      concat(
        '{{"confirmed_at":', coalesce('"' || to_char(v.confirmed_at at time zone 'UTC', {INSTANT}) || '"', 'null'),
        ',"cycle_code":', to_json(c.code), ',"cycle_id":"', g.cycle_id, '","goal_id":"', g.id,
        '","metric":', to_json(g.metric), ',"months":', replace(v.months::text, ', ', ','),
        ',"owner_id":', coalesce('"' || g.owner_id || '"', 'null'),
        ',"owner_name":', coalesce(to_json(p.name)::text, 'null'),
        ',"owner_number":', coalesce(to_json(p.number)::text, 'null'),
        ',"parent_id":', coalesce('"' || g.parent_id || '"', 'null'),
        ',"state":"', g.state, '","target":"', v.target, '","title":', to_json(g.title),
        ',"unit_code":', to_json(u.code), ',"unit_id":"', g.unit_id, '","unit_name":', to_json(u.name),
        ',"unit_of_measure":', to_json(g.unit_of_measure),
        ',"version_id":"', v.id, '","version_number":', v.number, ',"weight":"', v.weight, '"}}'
      ) as content
    from goal g
    join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number
    join cycle c on c.tenant_id = g.tenant_id and c.id = g.cycle_id
    join org_unit u on u.tenant_id = g.tenant_id and u.id = g.unit_id
    left join person p on p.tenant_id = g.tenant_id and p.id = g.owner_id
  ) as rows
  returning ordinal, hash
)
select count(*)::int as goals,
  encode(sha256(convert_to(coalesce(string_agg(hash, '' order by ordinal), ''), 'UTF8')), 'hex') as content_hash
from made
"""

LAST = "select number, chain_hash from snapshot order by number desc limit 1"

# One chain, one writer: held until the transaction ends. Room to keep 100,000 hashes in memory, for this transaction only.
LOCK = "select pg_advisory_xact_lock(hashtextextended('snapshot:' || $1, 0)), set_config('work_mem', '64MB', true)"

ROWS = """
select ordinal, goal_id, content, hash from snapshot_row where snapshot_id = $1 and ordinal > $2 order by ordinal limit $3
"""

DIFFERENCES = """
with a as (select goal_id, content, hash from snapshot_row where snapshot_id = $1),
     b as (select goal_id, content, hash from snapshot_row where snapshot_id = $2)
select goal_id, a.content as old, b.content as new from a full join b using (goal_id)
where a.hash is distinct from b.hash order by goal_id
"""
