"""An alignment of a region's six sellers (case study 000): one of them new, at half of what the others propose."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import fetch, fetch_one, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.alignment import service
from plumb_tenants.forms.service import Pack, adopt_pack
from plumb_tenants.goals.service import create_cycle
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.forms_made import publish_form
from support.metrics_made import publish_body, publish_library

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""Monday, 9:00 in Shanghai."""
DAYS = [date(2026, 3, 2) + timedelta(days=each) for each in range(4)]
FORM: dict[str, Any] = {
    "title": "目标申报",
    "metrics": ["revenue"],
    "fields": [
        {"key": "线", "type": "product_line", "label": "产品线", "choices": [{"key": "AI课程", "label": "AI 课程"}]},
        {"key": "申报值", "type": "money", "label": "申报值", "required": True, "metric": "revenue"},
    ],
}
PROPOSED = ("100000", "120000", "110000", "90000", "80000", "50000")
"""The newcomer's 50,000 is exactly half of the others' mean of 100,000."""


@dataclass
class Region:
    """A region with its manager and sellers, and an alignment that is open for proposals."""

    company: CompanyFixture
    unit: UUID
    manager: Actor
    sellers: list[Actor]
    alignment: UUID = field(default_factory=lambda: UUID(int=0))
    cycle: UUID = field(default_factory=lambda: UUID(int=0))
    form: UUID = field(default_factory=lambda: UUID(int=0))

    @property
    def hr(self) -> Actor:
        """Return who sets alignments up."""
        return self.company.hr

    @property
    def newcomer(self) -> Actor:
        """Return the last of the sellers."""
        return self.sellers[-1]

    async def propose(self, actor: Actor, value: str, **more: Any) -> UUID:
        """Propose a value, and return the proposal's id."""
        async with tenant_transaction(actor):
            (made,) = await service.propose(actor, alignment_id=self.alignment, values={"申报值": value, **more})
        return made

    async def propose_all(self) -> list[UUID]:
        """Let every seller propose what the case study says."""
        return [await self.propose(seller, value) for seller, value in zip(self.sellers, PROPOSED, strict=True)]

    async def open_next(self) -> None:
        """Open the next round as HR."""
        async with tenant_transaction(self.hr):
            version = await fetch_value("select version from alignment where id = $1", self.alignment)
            await service.open_next_round(self.hr, alignment_id=self.alignment, version=version)

    async def keep_up(self) -> None:
        """Do what the timer does."""
        async with tenant_transaction(self.company.system):
            await service.keep_all_up(self.company.system)

    async def board(self, actor: Actor | None = None, **where: Any) -> list[service.Standing]:
        """Return the levelling board."""
        who = actor or self.manager
        async with tenant_transaction(who):
            return await service.levelling_board(who, alignment_id=self.alignment, where=service.BoardFilter(**where))

    async def move(self, source: service.Standing, target: service.Standing, value: str, **changes: Any) -> None:
        """Move value as the manager."""
        actor = changes.pop("actor", self.manager)
        given: dict[str, Any] = {
            "source_id": source.id,
            "source_version": source.version,
            "target_id": target.id,
            "target_version": target.version,
            "amount": Decimal(value),
            "reason": "新人起步",
        }
        async with tenant_transaction(actor):
            await service.move_value(actor, service.Move(**given | changes))

    async def confirm(self, actor: Actor, proposal: UUID, version: int | None = None) -> None:
        """Confirm as somebody."""
        async with tenant_transaction(actor):
            stands = await fetch_value("select version from proposal where id = $1", proposal)
            await service.confirm_proposal(actor, proposal_id=proposal, version=version or stands)

    async def row(self, sql: str, *values: Any) -> dict[str, Any]:
        """Return one row as the company itself sees it."""
        async with tenant_transaction(self.company.system):
            found = await fetch_one(sql, *values)
        assert found is not None
        return found

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Return rows as the company itself sees them."""
        async with tenant_transaction(self.company.system):
            return await fetch(sql, *values)


async def make_region(sellers: int = 6, *, rules: Mapping[str, Any] | None = None) -> Region:
    """Make the region with an alignment of four days that begins at START."""
    company = await make_company("测试教育科技有限公司")
    unit = await add_unit(company, "HD", "华东")
    manager = await add_person(company, "M1", "陈经理", unit=unit, roles=("employee", "manager"))
    people = [await add_person(company, f"S{n}", f"销售{n}", unit=unit, manager=manager) for n in range(1, sellers + 1)]
    region = Region(company, unit, manager, people)
    with clock_at(START):
        await publish_library(company.hr, "revenue")
        region.form = await publish_form(company.hr, "proposal", FORM)
        await _set_up(region, rules)
    return region


async def _set_up(region: Region, rules: Mapping[str, Any] | None) -> None:
    hr = region.hr
    if rules is not None:
        await publish_body(hr, "alignment", "default", rules)
    async with tenant_transaction(hr):
        cycle = await create_cycle(hr, code="2026-Q2", name="二季度", starts_on=date(2026, 4, 1), ends_on=date(2026, 6, 30))
        region.cycle = cycle.id
        region.alignment = await service.create_alignment(
            hr, cycle_id=cycle.id, form_version_id=region.form, name="二季度目标对齐", starts=DAYS
        )


async def fill_alignment(hr: Actor, owner: Actor, cycle: UUID) -> None:
    """Leave an alignment of a pack's form that was closed, with proposals of two versions, a move, a talk and goals."""
    async with tenant_transaction(hr):
        *_, form = await adopt_pack(hr, Pack.CUSTOMER_SERVICE)
        today = datetime.now(UTC).date()
        starts = [today - timedelta(days=1), *(today + timedelta(days=each) for each in (30, 60, 90))]
        made = await service.create_alignment(hr, cycle_id=cycle, form_version_id=form, name="客服目标对齐", starts=starts)
    values = {"周期": "2026", "理由": "试点", "目标_first_response_minutes": "3", "目标_issue_closure_rate": "95"}
    async with tenant_transaction(owner):
        await service.propose(owner, alignment_id=made, values=values)
        await service.propose(owner, alignment_id=made, values=values | {"目标_first_response_minutes": "2.5"})
    async with tenant_transaction(hr):
        await fetch(_TALK)
        await fetch(_MOVE)
        await fetch(_AGREED)


