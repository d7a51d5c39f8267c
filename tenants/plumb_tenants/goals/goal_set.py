"""The kind `goal_set`: the goals that everybody of a sort gets, made for many people at once (A2)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from plumb_platform.errors import DomainError, InvalidInput
from plumb_platform.telling import Said
from plumb_tenants.definitions.kinds import Body, Finding, Kind, MetricName, register
from plumb_tenants.definitions.spelling import NOT_BLANK, Key
from plumb_tenants.goals.attainment import HUNDRED, check_way
from plumb_tenants.goals.kinds import Aim, GoalKind, RollUp

KIND = "goal_set"

Amount = Annotated[Decimal, Field(max_digits=18, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class GoalTwice(InvalidInput):
    """A goal of a set has one key."""

    code = "GOAL_SET_KEY_TWICE"
    zh = "目标代号“{key}”重复出现。"
    en = "The goal key {key} stands there twice."


class WeightsNot100(InvalidInput):
    """The weights of the goals that one person gets share out the whole."""

    code = "GOAL_SET_WEIGHTS_NOT_100"
    zh = "目标权重合计为 {total}，须为 100.00。"
    en = "The weights of the goals total {total}; they must total 100.00."


class GoalOfSet(Body):
    """目标模板项 / One goal that each person gets; amounts in the unit of measure, `weight` in percent."""

    key: Key
    title: Annotated[str, Field(min_length=1, max_length=200, pattern=NOT_BLANK)]
    metric: Annotated[str, Field(min_length=1, max_length=80, pattern=NOT_BLANK)]
    unit_of_measure: Annotated[str, Field(min_length=1, max_length=12, pattern=NOT_BLANK)]
    target: Amount
    weight: Percent
    kind: GoalKind = GoalKind.KPI
    aim: Aim = Aim.REACH
    baseline: Amount | None = None
    roll_up: RollUp | None = None
    level: Annotated[str, Field(max_length=40)] | None = None
    metric_key: Annotated[str, Field(max_length=60), MetricName()] | None = None


class GoalSet(Body):
    """Goals for many people; each is made once for a person in a cycle, however often the set is used (A2)."""

    goals: Annotated[tuple[GoalOfSet, ...], Field(min_length=1, max_length=50)]


def lint(body: GoalSet) -> list[Finding]:
    """Return what stands against publishing: keys twice, weights that do not total 100, baselines that lead nowhere."""
    return [Finding(error) for error in _faults(body)]


def _faults(body: GoalSet) -> Iterator[InvalidInput]:
    keys = [goal.key for goal in body.goals]
    for place, goal in enumerate(body.goals):
        if keys.index(goal.key) != place:
            yield GoalTwice(field=f"goals[{place}].key", key=goal.key)
        try:
            check_way(goal.aim, goal.target, goal.baseline, row=Said.GIVEN)
        except DomainError as error:
            error.field = f"goals[{place}].baseline"
            if isinstance(error, InvalidInput):
                yield error
    total = sum((goal.weight for goal in body.goals), Decimal("0.00"))
    if total != HUNDRED:
        yield WeightsNot100(field="goals", total=f"{total:f}")


register(Kind(name=KIND, zh="目标模板", en="Goal set", body=GoalSet, lint=lint))
