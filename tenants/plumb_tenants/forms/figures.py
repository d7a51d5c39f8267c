"""The figures that suggestions read: a person's own history of a metric, and the benchmark of where they sell (C1, C2)."""

from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.definitions.service import company_today
from plumb_tenants.forms.body import Figure, Source
from plumb_tenants.forms.compiling import CompiledForm
from plumb_tenants.forms.states import Evaluation
from plumb_tenants.forms.values import EXACT
from plumb_tenants.metrics.service import BenchmarkMissing, BenchmarkPlace, benchmark_value, monthly_values

Figures = dict[str, Decimal | None]


async def figures_of(actor: Actor, compiled: CompiledForm, evaluation: Evaluation, person_id: UUID) -> Figures:
    """Return every figure of a form for a person, None where there is no history or no benchmark."""
    found: Figures = {}
    for figure in compiled.form.figures:
        if figure.source is Source.HISTORY_MEAN:
            found[figure.key] = await _history_mean(actor, figure, person_id)
        else:
            found[figure.key] = await _benchmark(actor, figure, evaluation)
    return found


async def _history_mean(actor: Actor, figure: Figure, person_id: UUID) -> Decimal | None:
    """Return the mean of the whole months before this one that have a value; a month without input does not count."""
    last = (await company_today(actor)).replace(day=1) - timedelta(days=1)
    first = _months_before(last, figure.months - 1)
    months = await monthly_values(actor, metric_key=figure.metric, subject_id=person_id, first=first, last=last)
    values = [month.value for month in months if month.value is not None]
    return EXACT.divide(reduce(EXACT.add, values), Decimal(len(values))) if values else None


async def _benchmark(actor: Actor, figure: Figure, evaluation: Evaluation) -> Decimal | None:
    answers = [evaluation.known.get(key) for key in (figure.product_line, figure.region, figure.period)]
    if not all(isinstance(answer, str) for answer in answers):
        return None
    try:
        return (await benchmark_value(actor, key=figure.benchmark, place=BenchmarkPlace(*map(str, answers)))).value
    except BenchmarkMissing:
        return None


def _months_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
