"""The SQL of metrics: storing what sources say, and one figure for each cell of subject and period."""

from collections.abc import Mapping

from plumb_tenants.metrics.definition import Aggregation, EventLink
from plumb_tenants.metrics.subjects import SubjectKind

KNOWN_REVISIONS = """
select r.external_id, r.revision, r.digest from observation_revision r
join unnest($2::text[], $3::int[]) as k (external_id, revision) using (external_id, revision)
where r.source = $1
"""

# The newest revision of each record, which a file without revisions of its own repeats or corrects.
NEWEST_REVISIONS = """
select distinct on (r.external_id) r.external_id, r.revision, r.digest from observation_revision r
where r.source = $1 and r.external_id = any($2::text[]) order by r.external_id, r.revision desc
"""

INSERT_REVISIONS = """
insert into observation_revision (tenant_id, id, created_at, source, recorded_by, external_id, revision, digest, metric_key,
  subject_kind, subject_id, day, happened_at, value, object_code, deleted, definition_version_id)
select $1, gen_random_uuid(), $2, $3, $4, o.*
from unnest($5::text[], $6::int[], $7::text[], $8::text[], $9::text[], $10::uuid[], $11::date[], $12::timestamptz[],
            $13::numeric[], $14::text[], $15::bool[], $16::uuid[]) as o
"""

# What stands is what the highest revision says, in whatever order they came (C52).
UPSERT_OBSERVATIONS = """
insert into observation as o (tenant_id, id, created_at, source, external_id, revision, metric_key, subject_kind, subject_id,
  unit_id, day, happened_at, value, object_code, deleted, definition_version_id)
select $1, n.*
from (select i.id, $2::timestamptz, $3::text, i.external_id, i.revision, i.metric_key, i.subject_kind, i.subject_id, i.unit_id,
        i.day, i.happened_at, i.value, i.object_code, i.deleted, i.definition_version_id
      from unnest($4::uuid[], $5::text[], $6::int[], $7::text[], $8::text[], $9::uuid[], $10::uuid[], $11::date[],
                  $12::timestamptz[], $13::numeric[], $14::text[], $15::bool[], $16::uuid[])
        as i (id, external_id, revision, metric_key, subject_kind, subject_id, unit_id, day, happened_at, value, object_code,
              deleted, definition_version_id)) n
on conflict (tenant_id, source, external_id) do update set
  revision = excluded.revision, metric_key = excluded.metric_key, subject_kind = excluded.subject_kind,
  unit_id = case when o.subject_id = excluded.subject_id then o.unit_id else excluded.unit_id end,
  subject_id = excluded.subject_id, day = excluded.day, happened_at = excluded.happened_at, value = excluded.value,
  object_code = excluded.object_code, deleted = excluded.deleted, definition_version_id = excluded.definition_version_id
where o.revision < excluded.revision
returning o.id
"""

HEARD = """
insert into metric_feed as f (tenant_id, id, metric_key, source, as_of)
select $1, k.id, k.key, $2, $3 from unnest($4::uuid[], $5::text[]) as k (id, key)
on conflict (tenant_id, metric_key, source) do update set as_of = greatest(f.as_of, excluded.as_of)
"""

FEEDS = "select metric_key, source, as_of from metric_feed where metric_key = any($1::text[])"

# With periods of their own every day of a cell is a row, so that observations find their cells by equal days; with one
# period for all they find them by their subjects alone.
_CELLS = "unnest($1::int[], $2::uuid[], $3::date[], $4::date[]) as c (n, subject_id, starts_on, ends_on)"
_DAYS = f"(select n, subject_id, starts_on + d as day from {_CELLS}, generate_series(0, ends_on - starts_on) as d) as c"
_OF_SUBJECT: Mapping[SubjectKind, str] = {
    SubjectKind.PERSON: "join observation o on o.subject_id = c.subject_id",
    SubjectKind.CUSTOMER: "join observation o on o.subject_id = c.subject_id",
    SubjectKind.UNIT: (
        "join org_unit_closure k on k.ancestor_id = c.subject_id "
        "join observation o on o.tenant_id = k.tenant_id and o.unit_id = k.descendant_id"
    ),
    SubjectKind.COMPANY: "join observation o on true",
}
_COUNTS = "o.metric_key = $5 and not o.deleted and ($6::text[] = '{}' or o.source = any($6))"
_FIGURES: Mapping[Aggregation, str] = {
    Aggregation.SUM: "coalesce(sum(o.value){filter}, 0)",
    Aggregation.AVERAGE: "sum(o.value)",
    Aggregation.DISTINCT_COUNT: "count(distinct nullif(o.object_code, '')){filter}",
}
_LATER = (
    "f.tenant_id = o.tenant_id and f.metric_key = $7 and not f.deleted and ($8::text[] = '{}' or f.source = any($8)) "
    "and (f.day > o.day or f.day = o.day and f.happened_at > o.happened_at) and f.day <= o.day + $9::int"
)
_SAME: Mapping[EventLink, str] = {
    EventLink.OBJECT: "f.object_code = o.object_code and o.object_code <> ''",
    EventLink.SUBJECT: "f.subject_id = o.subject_id",
    EventLink.BOTH: "f.subject_id = o.subject_id and f.object_code = o.object_code and o.object_code <> ''",
}


def aggregate(kind: SubjectKind, aggregation: Aggregation, event: EventLink | None = None, *, one_period: bool = False) -> str:
    """Return the statement that gives `n`, `total` and `rows` of each cell that has any observation.

    $1 to $4 are the cells, $5 the metric, $6 the sources that count (all when empty); of an event rule $7 is the later
    metric, $8 its sources, $9 the days within which it must come. `one_period` says that all cells have the same.
    """
    cells, day = (_CELLS, "o.day between c.starts_on and c.ends_on") if one_period else (_DAYS, "o.day = c.day")
    source = f"from {cells} {_OF_SUBJECT[kind]} where {day} and {_COUNTS}"
    if aggregation is Aggregation.LAST:
        order = "c.n, o.subject_id, o.day desc, o.happened_at desc nulls last, o.external_id desc"
        last = f"select distinct on (c.n, o.subject_id) c.n, o.value {source} order by {order}"
        return f"select n, sum(value) as total, count(*) as rows from ({last}) as each group by n"
    counted = f" filter (where exists (select from observation f where {_LATER} and {_SAME[event]}))" if event else ""
    figure = _FIGURES[aggregation].format(filter=counted)
    return f"select c.n, {figure} as total, count(*) as rows {source} group by c.n"


INSERT_RECORD = """
insert into metric_record (tenant_id, id, created_at, metric_key, subject_kind, subject_id, unit_id, starts_on, ends_on, number,
  value, reason, as_of, definition_version_id, computed_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1 + (
  select coalesce(max(r.number), 0) from metric_record r
  where r.metric_key = $4::varchar and r.subject_id = $6 and r.starts_on = $8 and r.ends_on = $9
), $10, $11, $12, $13, $14)
returning id
"""
