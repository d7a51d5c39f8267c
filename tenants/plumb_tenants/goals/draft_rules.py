"""What a draft says by itself and under its parent: texts, numbers, months, level (C29, C49, A11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import is_modest
from plumb_platform.telling import Said
from plumb_tenants.goals.attainment import HUNDRED
from plumb_tenants.goals.definition import GoalRules
from plumb_tenants.goals.exchanging import can_be_added
from plumb_tenants.goals.kinds import Aim, GoalKind, RollUp
from plumb_tenants.goals.models import Goal
from plumb_tenants.goals.rules import CENT, check_amount, is_text, spread_over_months

PERCENT = "%"
DONE = "完成率"
"""What an objective without a number of its own is measured by."""


class GoalTextInvalid(InvalidInput):
    """Title, metric and unit of measure say something and fit."""

    code = "GOAL_TEXT_INVALID"
    zh = "{field_zh}须为 1 到 {longest} 个字符。"
    en = "The {field_en} has 1 to {longest} characters."


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


class LevelParentWrong(InvalidInput, tells={"found": "Goal.level"}):
    """A goal of a level stands under one of the level above (C29)."""

    code = "LEVEL_PARENT_WRONG"
    zh = "“{level}”层级的目标须隶属于“{under}”层级的上级目标；当前上级为“{found}”。"
    en = "A goal of the level {level} has a parent of the level {under}; here it is {found}."


class KeyResultLoose(InvalidInput):
    """A key result tells whether an objective, or a key result above, was reached."""

    code = "KEY_RESULT_LOOSE"
    zh = "关键结果须隶属于一个目标（O）或上级关键结果。"
    en = "A KEY_RESULT belongs to an OBJECTIVE or to another KEY_RESULT."


class PartUnitDiffers(InvalidInput, tells={"needed": "Goal.unitOfMeasure"}):
    """What is added up has one unit of measure, or is money; the rest rolls up by attainment (A11)."""

    code = "PART_UNIT_DIFFERS"
    zh = "上级目标按合计汇总，单位为“{needed}”，不能计入单位为“{given}”的下级；请改用加权汇总。"
    en = "The parent adds up {needed}; a part in {given} cannot be added. Let the parent roll up WEIGHTED."


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
        row = parent.id if parent else Said.GIVEN
        raise LevelParentWrong(field="parentId", row=row, level=level, under=known.under or "-", found=found or "-")


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


def target_of(draft: GoalDraft) -> Decimal:
    """Return the target of a draft at two decimals; an objective without a number of its own is done at 100 %."""
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


def months_given(draft: GoalDraft, target: Decimal, months: int) -> Sequence[Decimal]:
    """Return the months of a draft, or an even spread where none are given; refuse what does not make the target."""
    if draft.months is None:
        return spread_over_months(target, months)
    for place, month in enumerate(draft.months):
        check_amount(month, field=f"months[{place}]")
    total = sum(draft.months, Decimal(0))
    if len(draft.months) != months or total != target:
        raise MonthsDiffer(field="months", months=months, target=target, given=len(draft.months), total=total)
    return [month.quantize(CENT) for month in draft.months]


def check_parent(draft: GoalDraft, parent: Goal | None, unit_of_measure: str) -> None:
    """Refuse a key result without an objective, and a part that its parent cannot add up."""
    if draft.kind is GoalKind.KEY_RESULT and (parent is None or parent.kind not in (GoalKind.OBJECTIVE, GoalKind.KEY_RESULT)):
        raise KeyResultLoose(field="parentId")
    is_added = parent is not None and parent.roll_up == RollUp.SUM
    if parent is not None and is_added and not can_be_added(unit_of_measure, parent.unit_of_measure):
        raise PartUnitDiffers(field="unitOfMeasure", row=parent.id, needed=parent.unit_of_measure, given=unit_of_measure)
