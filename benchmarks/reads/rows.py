"""The rows of one company: 100 units as a tree, 500 people, 5,000 goals of people with three key results each."""

from uuid import UUID, uuid4

import asyncpg

from plumb_platform.ids import uuid7

UNITS, PEOPLE, GOALS, KEY_RESULTS = 100, 500, 5_000, 3
BRANCHES = 4

CYCLE = (
    "insert into cycle (tenant_id, id, created_at, code, name, starts_on, ends_on) "
    "values ($1, $2, now(), '2026', '2026 年度', '2026-01-01', '2026-12-31')"
)
UNIT = (
    "insert into org_unit (tenant_id, id, created_at, parent_id, code, name, ordinal, version) "
    "select $1, u.id, now(), u.parent, 'U' || u.n, '第' || u.n || '销售区', u.n, 1 "
    "from unnest($2::uuid[], $3::uuid[]) with ordinality as u (id, parent, n)"
)
CLOSURE = (
    "insert into org_unit_closure (tenant_id, id, ancestor_id, descendant_id, depth) "
    "select $1, gen_random_uuid(), c.ancestor, c.descendant, c.depth from unnest($2::uuid[], $3::uuid[], $4::int[]) "
    "as c (ancestor, descendant, depth)"
)
PERSON = (
    "insert into person (tenant_id, id, created_at, number, name, unit_id, manager_id, grade, position, skills, active, version) "
    "select $1, p.id, now(), 'E' || lpad(p.n::text, 5, '0'), '员工' || p.n, p.unit, p.manager, 'P5', '销售代表', '[]', true, 1 "
    "from unnest($2::uuid[], $3::uuid[], $4::uuid[]) with ordinality as p (id, unit, manager, n)"
)
GOAL = (
    "insert into goal (tenant_id, id, created_at, cycle_id, unit_id, owner_id, parent_id, title, metric, unit_of_measure, state, "
    "current_number, version) "
)
# Ids made later sort later; a day ahead puts the goals of units behind everything else.
UNIT_GOALS = (
    f"{GOAL} select $1, uuidv7(interval '1 day'), now(), $2, id, null, null, name || '年度销售额', '区域销售额', '元', "
    "'CONFIRMED', 1, 1 from org_unit where tenant_id = $1 order by ordinal"
)
PEOPLE_GOALS = (
    f"{GOAL} select $1, uuidv7(), now(), $2, p.unit_id, p.id, g.id, p.name || '年度销售额 ' || n, '销售额', '元', "
    "'CONFIRMED', 1, 1 from generate_series(0, $3 - 1) as n "
    "join person p on p.tenant_id = $1 and p.number = 'E' || lpad((n % $4 + 1)::text, 5, '0') "
    "join goal g on g.tenant_id = $1 and g.unit_id = p.unit_id and g.owner_id is null"
)
KEY_RESULT_GOALS = (
    f"{GOAL} select $1, uuidv7(), now(), $2, g.unit_id, g.owner_id, g.id, g.title || '·关键结果 ' || k, '关键结果', '元', "
    "'CONFIRMED', 1, 1 from goal g cross join generate_series(1, $3) as k where g.tenant_id = $1 and g.owner_id is not null"
)
VERSIONS = (
    "insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, months, derivation, confirmed_at, "
    "confirmed_by) select $1, uuidv7(), now(), g.id, 1, g.month * 12, 33.33, "
    "to_jsonb(array_fill(g.month::text, array[12])), '{}', now(), g.owner_id "
    "from (select id, owner_id, (1000 + random() * 90000)::numeric(20,2) as month from goal where tenant_id = $1) g"
)
# A message has the id of its goal, so that a request of one names the other.
MESSAGES = (
    "insert into message (tenant_id, id, created_at, person_id, kind, object_type, object_id, zh, en) "
    "select $1, g.id, now(), m.person_id, 'goal.change', 'Goal', g.id, g.title, g.title from goal g join membership m "
    "on m.tenant_id = g.tenant_id where g.tenant_id = $1 and g.owner_id is not null and g.metric = '销售额'"
)


async def company_rows(connection: asyncpg.Connection, tenant_id: UUID) -> None:
    """Fill a founded company, as the owner of the server."""
    cycle, units = uuid4(), [uuid7() for _ in range(UNITS)]
    above = [_above(place) for place in range(UNITS)]
    parents = [units[line[1]] if len(line) > 1 else None for line in above]
    pairs = [(units[up], units[place], depth) for place, line in enumerate(above) for depth, up in enumerate(line)]
    people = [uuid7() for _ in range(PEOPLE)]
    homes = [units[place % UNITS] for place in range(PEOPLE)]
    managers = [people[(place - 1) // 10] if place else None for place in range(PEOPLE)]
    async with connection.transaction():
        # The rows are right by the way they are made: checking each foreign key would take as long again.
        await connection.execute("set local session_replication_role = replica")
        await connection.execute(CYCLE, tenant_id, cycle)
        await connection.execute(UNIT, tenant_id, units, parents)
        await connection.execute(CLOSURE, tenant_id, *(list(column) for column in zip(*pairs, strict=True)))
        await connection.execute(PERSON, tenant_id, people, homes, managers)
        await connection.execute(UNIT_GOALS, tenant_id, cycle)
        # The next statements join these rows, so the planner must know of them.
        await connection.execute("analyze goal, person")
        await connection.execute(PEOPLE_GOALS, tenant_id, cycle, GOALS, PEOPLE)
        await connection.execute(KEY_RESULT_GOALS, tenant_id, cycle, KEY_RESULTS)
        await connection.execute(VERSIONS, tenant_id)


def _above(place: int) -> list[int]:
    """Return the unit and all above it, nearest first."""
    line = [place]
    while place:
        place = (place - 1) // BRANCHES
        line.append(place)
    return line
