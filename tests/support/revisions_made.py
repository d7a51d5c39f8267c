"""The company of case study 003: a card of the company, a manager's two goals under it, and those of two sellers below."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_tenants.goals.service import create_cycle
from plumb_tenants.negotiations.service import Answer, answer_ticket, open_ticket, rate_goal
from plumb_tenants.revisions.models import ChangeMark, Propagation, Revision, RevisionImpact, RootCause
from plumb_tenants.revisions.service import Wanted, open_revision, propagate_revision, publish_revision, submit_revision
from support.approvals_made import DUAL, Bureau, make_bureau
from support.companies import CompanyFixture, add_person
from support.goals_made import add_goals

SHANGHAI = ZoneInfo("Asia/Shanghai")
OCTOBER_18 = datetime(2025, 10, 18, 9, tzinfo=SHANGHAI)
_SET = """
with w as (update goal_version set weight = $3, confirmed_at = $4, confirmed_by = $5 where goal_id = $1)
update goal set parent_id = $2, metric = $6, unit_of_measure = $7, state = 'CONFIRMED' where id = $1
"""
WANTED: dict[str, Any] = {
    "cause": "近30天有12家客户主动咨询扩容",
    "target": Decimal("800000.00"),
    "resources": "专属客户成功经理 2 名",
    "metric": "客户增购额",
    "unit_of_measure": "元",
    "weight": Decimal("60.00"),
    "tilt_before": "线索分配优先",
    "tilt_after": "专属客户成功经理配置",
}


@dataclass
class Reset:
    """The people of the bureau and the goals: `card` above, `goal` and `other` of the manager, `parts` below `goal`."""

    bureau: Bureau
    card: UUID
    goal: UUID
    other: UUID
    parts: list[UUID]

    def wanted(self, **changes: Any) -> Wanted:
        """Return the form of 18 October: metric replaced, 70 % becomes 60 %, the other goal gets 40 %."""
        return Wanted(**WANTED | {"weights": {self.other: Decimal("40.00")}} | changes)

    async def open(self, actor: Actor | None = None) -> UUID:
        """Open a revision of the manager's goal."""
        acting = actor or self.bureau.manager
        async with tenant_transaction(acting):
            return await open_revision(acting, goal_id=self.goal)

    async def submit(self, revision_id: UUID, *, version: int = 1, actor: Actor | None = None, **changes: Any) -> UUID:
        """Submit the form, and return the approval's id."""
        acting = actor or self.bureau.manager
        async with tenant_transaction(acting):
            await submit_revision(acting, revision_id=revision_id, version=version, wanted=self.wanted(**changes))
            found: UUID = await fetch_value("select approval_id from revision where id = $1", revision_id)
        return found

    async def approve(self, approval_id: UUID, *, number: int = 1) -> None:
        """Let both lines approve."""
        for actor in (self.bureau.director, self.bureau.strategist):
            await self.bureau.vote(approval_id, actor, object_version=number)

    async def revise(self, **changes: Any) -> UUID:
        """Open, submit and approve a revision, and return its id."""
        revision_id = await self.open()
        await self.approve(await self.submit(revision_id, **changes))
        return revision_id

    async def propagate(self, revision_id: UUID) -> int:
        """Do what the job does that carries a revision to the goals below."""
        async with tenant_transaction(self.bureau.company.system):
            return await propagate_revision(self.bureau.company.system, revision_id)

    async def publish(self, revision_id: UUID) -> int:
        """Do what the job does that tells everybody."""
        async with tenant_transaction(self.bureau.company.system):
            return await publish_revision(self.bureau.company.system, revision_id)


