"""Roles that deny: given, they lock nobody out; taken back or moved, they open no more than whoever does it holds (C56, C95)."""

from datetime import date, timedelta
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.permissions import Permission, grants_of
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import RoleTarget, assign_role
from support.asking import Ask
from support.companies import add_person
from support.matrices import Json, access_state, drafted, grant, matrix, more, published
from support.office import Office, membership_of, person_of

HEAD = "工号,姓名,部门编码,部门,上级部门编码,职级,岗位"
SEALED = grant("audit:read", effect="DENY")
BARRED = [grant("role:assign", effect="DENY"), grant("definition:publish", effect="DENY")]
PROBLEM = "... on Problem { code field }"
REFUSED = {"code": "ROLE_NOT_GRANTABLE", "field": "id"}


def last(days: int = 5) -> str:
    day: date = today("Asia/Shanghai") + timedelta(days=days)
    return day.isoformat()


async def done(ask: Ask, actor: Actor, mutation: str, /, **given: Any) -> dict[str, Any]:
    """Return what a change answers; one that was refused changed nothing that decides about access."""
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    answer: dict[str, Any] = await ask(
        actor, f"mutation ($i: {kind}!) {{ {mutation}(input: $i) {{ __typename {PROBLEM} }} }}", i=given
    )
    return answer


async def stopped(ask: Ask, office: Office, actor: Actor, mutation: str, /, **given: Any) -> dict[str, Any]:
    """Return code and field of a refusal."""
    before = await access_state(office.company)
    answer = await done(ask, actor, mutation, **given)
    assert await access_state(office.company) == before
    return {name: answer.get(name) for name in ("code", "field")}


async def given(actor: Actor, role: str, **target: object) -> str:
    async with tenant_transaction(actor):
        made = await assign_role(actor, role=role, target=RoleTarget(**target))  # type: ignore[arg-type]
    return encode_id("RoleAssignment", made.id)


async def allowed(actor: Actor, permission: Permission) -> bool:
    async with tenant_transaction(actor):
        return (await grants_of(actor)).allows(permission)


@pytest.fixture
async def boss(office: Office) -> Actor:
    """Return the only administrator, who is an employee of the upper unit."""
    await published(office.company.admin, matrix(barred=BARRED, sealed=[SEALED]))
    made = await add_person(office.company, "B1", "总经理", unit=office.above, roles=("employee", "company_admin"))
    async with tenant_transaction(office.company.system):
        await fetch_value("update membership set active = false where id = $1 returning 1", membership_of(office.company.admin))
    return made


@pytest.mark.parametrize("road", ["personId", "unitId", "grade", "position"])
@pytest.mark.parametrize("starts", [0, 3])
async def test_the_last_admin_is_denied_their_office_by_no_assignment(
    ask: Ask, office: Office, boss: Actor, road: str, starts: int
) -> None:
    whom = {
        "personId": encode_id("Person", person_of(boss)),
        "unitId": encode_id("OrgUnit", office.above),
        "grade": "P5",
        "position": "销售代表",
    }[road]
    days = {"startsOn": last(starts), "endsOn": last(9)}
    refusal = await stopped(ask, office, boss, "assignRole", role="barred", target={road: whom}, **days)
    assert refusal == {"code": "LAST_ADMIN", "field": "role"}
    clerk = encode_id("Person", person_of(office.clerk))
    assert await done(ask, boss, "assignRole", role="barred", target={"personId": clerk}) == {"__typename": "RoleAssignment"}


async def test_the_last_admin_is_moved_by_no_import_to_where_their_office_is_denied(
    ask: Ask, office: Office, boss: Actor
) -> None:
    await given(boss, "barred", grade="P9")
    refusal = await stopped(ask, office, boss, "importPeople", csv=f"{HEAD}\nB1,总经理,HN,,,P9,销售代表")
    assert refusal == {"code": "LAST_ADMIN", "field": "csv"}
    assert (await done(ask, boss, "importPeople", csv=f"{HEAD}\nE1,李代表,GD,,,P9,销售代表"))["__typename"] == "ImportReport"


async def test_nobody_is_denied_anything_by_what_a_colleague_delegates(ask: Ask, office: Office, boss: Actor) -> None:
    await given(boss, "barred", person_id=person_of(office.clerk))
    to = {"personId": encode_id("Person", person_of(boss)), "endsOn": last()}
    refusal = await stopped(ask, office, office.clerk, "delegateRole", role="barred", **to)
    assert refusal == {"code": "DELEGATION_TAKES", "field": "role"}
    assert await done(ask, office.clerk, "delegateRole", role="employee", **to) == {"__typename": "RoleAssignment"}


