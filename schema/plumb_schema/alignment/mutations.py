"""Mutations of alignment: set up, propose, level, talk, confirm."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.alignment.inputs import (
    CloseTalkInput,
    ConfirmProposalInput,
    CreateAlignmentInput,
    MoveProposalValueInput,
    OpenNextRoundInput,
    ProposeInput,
    ProposeSubmissionInput,
    RecordMeetingsInput,
)
from plumb_schema.alignment.types import Alignment, Proposal, Proposed, TalkTask
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.alignment import service

_SET_UP, _PROPOSE = Permission.ALIGNMENT_WRITE, Permission.PROPOSAL_WRITE


@strawberry.type
class AlignmentMutation:
    @mutation(needs=_SET_UP, description="新建目标对齐 / Set up three rounds for a cycle.")
    async def create_alignment(self, info: Info, input: CreateAlignmentInput) -> Alignment:
        made = await service.create_alignment(
            info.context.caller,
            cycle_id=decode_id(input.cycle_id, "Cycle", field="cycleId"),
            form_version_id=decode_id(input.form_version_id, "DefinitionVersion", field="formVersionId"),
            name=input.name,
            starts=(input.proposing_on, input.levelling_on, input.confirming_on, input.closes_on),
        )
        return row_of(Alignment, made)

    @mutation(needs=_SET_UP, description="提前开启下一轮 / Open the next round before its day.")
    async def open_next_round(self, info: Info, input: OpenNextRoundInput) -> Alignment:
        alignment_id = decode_id(input.alignment_id, "Alignment", field="alignmentId")
        opened = await service.open_next_round(info.context.caller, alignment_id=alignment_id, version=input.version)
        return row_of(Alignment, opened)

    @mutation(needs=_SET_UP, description="记录会议天数 / Record how many days meetings took.")
    async def record_meetings(self, info: Info, input: RecordMeetingsInput) -> Alignment:
        recorded = await service.record_meetings(
            info.context.caller,
            alignment_id=decode_id(input.alignment_id, "Alignment", field="alignmentId"),
            version=input.version,
            before=input.before,
            after=input.after,
        )
        return row_of(Alignment, recorded)

    @mutation(needs=_PROPOSE, description="申报目标 / Propose one's own goals through the form; again is the next version.")
    async def propose(self, info: Info, input: ProposeInput) -> Proposed:
        alignment_id = decode_id(input.alignment_id, "Alignment", field="alignmentId")
        made = await service.propose(info.context.caller, alignment_id=alignment_id, values=input.values)  # type: ignore[arg-type] # any JSON
        return Proposed(proposal_ids=[strawberry.ID(encode_id("Proposal", each)) for each in made])

    @mutation(needs=_PROPOSE, description="以草稿申报 / Propose what one's own draft says, files included.")
    async def propose_submission(self, info: Info, input: ProposeSubmissionInput) -> Proposed:
        made = await service.propose_submission(
            info.context.caller,
            alignment_id=decode_id(input.alignment_id, "Alignment", field="alignmentId"),
            submission_id=decode_id(input.submission_id, "Submission", field="submissionId"),
            version=input.version,
        )
        return Proposed(proposal_ids=[strawberry.ID(encode_id("Proposal", each)) for each in made])

    @mutation(
        needs=Permission.ALIGNMENT_LEVEL, description="调整申报 / Move value between siblings; their sum stays what it was."
    )
    async def move_proposal_value(self, info: Info, input: MoveProposalValueInput) -> Alignment:
        return row_of(Alignment, await service.move_value(info.context.caller, input.opened()))

    @mutation(needs=Permission.TALK_CLOSE, description="完成沟通 / Close a talk with what came of it.")
    async def close_talk(self, info: Info, input: CloseTalkInput) -> TalkTask:
        talk_id = decode_id(input.talk_id, "TalkTask", field="talkId")
        closed = await service.close_talk(info.context.caller, talk_id=talk_id, version=input.version, note=input.note)
        return row_of(TalkTask, closed)

    @mutation(needs=Permission.GOAL_CONFIRM, description="确认申报 / Confirm one's own; nobody can do it for its person.")
    async def confirm_proposal(self, info: Info, input: ConfirmProposalInput) -> Proposal:
        proposal_id = decode_id(input.proposal_id, "Proposal", field="proposalId")
        confirmed = await service.confirm_proposal(info.context.caller, proposal_id=proposal_id, version=input.version)
        return row_of(Proposal, confirmed)