async def make_reset() -> Reset:
    """Make the company, its goals for 2025 and its flow."""
    bureau = await make_bureau()
    await bureau.flow(DUAL | {"fields": [{"name": "新目标值"}]}, key="revision")
    admin, units = bureau.company.admin, bureau.company.units
    async with tenant_transaction(admin):
        cycle = await create_cycle(admin, code="2025", name="2025 年度", starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    owners = [
        *((units["TOP"], bureau.chief), (units["SO"], bureau.manager), (units["SO"], bureau.manager)),
        *((units["SO"], bureau.sales), (units["SO"], bureau.colleague)),
    ]
    titles = ["公司增长卡", "拓新", "续约", "拓新一组", "拓新二组"]
    targets, weights = ["100", "40", "90", "24", "16"], ["100", "70", "30", "100", "100"]
    goals: list[UUID] = []
    for place, (owner, title) in enumerate(zip(owners, titles, strict=True)):
        target = Decimal(targets[place])
        goals += await add_goals(bureau.company, cycle.id, [owner], target=target, title=title, confirmed=False)
        parent = {1: 0, 3: 1, 4: 1}.get(place)
        async with tenant_transaction(bureau.company.system):
            await execute(
                _SET,
                *(goals[place], None if parent is None else goals[parent], Decimal(weights[place])),
                *(OCTOBER_18 - timedelta(days=200), owner[1].person_id, "新增客户数" if place != 2 else "续约率", "家"),
            )
    return Reset(bureau, goals[0], goals[1], goals[2], goals[3:])


async def fill_revisions(company: CompanyFixture, cycle_id: UUID, unit_id: UUID, owner: Actor, manager: Actor) -> None:
    """Leave a draft, a submitted revision with all that may hang on one, and tickets by and to the owner."""
    newcomer = await add_person(company, "R9", "新人", unit=unit_id, manager=owner)
    with clock_at(datetime(2026, 6, 1, 2, tzinfo=UTC)):  # a year whose working days are announced for good
        await _revise_and_negotiate(company, cycle_id, unit_id, owner=owner, manager=manager, newcomer=newcomer)


async def _revise_and_negotiate(
    company: CompanyFixture, cycle_id: UUID, unit_id: UUID, *, owner: Actor, manager: Actor, newcomer: Actor
) -> None:
    titles = {"可修订目标": owner, "新人目标一": newcomer, "新人目标二": newcomer}
    goals = [(await add_goals(company, cycle_id, [(unit_id, each)], title=title))[0] for title, each in titles.items()]
    async with tenant_transaction(owner):
        unbound = await fetch_value("select id from goal where title = '未签目标'")
        await open_revision(owner, goal_id=unbound)
        revision_id = await open_revision(owner, goal_id=goals[0])
        wanted = Wanted(cause="市场变化", target=Decimal("900000.00"), resources="顾问一名")
        await submit_revision(owner, revision_id=revision_id, version=1, wanted=wanted)
        await rate_goal(owner, goal_id=unbound, score=7)
    async with tenant_transaction(company.system):
        cause = await RootCause.create(category="销售额", unit_id=unit_id, state="OPEN")
        await Revision.filter(id=revision_id).update(root_cause_id=cause.id)
        await ChangeMark.create(revision_id=revision_id, goal_id=goals[0], person_id=owner.person_id, changed=["target"])
        numbers: dict[str, Any] = dict.fromkeys(("target_before", "target_after", "weight_before", "weight_after"), Decimal(1))
        place: dict[str, Any] = {"goal_id": goals[0], "unit_id": unit_id, "owner_id": owner.person_id}
        await RevisionImpact.create(revision_id=revision_id, **place, direction="SELF", depth=0, **numbers)
        await Propagation.create(
            revision_id=revision_id,
            **place,
            asked_id=owner.person_id,
            state="BY_HAND",
            depth=1,
            number=1,
            target_before=Decimal(1),
            metric="销售额",
            unit_of_measure="元",
            explanation={"zh-CN": "请人工确认。", "en": "Decide by hand."},
        )
    for asking, goal in ((newcomer, goals[1]), (newcomer, goals[2]), (owner, unbound)):
        async with tenant_transaction(asking):
            ticket = await open_ticket(asking, goal_id=goal, target=Decimal("1000000.00"), reason="片区缩小")
        if goal != goals[1]:
            answer, target = (Answer.COUNTER, Decimal("1100000.00")) if asking is owner else (Answer.ACCEPT, None)
            answering = manager if asking is owner else owner
            async with tenant_transaction(answering):
                given: dict[str, Any] = {"answer": answer, "target": target, "text": "折中"}
                await answer_ticket(answering, ticket_id=ticket, version=1, **given)
