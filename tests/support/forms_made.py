"""Forms of a company whose people are there already: a goal proposal, its synced figures, submissions and files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.scanning import scanner_at
from plumb_platform.storage import open_storage
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.files.models import FileScan
from plumb_tenants.forms import service
from plumb_tenants.forms.models import Attachment
from support.companies import CompanyFixture, add_person, add_unit, make_company

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
SYNCED = datetime(2026, 3, 1, 1, tzinfo=UTC)
PROPOSAL: dict[str, Any] = {
    "title": "目标申报",
    "fields": [
        {"key": "客户数", "type": "fed", "label": "客户数", "feed": "crm.customers"},
        {"key": "跟进次数", "type": "fed", "label": "跟进次数", "feed": "crm.follow_ups"},
        {"key": "申报值", "type": "money", "label": "申报值", "required": True, "minimum": "0"},
        {"key": "说明", "type": "long_text", "label": "说明", "visible_if": "申报值 >= 100000", "required": True},
        {"key": "协作人", "type": "person", "label": "协作人"},
        {"key": "月均", "type": "computed", "label": "月均", "formula": "申报值 / 12"},
        {
            "key": "证据",
            "type": "attachment",
            "label": "证据",
            "media_types": ["application/pdf"],
            "max_items": 1,
            "max_bytes": 100,
        },
    ],
}


@dataclass
class Office:
    """A unit with a manager and two employees, and the published proposal form."""

    company: CompanyFixture
    unit: UUID
    manager: Actor
    seller: Actor
    newcomer: Actor
    form: UUID

    @property
    def hr(self) -> Actor:
        """Return who configures."""
        return self.company.hr

    async def start(self, values: Mapping[str, Any], *, actor: Actor | None = None, form: UUID | None = None) -> UUID:
        """Begin a draft."""
        who = actor or self.seller
        async with tenant_transaction(who):
            return await service.start_submission(who, version_id=form or self.form, values=values)

    async def submit(self, values: Mapping[str, Any], *, actor: Actor | None = None, form: UUID | None = None) -> UUID:
        """Fill in and submit."""
        who = actor or self.seller
        async with tenant_transaction(who):
            return await service.submit_form(who, version_id=form or self.form, values=values)

    async def validate(self, values: Mapping[str, Any], *, actor: Actor | None = None, **options: Any) -> service.Answers:
        """Return the answers per field."""
        who = actor or self.seller
        async with tenant_transaction(who):
            return await service.validate_submission(who, version_id=options.pop("form", self.form), values=values, **options)

    async def feed(self, feed: str, number: str, value: str, as_of: datetime = SYNCED) -> int:
        """Record one synced figure."""
        async with tenant_transaction(self.hr):
            figure = service.Figure(number, Decimal(value), as_of)
            return await service.record_fed_values(self.hr, feed=feed, figures=[figure])

    async def value(self, sql: str, *values: Any) -> Any:
        """Return one value as the company itself sees it."""
        async with tenant_transaction(self.company.system):
            return await fetch_value(sql, *values)


async def publish_form(actor: Actor, key: str, body: Mapping[str, Any]) -> UUID:
    """Publish a form and return the id of its version."""
    async with tenant_transaction(actor):
        draft = await create_definition(actor, kind="form", key=key, name=f"表单 {key}", body=body)
        return (await publish_version(actor, draft.id, version=draft.version)).id


async def make_office(name: str = "测试教育科技有限公司") -> Office:
    """Make a company of this kind."""
    company = await make_company(name)
    unit = await add_unit(company, "HD", "华东")
    manager = await add_person(company, "M1", "陈经理", unit=unit, roles=("employee", "manager"))
    seller = await add_person(company, "S1", "李销售", unit=unit, manager=manager)
    newcomer = await add_person(company, "S2", "王新人", unit=unit, manager=manager)
    return Office(company, unit, manager, seller, newcomer, await publish_form(company.hr, "proposal", PROPOSAL))


async def fill_forms(hr: Actor, owner: Actor, number: str) -> None:
    """Leave a published form, a synced figure, a submission with a file, a draft, and a dry run with a batch."""
    form = await publish_form(hr, "proposal", PROPOSAL)
    async with tenant_transaction(hr):
        figure = service.Figure(number, Decimal(12), SYNCED)
        await service.record_fed_values(hr, feed="crm.customers", figures=[figure])
    async with tenant_transaction(owner):
        draft = await service.start_submission(owner, version_id=form, values={"申报值": "90000"})
        with TemporaryDirectory() as folder:
            storage = open_storage("", home=Path(folder))
            given: dict[str, Any] = {"field": "证据", "name": "a.pdf", "content": PDF + b"%held"}
            kept = await service.upload_attachment(owner, storage, scanner_at(""), submission_id=draft, **given)
        await service.submit(owner, submission_id=draft, version=1)
        await service.start_submission(owner, version_id=form, values={"申报值": "1"})
        key = (await Attachment.get(id=kept)).file_key
        await FileScan.create(
            file_key=key, signatures="ClamAV 1.4.6", scanned_at=SYNCED, found_as="Eicar-Signature", held_since=SYNCED
        )
    async with tenant_transaction(hr):
        run = await service.start_dry_run(hr, version_id=form)
        await service.run_batch(hr, run_id=run, place=0, after=None, until=draft)
