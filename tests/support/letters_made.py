"""Letters for tests: a company with a published template, people with confirmed goals, and signatures."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.storage import Storage
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.letters.models import Letter, LetterAnnex, LetterRun, LetterRunItem, LetterStamp
from plumb_tenants.letters.service import AnnexKind, SealTools, issue_letter, make_annex, seal_letter, sign_letter
from support.companies import VAULT, CompanyFixture, add_person, add_unit, make_company
from support.goals_made import add_cycle, add_goals

BODY: dict[str, Any] = {
    "title": "目标责任书",
    "duties": ["{employee}须在{period}内完成本责任书所列目标。", "每月 5 日前向{manager}书面报告进度。"],
    "rights": ["{employee}有权要求{company}提供必要的资源。"],
    "rewards": ["完成率达到 100% 的,按公司制度兑现奖励。"],
    "revision": ["目标修订须经双方重新签署,本责任书随之失效。"],
}


@dataclass
class Office:
    """A company where a letter can be issued: manager 李建国, employee 张伟, one confirmed goal."""

    company: CompanyFixture
    unit: UUID
    cycle: UUID
    template: UUID
    manager: Actor
    employee: Actor
    goal: UUID

    async def issued(self) -> Letter:
        """Issue the employee's letter as HR."""
        return await issued(self.company.hr, self.goal, self.template)

    async def signed(self) -> Letter:
        """Issue the letter and have both parties sign it."""
        letter = await self.issued()
        await sign(self.employee, letter.id, 1)
        return await sign(self.manager, letter.id, 2)


async def make_office(name: str = "华南医疗器械有限公司", *, body: dict[str, Any] | None = None) -> Office:
    """Create the company, its template, its two people and their goal."""
    company = await make_company(name)
    unit = await add_unit(company, "GD", "广东省区")
    manager = await add_person(company, "M1", "李建国", unit=unit, roles=("manager", "employee"))
    employee = await add_person(company, "E1", "张伟", unit=unit, manager=manager)
    cycle = await add_cycle(company)
    goal = (await add_goals(company, cycle, [(unit, employee)]))[0]
    return Office(company, unit, cycle, await add_template(company, body or BODY), manager, employee, goal)


async def add_template(company: CompanyFixture, body: dict[str, Any], *, key: str = "standard") -> UUID:
    """Publish a letter template."""
    async with tenant_transaction(company.hr):
        draft = await create_definition(company.hr, kind="letter", key=key, name="标准责任书", body=body)
        await publish_version(company.hr, draft.id, version=draft.version)
    return draft.id


async def issued(actor: Actor, goal_id: UUID, template: UUID) -> Letter:
    """Issue a letter over one goal."""
    async with tenant_transaction(actor):
        return await issue_letter(actor, goal_ids=[goal_id], template_version_id=template)


async def sign(actor: Actor, letter_id: UUID, version: int) -> Letter:
    """Sign a letter in a transaction of its own."""
    async with tenant_transaction(actor):
        return await sign_letter(actor, letter_id=letter_id, version=version)


async def add_rules(company: CompanyFixture, **body: Any) -> None:
    """Publish the company's rules of signing."""
    async with tenant_transaction(company.hr):
        draft = await create_definition(company.hr, kind="letter_rules", key="default", name="签署规则", body=body)
        await publish_version(company.hr, draft.id, version=draft.version)


async def mark_copies(company: CompanyFixture) -> None:
    """Publish seal rules under which every copy of a letter that is downloaded says who took it and when."""
    async with tenant_transaction(company.admin):
        body = {"mark_copies": True}
        draft = await create_definition(company.admin, kind="seal", key="default", name="签章规则", body=body)
        await publish_version(company.admin, draft.id, version=draft.version)


async def with_chain(office: Office, signers: list[dict[str, Any]]) -> Letter:
    """Issue the office's letter under a template with a chain."""
    template = await add_template(office.company, BODY | {"signers": signers}, key="chain")
    return await issued(office.company.hr, office.goal, template)


async def fill_stamp(actor: Actor, letter_id: UUID) -> None:
    """Leave a later revision of a letter's file behind, as a renewed time stamp does."""
    async with tenant_transaction(actor):
        await LetterStamp.create(
            letter_id=letter_id,
            number=1,
            file_key="",
            file_sha256="0" * 64,
            file_size=1,
            stamps_end_at=now() + timedelta(days=400),
        )


async def fill_run(actor: Actor, letter: Letter) -> None:
    """Leave a run behind that issued one letter."""
    async with tenant_transaction(actor):
        run = await LetterRun.create(
            cycle_id=letter.cycle_id, definition_version_id=letter.definition_version_id, state="PAUSED", total=1
        )
        await LetterRunItem.create(
            run_id=run.id, ordinal=1, employee_id=letter.employee_id, goals=[], state="ISSUED", letter_id=letter.id
        )


async def sealed_of_run(office: Office, *, renderer: Renderer, storage: Storage) -> Letter:
    """Have a run's letter signed, sealed and given its audit page, in a store that the server reads."""
    signed, system = await office.signed(), office.company.system
    tools = SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url="https://plumb.example.test/")
    await fill_run(system, signed)
    async with tenant_transaction(system):
        letter = await seal_letter(system, signed.id, tools)
        await make_annex(system, letter.id, AnnexKind.AUDIT, renderer=renderer, storage=storage, public_url=tools.public_url)
    return letter


async def fill_annex(actor: Actor, letter_id: UUID) -> None:
    """Leave a file beside a letter, as the job that makes its battle map does."""
    async with tenant_transaction(actor):
        await LetterAnnex.create(letter_id=letter_id, kind="BATTLE_MAP", file_key="", file_sha256="0" * 64, file_size=1)
