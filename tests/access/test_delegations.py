"""A delegated role lasts no longer than its giver's own and its last day, and is used without being given on (A17, C95)."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at, now, today
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.identity.invitations import invite
from plumb_platform.permissions import Permission, Scope, grants_of
from plumb_platform.permissions.members import members_with_roles
from plumb_platform.permissions.reading import KEPT_GRANTS
from plumb_tenants.access.holders import people_with_role
from plumb_tenants.access.service import RoleTarget, SubjectId, assign_role, delegate_role, effective_matrix, revoke_assignment
from plumb_tenants.definitions.service import publish_version
from support.companies import add_person
from support.matrices import drafted, grant, more
from support.office import Office, membership_of, person_of
from support.refusals import refused

TINY = timedelta(microseconds=1)


def day(offset: int) -> date:
    return today("Asia/Shanghai") + timedelta(days=offset)


async def tunes(actor: Actor) -> bool:
    """Return whether somebody tunes plans, which a manager does and an employee does not, asked with what was kept and anew."""
    found = set()
    for _ in range(2):
        async with tenant_transaction(actor):
            found.add((await grants_of(actor)).scope(Permission.PLAN_TUNE) is Scope.SUBTREE)
    KEPT_GRANTS.clear()
    async with tenant_transaction(actor):
        found.add((await grants_of(actor)).scope(Permission.PLAN_TUNE) is Scope.SUBTREE)
    (answer,) = found
    return answer


async def everywhere(office: Office) -> bool:
    """Return whether the clerk is a manager, which all that asks after roles must answer alike."""
    admin, clerk = office.company.admin, office.clerk
    async with tenant_transaction(admin):
        whole = await effective_matrix(admin, SubjectId(person_of(clerk)))
        found = {
            "manager" in {role.role for role in whole.roles},
            whole.grants.scope(Permission.PLAN_TUNE) is Scope.SUBTREE,
            person_of(clerk) in await people_with_role("manager"),
            any(each.id == clerk.membership_id and "manager" in each.roles for each in await members_with_roles()),
        }
    (answer,) = found | {await tunes(clerk)}
    return answer


async def delegated(giver: Actor, to: Actor, role: str, last: date) -> None:
    async with tenant_transaction(giver):
        await delegate_role(giver, role=role, person_id=person_of(to), ends_on=last)


async def set_roles(office: Office, whose: Actor, *roles: str) -> None:
    async with tenant_transaction(office.company.system):
        sql = "update membership set roles = to_jsonb($2::text[]) where id = $1"
        await execute(sql, membership_of(whose), list(roles))


async def test_what_was_delegated_ends_with_the_role_of_who_gave_it(office: Office) -> None:
    giver = await add_person(office.company, "M2", "王经理", unit=office.above, roles=("employee", "manager"))
    await delegated(giver, office.clerk, "manager", day(9))
    assert await everywhere(office)
    await set_roles(office, giver, "employee")
    assert not await everywhere(office)
    await set_roles(office, giver, "employee", "manager")
    assert await everywhere(office)


async def test_what_was_delegated_ends_on_the_last_day_of_the_role_of_who_gave_it(office: Office) -> None:
    giver = await add_person(office.company, "M2", "王经理", unit=office.above)
    async with tenant_transaction(office.company.admin):
        whom = RoleTarget(person_id=person_of(giver))
        await assign_role(office.company.admin, role="manager", target=whom, ends_on=day(2))
    await delegated(giver, office.clerk, "manager", day(9))
    night = datetime.combine(day(3), datetime.min.time(), ZoneInfo("Asia/Shanghai")).astimezone(UTC)
    for moment, holds in ((now(), True), (night - TINY, True), (night, False), (night + timedelta(days=1), False)):
        with clock_at(moment):
            assert await everywhere(office) is holds


async def test_what_was_delegated_to_the_giver_is_no_role_of_theirs_to_be_held_by_others(office: Office) -> None:
    """A row that says so all the same, as from before a rule, gives nothing."""
    giver = await add_person(office.company, "M2", "王经理", unit=office.above, roles=("employee", "manager"))
    await delegated(giver, office.chief, "manager", day(9))
    async with tenant_transaction(office.company.system):
        await execute(
            "insert into role_assignment (tenant_id, id, created_at, role, person_id, starts_on, ends_on, delegated_by) "
            "values ($1, gen_random_uuid(), now(), 'manager', $2, $3, $4, $5)",
            *(office.company.tenant_id, person_of(office.clerk), day(-1), day(9), person_of(office.chief)),
        )
    assert (await tunes(office.chief), await everywhere(office)) == (True, False)


@pytest.mark.parametrize(
    ("zone", "last", "night"),
    [
        # Clocks go back at 01:00 to 00:00: the day has two midnights and begins at the first.
        ("Atlantic/Azores", date(2026, 10, 24), datetime(2026, 10, 25, 0, tzinfo=UTC)),
        ("America/Havana", date(2026, 10, 31), datetime(2026, 11, 1, 4, tzinfo=UTC)),
        # Clocks go forward at midnight: the day has none and begins at 01:00.
        ("Africa/Cairo", date(2026, 4, 23), datetime(2026, 4, 23, 22, tzinfo=UTC)),
        ("America/Santiago", date(2026, 9, 5), datetime(2026, 9, 6, 4, tzinfo=UTC)),
        # Clocks change within the day.
        ("Europe/Berlin", date(2026, 3, 28), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 2, 5, tzinfo=UTC)),
    ],
)
async def test_a_delegation_ends_with_its_last_day_as_the_company_counts_days(
    office: Office, zone: str, last: date, night: datetime
) -> None:
    giver = await add_person(office.company, "M2", "王经理", unit=office.above, roles=("employee", "manager"))
    async with tenant_transaction(office.company.system):
        await execute("update company set time_zone = $1", zone)
    with clock_at(night - timedelta(days=2)):
        await delegated(giver, office.clerk, "manager", last)
    kept = []
    for moment in (night - timedelta(hours=2), night - TINY, night, night + timedelta(minutes=30), night + timedelta(hours=2)):
        with clock_at(moment):
            # First by what this process has kept since the earlier moments.
            async with tenant_transaction(office.clerk):
                kept.append((await grants_of(office.clerk)).scope(Permission.PLAN_TUNE) is Scope.SUBTREE)
    assert kept == [True, True, False, False, False]
    for moment, holds in ((night - TINY, True), (night, False)):
        with clock_at(moment):
            assert await everywhere(office) is holds


async def test_what_was_delegated_is_used_and_not_given_on(office: Office) -> None:
    company, chief, clerk = office.company, office.chief, office.clerk
    async with tenant_transaction(company.admin):
        made = await assign_role(company.admin, role="company_admin", target=RoleTarget(person_id=person_of(chief)))
        other = await assign_role(company.admin, role="auditor", target=RoleTarget(person_id=person_of(chief)))
    await delegated(chief, clerk, "company_admin", day(2))
    draft = await drafted(clerk, more("employee", grant("audit:read")))
    acts = (
        (partial(assign_role, clerk, role="company_admin", target=RoleTarget(person_id=person_of(clerk))), "role"),
        (partial(assign_role, clerk, role="auditor", target=RoleTarget(unit_id=office.below)), "role"),
        (partial(invite, clerk, email="me@example.test", roles=["company_admin"], person_id=None), "roles"),
        (partial(invite, clerk, email="me@example.test", roles=[], person_id=person_of(chief)), "personId"),
    )
    for act, field in acts:
        error = await refused(company, clerk, act)
        assert (error.code, error.field) == ("ROLE_NOT_GRANTABLE", field)
    error = await refused(company, clerk, partial(publish_version, clerk, draft.id, version=draft.version))
    assert (error.code, error.values["role"], error.values["permission"]) == ("MATRIX_BEYOND_OWN", "employee", "audit:read")
    # What one's own role grants, one gives on; and what was delegated is used to take back.
    async with tenant_transaction(clerk):
        await assign_role(clerk, role="employee", target=RoleTarget(unit_id=office.below))
        await revoke_assignment(clerk, other.id)
    async with tenant_transaction(company.admin):
        assert await fetch_value("select count(*) from role_assignment where revoked_at is null and id <> $1", made.id) == 2
        await publish_version(company.admin, draft.id, version=draft.version)
