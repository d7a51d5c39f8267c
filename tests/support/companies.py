"""Companies, units and people for tests: each test makes its own, so that tests cannot meet."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import execute, platform_transaction, tenant_transaction
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.ids import uuid7
from support.founded import found_quickly

VAULT = KeyVault(b"k" * 32)


@dataclass
class CompanyFixture:
    """A company with an admin and an HR actor, and the units and people added to it."""

    tenant_id: UUID
    name: str
    system: Actor
    admin: Actor
    hr: Actor
    auditor: Actor
    units: dict[str, UUID] = field(default_factory=dict)


async def make_company(name: str = "测试医疗器械有限公司", *, key: str | None = None) -> CompanyFixture:
    """Create a company with members for the admin, HR and auditor roles."""
    system = system_actor(uuid7(), channel="cli")
    async with tenant_transaction(system):
        place = {"zone": "Asia/Shanghai", "locale": "zh-CN", "currency": "CNY"}
        await found_quickly(system, key=key or f"c-{uuid4().hex[:12]}", name=name, vault=VAULT, **place)
    admin, hr, auditor = await members(system.tenant_id, ("company_admin",), ("hr",), ("auditor",))
    return CompanyFixture(system.tenant_id, name, system, admin, hr, auditor)


async def member(tenant_id: UUID, *roles: str, person_id: UUID | None = None) -> Actor:
    """Create an account and a membership; return the actor as signed in by a session."""
    (made,) = await members(tenant_id, roles, person_id=person_id)
    return made


async def members(tenant_id: UUID, *held: tuple[str, ...], person_id: UUID | None = None) -> list[Actor]:
    """Create accounts and memberships, each with its roles; return the actors as signed in by sessions."""
    actors = [_signed_in(tenant_id, roles, person_id) for roles in held]
    async with platform_transaction() as connection:
        await connection.execute(
            "insert into account (id, email, password_hash, locale, active, created_at) "
            "select id, replace(id::text, '-', '') || '@example.test', 'unusable', 'zh-CN', true, now() "
            "from unnest($1::uuid[]) id",
            [each.account_id for each in actors],
        )
    async with tenant_transaction(system_actor(tenant_id)):
        for each, roles in zip(actors, held, strict=True):
            await execute(
                "insert into membership (tenant_id, id, account_id, person_id, roles, active, created_at) "
                "values ($1, $2, $3, $4, to_jsonb($5::text[]), true, now())",
                tenant_id,
                each.membership_id,
                each.account_id,
                person_id,
                list(roles),
            )
    return actors


def _signed_in(tenant_id: UUID, roles: tuple[str, ...], person_id: UUID | None) -> Actor:
    return Actor(
        tenant_id=tenant_id,
        roles=frozenset(roles),
        channel="session",
        account_id=uuid7(),
        membership_id=uuid7(),
        person_id=person_id,
        session_id=uuid4(),
        request_id=f"test-{uuid4().hex[:8]}",
        address="127.0.0.1",
        agent="tests",
    )


async def add_unit(company: CompanyFixture, code: str, name: str, *, parent: UUID | None = None) -> UUID:
    """Add an org unit below `parent` and keep the closure right."""
    unit_id = uuid7()
    async with tenant_transaction(company.system):
        await execute(
            "insert into org_unit (tenant_id, id, parent_id, code, name, ordinal, version, created_at) "
            "values ($1, $2, $3, $4, $5, (select count(*) from org_unit), 1, now())",
            company.tenant_id,
            unit_id,
            parent,
            code,
            name,
        )
        await execute(
            "insert into org_unit_closure (tenant_id, id, ancestor_id, descendant_id, depth) "
            "select $1::uuid, gen_random_uuid(), ancestor_id, $2::uuid, depth + 1 from org_unit_closure where descendant_id = $3 "
            "union all select $1::uuid, gen_random_uuid(), $2::uuid, $2::uuid, 0",
            company.tenant_id,
            unit_id,
            parent,
        )
    company.units[code] = unit_id
    return unit_id


async def add_person(
    company: CompanyFixture,
    number: str,
    name: str,
    *,
    unit: UUID,
    manager: Actor | None = None,
    roles: tuple[str, ...] = ("employee",),
) -> Actor:
    """Add an employee with an account of their own; return them as signed in."""
    person_id = uuid7()
    async with tenant_transaction(company.system):
        await execute(
            "insert into person (tenant_id, id, number, name, unit_id, manager_id, grade, position, skills, active, version, "
            "created_at) values ($1, $2, $3, $4, $5, $6, 'P5', '销售代表', '[]', true, 1, now())",
            company.tenant_id,
            person_id,
            number,
            name,
            unit,
            manager.person_id if manager else None,
        )
    return await member(company.tenant_id, *roles, person_id=person_id)
