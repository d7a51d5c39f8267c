"""Mutations of the life of definitions between draft and publishing: review, pilot, waves, milestones."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.definitions.types import DefinitionVersion
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.definitions import service

_WRITE, _PUBLISH, _REVIEW = Permission.DEFINITION_WRITE, Permission.DEFINITION_PUBLISH, Permission.DEFINITION_REVIEW


@strawberry.input(description="提交审核 / Ask for the review of a draft; it stays as it is from then on.")
class SubmitForReviewInput:
    id: strawberry.ID
    version: int
    comment: str = ""


@strawberry.input(description="撤回审核 / Take a version in review back to be a draft.")
class WithdrawReviewInput:
    id: strawberry.ID
    version: int


@strawberry.input(description="审核通过 / Approve a version in review, in the roles that one has.")
class ApproveVersionInput:
    id: strawberry.ID
    comment: str = ""


@strawberry.input(description="审核退回 / Give a version in review back, with the reason.")
class RejectVersionInput:
    id: strawberry.ID
    comment: str


@strawberry.input(description="开始试运行 / Give a draft to chosen units and all below them, from today or from a day.")
class StartPilotInput:
    id: strawberry.ID
    version: int
    unit_ids: list[strawberry.ID]
    starts_on: date | None = None


@strawberry.input(description="扩大推进 / Give a version in pilot to more units, from today or from a day.")
class AddWaveInput:
    id: strawberry.ID
    unit_ids: list[strawberry.ID]
    starts_on: date | None = None


@strawberry.input(description="登记里程碑 / Record that T+`day` was reached, today or on a day.")
class RecordMilestoneInput:
    id: strawberry.ID
    day: int
    reached_on: date | None = None
    note: str = ""


@strawberry.type
class RolloutMutation:
    @mutation(needs=_WRITE, description="提交审核 / Ask for review before publishing.")
    async def submit_for_review(self, info: Info, input: SubmitForReviewInput) -> DefinitionVersion:
        row = await service.submit_for_review(
            info.context.caller, _version(input.id), version=input.version, comment=input.comment
        )
        await service.scan_version(info.context.ground.scanner, row)
        return row_of(DefinitionVersion, row.id)

    @mutation(needs=_WRITE, description="撤回审核 / Take a version back out of review.")
    async def withdraw_review(self, info: Info, input: WithdrawReviewInput) -> DefinitionVersion:
        row = await service.withdraw_review(info.context.caller, _version(input.id), version=input.version)
        return row_of(DefinitionVersion, row.id)

    @mutation(needs=_REVIEW, description="审核通过 / Approve a version in review.")
    async def approve_version(self, info: Info, input: ApproveVersionInput) -> DefinitionVersion:
        row = await service.approve_version(info.context.caller, _version(input.id), comment=input.comment)
        return row_of(DefinitionVersion, row.id)

    @mutation(needs=_REVIEW, description="审核退回 / Reject a version in review; it is a draft again.")
    async def reject_version(self, info: Info, input: RejectVersionInput) -> DefinitionVersion:
        row = await service.reject_version(info.context.caller, _version(input.id), comment=input.comment)
        return row_of(DefinitionVersion, row.id)

    @mutation(needs=_PUBLISH, description="开始试运行 / Start the pilot of a version in chosen units.")
    async def start_pilot(self, info: Info, input: StartPilotInput) -> DefinitionVersion:
        row = await service.start_pilot(
            info.context.caller,
            _version(input.id),
            version=input.version,
            unit_ids=_units(input.unit_ids),
            starts_on=input.starts_on,
        )
        await service.scan_version(info.context.ground.scanner, row)
        return row_of(DefinitionVersion, row.id)

    @mutation(needs=_PUBLISH, description="扩大推进 / Add a wave of units to a pilot.")
    async def add_wave(self, info: Info, input: AddWaveInput) -> DefinitionVersion:
        row = await service.add_wave(
            info.context.caller, _version(input.id), unit_ids=_units(input.unit_ids), starts_on=input.starts_on
        )
        return row_of(DefinitionVersion, row.id)

    @mutation(needs=_PUBLISH, description="登记里程碑 / Record a milestone of a roll-out.")
    async def record_milestone(self, info: Info, input: RecordMilestoneInput) -> DefinitionVersion:
        row = await service.record_milestone(
            info.context.caller, _version(input.id), day=input.day, reached_on=input.reached_on, note=input.note
        )
        return row_of(DefinitionVersion, row.id)


def _version(given: strawberry.ID) -> UUID:
    return decode_id(given, "DefinitionVersion", field="id")


def _units(given: Sequence[strawberry.ID]) -> list[UUID]:
    return [decode_id(each, "OrgUnit", field=f"unitIds[{place}]") for place, each in enumerate(given)]
