"""Dry runs: what a draft of a form would break among real past submissions, in batches that show their progress (N10)."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import execute, fetch
from plumb_platform.errors import Forbidden, NotFound
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, reaches_whole
from plumb_platform.queue.service import enqueue
from plumb_tenants.definitions.access import access_version
from plumb_tenants.definitions.service import definitions_by_id
from plumb_tenants.forms.body import Form, Type
from plumb_tenants.forms.compiling import CompiledForm, compile_form
from plumb_tenants.forms.definition import KIND
from plumb_tenants.forms.models import FormDryRun
from plumb_tenants.forms.rules import Facts, evaluate
from plumb_tenants.forms.versions import compiled_of, form_of

DRY_RUN_TOPIC = "forms.dry_run"
BATCH = 500
_BOUNDS = """
select id, n from (select id, row_number() over (order by id) as n, count(*) over () as total from submission
  where definition_id = $1 and state <> 'DRAFT') s where n % $2 = 0 or n = total order by n
"""
_PAST = """
select id, definition_version_id, values, fed from submission
where definition_id = $1 and state <> 'DRAFT' and ($2::uuid is null or id > $2) and id <= $3 order by id
"""
_FOUND = """
insert into form_dry_run_batch (tenant_id, id, run_id, place, checked, broken) values ($1, $2, $3, $4, $5, $6)
on conflict (tenant_id, run_id, place) do nothing
"""


async def start_dry_run(actor: Actor, *, version_id: UUID) -> UUID:
    """Queue the replay of all submissions of a form against one of its versions, usually a draft; return the run's id.

    Needs the right to write definitions and to read every submission. The body is kept as it is now.
    """
    version = await access_version(actor, version_id, Permission.DEFINITION_WRITE, field="versionId")
    if not await reaches_whole(actor, Permission.SUBMISSION_READ):
        raise Forbidden(permission=Permission.SUBMISSION_READ)
    definition = (await definitions_by_id(actor, [version.definition_id])).get(version.definition_id)
    if definition is None or definition.kind != KIND:
        raise NotFound(field="versionId")
    compile_form(Form.model_validate(version.body))
    bounds = await fetch(_BOUNDS, definition.id, BATCH)
    total = bounds[-1]["n"] if bounds else 0
    run = await FormDryRun.create(
        definition_version_id=version.id,
        definition_id=definition.id,
        checksum=version.checksum,
        body=version.body,
        total=total,
        batches=len(bounds),
        created_by=actor.membership_id,
    )
    ends = [None, *(str(bound["id"]) for bound in bounds)]
    for place, (after, until) in enumerate(pairwise(ends)):
        await enqueue(actor, DRY_RUN_TOPIC, {"run_id": str(run.id), "place": place, "after": after, "until": until})
    await record(actor, "form.dry_run", "form_dry_run", run.id, after={"version": str(version.id), "total": total})
    return run.id


async def run_batch(actor: Actor, *, run_id: UUID, place: int, after: UUID | None, until: UUID) -> int:
    """Replay one batch and write down what would break; return how many were checked. Twice is as once."""
    run = await FormDryRun.get(id=run_id)
    draft = compile_form(Form.model_validate(run.body))
    past = await fetch(_PAST, run.definition_id, after, until)
    broken: list[dict[str, Any]] = []
    for row in past:
        pinned = compiled_of(await form_of(actor, row["definition_version_id"]))
        values, fed = orjson.loads(row["values"]), orjson.loads(row["fed"])
        problems = evaluate(draft, replayed(pinned, draft, values, fed)).problems
        if problems:
            found = {"path": problems[0].field, "code": problems[0].code, "count": len(problems)}
            broken.append({"submission": str(row["id"]), **found})
    written = orjson.dumps(broken).decode()
    await execute(_FOUND, actor.tenant_id, uuid7(), run.id, place, len(past), written)
    return len(past)


def replayed(pinned: CompiledForm, draft: CompiledForm, values: Mapping[str, Any], fed: Mapping[str, Any]) -> Facts:
    """Return the facts of a past submission for another version: what its person wrote, with its own figures and files."""
    given = pinned.written(values)
    files = {key: value for key, value in values.items() if pinned.fields[key].cell.type is Type.ATTACHMENT}
    figures = {key: Decimal(figure["value"]) for key, figure in fed.items() if key in draft.fields}
    # Whatever stood there stood there before too, so that a read-only field finds its value.
    return Facts(given=given, before=given, fed=figures, files=files)
