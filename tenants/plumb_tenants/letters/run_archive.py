"""The archive of a run: which files it holds for an actor, letter by letter as they may download each (A29, A57)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch
from plumb_platform.errors import Refused
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.access.fields import refuse_hidden_on, sql_shows
from plumb_tenants.letters.access import letter_scope
from plumb_tenants.letters.annex_kinds import NAMES, AnnexKind
from plumb_tenants.letters.downloading import COPY, mark_text
from plumb_tenants.letters.resources import LETTER
from plumb_tenants.letters.run_resources import LETTER_RUN
from plumb_tenants.letters.runs import access_run
from plumb_tenants.letters.seal_rules import seal_rules

_FILES = """
select l.id, l.number, p.name, p.number as employee, f.kind, f.file_key, f.file_sha256 as sha256
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
where i.run_id = $1 and ($2::uuid[] is null or l.id = any($2)) and {reached} order by i.ordinal, f.kind nulls first
"""


class OriginalsRefused(Refused):
    """Where copies are marked, a party gets their own letter without a mark, and all of them only who answers for all."""

    code = "LETTER_ORIGINALS_REFUSED"
    zh = "签章原件的压缩包仅供全公司范围的责任书管理者下载。请下载带标记的副本；签署双方可逐份下载自己责任书的原件。"
    en = (
        "An archive of sealed originals is for those who may download all letters. Take the marked copies; "
        "the parties of a letter may download its original by itself."
    )


@dataclass(frozen=True, slots=True)
class RunFile:
    """One file of a run's archive, under the name that it has there; `sha256` is of the file as it is stored.

    `mark` is what a copy of it is to say, None for one handed out as it is stored; `kind` is of what is beside a letter.
    """

    name: str
    number: str
    employee: str
    file_key: str
    sha256: str
    mark: str | None = None
    letter_id: UUID | None = None
    kind: str | None = None


async def run_files(actor: Actor, run_id: UUID, *, original: bool = False) -> list[RunFile]:
    """Return the sealed files of a run, each with what was made beside it, and leave an audit entry.

    Letters are marked copies where the company wants that, unless `original` asks for those without a mark; battle maps and
    audit pages are never marked. What the actor could not download by itself is left out.
    Raises Forbidden, NotFound, FIELD_HIDDEN, LETTER_ORIGINALS_REFUSED.
    """
    files, marked = await _files(actor, run_id, None, original=original)
    await record(actor, "letter_run.download", "letter_run", run_id, after={"files": len(files), "marked": marked})
    return files


async def files_still(actor: Actor, run_id: UUID, files: Sequence[RunFile], *, original: bool = False) -> list[RunFile]:
    """Return those of some files of a run that the actor may have now, as they are now; raises as `run_files`."""
    found, _ = await _files(actor, run_id, [file.letter_id for file in files], original=original)
    asked = {(file.letter_id, file.kind) for file in files}
    return [file for file in found if (file.letter_id, file.kind) in asked]


async def _files(
    actor: Actor, run_id: UUID, letters: Sequence[UUID | None] | None, *, original: bool
) -> tuple[list[RunFile], bool]:
    """Return the files of all letters, or of some, and whether copies of letters are marked."""
    reached, values = await letter_scope(actor, Permission.LETTER_DOWNLOAD, first=3)
    run = await access_run(actor, run_id)
    await refuse_hidden_on(actor, LETTER_RUN, run.id, "archivePath")
    marks = (await seal_rules(actor)).mark_copies
    if original and marks and not await reaches_whole(actor, Permission.LETTER_DOWNLOAD):
        raise OriginalsRefused
    mark = await mark_text(actor) if marks and not original else None
    letter_shows, more = await sql_shows(actor, LETTER, "downloadPath", alias="l", first=3 + len(values))
    values += more
    annexes_show, more = await sql_shows(actor, LETTER, "annexes", alias="l", first=3 + len(values))
    values += more
    sql = _FILES.format(reached=reached, letter_shows=letter_shows, annexes_show=annexes_show)
    rows = await fetch(sql, run.id, letters, *values)
    return [_file(row, None if row["kind"] else mark) for row in rows], mark is not None


def _file(row: Mapping[str, Any], mark: str | None) -> RunFile:
    """Return a file under the name of its letter, and of what it is beside it."""
    beside = f"-{NAMES[AnnexKind(row['kind'])]}" if row["kind"] else COPY if mark else ""
    name, employee = f"{row['number']}{beside}.pdf", f"{row['employee']} {row['name']}"
    return RunFile(name, row["number"], employee, row["file_key"], row["sha256"], mark, row["id"], row["kind"])
