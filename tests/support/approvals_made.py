"""A company with three levels of managers and a strategy unit, flows in it, and trial things that run on them."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.ids import uuid7
from plumb_platform.telling import Sentence
from plumb_tenants.approvals.service import (
    Decision,
    Outcome,
    Request,
    decide,
    delegate_approvals,
    due_approvals,
    expire_approval,
    on_outcome,
    start_approval,
)
from plumb_tenants.definitions.service import create_definition, publish_version
from support.companies import CompanyFixture, add_person, add_unit, make_company

MANAGER: dict[str, Any] = {"by": "MANAGER"}
STRATEGY: dict[str, Any] = {"by": "UNIT_HEAD", "unit": "STR"}


def lines(*approvers: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """Return one line of approvers that passes when nobody is there."""
    return [{"approvers": list(approvers), "vacancy": "PASS"} | options]


def step(key: str, *of: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    """Return a step of lines."""
    return {"key": key, "name": f"步骤 {key}", "lines": [each for line in of for each in line]} | options


DUAL: dict[str, Any] = {"steps": [step("dual", lines(MANAGER), lines(STRATEGY))], "term": {"amount": 7}}
"""The dual line of case study 003: the direct manager and the strategy unit at once, seven working days in all."""


@on_outcome("Trial")
async def keep_outcome(actor: Actor, outcome: Outcome) -> None:
    """Note an outcome beside the approval, as an owner of things would."""
    await execute("update approval set en = en || $2 where id = $1", outcome.approval_id, f" [{outcome.state.value}]")


@dataclass
class Bureau:
    """Sales people under a manager, a director and a chief; a strategy head with an analyst."""

    company: CompanyFixture
    chief: Actor
    director: Actor
    manager: Actor
    sales: Actor
    colleague: Actor
    strategist: Actor
    analyst: Actor
    approvals: dict[UUID, UUID] = field(default_factory=dict)

    async def flow(self, body: dict[str, Any], key: str = "trial") -> None:
        """Publish a flow."""
        async with tenant_transaction(self.company.hr):
            draft = await create_definition(self.company.hr, kind="flow", key=key, name="审批流程", body=body)
            await publish_version(self.company.hr, draft.id, version=1, effective_from=date(2025, 1, 1))

    async def start(self, actor: Actor | None = None, **fields: object) -> UUID:
        """Start an approval of a trial thing at version 3, and return its id."""
        asking = actor or self.sales
        request = Request(
            object_type="Trial",
            object_id=uuid7(),
            object_version=3,
            applicant_id=person(asking),
            name=Sentence(zh="试验申请", en="The trial"),
            fields=fields,
        )
        async with tenant_transaction(asking):
            return await start_approval(asking, flow_key="trial", request=request)

    async def task(self, approval_id: UUID, actor: Actor, state: str = "OPEN") -> UUID:
        """Return the newest task of somebody in an approval."""
        rows = await self.rows(
            "select id from approval_task where approval_id = $1 and assignee_id = $2 and state = $3 order by id desc",
            *(approval_id, actor.person_id, state),
        )
        return UUID(str(rows[0]["id"]))

    async def vote(
        self, approval_id: UUID, actor: Actor, decision: str = "APPROVE", *, assignee: Actor | None = None, **options: Any
    ) -> None:
        """Decide in somebody's open task."""
        asked: dict[str, Any] = {"comment": "同意", "object_version": 3}
        task_id = await self.task(approval_id, assignee or actor)
        async with tenant_transaction(actor):
            await decide(actor, task_id=task_id, decision=Decision(decision), **asked | options)

    async def state(self, approval_id: UUID) -> str:
        """Return the state of an approval and what its owner was told."""
        rows = await self.rows("select state || ' ' || coalesce(step, '-') || en as s from approval where id = $1", approval_id)
        return str(rows[0]["s"]).replace("The trial", "")

    async def tasks(self, approval_id: UUID) -> list[str]:
        """Return the number and state of who was asked, in the order of asking."""
        rows = await self.rows(
            "select p.number || ' ' || t.state as s from approval_task t join person p on p.id = t.assignee_id "
            "where t.approval_id = $1 order by t.round, t.line, t.place, t.id",
            approval_id,
        )
        return [row["s"] for row in rows]

    async def acts(self, approval_id: UUID) -> list[str]:
        """Return the kinds of the acts with who did them and for whom."""
        rows = await self.rows(
            "select a.kind || coalesce(' ' || p.number, '') || coalesce(' for ' || f.number, '') as s from approval_act a "
            "left join person p on p.id = a.person_id left join person f on f.id = a.for_person_id "
            "where a.approval_id = $1 order by a.number",
            approval_id,
        )
        return [row["s"] for row in rows]

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Return rows as the company sees them."""
        async with tenant_transaction(self.company.system):
            return await fetch(sql, *values)


def person(actor: Actor) -> UUID:
    """Return the person that an actor is."""
    assert actor.person_id is not None
    return actor.person_id


async def make_bureau(name: str = "测试软件有限公司") -> Bureau:
    """Make a company of this kind."""
    company = await make_company(name)
    top = await add_unit(company, "TOP", "总部")
    south, strategy = [await add_unit(company, code, label, parent=top) for code, label in (("SO", "华南"), ("STR", "战略部"))]
    both = ("employee", "manager")
    chief = await add_person(company, "C1", "总经理", unit=top, roles=both)
    director = await add_person(company, "D1", "周总监", unit=top, manager=chief, roles=both)
    manager = await add_person(company, "M1", "陈经理", unit=south, manager=director, roles=both)
    sales = await add_person(company, "S1", "李销售", unit=south, manager=manager)
    colleague = await add_person(company, "S2", "王销售", unit=south, manager=manager)
    strategist = await add_person(company, "T1", "赵战略", unit=strategy, manager=chief, roles=both)
    analyst = await add_person(company, "T2", "钱分析", unit=strategy, manager=strategist)
    return Bureau(company, chief, director, manager, sales, colleague, strategist, analyst)


async def fill_approvals(hr: Actor, owner: Actor, manager: Actor, other: Actor) -> None:
    """Leave an approval of the owner's, two in which the owner is asked, one with their word, and a delegation by them."""
    body = {"steps": [step("a", lines({"by": "FIELD", "field": "审批人"}))], "fields": [{"name": "审批人", "type": "TEXT"}]}
    both = f"{owner.person_id},{other.person_id}"
    async with tenant_transaction(hr):
        draft = await create_definition(hr, kind="flow", key="trial", name="审批流程", body=body)
        await publish_version(hr, draft.id, version=1)
        for applicant, asked in ((owner, str(manager.person_id)), (manager, both), (manager, both)):
            request = Request(
                object_type="Trial",
                object_id=uuid7(),
                object_version=1,
                applicant_id=person(applicant),
                name=Sentence(zh="试验申请", en="The trial"),
                fields={"审批人": asked},
            )
            await start_approval(hr, flow_key="trial", request=request)
        tasks = await fetch("select id from approval_task where assignee_id = $1 order by id", owner.person_id)
    async with tenant_transaction(owner):
        await decide(owner, task_id=tasks[1]["id"], decision=Decision.APPROVE, object_version=1)
        day = today("Asia/Shanghai")
        await delegate_approvals(owner, person_id=person(manager), starts_on=day, ends_on=day)


async def refused(bureau: Bureau, act: Awaitable[Any]) -> tuple[str, str | None]:
    """Return code and field of a refusal that changed nothing."""
    counts = (
        "select (select count(*) from approval_act) a, (select sum(version) from approval) v, (select count(*) from message) m"
    )
    before = await bureau.rows(counts)
    with pytest.raises(DomainError) as caught:
        await act
    assert await bureau.rows(counts) == before
    return caught.value.code, caught.value.field


async def sweep(bureau: Bureau) -> None:
    """Do what the timer does."""
    async with tenant_transaction(bureau.company.system):
        due = await due_approvals(bureau.company.system)
    for approval_id in due:
        async with tenant_transaction(bureau.company.system):
            await expire_approval(bureau.company.system, approval_id)