@pytest.fixture
async def keeper(office: Office) -> Actor:
    """Return somebody of HR who assigns roles and is denied the audit trail that all of HR reads."""
    hr = [grant("audit:read"), grant("role:assign")]
    await published(office.company.admin, more("hr", *hr) | {"roles": [*more("hr", *hr)["roles"], sealed()]})
    keeper = await add_person(office.company, "K1", "人事", unit=office.above, roles=("employee", "hr"))
    await given(office.company.admin, "sealed", person_id=person_of(keeper))
    return keeper


def sealed(*grants: Json) -> Json:
    return {"key": "sealed", "name": "封存", "grants": [SEALED, *grants]}


async def own_assignment(office: Office, whose: Actor) -> str:
    async with tenant_transaction(office.company.system):
        found = await fetch_value("select id from role_assignment where person_id = $1", person_of(whose))
    return encode_id("RoleAssignment", found)


async def test_nobody_lifts_a_denial_of_what_they_lack_by_taking_back_its_role(ask: Ask, office: Office, keeper: Actor) -> None:
    mine = await own_assignment(office, keeper)
    assert await stopped(ask, office, keeper, "revokeAssignment", id=mine) == REFUSED
    assert not await allowed(keeper, Permission.AUDIT_READ)
    # On who has no more without the denial it rests on nothing, and may go.
    idle = await given(office.company.admin, "sealed", person_id=person_of(office.clerk))
    assert await done(ask, keeper, "revokeAssignment", id=idle) == {"__typename": "RoleAssignment"}
    assert await done(ask, office.company.admin, "revokeAssignment", id=mine) == {"__typename": "RoleAssignment"}
    assert await allowed(keeper, Permission.AUDIT_READ)


async def test_nobody_denies_others_what_they_could_not_give_back(ask: Ask, office: Office, keeper: Actor) -> None:
    chief = await add_person(office.company, "A1", "审计", unit=office.below, roles=("employee", "auditor"))
    target = {"personId": encode_id("Person", person_of(chief))}
    refusal = await stopped(ask, office, keeper, "assignRole", role="sealed", target=target)
    assert refusal == {"code": "ROLE_NOT_GRANTABLE", "field": "role"}
    assert await done(ask, office.company.hr, "assignRole", role="sealed", target=target) == {"__typename": "RoleAssignment"}
    assert not await allowed(chief, Permission.AUDIT_READ)


async def test_nobody_lifts_a_denial_of_what_they_lack_by_moving_people(ask: Ask, office: Office, keeper: Actor) -> None:
    await done(ask, office.company.admin, "revokeAssignment", id=await own_assignment(office, keeper))
    await given(office.company.admin, "sealed", grade="P5")
    assert not await allowed(keeper, Permission.AUDIT_READ)
    moved = f"{HEAD}\nK1,人事,HN,,,P6,销售代表"
    assert await stopped(ask, office, keeper, "importPeople", csv=moved) == {"code": "ROLE_NOT_GRANTABLE", "field": "csv"}
    clerk = f"{HEAD}\nE1,李代表,GD,,,P6,销售代表"
    assert (await done(ask, keeper, "importPeople", csv=clerk))["__typename"] == "ImportReport"
    assert (await done(ask, office.company.admin, "importPeople", csv=moved))["__typename"] == "ImportReport"
    assert await allowed(keeper, Permission.AUDIT_READ)


async def test_nobody_lifts_a_denial_of_what_they_lack_by_a_matrix(ask: Ask, office: Office, keeper: Actor) -> None:
    hr = [grant("audit:read"), grant("role:assign")]
    for body, code in (
        (more("hr", *hr), "MATRIX_BEYOND_OWN"),
        (more("hr", *hr) | {"roles": [*more("hr", *hr)["roles"], sealed() | {"grants": []}]}, "MATRIX_BEYOND_OWN"),
        (more("hr", *hr) | {"roles": [*more("hr", *hr)["roles"], sealed(grant("goal:read", "OWN"))]}, None),
    ):
        draft = await drafted(keeper, body)
        version = {"id": encode_id("DefinitionVersion", draft.id), "version": draft.version}
        if code is None:
            assert (await done(ask, keeper, "publishVersion", **version))["__typename"] == "DefinitionVersion"
        else:
            assert (await stopped(ask, office, keeper, "publishVersion", **version))["code"] == code
            await done(ask, keeper, "discardDraft", id=version["id"], version=draft.version)
    assert not await allowed(keeper, Permission.AUDIT_READ)
