"""Mutations of revisions: open and submit the form, read changes, close a root cause."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_schema.revisions.types import (
    CloseRootCauseInput,
    MarkChangesReadInput,
    OpenRevisionInput,
    Propagation,
    ReadChanges,
    Revision,
    RootCause,
    SettlePropagationInput,
    SubmitRevisionInput,
)
from plumb_tenants.revisions import service


@strawberry.type
class RevisionMutation:
    @mutation(needs=Permission.REVISION_WRITE, description="申请修订 / Open a revision of a goal of one's own.")
    async def open_revision(self, info: Info, input: OpenRevisionInput) -> Revision:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        return row_of(Revision, await service.open_revision(info.context.caller, goal_id=goal_id))

    @mutation(needs=Permission.REVISION_WRITE, description="提交修订 / Send the form to both lines, first or anew.")
    async def submit_revision(self, info: Info, input: SubmitRevisionInput) -> Revision:
        revision_id = decode_id(input.revision_id, "Revision", field="revisionId")
        done = await service.submit_revision(
            info.context.caller, revision_id=revision_id, version=input.version, wanted=input.opened()
        )
        return row_of(Revision, done)

    @mutation(needs=Permission.REVISION_WRITE, description="保持不变 / Leave a goal below as it is, and say why.")
    async def settle_propagation(self, info: Info, input: SettlePropagationInput) -> Propagation:
        propagation_id = decode_id(input.propagation_id, "Propagation", field="propagationId")
        done = await service.settle_propagation(
            info.context.caller, propagation_id=propagation_id, version=input.version, note=input.note
        )
        return row_of(Propagation, done)

    @mutation(needs=Permission.REVISION_READ, description="变更已读 / Take one's own marks off goals.", at_once=True)
    async def mark_changes_read(self, info: Info, input: MarkChangesReadInput) -> ReadChanges:
        goal_ids = [decode_id(each, "Goal", field="goalIds") for each in input.goal_ids]
        return ReadChanges(count=await service.mark_changes_read(info.context.caller, goal_ids=goal_ids))

    @mutation(needs=Permission.ROOT_CAUSE_CLOSE, description="关闭根因工单 / Close a root-cause ticket.")
    async def close_root_cause(self, info: Info, input: CloseRootCauseInput) -> RootCause:
        root_cause_id = decode_id(input.root_cause_id, "RootCause", field="rootCauseId")
        done = await service.close_root_cause(
            info.context.caller, root_cause_id=root_cause_id, version=input.version, finding=input.finding
        )
        return row_of(RootCause, done)
