"""What a goal made by hand must be: its texts, its numbers, its place among goals and levels, its unit and owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.numbers.allocation import is_modest
from plumb_platform.permissions import Permission
from plumb_tenants.goals.access import access_cycle, access_goal
from plumb_tenants.goals.attainment import HUNDRED, check_way
from plumb_tenants.goals.company_rules import RulesInForce, rules_in_force
from plumb_tenants.goals.definition import GoalRules
from plumb_tenants.goals.exchanging import can_be_added
from plumb_tenants.goals.kinds import Aim, GoalKind, RollUp
from plumb_tenants.goals.lines import Above, above_of
from plumb_tenants.goals.models import Cycle, Goal
from plumb_tenants.goals.rules import CENT, GoalState, check_amount, is_text, months_of, spread_over_months
from plumb_tenants.goals.storage import StoredGoal
from plumb_tenants.metrics.service import get_scored_metric
from plumb_tenants.people.access import access_person, access_unit

PERCENT = "%"
DONE = "完成率"
"""What an objective without a number of its own is measured by."""


class GoalTextInvalid(InvalidInput):
    """Title, metric and unit of measure say something and fit."""

    code = "GOAL_TEXT_INVALID"
    zh = "{field_zh}须为 1 到 {longest} 个字符。"
    en = "The {field_en} has 1 to {longest} characters."


class OwnerUnitMissing(InvalidInput):
    """Every goal is somebody's: it has an owner unit (C49)."""

    code = "OWNER_UNIT_MISSING"
    zh = "目标必须指定责任部门。"
    en = "A goal needs an owner unit."


class OwnerElsewhere(InvalidInput):
    """The owner of a goal belongs to its unit."""

    code = "OWNER_ELSEWHERE"
    zh = "责任人“{name}”不在所选部门。"
    en = "{name} does not belong to the chosen unit."


class TargetMissing(InvalidInput):
    """Only an objective goes without a number of its own."""

    code = "TARGET_MISSING"
    zh = "请填写目标值；只有目标（O）可以不填。"
    en = "Give a target; only an OBJECTIVE goes without one."


class WeightInvalid(InvalidInput):
    """A weight is a percentage with two decimals at most."""

    code = "GOAL_WEIGHT_INVALID"
    zh = "权重 {weight} 无效：须在 0 到 100 之间，最多两位小数。"
    en = "The weight {weight} is not valid: between 0 and 100, with two decimals at most."


class MonthsDiffer(InvalidInput):
    """The months of a goal are those of its cycle and add up to its target."""

    code = "GOAL_MONTHS_DIFFER"
    zh = "按月分解须有 {months} 个月且合计为 {target}；收到 {given} 个月，合计 {total}。"
    en = "The months are {months} and add up to {target}; got {given} months that add up to {total}."


class LevelUnknown(InvalidInput):
    """A level is one of those in the company's goal rules."""

    code = "LEVEL_UNKNOWN"
    zh = "目标层级“{level}”不存在，可用层级：{known}。"
    en = "The level {level} is unknown; the levels are {known}."


class LevelParentWrong(InvalidInput):
    """A goal of a level stands under one of the level above (C29)."""

    code = "LEVEL_PARENT_WRONG"
    zh = "“{level}”层级的目标须隶属于“{under}”层级的上级目标；当前上级为“{found}”。"
    en = "A goal of the level {level} has a parent of the level {under}; here it is {found}."


class KeyResultLoose(InvalidInput):
    """A key result tells whether an objective, or a key result above, was reached."""

    code = "KEY_RESULT_LOOSE"
    zh = "关键结果须隶属于一个目标（O）或上级关键结果。"
    en = "A KEY_RESULT belongs to an OBJECTIVE or to another KEY_RESULT."


class PartUnitDiffers(InvalidInput):
    """What is added up has one unit of measure, or is money; the rest rolls up by attainment (A11)."""

    code = "PART_UNIT_DIFFERS"
    zh = "上级目标按合计汇总，单位为“{needed}”，不能计入单位为“{given}”的下级；请改用加权汇总。"
    en = "The parent adds up {needed}; a part in {given} cannot be added. Let the parent roll up WEIGHTED."


class MetricUnitDiffers(InvalidInput):
    """A goal that follows a metric is measured as the metric is."""

    code = "METRIC_UNIT_DIFFERS"
    zh = "绑定指标的计量单位为“{needed}”，与目标的“{given}”不一致。"
    en = "The metric is measured in {needed}, the goal in {given}."


