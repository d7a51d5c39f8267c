"""The kind `metric`: what a factor measures, which way is better, and how its value follows from observations."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.money import CURRENCIES, UnknownCurrency
from plumb_tenants.definitions.kinds import Body, Finding, Kind, Logic, MetricName, Severity, Step, register
from plumb_tenants.definitions.spelling import DEFINITION_KEY
from plumb_tenants.formulas.service import FormulaError, Type, compile_formula

KIND = "metric"

MetricKey = Annotated[str, Field(pattern=DEFINITION_KEY), MetricName()]


class OriginMixed(InvalidInput):
    """A metric is observed, or follows from one rule."""

    code = "METRIC_ORIGIN_MIXED"
    zh = "指标只能有一种来源：直接观测、公式、比率或事件规则，此处同时填写了 {given}。"
    en = "A metric has one origin: observed, a formula, a ratio or an event rule; here stand {given}."


class RatioMissing(InvalidInput):
    """RATIO_OF_SUMS divides one metric by another."""

    code = "METRIC_RATIO_MISSING"
    zh = "汇总方式为 RATIO_OF_SUMS 时须填写分子与分母指标；其他方式不填。"
    en = "RATIO_OF_SUMS needs a numerator and a denominator metric; no other aggregation has them."


class EventAggregation(InvalidInput):
    """Events are counted: each once, or each different object once."""

    code = "METRIC_EVENT_AGGREGATION"
    zh = "事件指标的汇总方式须为 SUM 或 DISTINCT_COUNT，不能为 {aggregation}。"
    en = "A metric of events is aggregated by SUM or DISTINCT_COUNT, not by {aggregation}."


class FormulaInputs(InvalidInput):
    """A formula names the metrics behind its fields, and fields stand with a formula."""

    code = "METRIC_FORMULA_INPUTS"
    zh = "公式与其输入须同时填写。"
    en = "A formula and its inputs stand together."


class InputTwice(InvalidInput):
    """A field of a formula has one meaning."""

    code = "METRIC_INPUT_TWICE"
    zh = "公式输入“{name}”重复出现。"
    en = "The formula's input {name} stands there twice."


class FormulaNotNumber(InvalidInput):
    """The value of a metric is a number."""

    code = "METRIC_FORMULA_NOT_NUMBER"
    zh = "指标公式的结果是{found}，须为数值。"
    en = "The metric's formula gives {found}; a number is needed."


class CurrencyMissing(InvalidInput):
    """Money is of a currency; nothing else has one."""

    code = "METRIC_CURRENCY_MISSING"
    zh = "金额类指标须填写货币代码；其他类型不填。"
    en = "A metric of type MONEY has a currency; no other type has one."


class UsageComputed(InvalidInput):
    """Usage data is counted as it comes."""

    code = "METRIC_USAGE_COMPUTED"
    zh = "系统使用数据只能直接计数，不能由公式、比率或事件规则得出（规则 C62）。"
    en = "Usage data is counted as it comes, never by a formula, a ratio or an event rule (rule C62)."


class PercentsAdded(InvalidInput):
    """The sum of several subjects' percentages says little."""

    code = "METRIC_PERCENTS_ADDED"
    zh = "百分比取末值时，多个对象的值相加没有意义，建议改为 AVERAGE。"
    en = "Last percentages of several subjects are added up; AVERAGE says more."


class MetricType(StrEnum):
    """What the numbers are; USAGE is how the system is used, which no score can be made of."""

    NUMBER = "NUMBER"
    COUNT = "COUNT"
    MONEY = "MONEY"
    PERCENT = "PERCENT"
    USAGE = "USAGE"

    @property
    def formula_type(self) -> Type:
        """Return the type that a formula's field of this metric has."""
        return Type.USAGE if self is MetricType.USAGE else Type.NUMBER


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "HIGHER"
    LOWER = "LOWER"
    MAINTAIN = "MAINTAIN"


class Indicator(StrEnum):
    """Whether a metric tells what is coming or what has come about (C20)."""

    LEADING = "LEADING"
    LAGGING = "LAGGING"


class Aggregation(StrEnum):
    """How many observations of a period become one value."""

    SUM = "SUM"
    AVERAGE = "AVERAGE"
    LAST = "LAST"
    RATIO_OF_SUMS = "RATIO_OF_SUMS"
    DISTINCT_COUNT = "DISTINCT_COUNT"


class Across(StrEnum):
    """How the last values of several subjects become that of their unit."""

    SUM = "SUM"
    AVERAGE = "AVERAGE"


class EventLink(StrEnum):
    """What a later event has in common with the one that it makes count."""

    OBJECT = "OBJECT"
    SUBJECT = "SUBJECT"
    BOTH = "BOTH"


