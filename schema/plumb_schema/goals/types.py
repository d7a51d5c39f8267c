"""GraphQL types of goals, cycles, check-ins and progress."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import strawberry

import plumb_schema.people.types  # noqa: F401 - its relations lead there
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.goals import service
from plumb_tenants.goals.alert_resource import GOAL_ALERT, AlertState
from plumb_tenants.goals.attainment import Undefined
from plumb_tenants.goals.check_in_resource import CHECK_IN
from plumb_tenants.goals.exclusion_resource import EXCLUSION
from plumb_tenants.goals.exclusions import ExclusionState
from plumb_tenants.goals.kinds import Aim, GoalKind, ProgressSource, RollUp
from plumb_tenants.goals.lock_resource import GOAL_LOCK
from plumb_tenants.goals.priority_resource import PRIORITY
from plumb_tenants.goals.resources import CYCLE, GOAL
from plumb_tenants.goals.rules import GoalState

strawberry.enum(GoalState, description="目标状态 / Where a goal stands between its author and its owner.")
strawberry.enum(GoalKind, description="目标类型 / What sort of goal it is.")
strawberry.enum(service.LinkKind, name="GoalLinkKind", description="关联类型 / What the first goal of a link is to the second.")
strawberry.enum(AlertState, name="GoalAlertState", description="预警状态 / Where an alert stands.")
strawberry.enum(ExclusionState, description="剔除状态 / Where an exclusion stands between who asks and who decides.")
strawberry.enum(service.LockCovers, description="锁定范围 / What a lock keeps as it is.")
strawberry.enum(Aim, description="目标方向 / Whether a target is to be reached, kept or come down to.")
strawberry.enum(RollUp, description="汇总方式 / How the progress of a goal follows from its parts.")
strawberry.enum(ProgressSource, description="进度来源 / Where the actual of a goal comes from.")
strawberry.enum(Undefined, name="UndefinedAttainment", description="无完成率的原因 / Why an attainment has no value.")


@of(CYCLE)
class Cycle(Node):
    pass


@of(GOAL)
class Goal(Node):
    pass


@of(PRIORITY)
class Priority(Node):
    pass


@of(GOAL_ALERT)
class GoalAlert(Node):
    pass


@of(EXCLUSION)
class GoalExclusion(Node):
    pass


@of(GOAL_LOCK)
class GoalLock(Node):
    pass


@of(CHECK_IN)
class CheckIn(Node):
    pass


@tenant_type(needs=Permission.GOAL_READ, description="折算汇率 / What one unit of `base` was in `quote` on a day.")
class UsedRate:
    base: str
    quote: str
    day: date
    rate: Decimal | None = strawberry.field(description="汇率 / Null where the company's rates have none of that day.")


@tenant_type(needs=Permission.GOAL_READ, description="目标进度 / Where a goal stands on a day, and where it should.")
class GoalProgress:
    goal_id: strawberry.ID
    actual: Decimal | None
    expected: Decimal | None = strawberry.field(description="应达值 / The actual that is expected by that day.")
    attainment: Decimal | None = strawberry.field(description="完成率（%） / Uncapped, in percent.")
    expected_attainment: Decimal | None = strawberry.field(description="应达完成率（%） / In percent.")
    lag: Decimal | None = strawberry.field(description="落后（百分点） / Percentage points behind; negative when ahead.")
    lagging: bool = strawberry.field(description="是否明显落后 / Whether it is more than 15 percentage points behind.")
    met: bool | None
    undefined: Undefined | None
    excluded: Decimal = strawberry.field(description="已剔除 / What approved exclusions took out of the target.")
    reported: Decimal = strawberry.field(description="已上报比例（%） / How much of the goal anything is known about.")
    confidence: int | None
    as_of: date | None
    source: ProgressSource
    rates: list[UsedRate] = strawberry.field(description="折算汇率 / The dated rates that parts were converted by.")


def progress_of(goal_id: UUID, found: service.Progress) -> GoalProgress:
    """Return the GraphQL object of a goal's progress."""
    return GoalProgress(
        goal_id=encode_id("Goal", goal_id),
        actual=found.actual,
        expected=found.expected,
        attainment=found.attainment,
        expected_attainment=found.expected_attainment,
        lag=found.lag,
        lagging=found.lagging,
        met=found.met,
        undefined=found.undefined,
        excluded=found.excluded,
        reported=found.reported,
        confidence=found.confidence,
        as_of=found.as_of,
        source=found.source,
        rates=[UsedRate(base=each.base, quote=each.quote, day=each.day, rate=each.rate) for each in found.rates],
    )


@tenant_type(needs=Permission.GOAL_READ, description="关联一端 / One goal of a link.")
class LinkedGoal:
    goal_id: strawberry.ID
    title: str
    unit_id: strawberry.ID
    unit_name: str


@tenant_type(needs=Permission.GOAL_READ, description="目标关联 / One goal supports another or depends on it.")
class GoalLink:
    id: strawberry.ID
    kind: service.LinkKind
    note: str | None
    source: LinkedGoal
    target: LinkedGoal


@tenant_type(needs=Permission.GOAL_READ, description="关联视图 / The links of a unit, where the caller may read both goals.")
class GoalLinks:
    links: list[GoalLink]
    hidden: int | None = strawberry.field(description="不可见关联数 / How many more there are; null for who may not know that.")


def links_of(found: service.LinkView) -> GoalLinks:
    """Return the GraphQL object of a unit's links."""
    links = [
        GoalLink(
            id=encode_id("GoalLink", each.id),
            kind=each.kind,
            note=each.note,
            source=_linked(each.source),
            target=_linked(each.target),
        )
        for each in found.links
    ]
    return GoalLinks(links=links, hidden=found.hidden)


def _linked(found: service.LinkedGoal) -> LinkedGoal:
    return LinkedGoal(
        goal_id=encode_id("Goal", found.id),
        title=found.title,
        unit_id=encode_id("OrgUnit", found.unit_id),
        unit_name=found.unit_name,
    )
