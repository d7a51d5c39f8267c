"""GraphQL types of revisions."""

from datetime import date
from decimal import Decimal

import strawberry

import plumb_schema.approvals.types
import plumb_schema.goals.types
import plumb_schema.people.types  # noqa: F401 - relations and references lead to all three
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, decode_id, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.revisions import service
from plumb_tenants.revisions.resources import CHANGE_MARK, PROPAGATION, REVISION, REVISION_IMPACT, ROOT_CAUSE

_READ = Permission.REVISION_READ
strawberry.enum(service.RevisionState, description="修订状态 / Where a revision stands.")
strawberry.enum(service.Direction, name="ImpactDirection", description="影响方向 / Where a touched goal stands.")
strawberry.enum(service.PropagationState, description="穿透状态 / Where a goal below a revised one stands.")
strawberry.enum(service.RootCauseState, description="工单状态 / Whether a root-cause ticket still asks.")
strawberry.enum(service.Band, name="AdjustmentBand", description="调整次数区间 / How a count stands against the band.")


@of(REVISION)
class Revision(Node):
    pass


@of(REVISION_IMPACT)
class RevisionImpact(Node):
    pass


@of(PROPAGATION)
class Propagation(Node):
    pass


@of(CHANGE_MARK)
class ChangeMark(Node):
    pass


@of(ROOT_CAUSE)
class RootCause(Node):
    pass


@tenant_type(needs=_READ, description="影子月份 / A month under one goal: what was reached of what was due, and its credit.")
class ShadowMonth:
    month: date
    actual: Decimal | None
    target: Decimal
    attainment: Decimal | None
    credit: Decimal | None


@tenant_type(needs=_READ, description="影子运行 / Each month under the old goal and under the new one.")
class ShadowRun:
    old: list[ShadowMonth]
    new: list[ShadowMonth]


@tenant_type(needs=_READ, description="调整次数 / The approved revisions of a unit in a quarter.")
class AdjustmentCount:
    unit_id: strawberry.ID
    quarter: date
    changes: int
    goals: int
    band: service.Band


@tenant_type(needs=_READ, description="已读变更 / How many marks were unread till now.")
class ReadChanges:
    count: int


@strawberry.input(description="申请修订 / Open a revision with the values that stand.")
class OpenRevisionInput:
    goal_id: strawberry.ID


@strawberry.input(description="权重 / The new weight of another goal of the owner.")
class GoalWeightInput:
    goal_id: strawberry.ID
    weight: Decimal


@strawberry.input(description="提交修订 / The form: cause, target and resources are mandatory; what is left out stays.")
class SubmitRevisionInput:
    revision_id: strawberry.ID
    version: int
    cause: str
    target: Decimal
    resources: str
    weight: Decimal | None = None
    metric: str | None = None
    metric_key: str | None = None
    unit_of_measure: str | None = None
    weights: list[GoalWeightInput] = strawberry.field(default_factory=list)
    tilt_before: str = ""
    tilt_after: str = ""

    def opened(self) -> service.Wanted:
        """Return the service's form."""
        return service.Wanted(
            cause=self.cause,
            target=self.target,
            resources=self.resources,
            weight=self.weight,
            metric=self.metric,
            metric_key=self.metric_key,
            unit_of_measure=self.unit_of_measure,
            weights={
                decode_id(each.goal_id, "Goal", field=f"weights[{place}].goalId"): each.weight
                for place, each in enumerate(self.weights)
            },
            tilt_before=self.tilt_before,
            tilt_after=self.tilt_after,
        )


@strawberry.input(description="变更已读 / Take one's own marks off goals.")
class MarkChangesReadInput:
    goal_ids: list[strawberry.ID]


@strawberry.input(description="保持不变 / Leave a goal below as it is, as who is asked about it.")
class SettlePropagationInput:
    propagation_id: strawberry.ID
    version: int
    note: str


@strawberry.input(description="关闭根因工单 / Close a root-cause ticket with what was found.")
class CloseRootCauseInput:
    root_cause_id: strawberry.ID
    version: int
    finding: str


def months_of(series: list[service.ShadowMonth]) -> list[ShadowMonth]:
    """Return the GraphQL objects of a series."""
    return [
        ShadowMonth(month=each.month, actual=each.actual, target=each.target, attainment=each.attainment, credit=each.credit)
        for each in series
    ]


def count_of(found: service.Adjustments) -> AdjustmentCount:
    """Return the GraphQL object of a count."""
    unit_id = encode_id("OrgUnit", found.unit_id)
    return AdjustmentCount(unit_id=unit_id, quarter=found.quarter, changes=found.changes, goals=found.goals, band=found.band)
