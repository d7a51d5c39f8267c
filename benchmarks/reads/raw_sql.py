"""The limit's statements: PostgreSQL writes the whole answer as JSON, one row_to_json per level; the server hands it on.

A `$g` stands behind the conditions on the table `g`: it is nothing under row security. To know what row security costs, the
same text is run without it, with the tenant named at each table.
"""

from string import Template

_PAGE = """
select row_to_json(p) from (select
  (select json_agg(row_to_json(e)) from (select (select row_to_json(n) from (select g.gid as id, g.title, g.state, g.target,
      g.weight, g.owner, g.unit, g.parent, g.children) n) as node from goals g where g.place <= 100) e) as edges,
  (select row_to_json(i) from (select count(*) > 100 as "hasNextPage",
      max(id::text) filter (where place <= 100) as "endCursor" from goals) i) as "pageInfo"
  ) p
"""
_GOALS = """
with goals as materialized (
  select row_number() over (order by g.id) as place, g.id, 'Goal_' || g.id as gid, g.title, g.state,
    v.target::text, v.weight::text,
    (select row_to_json(o) from (select 'Person_' || p.id as id, p.name, p.number
      from person p where p.id = g.owner_id $p) o) as owner,
    (select row_to_json(u) from (select 'OrgUnit_' || u.id as id, u.name, u.code
      from org_unit u where u.id = g.unit_id $u) u) as unit,
    (select row_to_json(a) from (select 'Goal_' || a.id as id, a.title from goal a where a.id = g.parent_id $a) a) as parent,
    (select row_to_json(c) from (select json_agg(row_to_json(e)) as edges from (select (select row_to_json(n) from
      (select 'Goal_' || k.id as id, k.title, k.target) n) as node from (select k.id, k.title, kv.target::text
        from goal k join goal_version kv on kv.goal_id = k.id and kv.number = k.current_number $kv
        where k.parent_id = g.id $k order by k.id limit 3) k) e) c) as children
  from (select * from goal g where g.id > $$1 $g order by g.id limit 101) g
  join goal_version v on v.goal_id = g.id and v.number = g.current_number $v
  order by g.id
)
"""
_SMALL = """
select row_to_json(n) from (select 'Goal_' || g.id as id, g.title,
  (select row_to_json(o) from (select 'Person_' || p.id as id, p.name from person p where p.id = g.owner_id $p) o) as owner
  from goal g where g.id = $$1 $g) n
"""
ALIASES = ("g", "v", "p", "u", "a", "k", "kv")


def page_sql(*, own: str = "") -> str:
    """Return the page behind the goal $1; `own` is a condition over the table alias `{}`."""
    return _filled(_GOALS + _PAGE, own)


def small_sql(*, own: str = "") -> str:
    """Return the goal $1 and its owner."""
    return _filled(_SMALL, own)


def as_bytes(sql: str) -> str:
    """Return the statement with its JSON as the bytes that go out."""
    return f"select convert_to(({sql})::text, 'UTF8')"


def in_one_trip(sql: str) -> str:
    """Return the statement that names the tenant $2 first and reads then, both in one implicit transaction."""
    return f"select case when set_config('app.tenant', $2, true) is not null then convert_to(({sql})::text, 'UTF8') end"


def _filled(template: str, own: str) -> str:
    return Template(template).substitute({alias: own.format(alias) for alias in ALIASES})
