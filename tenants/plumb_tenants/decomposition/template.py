"""The body of a decomposition template: factors with weights, who takes part, and every rule that a split follows."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from plumb_tenants.decomposition.rules import CENT
from plumb_tenants.decomposition.template_parts import (
    Calendar,
    Coefficient,
    Fact,
    FactType,
    FigureSource,
    InputName,
    Percent,
    Portrait,
    PresenceSource,
    RampStep,
    SeasonFactor,
    WeightSet,
)
from plumb_tenants.decomposition.tuning import HUNDRED, BalanceRule
from plumb_tenants.definitions.kinds import Body, Logic, MetricName
from plumb_tenants.definitions.spelling import Key, NotBlank
from plumb_tenants.formulas.service import Type

FROM_INPUT = "input"
TYPES = {FactType.TEXT: Type.TEXT, FactType.NUMBER: Type.NUMBER}


class Level(StrEnum):
    """Over whom a total is split: the units right below, or the people of the unit."""

    UNITS = "units"
    PEOPLE = "people"


class Factor(Body):
    """因子 / One factor: `weight` in percent; `source` is `input` (one figure per child) or a formula over named inputs.

    With `whole` the values are parts of it: who gave no value gets an equal part of what the others leave (A8).
    """

    key: Key
    name: Annotated[NotBlank, Field(min_length=1, max_length=60)]
    weight: Percent
    source: Annotated[str, Field(min_length=1, max_length=2000), Logic()] = FROM_INPUT
    whole: Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=4)] | None = None


class DecompositionTemplate(Body):
    """How a total of one metric is split (C83, C84, D5, D6); percents are numbers such as 15, the unit is an amount.

    `report` names the figures and facts that a split must be given of every child, `portrait` the form without which a unit's
    node is not split for (C82); `figure_sources` say what figures are taken from that a split does not give; `potential` is
    the factor that fairness is measured by, the first unless said;
    `padding_percent` is what the parts exceed the total by unless a run says otherwise, `padding_max_percent` its cap (A6).
    Under `presence` FROM_PLACEMENTS a unit is split over all who were placed in it within the cycle, by the working days that
    they were there; days that a split gives go first (A3).
    """

    metric: Annotated[NotBlank, Field(min_length=1, max_length=80), MetricName()]
    unit_of_measure: Annotated[NotBlank, Field(min_length=1, max_length=12)]
    level: Level
    factors: Annotated[tuple[Factor, ...], Field(min_length=1, max_length=20)]
    inputs: Annotated[tuple[InputName, ...], Field(max_length=40)] = ()
    band_percent: Percent = Decimal(15)
    balance: BalanceRule = BalanceRule.KEEP_GAP
    over_assign_max_percent: Percent | None = None
    rounding_unit: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)] = CENT
    goal_weight: Percent = HUNDRED
    facts: Annotated[tuple[Fact, ...], Field(max_length=20)] = ()
    weight_sets: Annotated[tuple[WeightSet, ...], Field(max_length=20)] = ()
    coefficients: Annotated[tuple[Coefficient, ...], Field(max_length=500)] = ()
    ramp: Annotated[tuple[RampStep, ...], Field(max_length=24)] = ()
    seasonality: Annotated[tuple[SeasonFactor, ...], Field(max_length=12)] = ()
    presence: PresenceSource = PresenceSource.GIVEN
    calendar: Calendar = Calendar()
    report: Annotated[tuple[InputName, ...], Field(max_length=60)] = ()
    portrait: Portrait | None = None
    figure_sources: Annotated[tuple[FigureSource, ...], Field(max_length=60)] = ()
    potential: Key | None = None
    padding_percent: Percent = Decimal(0)
    padding_max_percent: Percent = Decimal(0)

    @property
    def input_names(self) -> tuple[str, ...]:
        """Return the names of all figures that a run needs for each child."""
        return self.inputs + tuple(factor.key for factor in self.factors if factor.source == FROM_INPUT)

    @property
    def is_placed(self) -> bool:
        """Return whether presence follows from placements."""
        return self.presence is PresenceSource.FROM_PLACEMENTS

    @property
    def condition_names(self) -> dict[str, Type]:
        """Return what the conditions of weight sets may ask for: the facts, and the figures."""
        return dict.fromkeys(self.input_names, Type.NUMBER) | {fact.name: TYPES[fact.type] for fact in self.facts}
