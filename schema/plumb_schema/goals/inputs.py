"""GraphQL inputs of goals made by hand, of links and priorities."""

from decimal import Decimal

import strawberry

from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_tenants.goals import service
from plumb_tenants.goals.kinds import Aim, GoalKind, RollUp


@strawberry.input
class GoalDraftInput:
    """What a goal is to be: amounts in the unit of measure, weight in percent; what is left out is as usual."""

    cycle_id: strawberry.ID
    kind: GoalKind
    title: str
    unit_id: strawberry.ID | None = None
    owner_id: strawberry.ID | None = None
    parent_id: strawberry.ID | None = None
    metric: str | None = None
    unit_of_measure: str | None = None
    target: Decimal | None = None
    baseline: Decimal | None = None
    weight: Decimal = Decimal("100.00")
    aim: Aim = Aim.REACH
    roll_up: RollUp | None = None
    level: str | None = None
    metric_key: str | None = None
    months: list[Decimal] | None = None
    bypass: str | None = strawberry.field(default=None, description="越过锁定的理由 / Why a lock is bypassed, for who may.")

    def opened(self) -> service.GoalDraft:
        """Return the service's draft; a malformed id is answered as an unknown one."""
        return service.GoalDraft(
            cycle_id=decode_id(self.cycle_id, "Cycle", field="cycleId"),
            kind=self.kind,
            title=self.title,
            unit_id=decode_optional_id(self.unit_id, "OrgUnit", field="unitId"),
            owner_id=decode_optional_id(self.owner_id, "Person", field="ownerId"),
            parent_id=decode_optional_id(self.parent_id, "Goal", field="parentId"),
            metric=self.metric,
            unit_of_measure=self.unit_of_measure,
            target=self.target,
            baseline=self.baseline,
            weight=self.weight,
            aim=self.aim,
            roll_up=self.roll_up,
            level=self.level,
            metric_key=self.metric_key,
            months=self.months,
        )


@strawberry.input(description="新建目标 / Make a goal as a draft; what is left out is as usual.")
class CreateGoalInput(GoalDraftInput):
    pass


@strawberry.input(description="编辑草稿 / Give a draft all of its fields anew.")
class EditGoalInput(GoalDraftInput):
    goal_id: strawberry.ID
    version: int


@strawberry.input(description="提交目标 / Put a draft before its owner.")
class ProposeGoalInput:
    goal_id: strawberry.ID
    version: int
    bypass: str | None = None


@strawberry.input(description="撤回目标 / Take a goal back, with the reason.")
class WithdrawGoalInput:
    goal_id: strawberry.ID
    version: int
    reason: str
    bypass: str | None = None


@strawberry.input(description="关联目标 / Say that a goal supports another or depends on it.")
class LinkGoalsInput:
    from_id: strawberry.ID
    to_id: strawberry.ID
    kind: service.LinkKind
    note: str | None = None


@strawberry.input(description="取消关联 / Take a link away.")
class UnlinkGoalsInput:
    link_id: strawberry.ID


@strawberry.input(description="设为优先 / Make a goal one of the company's three priorities.")
class MarkPriorityInput:
    goal_id: strawberry.ID


@strawberry.input(description="取消优先 / Take a goal off the company's priorities.")
class UnmarkPriorityInput:
    goal_id: strawberry.ID
