"""Parts of the template's body: weight sets, coefficients, ramps, presence, the fiscal calendar."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field

from plumb_tenants.calendars.service import FiscalYear
from plumb_tenants.definitions.kinds import Body, Logic, MetricName
from plumb_tenants.definitions.spelling import DefinitionKey, Key

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
InputName = Annotated[str, Field(min_length=1, max_length=100)]
SeasonFactor = Annotated[Decimal, Field(ge=0, max_digits=9, decimal_places=4)]


class FactType(StrEnum):
    """What a fact is: a word such as NEW, or a number."""

    TEXT = "text"
    NUMBER = "number"


class Fact(Body):
    """条件事实 / A fact that conditions may ask for: life-cycle, maturity of a region, make-up of a team."""

    name: InputName
    type: FactType = FactType.TEXT


class FactorWeight(Body):
    """因子权重 / The weight of one factor within a set, in percent; a factor that a set does not name weighs nothing."""

    factor: Key
    weight: Percent


class WeightSet(Body):
    """权重组 / Weights for the children for which the condition `when` holds; the first set that fits is used (C32)."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=60)]
    when: Annotated[str, Field(max_length=2000), Logic()] = ""
    weights: Annotated[tuple[FactorWeight, ...], Field(min_length=1, max_length=20)]


class Portrait(Body):
    """画像报告 / The form, by its key, whose submission about a unit lets that unit's node be split for (C82).

    `unit` and `period` are the keys of the form's fields that name the unit and the cycle: its code, or a period of its days.
    """

    form: DefinitionKey
    unit: Annotated[str, Field(min_length=1, max_length=40)] = "省区"
    period: Annotated[str, Field(min_length=1, max_length=40)] = "周期"


class FigureSource(Body):
    """数据来源 / What a figure is taken from where a split does not give it: a metric, or a number of the portrait report (C82).

    A metric counts over the cycle's days as they were `years_before` years earlier, or, with `months_before`, over so many whole
    calendar months before the cycle begins. `report_field` is the key of a field of the form that `portrait` names.
    """

    figure: InputName
    metric: Annotated[str, Field(max_length=60), MetricName()] = ""
    years_before: Annotated[int, Field(ge=1, le=5)] = 1
    months_before: Annotated[int, Field(ge=1, le=36)] | None = None
    report_field: Annotated[str, Field(max_length=40)] = ""


class CoefficientBasis(StrEnum):
    """What a coefficient goes by: the code of a unit, or the grade of a person."""

    UNIT = "unit"
    GRADE = "grade"


class Coefficient(Body):
    """系数 / Multiplies the score of a unit or of a grade (C50), from its day on; the newest that is in force counts (A3)."""

    basis: CoefficientBasis
    of: Annotated[str, Field(min_length=1, max_length=40)]
    value: Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=4)]
    effective_from: date | None = None


class RampStep(Body):
    """爬坡档位 / What part of a full target somebody carries who joined fewer than `below_months` months ago (A5)."""

    below_months: Annotated[int, Field(ge=1, le=60)]
    percent: Percent


class Seasonal(Protocol):
    """What of a template says how a target is spread over the periods of its year."""

    @property
    def calendar(self) -> "Calendar":
        """Return the periods of the year."""

    @property
    def seasonality(self) -> Sequence[Decimal]:
        """Return the twelve factors; none where all periods weigh the same."""

    @property
    def ramp(self) -> Sequence[RampStep]:
        """Return the steps of who is new."""


class PresenceSource(StrEnum):
    """Where the days come from that somebody is there for: said with each split, or from placements in the unit (A3)."""

    GIVEN = "given"
    FROM_PLACEMENTS = "from_placements"


class Calendar(FiscalYear):
    """财年日历 / The periods of the year: calendar months or 4-4-5 weeks, and the month that begins it (A42)."""
