"""Figures that are added up in Python tell no more than the rows they are made of: each hidden summand refuses them (C56)."""

from uuid import UUID

import pytest

from plumb_platform.database import Database
from plumb_platform.resources import Resource
from plumb_schema.ground.ids import encode_id
from plumb_tenants.actions.resources import TASK
from plumb_tenants.attribution.resources import CREDIT, ORDER, SHARE_VERSION
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.metrics.resources import OBSERVATION
from support.asking import Ask, first_code
from support.companies import make_company, member
from support.matrices import grant, matrix, published

JANUARY = 'startsOn: "2026-01-01", endsOn: "2026-01-31"'
COMPANY = "subject: {kind: COMPANY}"
GOAL_ID, PERIOD_ID = encode_id("Goal", UUID(int=1)), encode_id("BonusPeriod", UUID(int=1))
READ: tuple[Resource, ...] = (TASK, OBSERVATION, ORDER, SHARE_VERSION, CREDIT, GOAL)
CHANGE = f'earlier: {{{JANUARY}}}, later: {{startsOn: "2026-02-01", endsOn: "2026-02-28"}}'
COMPLIANCE = f"complianceRate({COMPANY}, {JANUARY}) {{ planned }}"
MONTHS = f'goalMonths(goalId: "{GOAL_ID}") {{ month }}'
OBSERVED = (
    f'metricValue(metric: "x", {COMPANY}, {JANUARY}) {{ value }}',
    f'metricMonths(metric: "x", {COMPANY}, first: "2026-01-01", last: "2026-02-01") {{ value }}',
    f'metricByUnit(metric: "x", {JANUARY}) {{ code }}',
    f'metricChange(metric: "x", {COMPANY}, {CHANGE}) {{ __typename }}',
)
BALANCE = "reconcileCredit { total }"
ROLLED = tuple(f'{name}(periodId: "{PERIOD_ID}") {{ key amount }}' for name in ("creditByManager", "creditByUnit"))
CASES: list[tuple[str, str, object]] = [
    *((COMPLIANCE, f"Task.{name}", {"planned": 0}) for name in ("quantity", "counted")),
    *((MONTHS, f"Goal.{name}", None) for name in ("months", "actual", "attainment", "excluded")),
    *((each, "Observation.value", "METRIC_UNKNOWN") for each in OBSERVED),
    *((BALANCE, hidden, []) for hidden in ("Order.amount", "Order.currency", "Credit.amount")),
    *((each, hidden, None) for each in ROLLED for hidden in ("Credit.amount", "Credit.currency", "ShareVersion.amount")),
]


@pytest.mark.parametrize(
    ("query", "hidden", "answer"), CASES, ids=[f"{query.split('(')[0]}-{hidden}" for query, hidden, _ in CASES]
)
async def test_what_is_added_up_is_refused_to_who_does_not_see_a_summand(
    database: Database, ask: Ask, query: str, hidden: str, answer: object
) -> None:
    """Who sees all of them is answered, of nothing that is there yet; who does not is told nothing, not even that."""
    company, told = await make_company(), list[object]()
    fields: dict[str, set[str]] = {}
    for each in READ:
        fields.setdefault(each.read, set()).update(each.fields)
    for hides in (set[str](), {hidden}):
        grants = [grant(read, fields=sorted(names - hides)) for read, names in fields.items()]
        await published(company.admin, matrix(reader=[*grants, grant("period:read"), grant("cycle:read")]))
        body = await ask.body(await member(company.tenant_id, "reader"), f"{{ {query} }}")
        told.append(first_code(body) if "errors" in body else next(iter(body["data"].values())))
    assert told == [answer, "FIELD_HIDDEN"]
