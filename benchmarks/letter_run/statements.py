"""What the run asks of the API, and writes by SQL."""

RUN = "{ id state version total waiting issued refused sealed }"
START = f"""mutation ($cycle: ID!, $template: ID!) {{
  startLetterRun(input: {{cycleId: $cycle, templateVersionId: $template}}) {{
    ... on LetterRun {RUN} ... on Problem {{ code }} }} }}"""
TURN = f"""mutation ($run: ID!, $version: Int!) {{
  %s(input: {{runId: $run, version: $version}}) {{ ... on LetterRun {RUN} ... on Problem {{ code message }} }} }}"""
ASKED = f"query ($id: ID!) {{ letterRun(id: $id) {RUN} }}"
FOLLOW = f"subscription ($id: ID!) {{ letterRun(id: $id) {RUN} }}"
BOARD = "{ letterRunItems(first: 100) { totalCount edges { node { ordinal state letterState employeeName } } } }"
PEOPLE = """
insert into person (tenant_id, id, number, name, unit_id, manager_id, grade, position, skills, active, version, created_at)
select $1, gen_random_uuid(), 'N' || n, substr('赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许', n % 20 + 1, 1) ||
  substr('明华婷睿琪瑶芃喆志强丽娜靖宇梓涵昊轩', n * 7 % 18 + 1, 1 + n % 2), $2, $3, 'P5', '销售代表', '[]', true, 1, now()
from generate_series($4::int, $5::int) n
"""
"""Names of two or three characters, as people have: one with digits would make each letter's articles a shape of their own."""
GOALS = """
with owners as (select p.id as owner, gen_random_uuid() as goal from person p where p.number like 'N%'),
goals as (insert into goal (tenant_id, id, created_at, cycle_id, unit_id, owner_id, title, metric, unit_of_measure, state,
  current_number, version) select $1, goal, now(), $2, $3, owner, '华南区销售额', '销售额', '元', 'CONFIRMED', 1, 2 from owners)
insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, months, derivation, confirmed_at,
  confirmed_by)
select $1, gen_random_uuid(), now(), goal, 1, 1200000.00, 100.00, to_jsonb(array_fill('100000.00'::text, array[12])), '{}',
  now(), owner from owners
"""
SIGNED = """
with ours as (select l.id from letter l where l.state = 'ISSUED' and l.number > '' order by l.id limit $3),
signatures as (insert into letter_signature (tenant_id, id, letter_id, role, act, label, person_id, membership_id, signed_at,
  address, agent, canonical_sha256, proof) select s.tenant_id, gen_random_uuid(), s.letter_id, s.role, s.act, s.label,
  s.person_id, $1, now(), '127.0.0.1', 'bench', l.canonical_sha256, 'NONE'
  from letter_signer s join letter l on l.id = s.letter_id where l.id in (select id from ours)),
signers as (update letter_signer s set state = 'DONE' where s.letter_id in (select id from ours)),
letters as (update letter l set state = 'SIGNED', version = version + 2 where l.id in (select id from ours)),
jobs as (select j.* from ours, lateral (values
  ('letters.seal', id::text, jsonb_build_object('letter_id', id), false),
  ('letters.annex', id::text || ':BATTLE_MAP', jsonb_build_object('letter_id', id, 'kind', 'BATTLE_MAP'), true)
  ) as j (topic, key, payload, is_annex) where not is_annex or $2)
insert into outbox (tenant_id, id, topic, payload, dedupe_key, request_id, created_at, available_at, tries, failures)
select current_setting('app.tenant')::uuid, gen_random_uuid(), topic, payload, key, '', now(), now(), 0, 0 from jobs
"""
