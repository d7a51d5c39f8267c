"""From a draft to the goal that it describes: its cycle, parent, unit, owner and metric, each within the actor's reach."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.permissions import Permission
from plumb_platform.telling import Said
from plumb_tenants.goals.access import access_cycle, access_goal
from plumb_tenants.goals.attainment import check_way
from plumb_tenants.goals.company_rules import RulesInForce, rules_in_force
from plumb_tenants.goals.draft_rules import (
    DONE,
    PERCENT,
    GoalDraft,
    check_level,
    check_parent,
    check_texts,
    months_given,
    target_of,
    usual_roll_up,
)
from plumb_tenants.goals.lines import Above, above_of
from plumb_tenants.goals.models import Cycle, Goal
from plumb_tenants.goals.rules import CENT, GoalState, months_of
from plumb_tenants.goals.storage import StoredGoal
from plumb_tenants.metrics.service import get_scored_metric
from plumb_tenants.people.access import access_person, access_unit


class OwnerUnitMissing(InvalidInput):
    """Every goal is somebody's: it has an owner unit (C49)."""

    code = "OWNER_UNIT_MISSING"
    zh = "目标必须指定责任部门。"
    en = "A goal needs an owner unit."


class OwnerElsewhere(InvalidInput, tells={"name": "Person.name"}):
    """The owner of a goal belongs to its unit."""

    code = "OWNER_ELSEWHERE"
    zh = "责任人“{name}”不在所选部门。"
    en = "{name} does not belong to the chosen unit."


class MetricUnitDiffers(InvalidInput):
    """A goal that follows a metric is measured as the metric is."""

    code = "METRIC_UNIT_DIFFERS"
    zh = "绑定指标的计量单位为“{needed}”，与目标的“{given}”不一致。"
    en = "The metric is measured in {needed}, the goal in {given}."


class ParentNotOpen(Refused, tells={"title": "Goal.title"}):
    """Nothing is made a part of what was withdrawn."""

    code = "PARENT_WITHDRAWN"
    zh = "上级目标“{title}”已撤回。"
    en = "The parent goal {title} was withdrawn."


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a goal is to stand: its cycle, its parent, what the parent tells, and the rules in force."""

    cycle: Cycle
    parent: Goal | None
    above: Above
    rules: RulesInForce

    @property
    def months(self) -> int:
        """Return how many months the cycle touches."""
        return len(months_of(self.cycle.starts_on, self.cycle.ends_on))


async def setting_of(actor: Actor, cycle_id: UUID, parent_id: UUID | None) -> Setting:
    """Return where a goal is to stand, or refuse a cycle or parent that is not the actor's to read or was withdrawn.

    The parent stays as it is until the commit: who withdraws it at the same moment waits, and then finds its new part.
    """
    cycle = await access_cycle(actor, cycle_id)
    parent = await access_goal(actor, parent_id, keep=True, field="parentId") if parent_id else None
    if parent is not None and parent.state == GoalState.WITHDRAWN:
        raise ParentNotOpen(field="parentId", row=parent.id, title=parent.title)
    return Setting(cycle, parent, await above_of(parent_id), await rules_in_force(actor))


async def drafted(actor: Actor, draft: GoalDraft, goal_id: UUID) -> StoredGoal:
    """Return the goal that a draft describes, or refuse what is wrong with it, naming the field."""
    setting = await setting_of(actor, draft.cycle_id, draft.parent_id)
    unit_id = await _place(actor, draft)
    if draft.metric_key is not None:
        metric = (await get_scored_metric(actor, draft.metric_key, field="metricKey")).body
        if draft.unit_of_measure != metric.unit_of_measure:
            raise MetricUnitDiffers(field="unitOfMeasure", needed=metric.unit_of_measure, given=draft.unit_of_measure or "-")
    return described(draft, setting, goal_id, unit_id)


def described(
    draft: GoalDraft,
    setting: Setting,
    goal_id: UUID,
    unit_id: UUID,
    *,
    origin: str | None = None,
    state: GoalState = GoalState.DRAFT,
) -> StoredGoal:
    """Return the goal that a draft describes in its setting, whose place was checked already."""
    target, unit_of_measure = _checked_numbers(draft, setting)
    return StoredGoal(
        id=goal_id,
        cycle_id=setting.cycle.id,
        unit_id=unit_id,
        owner_id=draft.owner_id,
        parent_id=draft.parent_id,
        kind=draft.kind,
        aim=draft.aim,
        roll_up=draft.roll_up or usual_roll_up(draft.kind, draft.aim, unit_of_measure),
        level=draft.level,
        rules_version_id=setting.rules.version_id,
        title=draft.title.strip(),
        metric=(draft.metric or DONE).strip(),
        metric_key=draft.metric_key,
        unit_of_measure=unit_of_measure,
        state=state,
        line=setting.above.line,
        origin=origin,
        target=target,
        baseline=None if draft.baseline is None else draft.baseline.quantize(CENT),
        weight=draft.weight.quantize(CENT),
        share=setting.above.share(target, unit_of_measure),
        months=months_given(draft, target, setting.months),
        derivation={"kind": "goal_set" if origin else "by_hand"},
    )


def _checked_numbers(draft: GoalDraft, setting: Setting) -> tuple[Decimal, str]:
    """Return the target of a draft and its unit of measure, or refuse what is wrong with the draft in its setting."""
    check_texts(draft)
    target = target_of(draft)
    check_way(draft.aim, target, draft.baseline, row=Said.GIVEN)
    unit_of_measure = (draft.unit_of_measure or PERCENT).strip()
    check_parent(draft, setting.parent, unit_of_measure)
    check_level(draft.level, setting.parent, setting.rules.body)
    return target, unit_of_measure


async def _place(actor: Actor, draft: GoalDraft) -> UUID:
    owner_id = draft.owner_id
    owner = await access_person(actor, owner_id, Permission.PERSON_READ, field="ownerId") if owner_id else None
    if draft.unit_id is None:
        raise OwnerUnitMissing(field="unitId")
    unit = await access_unit(actor, draft.unit_id, Permission.UNIT_READ, field="unitId")
    if owner is not None and owner.unit_id != unit.id:
        raise OwnerElsewhere(field="ownerId", row=owner.id, name=owner.name)
    return unit.id
