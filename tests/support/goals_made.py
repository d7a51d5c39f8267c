"""Goals for tests of what comes after them, written by one statement and confirmed as their owners would have."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.goals.kinds import GoalKind
from plumb_tenants.goals.service import (
    GoalDraft,
    LinkKind,
    LockCovers,
    Said,
    check_in,
    correct_check_in,
    create_cycle,
    create_goal,
    link_goals,
    lock_goals,
    mark_priority,
    request_exclusion,
)
from support.companies import CompanyFixture

ALERT = "insert into goal_alert (tenant_id, id, created_at, goal_id, version) values ($1, $2, now(), $3, 1)"


async def add_cycle(company: CompanyFixture, code: str = "2026") -> UUID:
    """Add a cycle of one calendar year."""
    async with tenant_transaction(company.admin):
        cycle = await create_cycle(
            company.admin, code=code, name=f"{code} 年度", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
        )
    return cycle.id


async def add_goals(
    company: CompanyFixture,
    cycle_id: UUID,
    owners: Sequence[tuple[UUID, Actor]],
    *,
    target: Decimal = Decimal("1200000.00"),
    title: str = "华南区销售额",
    confirmed: bool = True,
) -> list[UUID]:
    """Add one goal for each (unit, owner) with an even split over twelve months; return the ids in order."""
    ids = [uuid7() for _ in owners]
    month = str(target / 12)
    state = "CONFIRMED" if confirmed else "PROPOSED"
    async with tenant_transaction(company.system):
        await execute(
            "insert into goal (tenant_id, id, created_at, cycle_id, unit_id, owner_id, title, metric, unit_of_measure, state, "
            "current_number, version) select $1, g.id, now(), $2, g.unit, g.owner, $3, '销售额', '元', $4, 1, 2 "
            "from unnest($5::uuid[], $6::uuid[], $7::uuid[]) as g (id, unit, owner)",
            *(company.tenant_id, cycle_id, title, state, ids),
            *([unit for unit, _ in owners], [owner.person_id for _, owner in owners]),
        )
        await execute(
            "insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, months, derivation, "
            "confirmed_at, confirmed_by) select $1, gen_random_uuid(), now(), g.id, 1, $2, 100.00, to_jsonb($3::text[]), '{}', "
            "case when $4 then now() end, case when $4 then g.owner end from unnest($5::uuid[], $6::uuid[]) as g (id, owner)",
            *(company.tenant_id, target, [month] * 12, confirmed, ids, [owner.person_id for _, owner in owners]),
        )
    return ids


async def revise(company: CompanyFixture, goal_id: UUID, target: Decimal, *, confirmed: bool = False) -> None:
    """Give a goal another version, unconfirmed unless its owner agrees."""
    async with tenant_transaction(company.system):
        await execute(
            "insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, months, derivation, "
            "confirmed_at, confirmed_by) select tenant_id, $2, now(), goal_id, number + 1, $3, weight, months, '{}', "
            "case when $4 then now() end, case when $4 then confirmed_by end from goal_version where goal_id = $1 "
            "order by number desc limit 1",
            *(goal_id, uuid4(), target, confirmed),
        )
        await execute(
            "update goal set current_number = current_number + 1, state = $2, version = version + 1 where id = $1",
            *(goal_id, "CONFIRMED" if confirmed else "PROPOSED"),
        )


async def mark_and_link(hr: Actor) -> None:
    """Leave a draft made by hand that supports a published goal, which comes first in the company."""
    async with tenant_transaction(hr):
        (above,) = await fetch("select id, cycle_id, unit_id from goal where parent_id is null and owner_id is null limit 1")
        place = {"cycle_id": above["cycle_id"], "unit_id": above["unit_id"]}
        draft = GoalDraft(kind=GoalKind.OBJECTIVE, title="新增企业客户", level="strategy", **place)
        made = await create_goal(hr, draft=draft)
        await link_goals(hr, from_id=made, to_id=above["id"], kind=LinkKind.SUPPORTS)
        await mark_priority(hr, goal_id=above["id"])


async def publish_a_set(hr: Actor) -> None:
    """Publish a set of one goal for everybody."""
    numbers = {"metric": "拜访", "unit_of_measure": "次", "target": "12.00", "weight": "100.00"}
    body = {"goals": [{"key": "visits", "title": "拜访量", **numbers}]}
    async with tenant_transaction(hr):
        draft = await create_definition(hr, kind="goal_set", key="everybody", name="全员目标", body=body)
        await publish_version(hr, draft.id, version=draft.version)


async def fill_goals(hr: Actor, owner: Actor) -> None:
    """Leave goals of all sorts, a check-in and its correction on a goal of the owner that nobody signed for yet."""
    await mark_and_link(hr)
    await publish_a_set(hr)
    async with tenant_transaction(owner):
        goal = await fetch_value("select id from goal where title = '未签目标' and owner_id = $1", owner.person_id)
        october = Said(value=Decimal("300000.00"), as_of=date(2026, 10, 31), confidence=7, comment="两家医院已签约")
        said = await check_in(owner, goal_id=goal, said=october)
        await correct_check_in(owner, check_in_id=said, said=Said(value=Decimal("30000.00"), comment="多写一个零"))
        month = date(2026, 11, 1)
        await request_exclusion(owner, goal_id=goal, month=month, amount=Decimal("1000.00"), reason="客户审批延迟")
        await execute(ALERT, owner.tenant_id, uuid7(), goal)
    async with tenant_transaction(hr):
        cycle, opens = await fetch_value("select cycle_id from goal where id = $1", goal), datetime(2099, 1, 1, tzinfo=UTC)
        unit = await fetch_value("select id from org_unit where code = 'HN0'")
        await lock_goals(hr, cycle_id=cycle, covers=LockCovers.BOTH, reason="季度考核结算", unit_id=unit, starts_at=opens)