class ParentNotOpen(Refused):
    """Nothing is made a part of what was withdrawn."""

    code = "PARENT_WITHDRAWN"
    zh = "上级目标“{title}”已撤回。"
    en = "The parent goal {title} was withdrawn."


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalDraft:
    """What somebody wants a goal to be; amounts in the unit of measure, weight in percent, None for what is usual."""

    cycle_id: UUID
    kind: GoalKind
    title: str
    unit_id: UUID | None = None
    owner_id: UUID | None = None
    parent_id: UUID | None = None
    metric: str | None = None
    unit_of_measure: str | None = None
    target: Decimal | None = None
    baseline: Decimal | None = None
    weight: Decimal = HUNDRED
    aim: Aim = Aim.REACH
    roll_up: RollUp | None = None
    level: str | None = None
    metric_key: str | None = None
    months: Sequence[Decimal] | None = None


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
    """Return where a goal is to stand, or refuse a cycle or parent that is not the actor's to read or was withdrawn."""
    cycle = await access_cycle(actor, cycle_id)
    parent = await access_goal(actor, parent_id, field="parentId") if parent_id else None
    if parent is not None and parent.state == GoalState.WITHDRAWN:
        raise ParentNotOpen(field="parentId", title=parent.title)
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
    check_texts(draft)
    target = _target(draft)
    check_way(draft.aim, target, draft.baseline)
    unit_of_measure = (draft.unit_of_measure or PERCENT).strip()
    _check_parent(draft, setting.parent, unit_of_measure)
    check_level(draft.level, setting.parent, setting.rules.body)
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
        months=_months(draft, target, setting.months),
        derivation={"kind": "goal_set" if origin else "by_hand"},
    )


def usual_roll_up(kind: GoalKind, aim: Aim, unit_of_measure: str) -> RollUp:
    """Return how a goal rolls up when nobody says: objectives by weight, amounts by their sum, rates not at all."""
    if kind is GoalKind.OBJECTIVE:
        return RollUp.WEIGHTED
    return RollUp.SUM if aim is Aim.REACH and unit_of_measure != PERCENT else RollUp.NONE


def check_level(level: str | None, parent: Goal | None, rules: GoalRules) -> None:
    """Refuse a level that the rules do not know, and a parent that is not of the level above (C29)."""
    if level is None:
        return
    known = rules.level(level)
    if known is None:
        raise LevelUnknown(field="level", level=f"{level:.40}", known=", ".join(each.key for each in rules.levels))
    found = parent.level if parent else None
    if found != known.under or (parent is not None and known.under is None):
        raise LevelParentWrong(field="parentId", level=level, under=known.under or "-", found=found or "-")


def check_texts(draft: GoalDraft) -> None:
    """Refuse texts that say nothing or do not fit, and a weight that is no percentage."""
    texts = {"title": (draft.title, 200, "标题"), "metric": (draft.metric, 80, "指标名称")}
    texts["unitOfMeasure"] = (draft.unit_of_measure, 12, "计量单位")
    for field, (text, longest, field_zh) in texts.items():
        may_lack = draft.kind is GoalKind.OBJECTIVE and field != "title" and text is None
        if not may_lack and not is_text(text or "", longest=longest):
            raise GoalTextInvalid(field=field, field_zh=field_zh, field_en=field, longest=longest)
    weight = draft.weight
    if not is_modest(weight) or not 0 <= weight <= HUNDRED or weight != weight.quantize(CENT):
        raise WeightInvalid(field="weight", weight=f"{weight!s:.40}")


def _target(draft: GoalDraft) -> Decimal:
    if draft.target is None:
        if draft.kind is not GoalKind.OBJECTIVE or draft.unit_of_measure not in (None, PERCENT):
            raise TargetMissing(field="target")
        return HUNDRED.quantize(CENT)
    if draft.unit_of_measure is None:
        raise GoalTextInvalid(field="unitOfMeasure", field_zh="计量单位", field_en="unitOfMeasure", longest=12)
    check_amount(draft.target, field="target")
    if draft.baseline is not None:
        check_amount(draft.baseline, field="baseline")
    return draft.target.quantize(CENT)


def _months(draft: GoalDraft, target: Decimal, months: int) -> Sequence[Decimal]:
    if draft.months is None:
        return spread_over_months(target, months)
    for place, month in enumerate(draft.months):
        check_amount(month, field=f"months[{place}]")
    total = sum(draft.months, Decimal(0))
    if len(draft.months) != months or total != target:
        raise MonthsDiffer(field="months", months=months, target=target, given=len(draft.months), total=total)
    return [month.quantize(CENT) for month in draft.months]


def _check_parent(draft: GoalDraft, parent: Goal | None, unit_of_measure: str) -> None:
    if draft.kind is GoalKind.KEY_RESULT and (parent is None or parent.kind not in (GoalKind.OBJECTIVE, GoalKind.KEY_RESULT)):
        raise KeyResultLoose(field="parentId")
    is_added = parent is not None and parent.roll_up == RollUp.SUM
    if parent is not None and is_added and not can_be_added(unit_of_measure, parent.unit_of_measure):
        raise PartUnitDiffers(field="unitOfMeasure", needed=parent.unit_of_measure, given=unit_of_measure)


async def _place(actor: Actor, draft: GoalDraft) -> UUID:
    owner_id = draft.owner_id
    owner = await access_person(actor, owner_id, Permission.PERSON_READ, field="ownerId") if owner_id else None
    if draft.unit_id is None:
        raise OwnerUnitMissing(field="unitId")
    unit = await access_unit(actor, draft.unit_id, Permission.UNIT_READ, field="unitId")
    if owner is not None and owner.unit_id != unit.id:
        raise OwnerElsewhere(field="ownerId", name=owner.name)
    return unit.id
