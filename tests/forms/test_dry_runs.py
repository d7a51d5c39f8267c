"""What a draft of a form would break among past submissions, with progress (N10)."""

from typing import Any
from uuid import UUID

import pytest
from orjson import loads

from plumb_platform.actor import system_actor
from plumb_platform.database import execute, fetch, fetch_one, tenant_transaction
from plumb_platform.errors import DomainError, Forbidden
from plumb_tenants.definitions.service import new_draft, update_draft
from plumb_tenants.forms import service
from support.forms_made import PROPOSAL, Office

COPY = """
insert into submission (tenant_id, id, created_at, definition_id, definition_version_id, person_id, unit_id, state, values, fed,
  suggested, version, submitted_at)
select tenant_id, gen_random_uuid(), created_at, definition_id, definition_version_id, person_id, unit_id, state,
  values || jsonb_build_object('申报值', n || '.00'), fed, suggested, version, submitted_at
from submission s, generate_series(1, $2::int) n where s.id = $1
"""
STRICTER = [
    field | ({"maximum": "1000"} if field["key"] == "申报值" else {}) for field in PROPOSAL["fields"] if field["key"] != "月均"
]


async def draft(office: Office, fields: list[dict[str, Any]]) -> UUID:
    """Return a draft of the proposal form with other fields."""
    async with tenant_transaction(office.hr):
        definition = (await fetch("select definition_id as id from definition_version where id = $1", office.form))[0]["id"]
        made = await new_draft(office.hr, definition)
        await update_draft(office.hr, made.id, body=PROPOSAL | {"fields": fields}, version=made.version)
        return made.id


async def start(office: Office, version: UUID) -> UUID:
    async with tenant_transaction(office.hr):
        return await service.start_dry_run(office.hr, version_id=version)


async def work(office: Office, run: UUID, most: int = 1000) -> int:
    """Do the batches that are queued, each in a transaction of its own as the worker does; return how many."""
    async with tenant_transaction(office.company.system):
        jobs = await fetch("select payload::text as payload from outbox where topic = 'forms.dry_run' order by id limit $1", most)
    for job in jobs:
        payload = loads(job["payload"])
        actor = system_actor(office.company.tenant_id)
        async with tenant_transaction(actor):
            after = UUID(payload["after"]) if payload["after"] else None
            await service.run_batch(actor, run_id=run, place=payload["place"], after=after, until=UUID(payload["until"]))
    return len(jobs)


async def progress(office: Office, run: UUID) -> tuple[int, int, int]:
    """Return how many are to be checked, were checked, and would break."""
    async with tenant_transaction(office.company.system):
        found = await fetch_one(
            "select r.total, coalesce(sum(b.checked), 0)::int as checked, coalesce(sum(jsonb_array_length(b.broken)), 0)::int "
            "as broken from form_dry_run r left join form_dry_run_batch b on b.run_id = r.id where r.id = $1 group by r.total",
            run,
        )
    assert found is not None
    return found["total"], found["checked"], found["broken"]


async def test_who_may_not_read_every_submission_cannot_try_a_draft_on_them(office: Office) -> None:
    version = await draft(office, STRICTER)
    with pytest.raises(Forbidden):
        async with tenant_transaction(office.manager):
            await service.start_dry_run(office.manager, version_id=version)


async def test_a_draft_that_does_not_pass_lint_is_not_tried(office: Office) -> None:
    version = await draft(office, [{"key": "a", "type": "computed", "label": "a", "formula": "a"}])
    with pytest.raises(DomainError) as caught:
        await start(office, version)
    assert caught.value.code == "FORM_CYCLE"


async def test_a_dry_run_lists_what_would_break_in_batches_and_twice_is_as_once(office: Office) -> None:
    first = await office.submit({"申报值": "1"})
    await office.submit({"申报值": "99999"}, actor=office.newcomer)
    async with tenant_transaction(office.company.system):
        await execute(COPY, first, 1200)
    await office.start({"申报值": "5000"})
    run = await start(office, await draft(office, STRICTER))
    assert await progress(office, run) == (1202, 0, 0)
    assert await work(office, run, 1) == 1
    assert (await progress(office, run))[1] == 500
    assert await work(office, run) == 3
    # 1001 to 1200 and 99,999 are above the new maximum; the server's own values are not held against anybody.
    assert await progress(office, run) == (1202, 1202, 201)
    async with tenant_transaction(office.company.system):
        rows = await fetch(
            "select distinct e ->> 'path' as path, e ->> 'code' as code from form_dry_run_batch, jsonb_array_elements(broken) e"
        )
    assert [(row["path"], row["code"]) for row in rows] == [("申报值", "FORM_VALUE_ABOVE")]


async def test_a_field_that_is_gone_would_lose_what_people_wrote(office: Office) -> None:
    await office.submit({"申报值": "100000", "说明": "两家新客户"})
    run = await start(office, await draft(office, [field for field in STRICTER if field["key"] == "申报值"]))
    await work(office, run)
    async with tenant_transaction(office.company.system):
        (row,) = await fetch("select broken::text as broken from form_dry_run_batch")
    assert '"code": "FORM_VALUE_ABOVE"' in row["broken"]
    assert '"count": 2' in row["broken"]
    assert await progress(office, run) == (1, 1, 1)


async def test_a_form_without_submissions_is_tried_at_once(office: Office) -> None:
    run = await start(office, await draft(office, STRICTER))
    assert (await work(office, run), await progress(office, run)) == (0, (0, 0, 0))
