"""The SQL of attribution that works on whole sets: recording, crediting and the lines of a closing period."""

INSERT_ORDERS = """
insert into sales_order (tenant_id, id, created_at, code, customer, product, region, amount, currency, ordered_on, unit_id,
                         owner_id, period_id, definition_version_id, split_type, number, version, created_by)
select $1, o.id, $2, o.code, o.customer, o.product, o.region, o.amount, o.currency, o.ordered_on, o.unit_id, o.owner_id,
       o.period_id, $3, $4, 1, 1, $5
from unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[], $11::numeric[], $12::text[], $13::date[],
            $14::uuid[], $15::uuid[], $16::uuid[])
     as o (id, code, customer, product, region, amount, currency, ordered_on, unit_id, owner_id, period_id)
"""

# Credit is made from the lines as they were stored, so that the two can never differ.
INSERT_DEFAULT_SHARES = """
with made as (
  insert into share_version (tenant_id, id, created_at, order_id, number, period_id, amount, source, reason, lines, set_by)
  select $1, s.id, $2, s.order_id, 1, s.period_id, s.amount, 'DEFAULT', $3, s.lines::jsonb, $4
  from unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::numeric[], $9::text[]) as s (id, order_id, period_id, amount, lines)
  returning id, order_id, period_id, lines
)
insert into credit (tenant_id, id, order_id, share_version_id, period_id, person_id, unit_id, manager_id, role, kind, percent,
                    amount)
select $1, gen_random_uuid(), made.order_id, made.id, made.period_id, l.person, coalesce(p.unit_id, o.unit_id), p.manager_id,
       l.role, case when made.period_id = o.period_id then 'CREDIT' else 'ADJUSTMENT' end, l.percent, l.amount
from made
join sales_order o on o.tenant_id = $1 and o.id = made.order_id
cross join lateral jsonb_to_recordset(made.lines) as l (person uuid, role text, percent numeric, amount numeric)
left join person p on p.tenant_id = $1 and p.id = l.person
"""

# Who had closed credit in the order keeps unit and manager of that day, so that a clawback reaches whom the credit reached.
INSERT_CREDIT = """
insert into credit (tenant_id, id, order_id, share_version_id, period_id, person_id, unit_id, manager_id, role, kind, percent,
                    amount)
select o.tenant_id, gen_random_uuid(), o.id, $2, $3, l.person, coalesce(given.unit_id, p.unit_id, o.unit_id),
       case when given.unit_id is null then p.manager_id else given.manager_id end, l.role, $4, l.percent, l.amount
from sales_order o
cross join unnest($5::uuid[], $6::text[], $7::numeric[], $8::numeric[]) as l (person, role, percent, amount)
left join person p on p.tenant_id = o.tenant_id and p.id = l.person
left join lateral (
  select c.unit_id, c.manager_id from credit c join bonus_period b on b.tenant_id = c.tenant_id and b.id = c.period_id
  where c.tenant_id = o.tenant_id and c.order_id = o.id and c.person_id = l.person order by b.starts_on, c.id limit 1
) given on true
where o.id = $1
"""

DELETE_OPEN_CREDIT = """
delete from credit where order_id = $1 and period_id in (select id from bonus_period where state = 'OPEN') returning id
"""

CREDITED = "select person_id, role, sum(amount) as amount from credit where order_id = $1 group by person_id, role"

KNOWN_ORDERS = """
select o.code, o.id, o.customer, o.product, o.region, o.currency, o.ordered_on, o.unit_id, o.definition_version_id, v.amount,
       v.lines
from sales_order o join share_version v on v.tenant_id = o.tenant_id and v.order_id = o.id and v.number = 1
where o.code = any($1::text[])
"""

CLOSE_LINES = """
with roles as (
  select v.id, r ->> 'key' as key, r ->> 'name' as name from definition_version v, jsonb_array_elements(v.body -> 'roles') r
  where v.id in (select o.definition_version_id from credit c
                 join sales_order o on o.tenant_id = c.tenant_id and o.id = c.order_id where c.period_id = $1)
), lines as (
  insert into bonus_line (tenant_id, id, period_id, ordinal, order_code, customer, product, region, ordered_on, unit_code,
                          unit_name, person_number, person_name, role, kind, percent, amount, currency)
  select c.tenant_id, gen_random_uuid(), c.period_id,
         row_number() over (order by o.code collate "C", c.role collate "C", p.number collate "C", c.id),
         o.code, o.customer, o.product, o.region, o.ordered_on, u.code, u.name, coalesce(p.number, ''), coalesce(p.name, ''),
         coalesce(r.name, c.role), c.kind, c.percent, c.amount, o.currency
  from credit c
  join sales_order o on o.tenant_id = c.tenant_id and o.id = c.order_id
  join org_unit u on u.tenant_id = c.tenant_id and u.id = c.unit_id
  left join person p on p.tenant_id = c.tenant_id and p.id = c.person_id
  left join roles r on r.id = o.definition_version_id and r.key = c.role
  where c.period_id = $1
  returning 1
)
select count(*)::int from lines
"""
