"""A form whose submissions run on a flow: money asked for by a manager, countersigned by their own and a named colleague."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.permissions import Permission
from plumb_platform.scanning import scanner_at
from plumb_platform.storage import Storage, open_storage
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.approvals.service import Decision, decide, return_approval
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.forms import service
from plumb_tenants.forms.resources import ATTACHMENT, SUBMISSION, SUBMISSION_VERSION
from support.approvals_made import MANAGER, Bureau, lines, make_bureau, step
from support.forms_made import PDF, publish_form

FLOW: dict[str, Any] = {
    "steps": [
        step("both", lines(MANAGER, {"by": "FIELD", "field": "会签人"})),
        step("chief", lines({"by": "PERSON", "number": "C1"}), when="折扣 > 10"),
    ],
    "fields": [{"name": "会签人", "type": "TEXT"}, {"name": "折扣"}],
}
FORM: dict[str, Any] = {
    "title": "特价申请",
    "title_en": "Special price",
    "flow": "spend",
    "fields": [
        {"key": "金额", "type": "money", "label": "金额", "required": True},
        {"key": "会签人", "type": "person", "label": "会签人"},
        {"key": "折扣", "type": "decimal", "label": "折扣", "visible_if": "金额 >= 1000"},
        {
            "key": "证据",
            "type": "attachment",
            "label": "证据",
            "media_types": ["application/pdf"],
            "max_items": 2,
            "max_bytes": 1000,
        },
    ],
}
PLAIN: dict[str, Any] = {"金额": "500", "会签人": "S2"}


@dataclass
class Desk:
    """The bureau with the form; M1 asks, D1 and S2 countersign, C1 decides about more than ten percent."""

    bureau: Bureau
    form: UUID

    async def start(self, values: Mapping[str, Any] = PLAIN, *, actor: Actor | None = None) -> UUID:
        """Begin a draft."""
        who = actor or self.bureau.manager
        async with tenant_transaction(who):
            return await service.start_submission(who, version_id=self.form, values=values)

    async def submit(self, submission: UUID, version: int = 1, *, actor: Actor | None = None) -> None:
        """Submit a draft, or what came back."""
        who = actor or self.bureau.manager
        async with tenant_transaction(who):
            await service.submit(who, submission_id=submission, version=version)

    async def sent(self, values: Mapping[str, Any] = PLAIN) -> tuple[UUID, UUID]:
        """Fill in and submit; return the submission and its approval."""
        submission = await self.start(values)
        await self.submit(submission)
        return submission, await self.value("select approval_id from submission where id = $1", submission)

    async def save(self, submission: UUID, version: int, values: Mapping[str, Any]) -> None:
        """Write anew."""
        async with tenant_transaction(self.bureau.manager):
            await service.save_submission(self.bureau.manager, submission_id=submission, version=version, values=values)

    async def vote(self, approval: UUID, actor: Actor, decision: str = "APPROVE", *, number: int = 1) -> None:
        """Decide about a version."""
        await self.bureau.vote(approval, actor, decision, object_version=number)

    async def send_back(self, approval: UUID, actor: Actor, *, number: int = 1) -> None:
        """Return to the submitter."""
        task = await self.bureau.task(approval, actor)
        async with tenant_transaction(actor):
            await return_approval(actor, task_id=task, to_step=None, object_version=number, comment="请补充")

    async def attach(self, submission: UUID, content: bytes = PDF, *, kept: Storage | None = None) -> UUID:
        """Upload evidence, into a store that is gone afterwards unless one is given."""
        who = self.bureau.manager
        async with tenant_transaction(who):
            with TemporaryDirectory() as folder:
                storage = kept or open_storage("", home=Path(folder))
                return await service.upload_attachment(
                    who, storage, scanner_at(""), submission_id=submission, field="证据", name="a.pdf", content=content
                )

    async def remove(self, file: UUID) -> None:
        """Take evidence out."""
        async with tenant_transaction(self.bureau.manager):
            await service.remove_attachment(self.bureau.manager, attachment_id=file)

    async def state(self, submission: UUID) -> str:
        """Return state, number and version of a submission."""
        sql = "select state || ' ' || number || ' ' || version from submission where id = $1"
        return str(await self.value(sql, submission))

    async def value(self, sql: str, *values: Any) -> Any:
        """Return one value as the company sees it."""
        async with tenant_transaction(self.bureau.company.system):
            return await fetch_value(sql, *values)


async def seen(actor: Actor) -> list[str]:
    """Return what somebody may read of submissions, their versions and their files, as every read is compiled."""
    async with tenant_transaction(actor):
        found = []
        for resource in (SUBMISSION, SUBMISSION_VERSION, ATTACHMENT):
            condition, values = await sql_scope(actor, Permission.SUBMISSION_READ, resource, alias="r")
            rows = await fetch(f"select r.id from {resource.table} r where {condition}", *values)
            found += [f"{resource.type_name} {len(rows)}"] if rows else []
        return found


async def make_desk(name: str = "测试特价有限公司") -> Desk:
    """Make a company of this kind."""
    bureau = await make_bureau(name)
    await bureau.flow(FLOW, "spend")
    return Desk(bureau, await publish_form(bureau.company.hr, "special_price", FORM))


async def fill_form_approvals(hr: Actor, owner: Actor, judge: Actor) -> None:
    """Leave three submissions of the owner's: one that the judge is asked about, one rejected, one returned; with a file."""
    async with tenant_transaction(hr):
        (asked,) = await fetch("select number from person where id = $1", judge.person_id)
        body = {"steps": [step("a", lines({"by": "PERSON", "number": asked["number"]}))]}
        draft = await create_definition(hr, kind="flow", key="spend", name="特价审批", body=body)
        await publish_version(hr, draft.id, version=1)
    form = await publish_form(hr, "special_price", FORM)
    for act in ("leave", "reject", "return"):
        async with tenant_transaction(owner):
            submission = await service.start_submission(owner, version_id=form, values={"金额": "500"})
            with TemporaryDirectory() as folder:
                storage = open_storage("", home=Path(folder))
                given: dict[str, Any] = {"field": "证据", "name": "a.pdf", "content": PDF}
                await service.upload_attachment(owner, storage, scanner_at(""), submission_id=submission, **given)
            await service.submit(owner, submission_id=submission, version=1)
            sql = "select t.id from approval_task t join submission s on s.approval_id = t.approval_id where s.id = $1"
            task = await fetch_value(sql, submission)
        async with tenant_transaction(judge):
            if act == "reject":
                await decide(judge, task_id=task, decision=Decision.REJECT, object_version=1, comment="超出预算")
            if act == "return":
                await return_approval(judge, task_id=task, to_step=None, object_version=1, comment="请补充")
