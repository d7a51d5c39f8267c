"""The kind `goal_rules`: levels of goals, check-in cadence, expected curve and roll-up formula."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Finding, Kind, Logic, register
from plumb_tenants.definitions.spelling import Key
from plumb_tenants.formulas.service import FormulaError, Type
from plumb_tenants.goals.attainment import compiled
from plumb_tenants.goals.kinds import Curve

KIND = "goal_rules"
DEFAULT_KEY = "default"

Points = Annotated[Decimal, Field(ge=0, le=1000, max_digits=6, decimal_places=2)]
Days = Annotated[int, Field(ge=1, le=366)]


class LevelTwice(InvalidInput):
    """A level has one place."""

    code = "GOAL_LEVEL_TWICE"
    zh = "目标层级代号“{key}”重复出现。"
    en = "The goal level {key} stands there twice."


class LevelUnknown(InvalidInput):
    """A level stands under one that was named before it, so that levels lead up to the first."""

    code = "GOAL_LEVEL_UNKNOWN"
    zh = "层级“{key}”不存在，或未排在其下级之前；可用层级：{known}。"
    en = "The level {key} is not there, or does not stand before the one below it; the levels are {known}."


class CadenceTwice(InvalidInput):
    """A unit has one cadence."""

    code = "CADENCE_TWICE"
    zh = "部门“{unit}”的更新频率重复出现。"
    en = "The cadence of the unit {unit} stands there twice."


class FormulaNotNumber(InvalidInput):
    """A roll-up is a percentage."""

    code = "ROLL_UP_NOT_NUMBER"
    zh = "汇总公式的结果须为数值（百分比）。"
    en = "A roll-up formula gives a number, in percent."


class GoalLevel(Body):
    """目标层级 / A level of goals; `under` names the level that its parent must have, none for the highest."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=60)]
    under: Annotated[str, Field(max_length=40)] | None = None


class UnitCadence(Body):
    """更新频率 / How often the goals of a unit, and of the units below it, are checked in."""

    unit: Annotated[str, Field(min_length=1, max_length=40)]
    days: Days


class GoalRules(Body):
    """How a company sets and follows goals (C29, A14, D3, A10, C24, C26, C41, C63); points and percents are numbers such as 5."""

    levels: Annotated[tuple[GoalLevel, ...], Field(max_length=8)] = (
        GoalLevel(key="strategy", name="战略"),
        GoalLevel(key="campaign", name="战役", under="strategy"),
        GoalLevel(key="tactic", name="战术", under="campaign"),
    )
    cadence_days: Days = 7
    cadences: Annotated[tuple[UnitCadence, ...], Field(max_length=500)] = ()
    curve: Curve = Curve.LINEAR
    roll_up_formula: Annotated[str, Field(max_length=2000), Logic()] = ""
    stable_within_points: Points = Decimal("5.00")
    variance_points: Points = Decimal("8.00")
    off_by_percent: Points = Decimal("30.00")
    smallest_group: Annotated[int, Field(ge=3, le=100)] = 5

    def level(self, key: str) -> GoalLevel | None:
        """Return a level by its key."""
        return next((level for level in self.levels if level.key == key), None)


SHIPPED = GoalRules()
"""The rules of a company that published none."""


def lint(body: GoalRules) -> list[Finding]:
    """Return what stands against publishing: levels that repeat or lead nowhere, cadences twice, a formula that is none."""
    return [Finding(error) for error in _faults(body)]


def _faults(body: GoalRules) -> Iterator[InvalidInput]:
    keys = [level.key for level in body.levels]
    for place, level in enumerate(body.levels):
        if keys.index(level.key) != place:
            yield LevelTwice(field=f"levels[{place}].key", key=level.key)
        if level.under is not None and level.under not in keys[:place]:
            yield LevelUnknown(field=f"levels[{place}].under", key=level.under, known=", ".join(keys[:place]))
    for unit, times in Counter(cadence.unit for cadence in body.cadences).items():
        if times > 1:
            yield CadenceTwice(field="cadences", unit=unit)
    if body.roll_up_formula:
        yield from _formula_faults(body.roll_up_formula)


def _formula_faults(text: str) -> Iterator[InvalidInput]:
    try:
        found: Any = compiled(text).type
    except FormulaError as error:
        error.field = "roll_up_formula"
        yield error
        return
    if found is not Type.NUMBER:
        yield FormulaNotNumber(field="roll_up_formula")


register(Kind(name=KIND, zh="目标规则", en="Goal rules", body=GoalRules, lint=lint))
