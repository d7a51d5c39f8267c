"""The kind `dispatch`: the actions that tasks are about, what may be swapped for them, and how many a month holds."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Finding, Kind, register
from plumb_tenants.definitions.spelling import Key

KIND, KEY = "dispatch", "default"

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class ActionTwice(InvalidInput):
    """An action has one meaning."""

    code = "DISPATCH_ACTION_TWICE"
    zh = "动作代号“{key}”重复出现。"
    en = "The action {key} stands there twice."


class SwapUnknown(InvalidInput):
    """A swap replaces an action that tasks can be about."""

    code = "DISPATCH_SWAP_UNKNOWN"
    zh = "置换规则引用了不存在的动作“{key}”。"
    en = "The swap replaces the action {key}, which is not there."


class SwapIntoBase(InvalidInput):
    """What must be done and what may be replaced share a task out."""

    code = "DISPATCH_SWAP_INTO_BASE"
    zh = "基础量 {base}% 与最多可置换 {most}% 合计超过 100%。"
    en = "A base of {base} % and a replaceable share of {most} % are more than the whole."


class SwapTwice(InvalidInput):
    """One act replaces another by one rule."""

    code = "DISPATCH_SWAP_TWICE"
    zh = "置换规则“{key}”重复出现。"
    en = "The swap {key} stands there twice."


class WeeklyActionUnknown(InvalidInput):
    """Weekly plans become tasks about an action of the rules."""

    code = "DISPATCH_WEEKLY_UNKNOWN"
    zh = "周计划派发规则引用了不存在的动作“{key}”。"
    en = "The weekly plans would become the action {key}, which is not there."


class WeeklyMetricTwice(InvalidInput):
    """A weekly plan becomes one task."""

    code = "DISPATCH_WEEKLY_TWICE"
    zh = "指标“{metric}”有多条周计划派发规则。"
    en = "There is more than one rule for the weekly plans of {metric}."


class DispatchAction(Body):
    """动作 / What a task may be about; a key action counts in the compliance rate (C42)."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=60)]
    is_key: bool = True


class SwapRule(Body):
    """置换规则 / One act of high value replaces `rate` units of an action, up to a share of a task (C36)."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=60)]
    replaces: Key
    rate: Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=2)]
    base_percent: Percent = Decimal(60)
    most_percent: Percent = Decimal(40)
    credit_percent: Percent = Decimal(100)


class WeeklyRule(Body):
    """周计划派发 / What weekly plans of a metric become: one `action` for each `per` of the target (C34, C35)."""

    metric: Annotated[str, Field(min_length=1, max_length=80)]
    action: Key
    per: Annotated[Decimal, Field(gt=0, max_digits=16, decimal_places=2)] = Decimal(1)
    customer_grade: Annotated[str, Field(max_length=40)] = ""
    contact_role: Annotated[str, Field(max_length=60)] = ""


class DispatchRules(Body):
    """派发规则 / How tasks are dispatched: actions, swaps, weekly plans, and how many monthly items a person has (C19)."""

    actions: Annotated[tuple[DispatchAction, ...], Field(min_length=1, max_length=50)]
    swaps: Annotated[tuple[SwapRule, ...], Field(max_length=50)] = ()
    weekly: Annotated[tuple[WeeklyRule, ...], Field(max_length=50)] = ()
    monthly_limit: Annotated[int, Field(ge=1, le=100)] = 9
    is_hard_limit: bool = False

    def action(self, key: str) -> DispatchAction | None:
        """Return an action by its key."""
        return next((each for each in self.actions if each.key == key), None)

    def swap(self, key: str, action: str) -> SwapRule | None:
        """Return the rule by which an act replaces an action."""
        return next((each for each in self.swaps if (each.key, each.replaces) == (key, action)), None)


VISITS = "有效拜访量"
SHIPPED = DispatchRules(
    actions=(DispatchAction(key="visit", name="客户拜访"), DispatchAction(key="follow_up", name="客户跟进", is_key=False)),
    swaps=(SwapRule(key="lecture", name="专家讲座", replaces="visit", rate=Decimal(2)),),
    weekly=(WeeklyRule(metric=VISITS, action="visit"),),
)
"""The rules of a company that published none: planned visits become tasks, and lectures replace two each (case study 001)."""


def lint(body: DispatchRules) -> list[Finding]:
    """Return what stands against publishing: actions and swaps that repeat, contradict or lead nowhere."""
    return [Finding(error) for error in _faults(body)]


def _faults(body: DispatchRules) -> Iterator[InvalidInput]:
    keys = [each.key for each in body.actions]
    for place, key in enumerate(keys):
        if keys.index(key) != place:
            yield ActionTwice(field=f"actions[{place}].key", key=key)
    pairs = [(each.key, each.replaces) for each in body.swaps]
    for place, each in enumerate(body.swaps):
        if each.replaces not in keys:
            yield SwapUnknown(field=f"swaps[{place}].replaces", key=each.replaces)
        if pairs.index(pairs[place]) != place:
            yield SwapTwice(field=f"swaps[{place}].key", key=each.key)
        if each.base_percent + each.most_percent > 100:
            yield SwapIntoBase(field=f"swaps[{place}].most_percent", base=each.base_percent, most=each.most_percent)
    metrics = [each.metric for each in body.weekly]
    for place, rule in enumerate(body.weekly):
        if rule.action not in keys:
            yield WeeklyActionUnknown(field=f"weekly[{place}].action", key=rule.action)
        if metrics.index(rule.metric) != place:
            yield WeeklyMetricTwice(field=f"weekly[{place}].metric", metric=rule.metric)


register(Kind(name=KIND, zh="任务派发规则", en="Dispatch rules", body=DispatchRules, lint=lint))
