"""Roles that people get: beyond one's own, badly dated or for nobody are refused; the rest holds from its day to its day.

Rows A17, C95.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at, now, today
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.identity.members import close_membership
from plumb_platform.permissions import Permission, Scope, grants_of
from plumb_platform.permissions.reading import KEPT_GRANTS
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import (
    RoleAssignment,
    RoleTarget,
    assign_role,
    delegate_role,
    revoke_assignment,
    revoke_delegation,
)
from support.asking import Ask
from support.companies import add_person, add_unit
from support.matrices import grant, more, published
from support.office import Office, membership_of, person_of
from support.refusals import refused


async def scope_of(actor: Actor, permission: Permission) -> Scope:
    async with tenant_transaction(actor):
        return (await grants_of(actor)).scope(permission)


async def given(
    actor: Actor, role: str, starts_on: date | None = None, ends_on: date | None = None, **target: object
) -> RoleAssignment:
    async with tenant_transaction(actor):
        return await assign_role(actor, role=role, target=RoleTarget(**target), starts_on=starts_on, ends_on=ends_on)  # type: ignore[arg-type]


def day(offset: int) -> date:
    return today("Asia/Shanghai") + timedelta(days=offset)


async def test_a_role_beyond_ones_own_or_unknown_is_refused(office: Office) -> None:
    company = office.company
    await published(company.admin, more("hr", grant("role:assign")))
    whom = RoleTarget(person_id=office.clerk.person_id)
    for role, permission in (("company_admin", "audit:read"), ("auditor", "audit:read"), ("stranger", "-"), ("system", "-")):
        error = await refused(company, company.hr, partial(assign_role, company.hr, role=role, target=whom))
        assert (error.code, error.field, error.values["permission"]) == ("ROLE_NOT_GRANTABLE", "role", permission)
    assert (await given(company.hr, "manager", person_id=office.clerk.person_id)).role == "manager"


@pytest.mark.parametrize(
    "target",
    [RoleTarget(), RoleTarget(grade="P5", position="销售代表"), RoleTarget(grade="P5", person_id=uuid4())],
)
async def test_an_assignment_is_for_exactly_one(office: Office, target: RoleTarget) -> None:
    admin = office.company.admin
    error = await refused(office.company, admin, partial(assign_role, admin, role="employee", target=target))
    assert error.code == "ROLE_TARGET_INVALID"


async def test_a_grade_or_a_position_that_nobody_can_have_is_refused_at_its_place(office: Office) -> None:
    admin = office.company.admin
    for name, word, longest in (
        ("grade", "😀" * 41, 40),
        ("grade", "  ", 40),
        ("position", "长" * 81, 80),
        ("position", "a\0", 80),
    ):
        target = RoleTarget(**{name: word})  # type: ignore[arg-type]
        error = await refused(office.company, admin, partial(assign_role, admin, role="employee", target=target))
        assert (error.code, error.field, error.values) == ("ROLE_WORD_INVALID", f"target.{name}", {"longest": longest})
    assert (await given(admin, "employee", grade="😀" * 40)).grade == "😀" * 40


async def test_days_that_never_come_are_refused(office: Office) -> None:
    admin, whom = office.company.admin, RoleTarget(person_id=office.clerk.person_id)
    for first, last in ((day(5), day(4)), (None, day(-1)), (day(-9), day(-2))):
        error = await refused(
            office.company, admin, partial(assign_role, admin, role="hr", target=whom, starts_on=first, ends_on=last)
        )
        assert (error.code, error.field) == ("ROLE_DATES_INVALID", "endsOn")


async def test_an_unknown_person_or_unit_is_not_found(office: Office) -> None:
    admin = office.company.admin
    for target in (RoleTarget(person_id=uuid4()), RoleTarget(unit_id=uuid4())):
        error = await refused(office.company, admin, partial(assign_role, admin, role="hr", target=target))
        assert error.code == "NOT_FOUND"


async def test_who_assigns_by_subtree_reaches_no_further(office: Office) -> None:
    company = office.company
    await published(company.admin, more("manager", grant("role:assign", "SUBTREE")))
    elsewhere = await add_person(company, "E9", "外人", unit=await add_unit(company, "HB", "华北"))
    leader = await add_person(company, "M9", "主管", unit=office.above, roles=("employee", "manager"))
    for target, code in (
        (RoleTarget(person_id=elsewhere.person_id), "NOT_FOUND"),
        (RoleTarget(grade="P5"), "FORBIDDEN"),
    ):
        error = await refused(company, leader, partial(assign_role, leader, role="employee", target=target))
        assert error.code == code
    assert (await given(leader, "employee", unit_id=office.below)).unit_id == office.below


async def test_roles_reach_by_person_grade_position_and_all_below_a_unit(office: Office) -> None:
    admin, chief, clerk = office.company.admin, office.chief, office.clerk
    for target, reached in (
        ({"person_id": clerk.person_id}, (False, True)),
        ({"grade": "P5"}, (True, True)),
        ({"grade": "P6"}, (False, False)),
        ({"position": "销售代表"}, (True, True)),
        ({"unit_id": office.below}, (False, True)),
        ({"unit_id": office.above}, (True, True)),
    ):
        made = await given(admin, "auditor", **target)
        found = tuple([await scope_of(each, Permission.AUDIT_READ) is Scope.COMPANY for each in (chief, clerk)])
        assert found == reached, target
        async with tenant_transaction(admin):
            await revoke_assignment(admin, made.id)
        assert await scope_of(clerk, Permission.AUDIT_READ) is Scope.NONE


async def test_a_role_holds_from_its_first_day_to_its_last(office: Office) -> None:
    await given(office.company.admin, "auditor", day(2), day(3), person_id=office.clerk.person_id)
    held = []
    for days in range(6):
        with clock_at(now() + timedelta(days=days)):
            held.append(await scope_of(office.clerk, Permission.AUDIT_READ) is Scope.COMPANY)
    assert held == [False, False, True, True, False, False]


async def test_a_role_follows_where_the_person_is_and_ends_when_they_leave(office: Office) -> None:
    await given(office.company.admin, "auditor", unit_id=office.below)
    clerk, move = office.clerk, "update person set unit_id = $2 where id = $1"
    for sql, values, reach in (
        (move, (office.above,), Scope.NONE),
        (move, (office.below,), Scope.COMPANY),
        ("update person set active = false where id = $1", (), Scope.NONE),
    ):
        async with tenant_transaction(office.company.system):
            await execute(sql, clerk.person_id, *values)
        assert await scope_of(clerk, Permission.AUDIT_READ) is reach


async def test_only_a_role_of_ones_own_is_delegated_to_somebody_else_and_not_onward(office: Office) -> None:
    company, chief, clerk = office.company, office.chief, office.clerk
    manager = await add_person(company, "M2", "王经理", unit=office.above, roles=("employee", "manager"))
    cases: tuple[tuple[Actor, str, UUID, date, str], ...] = (
        (chief, "manager", person_of(clerk), day(5), "ROLE_NOT_HELD"),
        (manager, "manager", person_of(manager), day(5), "DELEGATE_IS_SELF"),
        (manager, "manager", uuid4(), day(5), "NOT_FOUND"),
        (manager, "manager", person_of(clerk), day(-1), "ROLE_DATES_INVALID"),
        (manager, "manager", person_of(clerk), day(400), "DELEGATION_TOO_LONG"),
        (company.admin, "company_admin", person_of(clerk), day(5), "ROLE_NOT_HELD"),
    )
    for actor, role, whom, last, code in cases:
        error = await refused(company, actor, partial(delegate_role, actor, role=role, person_id=whom, ends_on=last))
        assert error.code == code
    async with tenant_transaction(manager):
        made = await delegate_role(manager, role="manager", person_id=person_of(clerk), ends_on=day(2))
    assert (made.delegated_by, await scope_of(clerk, Permission.PLAN_TUNE)) == (manager.person_id, Scope.SUBTREE)
    error = await refused(
        company, clerk, lambda: delegate_role(clerk, role="manager", person_id=person_of(chief), ends_on=day(1))
    )
    assert error.code == "ROLE_NOT_HELD"
    with clock_at(now() + timedelta(days=3)):
        assert await scope_of(clerk, Permission.PLAN_TUNE) is Scope.NONE
    error = await refused(company, chief, lambda: revoke_delegation(chief, made.id))
    assert error.code == "NOT_FOUND"
    async with tenant_transaction(manager):
        await revoke_delegation(manager, made.id)
    assert await scope_of(clerk, Permission.PLAN_TUNE) is Scope.NONE


async def test_a_delegation_ends_with_the_membership_of_who_gave_it(office: Office) -> None:
    company = office.company
    manager = await add_person(company, "M2", "王经理", unit=office.above, roles=("employee", "manager"))
    async with tenant_transaction(manager):
        await delegate_role(manager, role="manager", person_id=person_of(office.clerk), ends_on=day(9))
    async with tenant_transaction(company.admin):
        await close_membership(company.admin, membership_id=membership_of(manager))
    assert await scope_of(office.clerk, Permission.PLAN_TUNE) is Scope.NONE


async def test_the_last_admin_stays_whether_by_membership_or_by_assignment(office: Office) -> None:
    company = office.company
    error = await refused(
        company, company.admin, lambda: close_membership(company.admin, membership_id=membership_of(company.admin))
    )
    assert error.code == "LAST_ADMIN"
    dated = await given(company.admin, "company_admin", None, day(30), person_id=office.chief.person_id)
    by_grade = await given(company.admin, "company_admin", grade="P5")
    error = await refused(
        company, company.admin, lambda: close_membership(company.admin, membership_id=membership_of(company.admin))
    )
    assert (error.code, dated.role, by_grade.role) == ("LAST_ADMIN", "company_admin", "company_admin")
    standing = await given(company.admin, "company_admin", person_id=office.chief.person_id)
    async with tenant_transaction(office.chief):
        await close_membership(office.chief, membership_id=membership_of(company.admin))
    error = await refused(company, office.chief, lambda: revoke_assignment(office.chief, standing.id))
    assert error.code == "LAST_ADMIN"


async def test_hr_revokes_no_role_that_hr_could_not_give(office: Office) -> None:
    company = office.company
    await published(company.admin, more("hr", grant("role:assign")))
    made = await given(company.admin, "company_admin", person_id=office.chief.person_id)
    error = await refused(company, company.hr, lambda: revoke_assignment(company.hr, made.id))
    assert (error.code, error.field) == ("ROLE_NOT_GRANTABLE", "id")


async def test_assignments_are_listed_as_far_as_they_may_be_read(office: Office, ask: Ask) -> None:
    company, clerk = office.company, office.clerk
    mine = await given(company.admin, "manager", None, day(1), person_id=clerk.person_id)
    other = await given(company.admin, "auditor", person_id=office.chief.person_id)

    async def listed(actor: Actor, where: str = "") -> list[str]:
        query = f"{{ roleAssignments{where} {{ edges {{ node {{ id }} }} }} }}"
        return [node["id"].partition("_")[2] for node in await ask.nodes(actor, query)]

    chief = encode_id("Person", office.chief.person_id or company.tenant_id)
    assert await listed(company.hr) == [str(other.id), str(mine.id)]
    assert await listed(company.hr, f'(where: {{personId: {{eq: "{chief}"}}}})') == [str(other.id)]
    assert await listed(company.hr, "(where: {endsOn: {isNull: true}})") == [str(other.id)]
    assert await listed(clerk) == [str(mine.id)]


async def test_what_was_kept_from_a_change_that_was_rolled_back_never_holds(office: Office) -> None:
    admin, clerk = office.company.admin, office.clerk
    with pytest.raises(ZeroDivisionError):
        async with tenant_transaction(admin):
            await assign_role(admin, role="auditor", target=RoleTarget(person_id=clerk.person_id))
            assert (await grants_of(clerk)).allows(Permission.AUDIT_READ)
            raise ZeroDivisionError
    assert await scope_of(clerk, Permission.AUDIT_READ) is Scope.NONE
    await given(admin, "manager", person_id=clerk.person_id)
    assert await scope_of(clerk, Permission.AUDIT_READ) is Scope.NONE
    assert await scope_of(clerk, Permission.PLAN_TUNE) is Scope.SUBTREE


async def test_a_process_that_kept_the_old_grants_asks_anew_after_a_change(office: Office) -> None:
    admin, clerk = office.company.admin, office.clerk
    await scope_of(clerk, Permission.GOAL_READ)
    elsewhere = dict(KEPT_GRANTS._kept)
    made = await given(admin, "auditor", person_id=clerk.person_id)
    for change in ("given", "revoked"):
        KEPT_GRANTS._kept.update(elsewhere)
        assert (await scope_of(clerk, Permission.AUDIT_READ) is Scope.COMPANY) is (change == "given")
        elsewhere = dict(KEPT_GRANTS._kept)
        if change == "given":
            async with tenant_transaction(admin):
                await revoke_assignment(admin, made.id)
    async with tenant_transaction(office.company.system):
        assert len(await fetch("select 1 from access_version")) == 1


async def test_a_members_scope_of_a_token_limits_what_the_role_grants(office: Office) -> None:
    token = replace(office.company.admin, channel="token", scopes=frozenset({"goal:read"}))
    async with tenant_transaction(token):
        assert set((await grants_of(token)).pairs) == {"goal:read"}