_AGREED = """
update proposal p set adjusted = proposed, adjusted_at = created_at, goal_id = (select goal_id from letter_goal limit 1),
  adjusted_by = (select id from membership order by id limit 1)
where p.id = (select id from proposal order by id limit 1)
"""
_TALK = """
insert into talk_task (tenant_id, id, created_at, proposal_id, alignment_id, flag, value, peer_mean, person_id, unit_id,
  assignee_id, state, version)
select tenant_id, gen_random_uuid(), created_at, id, alignment_id, 'LOW', proposed, proposed * 3, person_id, unit_id, person_id,
  'OPEN', 1 from proposal order by id limit 1
"""
_MOVE = """
insert into proposal_move (tenant_id, id, created_at, alignment_id, source_id, target_id, amount, reason)
select tenant_id, gen_random_uuid(), created_at, alignment_id, id, id, 1, '调整' from proposal order by id limit 1
"""


async def refused(region: Region, act: Callable[[], Awaitable[Any]]) -> DomainError:
    """Return why an act was refused; no proposal, talk, goal or audit entry may have changed."""
    sql = """select (select md5(string_agg(p::text, '' order by id)) from proposal p) as a, (select count(*) from goal) as b,
      (select max(number) from audit_entry) as c, (select md5(string_agg(t::text, '' order by id)) from talk_task t) as d,
      (select count(*) from submission) as e"""
    before = await region.row(sql)
    with pytest.raises(DomainError) as caught:
        await act()
    assert await region.row(sql) == before
    return caught.value


async def levelled(region: Region) -> list[service.Standing]:
    """Let all propose, open round 2 by the calendar, and return the board."""
    with clock_at(START):
        await region.propose_all()
    with clock_at(START + timedelta(days=1)):
        await region.keep_up()
        return await region.board()
