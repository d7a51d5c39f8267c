"""What a matrix of a later day says of a role binds from its publication: giving the role, and who the last admin is (C95)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import tenant_transaction
from plumb_platform.permissions.reading import rules_to_come
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import RoleTarget, assign_role
from plumb_tenants.access.shipped import DEFAULT
from support.asking import Ask
from support.matrices import Json, access_state, grant, matrix, more, published
from support.office import Office, membership_of, person_of

LATER = timedelta(days=3)
ADMIN: list[Json] = next(role["grants"] for role in DEFAULT["roles"] if role["key"] == "company_admin")
WEAK = [each for each in ADMIN if (each["resource"], each["action"]) != ("role", "assign")]
HEAD = "工号,姓名,部门编码,部门,上级部门编码,职级,岗位"


async def refused(ask: Ask, office: Office, actor: Actor, mutation: str, /, **given: Any) -> Mapping[str, Any]:
    """Return the Problem of a change that changed nothing about access."""
    before, kind = await access_state(office.company), f"{mutation[0].upper()}{mutation[1:]}Input"
    document = f"mutation ($i: {kind}!) {{ {mutation}(input: $i) {{ __typename ... on Problem {{ code field message }} }} }}"
    answer: Mapping[str, Any] = await ask(actor, document, i=given)
    assert await access_state(office.company) == before
    return answer


async def given(actor: Actor, role: str, **target: object) -> str:
    async with tenant_transaction(actor):
        made = await assign_role(actor, role=role, target=RoleTarget(**target))  # type: ignore[arg-type]
    return encode_id("RoleAssignment", made.id)


@pytest.mark.parametrize("road", ["revokeAssignment", "closeMembership", "deactivatePerson"])
async def test_who_administers_by_a_matrix_of_a_later_day_is_the_last_of_then(ask: Ask, office: Office, road: str) -> None:
    admin, chief = office.company.admin, office.chief
    await published(admin, matrix(root=ADMIN))
    root = await given(admin, "root", person_id=person_of(chief))
    await published(admin, matrix(root=ADMIN, company_admin=WEAK), effective_from=today("Asia/Shanghai") + LATER)
    roads: dict[str, dict[str, Any]] = {
        "revokeAssignment": {"id": root},
        "closeMembership": {"id": encode_id("Member", membership_of(chief))},
        "deactivatePerson": {"personId": encode_id("Person", person_of(chief)), "version": 1, "reason": "离职"},
    }
    given_to = roads[road]
    problem = await refused(ask, office, admin, road, **given_to)
    assert (problem.get("code"), problem.get("field")) == ("LAST_ADMIN", "id")
    await given(chief, "root", person_id=person_of(office.clerk))
    document = f"mutation ($i: {road[0].upper()}{road[1:]}Input!) {{ {road}(input: $i) {{ ... on Problem {{ code }} }} }}"
    assert await ask(admin, document, i=given_to) == {}


async def test_a_role_is_given_by_nobody_who_lacks_what_a_later_day_gives_it(ask: Ask, office: Office) -> None:
    admin, hr, clerk = office.company.admin, office.company.hr, office.clerk
    narrow = more("hr", grant("role:assign"))
    helping = [{"key": "helper", "name": "助理", "grants": [each]} for each in (grant("goal:read", "OWN"), grant("audit:read"))]
    await published(admin, narrow | {"roles": [*narrow["roles"], helping[0]]})
    await given(admin, "helper", grade="P9")
    await published(admin, narrow | {"roles": [*narrow["roles"], helping[1]]}, effective_from=today("Asia/Shanghai") + LATER)
    await published(admin, narrow | {"roles": [*narrow["roles"], helping[0]]}, effective_from=today("Asia/Shanghai") + 2 * LATER)
    async with tenant_transaction(admin):
        assert [[rule.permission for rule in rules if rule.role == "helper"] for rules in await rules_to_come()] == [
            ["goal:read"],
            ["audit:read"],
            ["goal:read"],
        ]
    whom = {"personId": encode_id("Person", person_of(clerk))}
    for road, values, field in (
        ("assignRole", {"role": "helper", "target": whom}, "role"),
        ("inviteMember", {"email": "a@example.test", "roles": ["helper"]}, "roles"),
        ("importPeople", {"csv": f"{HEAD}\nE1,李代表,GD,,,P9,销售代表"}, "csv"),
    ):
        problem = await refused(ask.in_language("zh-CN"), office, hr, road, **values)
        assert (problem.get("code"), problem.get("field")) == ("ROLE_NOT_GRANTABLE", field), road
        assert "audit:read" in problem["message"]
        assert "请由拥有该权限的人处理" in problem["message"]
    assert await given(admin, "helper", person_id=person_of(clerk))
