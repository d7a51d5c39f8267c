"""The archive of a run: which files it holds for an actor, letter by letter as they may download each (A29)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden_on, sql_shows
from plumb_tenants.letters.access import letter_scope
from plumb_tenants.letters.annex_kinds import NAMES, AnnexKind
from plumb_tenants.letters.resources import LETTER
from plumb_tenants.letters.run_resources import LETTER_RUN
from plumb_tenants.letters.runs import access_run

_FILES = """
select l.number, p.name, p.number as employee, f.kind, f.file_key, f.file_sha256 as sha256
from letter_run_item i
join letter l on l.tenant_id = i.tenant_id and l.id = i.letter_id and l.file_key is not null
join person p on p.tenant_id = l.tenant_id and p.id = l.employee_id
cross join lateral (
  select null as kind, coalesce(s.file_key, l.file_key) as file_key, coalesce(s.file_sha256, l.file_sha256) as file_sha256
  from (select) once left join lateral (
    select file_key, file_sha256 from letter_stamp s where s.tenant_id = l.tenant_id and s.letter_id = l.id
    order by s.number desc limit 1) s on true
  where {letter_shows}
  union all
  select a.kind, a.file_key, a.file_sha256 from letter_annex a
  where a.tenant_id = l.tenant_id and a.letter_id = l.id and {annexes_show}
) f
where i.run_id = $1 and {reached} order by i.ordinal, f.kind nulls first
"""


@dataclass(frozen=True, slots=True)
class RunFile:
    """One file of a run's archive, under the name that it has there."""

    name: str
    number: str
    employee: str
    file_key: str
    sha256: str


async def run_files(actor: Actor, run_id: UUID) -> list[RunFile]:
    """Return the sealed files of a run, each with what was made beside it, and leave an audit entry.

    What the actor could not download by itself is left out. Raises Forbidden, NotFound, FIELD_HIDDEN.
    """
    reached, values = await letter_scope(actor, Permission.LETTER_DOWNLOAD, first=2)
    run = await access_run(actor, run_id)
    await refuse_hidden_on(actor, LETTER_RUN, run.id, "archivePath")
    letter_shows, more = await sql_shows(actor, LETTER, "downloadPath", alias="l", first=2 + len(values))
    values += more
    annexes_show, more = await sql_shows(actor, LETTER, "annexes", alias="l", first=2 + len(values))
    values += more
    sql = _FILES.format(reached=reached, letter_shows=letter_shows, annexes_show=annexes_show)
    rows = await fetch(sql, run.id, *values)
    await record(actor, "letter_run.download", "letter_run", run.id, after={"files": len(rows)})
    return [
        RunFile(_name(row), row["number"], f"{row['employee']} {row['name']}", row["file_key"], row["sha256"]) for row in rows
    ]


def _name(row: Mapping[str, Any]) -> str:
    """Return the name of a file in the archive: that of its letter, and of what it is beside it."""
    return f"{row['number']}-{NAMES[AnnexKind(row['kind'])]}.pdf" if row["kind"] else f"{row['number']}.pdf"
