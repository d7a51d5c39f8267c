"""Mutations of retention: place and lift legal holds, ask for the erasure of a leaver's data, fetch reports."""

import strawberry

from plumb_platform.identity.links import sealed_link
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_schema.retention.types import ReportLink, RetentionHold, RetentionRun
from plumb_tenants.retention import service

_TYPES = {
    service.HoldScope.CYCLE: "Cycle",
    service.HoldScope.LETTER: "Letter",
    service.HoldScope.PERSON: "Person",
    service.HoldScope.COMPANY: "Company",
}


@strawberry.input(description="设置保全 / Keep what a scope names from being destroyed; COMPANY names no object.")
class PlaceHoldInput:
    scope: service.HoldScope
    reason: str
    object_id: strawberry.ID | None = None


@strawberry.input(description="解除保全 / Lift a hold, with the reason.")
class LiftHoldInput:
    hold_id: strawberry.ID
    version: int
    reason: str


@strawberry.input(description="申请删除个人信息 / Ask for the data of somebody who left to be erased.")
class RequestErasureInput:
    person_id: strawberry.ID
    reason: str


@strawberry.input(description="确认删除 / Confirm a request; from then on it cannot be taken back.")
class ConfirmErasureInput:
    run_id: strawberry.ID
    version: int


@strawberry.input(description="取消删除 / Take back a request that nobody has confirmed.")
class CancelErasureInput:
    run_id: strawberry.ID
    version: int


@strawberry.input(description="报告下载链接 / Make a link to a signed report that is good for five minutes.")
class CreateReportLinkInput:
    run_id: strawberry.ID
    format: service.ReportFormat = strawberry.field(
        default=service.ReportFormat.JSON, description="格式 / JSON is what is signed; PDF is in the caller's language."
    )


@strawberry.type
class RetentionMutation:
    @mutation(needs=Permission.RETENTION_HOLD, description="设置保全 / Place a legal hold.")
    async def place_hold(self, info: Info, input: PlaceHoldInput) -> RetentionHold:
        held = decode_optional_id(input.object_id, _TYPES[input.scope], field="objectId")
        placed = await service.place_hold(info.context.caller, scope=input.scope, object_id=held, reason=input.reason)
        return row_of(RetentionHold, placed)

    @mutation(needs=Permission.RETENTION_HOLD, description="解除保全 / Lift a legal hold.")
    async def lift_hold(self, info: Info, input: LiftHoldInput) -> RetentionHold:
        hold_id = decode_id(input.hold_id, "RetentionHold", field="holdId")
        lifted = await service.lift_hold(info.context.caller, hold_id=hold_id, version=input.version, reason=input.reason)
        return row_of(RetentionHold, lifted)

    @mutation(needs=Permission.RETENTION_ERASE, description="申请删除个人信息 / Ask for the erasure of a leaver's data.")
    async def request_erasure(self, info: Info, input: RequestErasureInput) -> RetentionRun:
        person_id = decode_id(input.person_id, "Person", field="personId")
        return row_of(RetentionRun, await service.request_erasure(info.context.caller, person_id=person_id, reason=input.reason))

    @mutation(needs=Permission.RETENTION_ERASE, description="确认删除 / Confirm an erasure, as the company's second person.")
    async def confirm_erasure(self, info: Info, input: ConfirmErasureInput) -> RetentionRun:
        run_id = decode_id(input.run_id, "RetentionRun", field="runId")
        return row_of(RetentionRun, await service.confirm_erasure(info.context.caller, run_id=run_id, version=input.version))

    @mutation(needs=Permission.RETENTION_ERASE, description="取消删除 / Take back a request that nobody has confirmed.")
    async def cancel_erasure(self, info: Info, input: CancelErasureInput) -> RetentionRun:
        run_id = decode_id(input.run_id, "RetentionRun", field="runId")
        return row_of(RetentionRun, await service.cancel_erasure(info.context.caller, run_id=run_id, version=input.version))

    @mutation(needs=Permission.RETENTION_READ, description="报告下载链接 / Make a short-lived link to a signed report.")
    async def create_report_link(self, info: Info, input: CreateReportLinkInput) -> ReportLink:
        run_id = decode_id(input.run_id, "RetentionRun", field="runId")
        locale = info.context.locale if input.format is service.ReportFormat.PDF else None
        link = await service.report_link(info.context.caller, run_id=run_id, locale=locale)
        word = sealed_link(link, info.context.ground.link_keys)
        asked = f"&format=pdf&lang={locale}" if locale else ""
        return ReportLink(path=f"/retention/by-link?link={word}{asked}", expires_at=link.expires_at)
