"""One committed change of every kind that services make, in an order in which each is possible; and lists that show it."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.identity.members import close_membership
from plumb_platform.identity.tokens import create_token, revoke_token
from plumb_tenants.definitions.service import archive_version, create_definition, new_draft, publish_version, update_draft
from plumb_tenants.goals.service import confirm_goal, create_cycle, revise_goal
from plumb_tenants.people.importing import import_people
from plumb_tenants.snapshots.service import take_snapshot
from support.companies import add_person, add_unit, member
from support.letters_made import BODY, add_template, issued, sign
from support.south import UNITS_BODY, South

LISTS = (
    "{ company { name locale } }",
    "{ units(first: 100) { totalCount edges { node { code name version parent { code } people { totalCount } } } } }",
    "{ people(first: 100) { totalCount edges { node { number name email grade active version unit { code } manager { name } "
    "goals { totalCount edges { node { target } } } } } } }",
    "{ cycles { totalCount edges { node { code name startsOn endsOn } } } }",
    "{ definitions(first: 100) { totalCount edges { node { key name versions { number state note checksum } } } } }",
    "{ definitions(first: 100) { edges { node { key current { number state } } } } }",
    "{ plans(first: 100) { totalCount edges { node { title state total version nodes { totalCount edges { node { name value "
    "version goal { title } child { ... on Person { email } ... on OrgUnit { code } } factors { contribution } } } } } } } }",
    "{ goals(first: 100) { totalCount edges { node { title state target number version months { target } owner { name } } } } }",
    "{ letters { totalCount edges { node { number state version employeeName signatures { name role } sealJob { state } } } } }",
    "{ snapshots { totalCount edges { node { number goalCount chainHash } } } }",
    "{ auditEntries(first: 100) { totalCount edges { node { number action } } } }",
    "{ jobs { totalCount edges { node { topic state } } } }",
    "{ members(first: 100) { totalCount edges { node { roles active } } } }",
    "{ apiTokens { totalCount edges { node { name revokedAt } } } }",
)


async def made_changes(south: South, caller: Actor) -> AsyncIterator[str]:
    """Make and commit one change after the other; yield the name of each once it is there."""
    async for name in _directory(south):
        yield name
    async for name in _definitions(south):
        yield name
    async for name in _goals(south):
        yield name
    async for name in _letters(south):
        yield name
    async for name in _credentials(caller):
        yield name


async def _directory(south: South) -> AsyncIterator[str]:
    company, hr = south.company, south.company.hr
    async with tenant_transaction(hr):
        await create_cycle(hr, code="2027", name="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    yield "a cycle"
    await add_unit(company, "NEW", "新部门", parent=company.units["HQ"])
    yield "a unit"
    await add_person(company, "N1", "新员工", unit=company.units["NEW"], manager=south.manager)
    yield "a person"
    async with tenant_transaction(hr):
        await import_people(hr, content=CSV, dry_run=False)
    yield "an import"
    await _sql(company.system, "update person set unit_id = (select id from org_unit where code = 'HN') where number = 'N1'")
    yield "a person moved"
    await _sql(company.system, "update company set name = '新名称'")
    yield "the company renamed"


async def _definitions(south: South) -> AsyncIterator[str]:
    hr = south.company.hr
    async with tenant_transaction(hr):
        draft = await create_definition(hr, kind="decomposition", key="late", name="后来", body=UNITS_BODY)
    yield "a definition"
    async with tenant_transaction(hr):
        draft = await update_draft(hr, draft.id, version=draft.version, body=UNITS_BODY, note="备注")
    yield "a draft"
    async with tenant_transaction(hr):
        published = await publish_version(hr, draft.id, version=draft.version)
    yield "a version published"
    async with tenant_transaction(hr):
        await new_draft(hr, published.definition_id)
    yield "a further draft"
    async with tenant_transaction(hr):
        await archive_version(hr, published.id, version=published.version)
    yield "a version archived"


async def _goals(south: South) -> AsyncIterator[str]:
    hr, owner = south.company.hr, south.representatives[0]
    plan, nodes = await south.plan()
    yield "a plan"
    await south.tune(hr, nodes[0], str(nodes[0].value + 100))
    yield "a node tuned"
    await south.publish(plan, version=2)
    yield "a plan published"
    parent = (await _one(hr, "select goal_id from plan_node order by ordinal limit 1"))["goal_id"]
    onward, _ = await south.plan(
        unit_id=south.provinces[0], template_version_id=south.people_template, parent_goal_id=parent, total=None, inputs={}
    )
    await south.publish(onward)
    yield "a plan for people"
    goal = await _one(owner, f"select id, version from goal where owner_id = '{owner.person_id}'")
    async with tenant_transaction(owner):
        await confirm_goal(owner, goal_id=goal["id"], version=goal["version"])
    yield "a goal confirmed"


async def _letters(south: South) -> AsyncIterator[str]:
    hr, owner, manager = south.company.hr, south.representatives[0], south.guangdong_manager
    goal = await _one(owner, f"select id, version from goal where owner_id = '{owner.person_id}'")
    template = await add_template(south.company, BODY)
    yield "a template"
    letter = await issued(hr, goal["id"], template)
    yield "a letter"
    await sign(owner, letter.id, 1)
    yield "a signature"
    await sign(manager, letter.id, 2)
    yield "a letter signed"
    async with tenant_transaction(hr):
        await revise_goal(hr, goal_id=goal["id"], version=goal["version"], target=Decimal("77.00"), reason="市场变化")
    yield "a goal revised"
    async with tenant_transaction(hr):
        await take_snapshot(hr)
    yield "a snapshot"


async def _credentials(caller: Actor) -> AsyncIterator[str]:
    async with tenant_transaction(caller):
        made = await create_token(caller, name="报表", scopes=["goal:read"], days=1)
    yield "a token"
    async with tenant_transaction(caller):
        await revoke_token(caller, token_id=made.token.id)
    yield "a token revoked"
    closing = await member(caller.tenant_id, "auditor")
    yield "a member"
    assert closing.membership_id is not None
    async with tenant_transaction(caller):
        await close_membership(caller, membership_id=closing.membership_id)
    yield "a member closed"


CSV = (
    "工号,姓名,邮箱,部门编码,部门,上级部门编码,职级,岗位,直属上级工号,入职日期,技能\nX1,新来,,NEW,,,P5,销售代表,N1,2021-09-01,"
).encode()


async def _one(actor: Actor, statement: str) -> dict[str, Any]:
    async with tenant_transaction(actor):
        return (await fetch(statement))[0]


async def _sql(actor: Actor, statement: str) -> None:
    async with tenant_transaction(actor):
        await execute(statement)
