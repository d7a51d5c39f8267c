"""A matrix that is published for a later day binds until then: nobody undoes beforehand what they could not undo after (C95)."""

from datetime import timedelta
from functools import partial

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at, now, today
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.permissions import Permission, Scope, grants_of
from plumb_tenants.definitions.service import archive_version, publish_version
from support.companies import CompanyFixture, make_company
from support.matrices import drafted, grant, less, matrix, more, published
from support.refusals import refused

LATER = timedelta(days=3)


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def reads_audit(actor: Actor, *, ahead: timedelta = timedelta()) -> bool:
    with clock_at(now() + ahead):
        async with tenant_transaction(actor):
            return (await grants_of(actor)).scope(Permission.AUDIT_READ) is Scope.COMPANY


async def test_hr_undoes_nothing_that_comes_into_force_later_and_hr_could_not_give(company: CompanyFixture) -> None:
    day, hr = today("Asia/Shanghai") + LATER, company.hr
    narrow = await published(company.admin, less("auditor", "audit:read"), effective_from=day)
    assert (await reads_audit(company.auditor), await reads_audit(company.auditor, ahead=LATER)) == (True, False)
    draft = await drafted(hr, matrix())
    for act in (
        partial(publish_version, hr, draft.id, version=draft.version),
        partial(publish_version, hr, draft.id, version=draft.version, effective_from=day),
        partial(publish_version, hr, draft.id, version=draft.version, effective_from=day + LATER),
        partial(archive_version, hr, narrow.id, version=narrow.version),
    ):
        error = await refused(company, hr, act)
        assert (error.code, error.values["role"], error.values["permission"]) == ("MATRIX_BEYOND_OWN", "auditor", "audit:read")
    async with tenant_transaction(company.admin):
        await archive_version(company.admin, narrow.id, version=narrow.version)
        await publish_version(company.admin, draft.id, version=draft.version)
    assert await reads_audit(company.auditor, ahead=LATER)


async def test_hr_keeps_nothing_that_hr_could_not_take_away_from_coming(company: CompanyFixture) -> None:
    day, hr = today("Asia/Shanghai") + LATER, company.hr
    wide = await published(company.admin, more("manager", grant("audit:read")), effective_from=day)
    error = await refused(company, hr, partial(archive_version, hr, wide.id, version=wide.version))
    assert (error.code, error.values["role"]) == ("MATRIX_TAKES_BEYOND_OWN", "manager")
    draft = await drafted(hr, matrix())
    error = await refused(company, hr, partial(publish_version, hr, draft.id, version=draft.version))
    assert (error.code, error.values["role"]) == ("MATRIX_TAKES_BEYOND_OWN", "manager")


async def test_hr_plans_ahead_within_their_own(company: CompanyFixture) -> None:
    day = today("Asia/Shanghai") + LATER
    made = await published(company.hr, more("employee", grant("cycle:write")), effective_from=day)
    async with tenant_transaction(company.hr):
        await archive_version(company.hr, made.id, version=made.version)


async def test_no_day_to_come_is_left_without_an_administrator(company: CompanyFixture) -> None:
    day = today("Asia/Shanghai") + LATER
    draft = await drafted(company.admin, less("company_admin", "role:assign"))
    error = await refused(
        company, company.admin, partial(publish_version, company.admin, draft.id, version=draft.version, effective_from=day)
    )
    assert error.code == "MATRIX_WITHOUT_ADMIN"
