"""What is done to the whole company at once needs a grant over every row: none with a filter, none beside a denial (C56)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.approvals.service import average_times
from plumb_tenants.letters.runs import start_letter_run
from plumb_tenants.snapshots.alarms import tell_overdue
from plumb_tenants.snapshots.service import take_snapshot
from support.asking import Ask, first_code
from support.companies import add_person
from support.matrices import grant, matrix, more, published
from support.office import Office

Act = Callable[[Actor], Awaitable[Any]]


async def averages(actor: Actor) -> Any:
    return await average_times(actor, flow_key="trial", since=now() - timedelta(days=9), until=now())


async def run_of_letters(actor: Actor) -> Any:
    return await start_letter_run(actor, cycle_id=uuid4(), template_version_id=uuid4())


async def picture(actor: Actor) -> Any:
    return await take_snapshot(actor)


async def said(actor: Actor, act: Act) -> tuple[str, str | None]:
    """Return why an act was refused; empty when it was not."""
    try:
        async with tenant_transaction(actor):
            await act(actor)
    except DomainError as error:
        return error.code, error.field
    return "", None


@pytest.mark.parametrize(
    ("permission", "act", "refused", "otherwise"),
    [
        ("approval:read", averages, ("FORBIDDEN", None), ("", None)),
        ("letter:issue", run_of_letters, ("NOT_FOUND", "runId"), ("NOT_FOUND", "cycleId")),
        ("snapshot:take", picture, ("FORBIDDEN", None), ("", None)),
    ],
)
async def test_a_denial_of_some_rows_is_no_grant_over_the_whole(
    office: Office, permission: str, act: Act, refused: tuple[str, str | None], otherwise: tuple[str, str | None]
) -> None:
    keeper = await add_person(office.company, "K1", "周专员", unit=office.below, roles=("keeper",))
    seen = [grant("cycle:read"), grant("company:read"), grant(permission)]
    for denial in ([grant(permission, "SUBTREE", effect="DENY")], [grant(permission, "OWN", effect="DENY")]):
        await published(office.company.system, matrix(keeper=[*seen, *denial]))
        assert await said(keeper, act) == refused
    await published(office.company.system, matrix(keeper=seen))
    assert await said(keeper, act) == otherwise


async def test_a_filter_is_no_grant_over_the_whole(office: Office) -> None:
    keeper = await add_person(office.company, "K1", "周专员", unit=office.below, roles=("keeper",))
    for narrowed, whole in (({"filter": 'state = "SEALED"'}, False), ({}, True)):
        await published(office.company.system, matrix(keeper=[grant("letter:download", **narrowed)]))
        async with tenant_transaction(keeper):
            assert await reaches_whole(keeper, Permission.LETTER_DOWNLOAD) is whole


@pytest.mark.parametrize("denied", ["OWN", "SUBTREE", "NONE"])
async def test_who_is_told_of_what_concerns_the_whole_may_act_on_the_whole(office: Office, denied: str) -> None:
    keeper = await add_person(office.company, "K1", "周专员", unit=office.below, roles=("keeper",))
    grants = [grant("snapshot:take"), grant("snapshot:take", denied, effect="DENY")]
    await published(office.company.system, matrix(keeper=grants))
    async with tenant_transaction(office.company.system):
        # The admin and HR are told, and the keeper where nothing is denied to them.
        assert await tell_overdue(office.company.system, "2026-10") == (3 if denied == "NONE" else 2)
    async with tenant_transaction(keeper):
        assert await reaches_whole(keeper, Permission.SNAPSHOT_TAKE) is (denied == "NONE")


RUNS = "{ formDryRuns { totalCount edges { node { broken { path code } } } } }"


async def test_what_a_draft_of_a_form_breaks_is_for_those_who_make_forms(office: Office, ask: Ask) -> None:
    company = office.company
    async with tenant_transaction(company.system):
        version = await fetch_value("select id from definition_version limit 1")
        definition = await fetch_value("select definition_id from definition_version where id = $1", version)
        await execute(
            "insert into form_dry_run (tenant_id, id, created_at, definition_version_id, definition_id, checksum, body, total, "
            "batches) values ($1, $2, now(), $3, $4, '', '{}', 1, 1)",
            *(company.tenant_id, uuid7(), version, definition),
        )
    assert [(await ask(actor, RUNS))["totalCount"] for actor in (company.admin, company.hr)] == [1, 1]
    await published(company.system, more("employee", grant("definition:read")))
    assert [(await ask(actor, RUNS))["totalCount"] for actor in (office.chief, office.clerk)] == [0, 0]
    follow = "query ($id: ID!) { formDryRun(id: $id) { total } }"
    assert await ask(office.clerk, follow, id=f"FormDryRun_{uuid7()}") is None
    await published(company.system, matrix(employee=[grant("company:read")]))
    assert first_code(await ask.body(office.clerk, RUNS)) == "FORBIDDEN"
