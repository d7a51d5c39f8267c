"""Where each category stands in the database: its rows with the day that their term starts from, and how they are emptied.

`rows` takes the company's time zone as $1 and a person or null as $2, and tells id, day, held, and (`allowed`) whether the
database's own guard lets a row go. `empty` takes ids as $1 and the instant as $2; `files` tells which files stand behind ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from plumb_tenants.retention.rules import Category


@dataclass(frozen=True, slots=True)
class Place:
    """The statements of one category; the order of `empty` is the order in which they run."""

    object_type: str
    rows: str
    empty: tuple[str, ...]
    files: str = ""
    digest: str = "null::text"


def _local(instant: str) -> str:
    return f"({instant} at time zone $1)::date"


_SIGNED = "(select max(s.signed_at) from letter_signature s where s.tenant_id = l.tenant_id and s.letter_id = l.id)"
_LEFT = "sec.left_on({0}.tenant_id, {0}.{1})"
_WHOSE = "($2::uuid is null or {0} = $2)"
_MEMBER = "(select m.person_id from membership m where m.tenant_id = {0}.tenant_id and m.id = {0}.{1})"
# Asked of each row only while any hold stands: it takes a fifth of a millisecond, for a hundred thousand messages 27 s.
_PERSON_HELD = """(exists (select from retention_hold h where h.lifted_at is null)
            and sec.person_is_held({0}.tenant_id, {1}))"""
_EMPTY_LETTERS = (
    "update letter set file_key = null, content = '{}', canonical = '{}', stamps_end_at = null, closed_reason = null, "
    "shredded_at = $2, version = version + 1 where id = any($1)",
    "update letter_signature set image = null, address = '', agent = '' "
    "where letter_id = any($1) and $2::timestamptz is not null",
)
_LETTER_FILES = """
select l.id, f.* from letter l, lateral (
  select l.file_key, l.file_sha256 as sha256, l.file_size as size where l.file_key is not null
  union all select s.file_key, s.file_sha256, s.file_size from letter_stamp s
    where s.tenant_id = l.tenant_id and s.letter_id = l.id
  union all select a.file_key, a.file_sha256, a.file_size from letter_annex a
    where a.tenant_id = l.tenant_id and a.letter_id = l.id
) f where l.id = any($1)"""
_ATTACHED = "select submission_id as id, file_key, sha256, size from attachment where submission_id = any($1)"
_DETACH = "delete from attachment where submission_id = any($1) and $2::timestamptz is not null"

PLACES: Mapping[Category, Place] = {
    Category.LETTER: Place(
        "Letter",
        f"""select l.id, case when {_LEFT.format("l", "employee_id")} is not null then
          greatest({_LEFT.format("l", "employee_id")}, {_local(f"greatest(l.created_at, l.sealed_at, {_SIGNED})")})
          end as day, sec.letter_is_held(l) as held, sec.may_shred_letter(l) as allowed from letter l where l.shredded_at is null
          and l.state in ('SEALED', 'REVOKED', 'DECLINED', 'CANCELLED', 'EXPIRED')
          and (l.file_sha256 is not null or {_SIGNED} is not null) and {_WHOSE.format("l.employee_id")}""",
        _EMPTY_LETTERS,
        _LETTER_FILES,
        "(select l.canonical_sha256 from letter l where l.id = o.id)",
    ),
    Category.UNSIGNED_LETTER: Place(
        "Letter",
        f"""select l.id, {_local("l.closed_at")} as day, sec.letter_is_held(l) as held, sec.may_shred_letter(l) as allowed
          from letter l where l.shredded_at is null and l.state in ('DECLINED', 'CANCELLED', 'EXPIRED')
          and l.file_sha256 is null and {_SIGNED} is null and {_WHOSE.format("l.employee_id")}""",
        _EMPTY_LETTERS,
        _LETTER_FILES,
        "(select l.canonical_sha256 from letter l where l.id = o.id)",
    ),
    Category.SUBMISSION: Place(
        "Submission",
        f"""select u.id, case when {_LEFT.format("u", "person_id")} is not null
          then greatest({_LEFT.format("u", "person_id")}, {_local("u.submitted_at")}) end as day,
          {_PERSON_HELD.format("u", "u.person_id")} as held, sec.may_shred_submission(u) as allowed
          from submission u where u.state <> 'DRAFT'
          and u.shredded_at is null and {_WHOSE.format("u.person_id")}""",
        (
            "update submission set shredded_at = $2, values = '{}', fed = '{}', suggested = '{}' where id = any($1)",
            "update submission_version set (values, fed, files) = ('{}', '{}', '[]') "
            "where submission_id = any($1) and $2::timestamptz is not null",
            _DETACH,
            # What its flow decided by was copied from what was filled in.
            "update approval set version = version + 1, request_fields = '{}' "
            "where object_type = 'Submission' and object_id = any($1) and $2::timestamptz is not null",
        ),
        _ATTACHED,
    ),
    Category.DRAFT: Place(
        "Submission",
        f"""select u.id, {_local("u.created_at")} as day, {_PERSON_HELD.format("u", "u.person_id")} as held, true as allowed
          from submission u where u.state = 'DRAFT' and {_WHOSE.format("u.person_id")} and (u.values <> '{{}}' or exists (
            select from attachment a where a.tenant_id = u.tenant_id and a.submission_id = u.id))""",
        (
            "update submission set version = version + 1, values = '{}', fed = '{}', suggested = '{}' "
            "where id = any($1) and state = 'DRAFT' and $2::timestamptz is not null",
            _DETACH,
        ),
        _ATTACHED,
    ),
    Category.TRIAL: Place(
        "LetterTrial",
        f"""select t.id, {_local("t.created_at")} as day, sec.is_held(t.tenant_id, null, null, null) as held, true as allowed
          from letter_trial t where (t.pdf_key is not null or t.pages <> '[]')
          and {_WHOSE.format(_MEMBER.format("t", "made_by"))}""",
        ("update letter_trial set pdf_key = null, pages = '[]' where id = any($1) and $2::timestamptz is not null",),
        """select t.id, f.file_key, substring(f.file_key from '[0-9a-f]{64}') as sha256, null::int as size
          from letter_trial t, lateral (select t.pdf_key as file_key where t.pdf_key is not null
            union all select jsonb_array_elements_text(t.pages)) f where t.id = any($1)""",
    ),
    Category.SNAPSHOT_FILE: Place(
        "SnapshotFile",
        f"""select f.id, {_local("f.created_at")} as day, sec.is_held(f.tenant_id, null, null, null) as held, true as allowed
          from snapshot_file f where $2::uuid is null""",
        ("delete from snapshot_file where id = any($1) and $2::timestamptz is not null",),
        "select id, file_key, sha256, size from snapshot_file where id = any($1)",
    ),
    Category.MESSAGE: Place(
        "Message",
        f"""select m.id, {_local("m.created_at")} as day, {_PERSON_HELD.format("m", "m.person_id")} as held, true as allowed
          from message m where {_WHOSE.format("m.person_id")}""",
        ("delete from message where id = any($1) and $2::timestamptz is not null",),
    ),
    Category.SESSION: Place(
        "Session",
        f"""select s.id, {_local("least(s.expires_at, s.revoked_at)")} as day,
          {_PERSON_HELD.format("s", _MEMBER.format("s", "membership_id"))} as held, true as allowed
          from session s where (s.address <> '' or s.agent <> '') and {_WHOSE.format(_MEMBER.format("s", "membership_id"))}""",
        ("update session set (address, agent) = ('', '') where id = any($1) and $2::timestamptz is not null",),
    ),
    Category.PERSON: Place(
        "Person",
        f"""select p.id, {_LEFT.format("p", "id")} as day, {_PERSON_HELD.format("p", "p.id")} as held, true as allowed
          from person p where not p.active and p.erased_at is null and $1::text is not null and {_WHOSE.format("p.id")}""",
        (
            # The pseudonym comes from the row's own id, so it is the same however often it is made.
            """update person set erased_at = $2,
              name = '已匿名 ' || left(encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), 10),
              number = 'ERASED-' || left(encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), 32), email = null, grade = '',
              position = '', hired_on = null, skills = '[]', version = version + 1 where id = any($1)""",
            "update person_placement set (grade, position) = ('', '') where person_id = any($1) and $2::timestamptz is not null",
            "update invitation set email = id || '@erased.invalid' where person_id = any($1) and $2::timestamptz is not null",
            "update api_token set revoked_at = coalesce(revoked_at, $2), name = '' where membership_id in "
            "(select id from membership where person_id = any($1))",
        ),
    ),
}
"""Every category that can end; SNAPSHOT and AUDIT never do."""

REFERENCED = """
select exists (select from letter where file_key = $1)
  or exists (select from letter_stamp s join letter l on l.tenant_id = s.tenant_id and l.id = s.letter_id
             where s.file_key = $1 and l.shredded_at is null)
  or exists (select from letter_annex a join letter l on l.tenant_id = a.tenant_id and l.id = a.letter_id
             where a.file_key = $1 and l.shredded_at is null)
  or exists (select from letter_trial where pdf_key = $1 or pages ? $1)
  or exists (select from attachment where file_key = $1)
  or exists (select from snapshot_file where file_key = $1)
  or exists (select from snapshot_anchor where file_key = $1)
  or exists (select from retention_run where report_key = $1)
  or exists (select from retention_print where file_key = $1)
  or exists (select from retention_item where file_key = $1 and id <> $2 and outcome in ('PENDING', 'HELD'))
"""
"""Whether the file of an item ($1 its address, $2 its id) is still somebody's: equal bytes of one company share one address.

Whoever waits to be destroyed too is somebody: the last of them destroys the file, once.
"""

HELD = """(case i.object_type
  when 'Letter' then (select sec.letter_is_held(l) from letter l where l.tenant_id = i.tenant_id and l.id = i.object_id)
  when 'Submission' then (select sec.person_is_held(s.tenant_id, s.person_id) from submission s
    where s.tenant_id = i.tenant_id and s.id = i.object_id)
  else sec.is_held(i.tenant_id, null, null, null) end)"""
"""Whether a hold reaches the file of an item `i` whose row is emptied already, by what holds the row itself."""
