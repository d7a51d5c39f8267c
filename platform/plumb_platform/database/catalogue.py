"""The check of PostgreSQL's own catalogue: every way in which a table could let one company see another's rows."""

import asyncpg

from plumb_platform.settings import APP_ROLE

FAULTS = """
with tables as (
  select c.oid, c.relname, c.relrowsecurity as enabled, c.relforcerowsecurity as forced, c.relowner,
         (select attnum from pg_attribute where attrelid = c.oid and attname = 'tenant_id' and not attisdropped) as tenant
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_t'
)
select 'role can bypass row security' as fault, rolname::text as name from pg_roles
where rolname = $1 and (rolsuper or rolbypassrls or rolcreaterole)
union all
select 'role is member of an owner', r.rolname from pg_roles r
where pg_has_role($1::name, r.oid, 'member') and r.rolname <> $1 and exists (select from tables where relowner = r.oid)
union all
select 'role owns table', relname from tables where relowner = (select oid from pg_roles where rolname = $1)
union all
select 'reachable table without tenant_id', relname from tables
where tenant is null and has_table_privilege($1::name, oid, 'select')
union all
select 'row security off or not forced', relname from tables where tenant is not null and not (enabled and forced)
union all
select 'tenant_id may be null', relname from tables
join pg_attribute a on a.attrelid = tables.oid and a.attnum = tenant where not attnotnull
union all
select 'policy not on tenant', tables.relname || '.' || polname from pg_policy p join tables on tables.oid = p.polrelid
where tenant is not null and ((select oid from pg_roles where rolname = $1) = any (polroles) or 0 = any (polroles))
  and pg_get_expr(polqual, polrelid) !~ 'sec\\.tenant\\(\\)'
union all
select 'unique index without tenant_id', i.indexrelid::regclass::text from pg_index i join tables on tables.oid = i.indrelid
where tenant is not null and indisunique and not (tenant = any (indkey::int2[]))
union all
select 'foreign key without tenant_id', conname from pg_constraint c
join tables a on a.oid = conrelid join tables b on b.oid = confrelid
where contype = 'f' and a.tenant is not null and b.tenant is not null and not (a.tenant = any (conkey))
union all
select 'view without security_invoker', c.relname from pg_class c
where relkind = 'v' and relnamespace = 'public'::regnamespace and has_table_privilege($1::name, c.oid, 'select')
  and not coalesce(reloptions::text ~ 'security_invoker=(true|on|1)', false)
union all
select 'materialized view reachable', relname from pg_class where relkind = 'm' and has_table_privilege($1::name, oid, 'select')
union all
select 'definer function without search_path', proname from pg_proc
where prosecdef and pronamespace <> 'pg_catalog'::regnamespace and not coalesce(proconfig::text ~ 'search_path', false)
union all
select 'truncate, references or trigger granted', relname from tables
where has_table_privilege($1::name, oid, 'truncate') or has_table_privilege($1::name, oid, 'references')
   or has_table_privilege($1::name, oid, 'trigger')
order by 1, 2
"""


async def faults(connection: asyncpg.Connection, *, role: str = APP_ROLE) -> list[tuple[str, str]]:
    """Return every fault as (what, where); an empty list is the only good answer (N8)."""
    return [(row["fault"], row["name"]) for row in await connection.fetch(FAULTS, role)]