class FormulaInput(Body):
    """公式输入 / A field of the formula and the metric whose value it is."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    metric: MetricKey


class Ratio(Body):
    """比率 / The metric above and the metric below the line; a PERCENT metric gives it times 100."""

    numerator: MetricKey
    denominator: MetricKey


class EventRule(Body):
    """事件规则 / An observation of `of` counts when one of `followed_by` comes later, within the days if any are said (C31)."""

    of: MetricKey
    followed_by: MetricKey
    same: EventLink = EventLink.OBJECT
    within_days: Annotated[int, Field(ge=0, le=3660)] | None = None


class Metric(Body):
    """指标 / A factor of the library: observed, or computed by a formula, a ratio or an event rule over other metrics."""

    type: MetricType = MetricType.NUMBER
    unit_of_measure: Annotated[str, Field(min_length=1, max_length=12)]
    currency: Annotated[str, Field(max_length=3)] | None = None
    direction: Direction = Direction.HIGHER
    indicator: Indicator
    aggregation: Aggregation = Aggregation.SUM
    across: Across = Across.SUM
    formula: Annotated[str, Field(max_length=2000), Logic()] = ""
    inputs: Annotated[tuple[FormulaInput, ...], Field(max_length=40)] = ()
    ratio: Ratio | None = None
    event: EventRule | None = None
    sources: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=40)], ...], Field(max_length=20)] = ()
    places: Annotated[int, Field(ge=0, le=6)] = 2

    @property
    def observed(self) -> bool:
        """Return whether observations of its own stand behind it."""
        return not (self.formula or self.ratio or self.event)

    @property
    def dependencies(self) -> dict[str, str]:
        """Return the keys of the metrics that it is made of, each with the place in the body that names it."""
        named = {each.metric: f"inputs[{place}].metric" for place, each in enumerate(self.inputs)}
        if self.ratio:
            named |= {self.ratio.numerator: "ratio.numerator", self.ratio.denominator: "ratio.denominator"}
        if self.event:
            named |= {self.event.of: "event.of", self.event.followed_by: "event.followed_by"}
        return named


def lint(body: Metric) -> list[Finding]:
    """Return what stands against publishing a metric by itself; the library is looked at when it is published."""
    findings = [Finding(error) for error in (*_origin_faults(body), *_formula_faults(body), *_currency_faults(body))]
    if body.type is MetricType.PERCENT and body.aggregation is Aggregation.LAST and body.across is Across.SUM:
        findings.append(Finding(PercentsAdded(field="across"), Severity.WARNING))
    return findings


def _origin_faults(body: Metric) -> Iterator[InvalidInput]:
    given = [name for name in ("formula", "ratio", "event") if getattr(body, name)]
    if len(given) > 1:
        yield OriginMixed(field=given[1], given=", ".join(given))
    if given and body.type is MetricType.USAGE:
        yield UsageComputed(field=given[0])
    if (body.aggregation is Aggregation.RATIO_OF_SUMS) is not (body.ratio is not None):
        yield RatioMissing(field="ratio")
    if body.event and body.aggregation not in (Aggregation.SUM, Aggregation.DISTINCT_COUNT):
        yield EventAggregation(field="aggregation", aggregation=body.aggregation.value)


def _formula_faults(body: Metric) -> Iterator[InvalidInput]:
    if bool(body.formula) is not bool(body.inputs):
        yield FormulaInputs(field="inputs" if body.formula else "formula")
        return
    names = [each.name for each in body.inputs]
    for place, name in enumerate(names):
        if names.index(name) != place:
            yield InputTwice(field=f"inputs[{place}].name", name=name)
    if body.formula:
        yield from formula_faults(body.formula, dict.fromkeys(names, Type.NUMBER))


def formula_faults(text: str, names: dict[str, Type]) -> Iterator[InvalidInput]:
    """Yield what is wrong with a metric's formula over fields of the given types."""
    try:
        found = compile_formula(text, names).type
    except FormulaError as error:
        error.field = "formula"
        yield error
        return
    if found is not Type.NUMBER:
        yield FormulaNotNumber(field="formula", found=found)


def _currency_faults(body: Metric) -> Iterator[InvalidInput]:
    if (body.type is MetricType.MONEY) is not (body.currency is not None):
        yield CurrencyMissing(field="currency")
    elif body.currency is not None and body.currency not in CURRENCIES:
        yield UnknownCurrency(field="currency", currency=f"{body.currency:.40}")


async def _before_step(actor: Actor, step: Step) -> None:
    from plumb_tenants.metrics.library import check_step  # the library reads bodies of this kind

    await check_step(actor, step)


async def _after_step(actor: Actor, step: Step) -> None:
    """Have what follows the metric counted anew, by the version that is in effect now."""
    from plumb_tenants.metrics.announcing import announce  # it reads the library

    await announce(actor, [step.key])


register(
    Kind(
        name=KIND,
        zh="指标与影响因子",
        en="Metric",
        body=Metric,
        lint=lint,
        before_step=_before_step,
        after_step=_after_step,
        pilots=False,
    )
)
