"""Why somebody may: the rules that decide, the roles with their origin, the fields that stay hidden (A46, A47)."""

from uuid import uuid4

import pytest

from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.permissions import Permission, Scope
from plumb_tenants.access.service import Origin, RoleTarget, SubjectId, Why, assign_role, effective_matrix, why_can
from plumb_tenants.goals.access import access_goal
from plumb_tenants.goals.service import list_goals
from support.goals_made import add_cycle, add_goals
from support.matrices import grant, matrix, published
from support.office import Office, membership_of, person_of

THREE = ["Goal.title", "Goal.owner", "Goal.unit"]


@pytest.fixture
async def goals(office: Office) -> tuple[object, object]:
    """Return the clerk's own goal and one of the chief, under a matrix of two pairs for one role."""
    cycle = await add_cycle(office.company)
    mine, other = await add_goals(office.company, cycle, [(office.below, office.clerk), (office.above, office.chief)])
    pairs = [
        grant("goal:read", "OWN"),
        grant("goal:read", "COMPANY", fields=THREE),
        grant("goal:revise", filter="target > 9999999"),
    ]
    await published(office.company.admin, matrix(employee=[grant("cycle:read"), *pairs]))
    return mine, other


async def why(office: Office, permission: str, goal: object) -> Why:
    async with tenant_transaction(office.company.hr):
        return await why_can(
            office.company.hr,
            subject=SubjectId(person_id=person_of(office.clerk)),
            permission=permission,
            type_name="Goal",
            object_id=goal,  # type: ignore[arg-type]  # an id
        )


async def test_own_rows_show_all_fields_and_others_three(office: Office, goals: tuple[object, object]) -> None:
    mine, other = goals
    own, others = await why(office, "goal:read", mine), await why(office, "goal:read", other)
    assert (own.allowed, own.hidden) == (True, ())
    assert others.allowed
    assert set(THREE) & set(others.hidden) == set()
    assert {"Goal.target", "Goal.weight", "Goal.months"} <= set(others.hidden)
    assert [(each.rule.pair.scope, each.meets, each.decides) for each in others.rules] == [
        (Scope.OWN, False, False),
        (Scope.COMPANY, True, True),
    ]
    assert all(each.rule.id is not None and each.rule.role == "employee" for each in others.rules)
    async with tenant_transaction(office.clerk):
        assert len(await list_goals(office.clerk)) == 2


async def test_a_filter_that_is_not_met_explains_the_refusal(office: Office, goals: tuple[object, object]) -> None:
    mine, _ = goals
    refused = await why(office, "goal:revise", mine)
    assert (refused.allowed, [(each.meets, each.decides) for each in refused.rules]) == (False, [(False, False)])
    async with tenant_transaction(office.company.system):
        await execute("update goal_version set target = 10000000 where goal_id = $1 and confirmed_at is null", mine)
    with pytest.raises(DomainError):
        async with tenant_transaction(office.clerk):
            await access_goal(office.clerk, mine, Permission.GOAL_REVISE)  # type: ignore[arg-type]  # an id


async def test_a_denial_decides(office: Office, goals: tuple[object, object]) -> None:
    mine, _ = goals
    denied = grant("goal:read", "COMPANY", filter='state = "CONFIRMED"', effect="DENY")
    await published(office.company.admin, matrix(employee=[grant("goal:read", "SUBTREE"), denied]))
    found = await why(office, "goal:read", mine)
    assert not found.allowed
    assert [(each.rule.pair.denies, each.meets, each.decides) for each in found.rules] == [
        (False, True, False),
        (True, True, True),
    ]
    assert "Goal.title" in found.hidden


async def test_each_role_says_where_it_comes_from(office: Office, goals: tuple[object, object]) -> None:
    admin = office.company.admin
    async with tenant_transaction(admin):
        by_unit = await assign_role(admin, role="auditor", target=RoleTarget(unit_id=office.above))
        found = await effective_matrix(admin, SubjectId(membership_id=membership_of(office.clerk)))
    assert [(each.role, each.origin, each.assignment_id) for each in found.roles] == [
        ("employee", Origin.MEMBERSHIP, None),
        ("auditor", Origin.UNIT, by_unit.id),
    ]
    assert {rule.role for rule in found.rules} == {"employee", "auditor"}
    assert found.grants.scope(Permission.AUDIT_READ) is Scope.COMPANY


async def test_one_may_ask_about_oneself_and_not_about_others(office: Office) -> None:
    clerk = office.clerk
    async with tenant_transaction(clerk):
        mine = await effective_matrix(clerk, SubjectId(person_id=person_of(clerk)))
    assert [each.role for each in mine.roles] == ["employee"]
    for subject in (
        SubjectId(person_id=person_of(office.chief)),
        SubjectId(person_id=uuid4()),
        SubjectId(membership_id=membership_of(clerk)),
        SubjectId(membership_id=uuid4()),
    ):
        with pytest.raises(DomainError) as refused:
            async with tenant_transaction(clerk):
                await effective_matrix(clerk, subject)
        assert (refused.value.code, refused.value.field) == ("NOT_FOUND", "subjectId")


async def test_wrong_questions_are_named(office: Office, goals: tuple[object, object]) -> None:
    mine, _ = goals
    clerk = office.clerk
    subject = SubjectId(person_id=person_of(clerk))
    async with tenant_transaction(office.company.system):
        cycle = await fetch_value("select id from cycle")
    for permission, type_name, object_id, code in (
        ("goal:fly", "Goal", mine, "PERMISSION_UNKNOWN"),
        ("cycle:read", "Goal", mine, "OBJECT_OF_OTHER_KIND"),
        ("goal:read", "Galaxy", mine, "NOT_FOUND"),
        ("goal:read", "Goal", uuid4(), "NOT_FOUND"),
        ("goal:read", "Goal", cycle, "NOT_FOUND"),
    ):
        with pytest.raises(DomainError) as refused:
            async with tenant_transaction(office.company.hr):
                await why_can(
                    office.company.hr,
                    subject=subject,
                    permission=permission,
                    type_name=type_name,
                    object_id=object_id,  # type: ignore[arg-type]
                )
        assert refused.value.code == code
    async with tenant_transaction(office.company.hr):
        assert (await why_can(office.company.hr, subject=subject, permission="goal:read")).allowed
        assert not (await why_can(office.company.hr, subject=subject, permission="goal:confirm")).allowed


async def test_a_company_without_a_matrix_of_its_own_is_explained_by_the_shipped_one(office: Office) -> None:
    company = office.company
    async with tenant_transaction(company.system):
        await execute("update definition_version set state = 'ARCHIVED', archived_at = now()")
        found = await effective_matrix(company.system, SubjectId(person_id=person_of(office.clerk)))
    assert {rule.id for rule in found.rules} == {None}
    assert found.grants.scope(Permission.GOAL_READ) is Scope.OWN
