"""GraphQL types of alignment: what resources stand behind, the levelling board, what setting goals took."""

from datetime import datetime
from decimal import Decimal

import strawberry

import plumb_schema.alignment.inputs  # its enumerations are named there
import plumb_schema.forms.types
import plumb_schema.goals.types  # noqa: F401 - relations and references lead to both
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.alignment import service
from plumb_tenants.alignment.resources import ALIGNMENT, PROPOSAL, TALK_TASK

_LEVEL = Permission.ALIGNMENT_LEVEL


@of(ALIGNMENT)
class Alignment(Node):
    pass


@of(PROPOSAL)
class Proposal(Node):
    pass


@of(TALK_TASK)
class TalkTask(Node):
    pass


@tenant_type(needs=Permission.PROPOSAL_WRITE, description="申报结果 / The proposals that a form made, in its order.")
class Proposed:
    proposal_ids: list[strawberry.ID]


@tenant_type(needs=_LEVEL, description="看板行 / A proposal beside its peers of the same unit and metric.")
class BoardRow:
    proposal_id: strawberry.ID
    person_id: strawberry.ID
    person: str
    unit_id: strawberry.ID
    metric: str
    product: str
    region: str
    state: service.ProposalState
    version: int
    proposed: Decimal
    value: Decimal = strawberry.field(description="当前值 / What stands now, adjusted or not.")
    peers: int
    peer_mean: Decimal | None = strawberry.field(description="同组均值 / The mean of all the others' proposed values.")
    percent: Decimal | None = strawberry.field(description="占均值百分比 / The proposed value in percent of that mean.")
    flag: service.Flag | None
    talk: str | None = strawberry.field(description="沟通 / Where the talk about it stands, if one was asked for.")


@tenant_type(needs=_LEVEL, description="部门用时 / The days from the opening of round 1 to a unit's last confirmation.")
class UnitTiming:
    unit_id: strawberry.ID
    unit: str
    proposals: int
    confirmed: int
    last_confirmed_at: datetime | None
    days: Decimal | None
    overdue: bool


@tenant_type(needs=_LEVEL, description="目标制定用时 / What setting goals took.")
class SettingTime:
    opened_at: datetime | None
    most_days: Decimal
    meeting_reduction: Decimal | None = strawberry.field(description="会议缩短（%） / By how many percent meetings shrank.")
    units: list[UnitTiming]


def row_of_board(row: service.Standing) -> BoardRow:
    """Return the GraphQL object of a row."""
    return BoardRow(
        proposal_id=strawberry.ID(encode_id("Proposal", row.id)),
        person_id=strawberry.ID(encode_id("Person", row.person_id)),
        person=row.person,
        unit_id=strawberry.ID(encode_id("OrgUnit", row.unit_id)),
        metric=row.metric,
        product=row.product,
        region=row.region,
        state=row.state,
        version=row.version,
        proposed=row.proposed,
        value=row.value,
        peers=row.peers,
        peer_mean=row.peer_mean,
        percent=row.percent,
        flag=row.flag,
        talk=row.talk_state,
    )


def timing_of(timing: service.Timing) -> SettingTime:
    """Return the GraphQL object of what setting goals took."""
    return SettingTime(
        opened_at=timing.opened_at,
        most_days=timing.most_days,
        meeting_reduction=timing.meeting_reduction,
        units=[_unit_of(unit) for unit in timing.units],
    )


def _unit_of(unit: service.UnitTiming) -> UnitTiming:
    return UnitTiming(
        unit_id=strawberry.ID(encode_id("OrgUnit", unit.unit_id)),
        unit=unit.unit,
        proposals=unit.proposals,
        confirmed=unit.confirmed,
        last_confirmed_at=unit.last_confirmed_at,
        days=unit.days,
        overdue=unit.overdue,
    )
