"""Publishing a matrix: what is beyond one's own or locks everybody out is refused and changes nothing; the rest holds at once.

Rows C22, C56, C95.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at, today
from plumb_platform.database import Database, execute, fetch, tenant_transaction
from plumb_platform.permissions import Pair, Permission, Scope, grants_of
from plumb_tenants.definitions.service import archive_version, create_definition, new_draft, publish_version, update_draft
from support.companies import CompanyFixture, make_company, member
from support.matrices import Json, drafted, grant, less, matrix, more, published
from support.refusals import refused

TITLE = frozenset({"Goal.title"})


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def scope_of(actor: Actor, permission: Permission) -> Scope:
    async with tenant_transaction(actor):
        return (await grants_of(actor)).scope(permission)


@pytest.mark.parametrize(
    ("body", "role", "permission"),
    [
        (more("hr", grant("audit:read")), "hr", "audit:read"),
        (more("employee", grant("role:assign")), "employee", "role:assign"),
        (matrix(friend=[grant("token:manage")]), "friend", "token:manage"),
        (matrix(friend=[grant("letter:sign", "SUBTREE")]), "friend", "letter:sign"),
    ],
)
async def test_hr_cannot_grant_what_hr_lacks(company: CompanyFixture, body: Json, role: str, permission: str) -> None:
    draft = await drafted(company.hr, body)
    error = await refused(company, company.hr, lambda: publish_version(company.hr, draft.id, version=2))
    assert (error.code, error.values["role"], error.values["permission"]) == ("MATRIX_BEYOND_OWN", role, permission)
    (place,) = [number for number, each in enumerate(body["roles"]) if each["key"] == role]
    assert (error.field or "").startswith(f"roles[{place}].grants[")
    assert "您自己没有的权限" in error.text("zh-CN")


async def test_hr_cannot_lift_a_denial_or_widen_fields_that_bind_hr(company: CompanyFixture) -> None:
    hidden = grant("goal:read", fields=["Goal.target"], effect="DENY")
    everybody = {key: [grant("goal:read"), hidden] for key in ("manager", "auditor")}
    narrowed = more("hr", hidden)
    narrowed["roles"] = [
        {**role, "grants": everybody[role["key"]]} if role["key"] in everybody else role for role in narrowed["roles"]
    ]
    await published(company.admin, narrowed)
    lifted = {
        "roles": [
            {**role, "grants": [each for each in role["grants"] if "effect" not in each]} if role["key"] == "manager" else role
            for role in narrowed["roles"]
        ]
    }
    draft = await drafted(company.hr, lifted)
    error = await refused(company, company.hr, lambda: publish_version(company.hr, draft.id, version=2))
    assert (error.code, error.values["role"]) == ("MATRIX_BEYOND_OWN", "manager")
    assert "Goal.target" in error.text("en")


async def test_hr_takes_nothing_away_that_hr_could_not_give_back(company: CompanyFixture) -> None:
    for body in (less("auditor", "audit:read"), less("company_admin", "token:manage"), matrix(without=["auditor"])):
        draft = await drafted(company.hr, body)
        error = await refused(company, company.hr, partial(publish_version, company.hr, draft.id, version=2))
        assert error.code == "MATRIX_TAKES_BEYOND_OWN"
        async with tenant_transaction(company.admin):
            await update_draft(company.admin, draft.id, body=matrix(), version=2)
            await publish_version(company.admin, draft.id, version=3)
    await published(company.hr, less("auditor", "goal:read"))
    assert await scope_of(company.auditor, Permission.GOAL_READ) is Scope.NONE


async def test_hr_maintains_fields_and_permissions_within_their_own(company: CompanyFixture) -> None:
    colleague = await member(company.tenant_id, "employee")
    assert await scope_of(colleague, Permission.GOAL_READ) is Scope.OWN
    titles = grant("goal:read", "COMPANY", fields=["Goal.title"])
    await published(company.hr, more("employee", titles, grant("cycle:write", "COMPANY")))
    async with tenant_transaction(colleague):
        grants = await grants_of(colleague)
    assert grants.of(Permission.GOAL_READ) == (Pair(Scope.OWN), Pair(Scope.COMPANY, fields=TITLE))
    assert grants.allows(Permission.CYCLE_WRITE)


async def test_a_matrix_that_nobody_could_change_again_is_refused(company: CompanyFixture) -> None:
    for body in (
        matrix(without=["company_admin"]),
        less("company_admin", "role:assign"),
        less("company_admin", "definition:write"),
    ):
        draft = await drafted(company.admin, body)
        error = await refused(company, company.admin, partial(publish_version, company.admin, draft.id, version=2))
        assert error.code == "MATRIX_WITHOUT_ADMIN"
        async with tenant_transaction(company.admin):
            await update_draft(company.admin, draft.id, body=matrix(), version=2)
            await publish_version(company.admin, draft.id, version=3)


async def test_archiving_cannot_bring_back_what_the_actor_lacks(company: CompanyFixture) -> None:
    await published(company.admin, more("auditor", grant("token:manage")))
    narrow = await published(company.admin, matrix())
    error = await refused(company, company.hr, lambda: archive_version(company.hr, narrow.id, version=narrow.version))
    assert (error.code, error.values["permission"]) == ("MATRIX_BEYOND_OWN", "token:manage")
    async with tenant_transaction(company.admin):
        await archive_version(company.admin, narrow.id, version=narrow.version)
    assert await scope_of(company.auditor, Permission.TOKEN_MANAGE) is Scope.COMPANY


async def test_a_faulty_matrix_is_not_published(company: CompanyFixture) -> None:
    draft = await drafted(company.admin, more("employee", grant("goal:read", filter="salary > 1")))
    error = await refused(company, company.admin, lambda: publish_version(company.admin, draft.id, version=2))
    assert error.code == "FORMULA_UNKNOWN_NAME"


async def test_a_matrix_is_effective_from_its_day_in_the_companys_time_zone(company: CompanyFixture) -> None:
    colleague = await member(company.tenant_id, "employee")
    day = today("Asia/Shanghai") + timedelta(days=3)
    await published(company.admin, less("employee", "goal:read"), effective_from=day)
    async with tenant_transaction(colleague):
        grants = await grants_of(colleague)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    assert (grants.scope(Permission.GOAL_READ), grants.until) == (Scope.OWN, midnight)
    with clock_at(midnight - timedelta(seconds=1)):
        assert await scope_of(colleague, Permission.GOAL_READ) is Scope.OWN
    with clock_at(midnight):
        assert await scope_of(colleague, Permission.GOAL_READ) is Scope.NONE
    assert await scope_of(colleague, Permission.GOAL_READ) is Scope.OWN
    later = await published(company.admin, matrix())
    with clock_at(midnight):
        assert await scope_of(colleague, Permission.GOAL_READ) is Scope.OWN, "the newest of the effective versions holds"
    assert later.number == 3


async def test_another_matrix_is_kept_beside_and_changes_nothing(company: CompanyFixture) -> None:
    async with tenant_transaction(company.hr):
        made = await create_definition(company.hr, kind="matrix", key="later", name="以后", body=more("hr", grant("audit:read")))
        await publish_version(company.hr, made.id, version=1)
    assert await scope_of(company.hr, Permission.AUDIT_READ) is Scope.NONE


async def test_rules_of_a_published_matrix_never_change(company: CompanyFixture) -> None:
    async with tenant_transaction(company.system):
        rows = await fetch("select r.id from matrix_rule r")
    assert len(rows) > 100
    for statement in ("update matrix_rule set scope = 'COMPANY'", "delete from matrix_rule"):
        with pytest.raises(Exception, match="permission denied"):
            async with tenant_transaction(company.system):
                await execute(statement)


async def test_who_may_write_but_not_touch_logic_is_refused_a_filter(company: CompanyFixture) -> None:
    await published(
        company.admin, matrix(keeper=[grant("definition:read"), grant("definition:write"), grant("definition:publish")])
    )
    keeper = await member(company.tenant_id, "keeper")
    async with tenant_transaction(keeper):
        rows = await fetch("select id from definition where kind = 'matrix'")
        draft = await new_draft(keeper, rows[0]["id"])
    body = more("employee", grant("goal:read", filter="target > 1"))
    error = await refused(company, keeper, lambda: update_draft(keeper, draft.id, body=body, version=1))
    assert (error.code, error.values["permission"]) == ("LOGIC_NOT_ALLOWED", "definition:logic")
    async with tenant_transaction(keeper):
        await update_draft(keeper, draft.id, body=more("employee", grant("goal:read", "UNIT")), version=1)
