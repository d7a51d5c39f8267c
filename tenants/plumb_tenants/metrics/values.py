"""Values of metrics: one figure for a subject and a period, with what it is made of, its age and its definition version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_tenants.company.service import get_company
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.formulas.service import Reason, Type, compile_formula
from plumb_tenants.metrics.definition import Across, Aggregation, Metric, MetricType, Ratio
from plumb_tenants.metrics.freshness import freshness_of, is_stale
from plumb_tenants.metrics.graph import ingredients
from plumb_tenants.metrics.statements import FEEDS, aggregate
from plumb_tenants.metrics.subjects import Subject, SubjectKind

EXACT = Context(prec=34, rounding=ROUND_HALF_UP)
LARGEST = Decimal(10) ** 18
LONGEST_PERIOD = 3660


class PeriodInvalid(InvalidInput):
    """A period begins before it ends."""

    code = "METRIC_PERIOD_INVALID"
    zh = "期间 {starts_on} 至 {ends_on} 无效：起始日不得晚于结束日，最长十年。"
    en = "The period {starts_on} to {ends_on} is not valid: it begins before it ends, ten years at most."


@dataclass(frozen=True, slots=True)
class Cell:
    """A subject and a period, both days included."""

    subject: Subject
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """An exact value, or why there is none; `parts` are the values that a formula or a ratio was made of."""

    value: Decimal | None
    reason: Reason | None
    parts: Mapping[str, Decimal | None]


NOTHING = Outcome(None, Reason.NO_INPUT, {})


@dataclass(frozen=True, slots=True)
class MetricValue:
    """The value of a metric for a subject over a period, rounded to the metric's places; None with a reason.

    `as_of` is the instant up to which every source behind it has told what it knows, None when no source was ever heard.
    """

    metric_key: str
    subject: Subject
    starts_on: date
    ends_on: date
    value: Decimal | None
    reason: Reason | None
    parts: Mapping[str, Decimal | None]
    as_of: datetime | None
    stale: bool
    definition_version_id: UUID
    definition_number: int
    unit_of_measure: str
    currency: str | None


def check_period(starts_on: date, ends_on: date) -> None:
    """Refuse a period that ends before it begins, or is longer than ten years."""
    if not 0 <= (ends_on - starts_on).days <= LONGEST_PERIOD:
        raise PeriodInvalid(field="startsOn", starts_on=starts_on, ends_on=ends_on)


async def compute(
    actor: Actor, metric: PublishedVersion, cells: Sequence[Cell], *, known: Mapping[str, PublishedVersion]
) -> list[MetricValue]:
    """Return the value of each cell, under the given version of the metric and those in effect of what it is made of."""
    bodies = {key: version.body for key, version in known.items()} | {metric.key: metric.body}
    outcomes = await _Computation(bodies, cells).of(metric.key)
    heard = await _heard(metric.key, bodies)
    rule, zone, at = await freshness_of(actor), (await get_company(actor)).time_zone, now()
    return [
        MetricValue(
            *(metric.key, cell.subject, cell.starts_on, cell.ends_on),
            *_rounded(outcome, metric.body),
            as_of=min(heard.values(), default=None),
            stale=is_stale(heard, rule, ends_on=cell.ends_on, zone=zone, at=at),
            definition_version_id=metric.id,
            definition_number=metric.number,
            unit_of_measure=metric.body.unit_of_measure,
            currency=metric.body.currency,
        )
        for cell, outcome in zip(cells, outcomes, strict=True)
    ]


def _rounded(outcome: Outcome, body: Metric) -> tuple[Decimal | None, Reason | None, Mapping[str, Decimal | None]]:
    if outcome.value is None:
        return None, outcome.reason, outcome.parts
    if abs(outcome.value) >= LARGEST:
        return None, Reason.OUT_OF_RANGE, outcome.parts
    value = outcome.value.quantize(Decimal(1).scaleb(-body.places), context=EXACT)
    return value or abs(value), None, outcome.parts


async def _heard(key: str, bodies: Mapping[str, Metric]) -> dict[str, datetime]:
    """Return for each source behind a metric the earliest instant up to which it was heard of what it feeds."""
    leaves = [each for each in (key, *ingredients(_graph(bodies), key)) if each in bodies and bodies[each].observed]
    heard: dict[str, datetime] = {}
    for row in await fetch(FEEDS, leaves):
        if not bodies[row["metric_key"]].sources or row["source"] in bodies[row["metric_key"]].sources:
            heard[row["source"]] = min(row["as_of"], heard.get(row["source"], row["as_of"]))
    return heard


def _graph(bodies: Mapping[str, Metric]) -> dict[str, list[str]]:
    return {key: list(body.dependencies) for key, body in bodies.items()}


class _Computation:
    """Computes each metric once for all cells, what it is made of first."""

    def __init__(self, bodies: Mapping[str, Metric], cells: Sequence[Cell]) -> None:
        self._bodies = bodies
        self._cells = cells
        self._done: dict[str, list[Outcome]] = {}

    async def of(self, key: str) -> list[Outcome]:
        """Return the outcome of each cell; the library has no cycle, so this ends."""
        if key not in self._done:
            self._done[key] = await self._computed(key, self._bodies.get(key))
        return self._done[key]

    async def _computed(self, key: str, body: Metric | None) -> list[Outcome]:
        if body is None:
            return [NOTHING] * len(self._cells)
        if body.formula:
            return await self._formula(body)
        if body.ratio:
            return await self._ratio(body.ratio, Decimal(100) if body.type is MetricType.PERCENT else Decimal(1))
        return await self._aggregated(key, body)

    async def _formula(self, body: Metric) -> list[Outcome]:
        formula = compile_formula(body.formula, {each.name: Type.NUMBER for each in body.inputs})
        columns = {each.name: await self.of(each.metric) for each in body.inputs}
        outcomes = []
        for place in range(len(self._cells)):
            inputs = {name: column[place].value for name, column in columns.items()}
            result = formula.evaluate(inputs)
            value = result.value if isinstance(result.value, Decimal) else None
            outcomes.append(Outcome(value, result.undefined.reason if result.undefined else None, inputs))
        return outcomes

    async def _ratio(self, ratio: Ratio, scale: Decimal) -> list[Outcome]:
        keys = ratio.numerator, ratio.denominator
        pairs = zip(*[await self.of(key) for key in keys], strict=True)
        return [_divided(keys, above.value, below.value, scale) for above, below in pairs]

    async def _aggregated(self, key: str, body: Metric) -> list[Outcome]:
        found: list[Outcome] = [NOTHING] * len(self._cells)
        for kind in SubjectKind:
            places = [n for n, cell in enumerate(self._cells) if cell.subject.kind is kind]
            for row in await self._rows(kind, places, key, body) if places else ():
                total, rows = _plain(Decimal(row["total"])), row["rows"]
                averaged = body.aggregation is Aggregation.AVERAGE or (
                    body.aggregation is Aggregation.LAST and body.across is Across.AVERAGE
                )
                found[row["n"]] = Outcome(EXACT.divide(total, rows) if averaged else total, None, {})
        return found

    async def _rows(self, kind: SubjectKind, places: Sequence[int], key: str, body: Metric) -> list[dict[str, Any]]:
        cells = [self._cells[n] for n in places]
        columns: list[Any] = [places, [c.subject.id for c in cells], [c.starts_on for c in cells], [c.ends_on for c in cells]]
        event = body.event
        counted = event.of if event else key
        values: list[Any] = [*columns, counted, self._sources(counted)]
        if event:
            days = LONGEST_PERIOD * 100 if event.within_days is None else event.within_days
            values += [event.followed_by, self._sources(event.followed_by), days]
        one = kind is SubjectKind.UNIT and len({(cell.starts_on, cell.ends_on) for cell in cells}) == 1
        return await fetch(aggregate(kind, body.aggregation, event.same if event else None, one_period=one), *values)

    def _sources(self, key: str) -> list[str]:
        return list(self._bodies[key].sources) if key in self._bodies else []


def _plain(value: Decimal) -> Decimal:
    """Take the zeros off that a column of six places adds."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize(EXACT)


def _divided(keys: tuple[str, str], above: Decimal | None, below: Decimal | None, scale: Decimal) -> Outcome:
    parts = dict(zip(keys, (above, below), strict=True))
    if above is None or below is None:
        return Outcome(None, Reason.NO_INPUT, parts)
    if below == 0:
        return Outcome(None, Reason.DIVISION_BY_ZERO, parts)
    return Outcome(EXACT.divide(EXACT.multiply(above, scale), below), None, parts)
