"""The SQL of actions that works on whole sets: customers that fit, tasks and their links, months that fill."""

_FITS = "($2 = '' or c.grade = $2) and ($3 = '' or c.contact_roles ? $3)"

CUSTOMERS_BY_CODE = f"select c.id, c.code from customer c where c.code = any($1::text[]) and {_FITS} and {{}}"
CUSTOMERS_OF = f"select c.id, c.code from customer c where c.owner_id = $1 and {_FITS} order by c.code limit $4"

KNOWN_TASKS = "select key, id, digest from task where key = any($1::text[])"

MONTHLY = """
select t.owner_id, t.starts_on, count(*)::int as count from task t
join unnest($1::uuid[], $2::date[]) as m (owner_id, starts_on) using (owner_id, starts_on)
where t.cadence = 'MONTH' group by t.owner_id, t.starts_on
"""

INSERT_TASKS = """
insert into task (tenant_id, id, created_at, state, key, digest, owner_id, unit_id, goal_id, metric_key, cadence, starts_on,
  ends_on, action, title, is_key, quantity, customer_grade, contact_role, definition_version_id, done, replaced, credited,
  counted, version)
select $1::uuid, t.id, $2::timestamptz, $3::text, t.key, t.digest, t.owner_id, t.unit_id, t.goal_id, t.metric, t.cadence,
  t.starts_on, t.ends_on, t.action, t.title, t.is_key, t.quantity, t.grade, t.role, t.definition_version_id, 0, 0, 0, 0, 1
from unnest($4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::date[],
            $13::date[], $14::text[], $15::text[], $16::bool[], $17::int[], $18::text[], $19::text[], $20::uuid[])
  as t (id, key, digest, owner_id, unit_id, goal_id, metric, cadence, starts_on, ends_on, action, title, is_key, quantity, grade,
        role, definition_version_id)
"""

INSERT_LINKS = """
insert into task_customer (tenant_id, id, task_id, customer_id)
select $1::uuid, gen_random_uuid(), l.task_id, l.customer_id from unnest($2::uuid[], $3::uuid[]) as l (task_id, customer_id)
"""

COMPLETE = """
insert into task_completion (tenant_id, id, created_at, task_id, customer_id, contact_role, day, note, done_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (tenant_id, task_id, customer_id) do nothing returning id
"""

SWAP = """
insert into task_swap (tenant_id, id, created_at, task_id, swap, quantity, rate, replaced, credited, reason, swapped_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

LINKED = """
select c.id from task_customer l join customer c on c.tenant_id = l.tenant_id and c.id = l.customer_id
where l.task_id = $1 and c.code = $2
"""
