"""Nobody gains a role through a door that is not about roles: imports, invitations, leaving and coming back (C95, C96)."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at, now, today
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.identity.invitations import add_member, invite
from plumb_platform.identity.members import close_membership
from plumb_platform.permissions import Permission, grants_of
from plumb_tenants.access.service import RoleAssignment, RoleTarget, assign_role, delegate_role
from plumb_tenants.people.service import deactivate_person, import_people
from support.companies import add_person
from support.office import Office, membership_of, person_of
from support.refusals import refused


async def assigned(office: Office, role: str, **target: object) -> RoleAssignment:
    admin = office.company.admin
    async with tenant_transaction(admin):
        return await assign_role(admin, role=role, target=RoleTarget(**target))  # type: ignore[arg-type]


async def brought(actor: Actor, *lines: str) -> bool:
    """Import people and return whether they were written."""
    async with tenant_transaction(actor):
        return (await import_people(actor, content="\n".join(lines).encode(), dry_run=False)).written


async def reads_audit(actor: Actor) -> bool:
    async with tenant_transaction(actor):
        return (await grants_of(actor)).allows(Permission.AUDIT_READ)


async def test_an_import_gives_nobody_a_role_that_the_importer_lacks(office: Office) -> None:
    company, hr, clerk = office.company, office.company.hr, office.clerk
    await assigned(office, "auditor", position="审计总监")
    await assigned(office, "auditor", grade="P9")
    await assigned(office, "auditor", unit_id=office.above)
    async with tenant_transaction(company.system):
        await execute("update org_unit set parent_id = null where id = $1", office.below)
        await execute("delete from org_unit_closure where descendant_id = $1 and ancestor_id <> $1", office.below)
    head = "工号,姓名,部门编码,部门,上级部门编码,职级,岗位"
    for row in (
        "E1,李代表,GD,,,P5,审计总监",
        "E1,李代表,GD,,,P9,销售代表",
        "E1,李代表,HN,,,P5,销售代表",
        "E1,李代表,GD,广东,HN,P5,销售代表",
        "E7,新人,GD,,,P9,销售代表",
    ):
        error = await refused(company, hr, partial(brought_in, hr, head, row))
        assert (error.code, error.field, error.values) == (
            "ROLE_NOT_GRANTABLE",
            "content",
            {"role": "auditor", "permission": "audit:read"},
        )
        assert not await reads_audit(clerk)
    assert await brought(hr, head, "E1,李代表,GD,,,P6,大客户经理")
    assert await brought(company.admin, head, "E1,李代表,GD,,,P9,大客户经理")
    assert await reads_audit(clerk)
    # Who has it already is none that an import gives it to; and what HR itself holds, it may give so.
    assert await brought(hr, head, "E1,李代表,GD,,,P9,审计总监")
    await assigned(office, "manager", grade="P7")
    assert await brought(hr, head, "M1,陈经理,HN,,,P7,经理")


async def brought_in(actor: Actor, *lines: str) -> None:
    await import_people(actor, content="\n".join(lines).encode(), dry_run=False)


async def test_nobody_invites_themselves_in_as_an_employee_whose_roles_they_lack(office: Office) -> None:
    company, hr = office.company, office.company.hr
    unit = office.above
    async with tenant_transaction(company.system):
        await execute("update membership set active = false where id = $1", membership_of(office.chief))
    chief = person_of(office.chief)
    error = await refused(company, office.clerk, partial(invite, office.clerk, email="a@example.test", roles=[], person_id=chief))
    assert error.code == "FORBIDDEN"
    for target in ({"person_id": chief}, {"unit_id": unit}, {"grade": "P5"}):
        made = await assigned(office, "auditor", **target)
        error = await refused(company, hr, partial(invite, hr, email="a@example.test", roles=["employee"], person_id=chief))
        assert (error.code, error.field) == ("ROLE_NOT_GRANTABLE", "personId")
        async with tenant_transaction(company.system):
            await execute("update role_assignment set revoked_at = now() where id = $1", made.id)
    async with tenant_transaction(hr):
        assert (await invite(hr, email="a@example.test", roles=["employee"], person_id=chief)).invitation.person_id == chief


async def test_who_administers_by_assignment_is_not_deactivated_as_the_last_or_by_who_holds_less(office: Office) -> None:
    company, chief = office.company, office.chief
    await assigned(office, "company_admin", person_id=person_of(chief))
    leave: dict[str, Any] = {"person_id": person_of(chief), "version": 1, "reason": "离职"}
    error = await refused(company, company.hr, partial(deactivate_person, company.hr, **leave))
    assert (error.code, error.values["role"]) == ("ROLE_NOT_GRANTABLE", "company_admin")
    async with tenant_transaction(company.system):
        await execute("update membership set active = false where id = $1", membership_of(company.admin))
    for act in (
        partial(deactivate_person, chief, **leave),
        partial(close_membership, chief, membership_id=membership_of(chief)),
    ):
        assert (await refused(company, chief, act)).code == "LAST_ADMIN"
    async with tenant_transaction(company.system):
        assert await fetch_value("select active from person where id = $1", person_of(chief))
        await execute("update membership set active = true where id = $1", membership_of(company.admin))
    async with tenant_transaction(company.admin):
        await deactivate_person(company.admin, **leave)


async def test_who_comes_back_holds_nothing_that_they_were_assigned_or_had_delegated(office: Office) -> None:
    company, clerk = office.company, office.clerk
    leaver = await add_person(company, "M2", "王经理", unit=office.above, roles=("employee", "auditor"))
    await assigned(office, "auditor", person_id=person_of(leaver))
    async with tenant_transaction(leaver):
        last = today("Asia/Shanghai") + timedelta(days=300)
        await delegate_role(leaver, role="auditor", person_id=person_of(clerk), ends_on=last)
    assert (await reads_audit(leaver), await reads_audit(clerk)) == (True, True)
    async with tenant_transaction(company.admin):
        await deactivate_person(company.admin, person_id=person_of(leaver), version=1, reason="离职")
        assert await fetch_value("select after ->> 'roles_revoked' from audit_entry where action = 'member.close'") == "2"
    head = "工号,姓名,部门编码,部门,上级部门编码,职级,岗位,入职日期"
    with clock_at(now() + timedelta(days=2)):
        assert await brought(company.hr, head, f"M2,王经理,HN,,,P5,销售代表,{today('Asia/Shanghai')}")
    async with tenant_transaction(company.system):
        assert await fetch_value("select active from person where id = $1", person_of(leaver))
        assert leaver.account_id is not None
        await add_member(company.system, account_id=leaver.account_id, roles=["employee"], person_id=person_of(leaver))
    returned = replace(leaver, roles=frozenset({"employee"}))
    assert (await reads_audit(returned), await reads_audit(clerk)) == (False, False)
