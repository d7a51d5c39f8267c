"""The tables of a company as PostgreSQL's own catalogue has them: whoever takes out or destroys a whole company forgets none."""

from collections.abc import Sequence
from dataclasses import dataclass

TABLES = """
select c.relname as name, array(
    select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum
  ) as columns, array(
    select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and a.atttypid in ('numeric'::regtype, 'bigint'::regtype)
  ) as numbers, array(
    select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and a.atttypid in ('bytea'::regtype, 'bytea[]'::regtype)
  ) as bytes, array(
    select a.attname::text from pg_index i cross join unnest(i.indkey::int2[]) with ordinality k(attnum, place)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum where i.indrelid = c.oid and i.indisprimary order by k.place
  ) as key
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = 'public'
  and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
order by c.relname
"""


@dataclass(frozen=True, slots=True)
class TenantTable:
    """A table that has rows of companies; `numbers` are columns that JSON readers would round, `key` orders its rows."""

    name: str
    columns: Sequence[str]
    numbers: Sequence[str]
    bytes: Sequence[str]
    key: Sequence[str]
