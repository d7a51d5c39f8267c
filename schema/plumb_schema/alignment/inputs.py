"""GraphQL inputs of alignment."""

from datetime import date
from decimal import Decimal

import strawberry
from strawberry.scalars import JSON

from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_tenants.alignment import service

strawberry.enum(service.Stage, name="AlignmentStage", description="轮次 / Where an alignment stands.")
strawberry.enum(service.Flag, name="ProposalFlag", description="偏离标记 / How a proposal stands out from its peers.")
strawberry.enum(service.ProposalState, description="申报状态 / Where a proposal stands.")
strawberry.enum(service.TalkState, description="沟通状态 / Where a talk stands.")


@strawberry.input(description="新建目标对齐 / Set up three rounds for a cycle; each begins on its day, the last day closes them.")
class CreateAlignmentInput:
    cycle_id: strawberry.ID
    form_version_id: strawberry.ID
    name: str
    proposing_on: date
    levelling_on: date
    confirming_on: date
    closes_on: date


@strawberry.input(description="提前开启下一轮 / Open the next round before its day.")
class OpenNextRoundInput:
    alignment_id: strawberry.ID
    version: int


@strawberry.input(description="记录会议天数 / Record how many days meetings took before and with this alignment.")
class RecordMeetingsInput:
    alignment_id: strawberry.ID
    version: int
    before: Decimal
    after: Decimal


@strawberry.input(description="申报目标 / Fill the alignment's form in and propose what it says.")
class ProposeInput:
    alignment_id: strawberry.ID
    values: JSON


@strawberry.input(description="以草稿申报 / Submit one's own draft of the alignment's form and propose what it says.")
class ProposeSubmissionInput:
    alignment_id: strawberry.ID
    submission_id: strawberry.ID
    version: int


@strawberry.input(description="调整申报 / Move value from one proposal to a sibling; both at the version that one has read.")
class MoveProposalValueInput:
    source_id: strawberry.ID
    source_version: int
    target_id: strawberry.ID
    target_version: int
    amount: Decimal
    reason: str

    def opened(self) -> service.Move:
        """Return the service's move."""
        return service.Move(
            decode_id(self.source_id, "Proposal", field="sourceId"),
            self.source_version,
            decode_id(self.target_id, "Proposal", field="targetId"),
            self.target_version,
            self.amount,
            self.reason,
        )


@strawberry.input(description="完成沟通 / Close a talk with what came of it.")
class CloseTalkInput:
    talk_id: strawberry.ID
    version: int
    note: str


@strawberry.input(description="确认申报 / Confirm as its person what a proposal became.")
class ConfirmProposalInput:
    proposal_id: strawberry.ID
    version: int


@strawberry.input(description="看板筛选 / What the board shows; every condition that is given must hold.")
class BoardFilterInput:
    region: str | None = None
    product: str | None = None
    person_id: strawberry.ID | None = None
    state: service.ProposalState | None = None
    flag: service.Flag | None = None
    metric: str | None = None

    def opened(self) -> service.BoardFilter:
        """Return the service's filter."""
        person_id = decode_optional_id(self.person_id, "Person", field="only.personId")
        return service.BoardFilter(
            region=self.region,
            product=self.product,
            person_id=person_id,
            state=self.state,
            flag=self.flag,
            metric=self.metric,
        )
