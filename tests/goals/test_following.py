"""Goals whose progress follows a metric: nobody checks in by hand, and usage data scores nobody (N18)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_tenants.goals.service import Progress, follow_metrics, progress_of
from plumb_tenants.metrics.service import NewObservation, SubjectKind, record_observations
from support.metrics_made import publish_library
from support.team import Team

Ask = Callable[..., Awaitable[Any]]
NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
P = "... on Problem { code field }"
CREATE = f"mutation ($input: CreateGoalInput!) {{ it: createGoal(input: $input) {{ {P} ... on Goal {{ id }} }} }}"
PROPOSE = f"mutation ($id: ID!) {{ it: proposeGoal(input: {{goalId: $id, version: 1}}) {{ {P} ... on Goal {{ attainment }} }} }}"
SAY = f'mutation ($id: ID!) {{ it: checkIn(input: {{goalId: $id, value: "1"}}) {{ {P} }} }}'


async def visited(team: Team, *days: date) -> None:
    seen = [
        NewObservation(
            external_id=f"v{day.isoformat()}",
            metric="visit",
            subject_kind=SubjectKind.PERSON,
            subject_code="E1",
            day=day,
            value=Decimal(1),
            object_code="市一医院",
        )
        for day in days
    ]
    with clock_at(NOW):
        async with tenant_transaction(team.company.hr):
            await record_observations(team.company.hr, source="crm", observations=seen)


async def progress(team: Team, goal: UUID, at: date | None = None) -> Progress:
    with clock_at(NOW):
        async with tenant_transaction(team.manager):
            return (await progress_of(team.manager, [goal], at=at))[goal]


async def test_a_goal_that_follows_a_metric_stands_where_the_observations_say(team: Team, ask: Ask) -> None:
    with clock_at(datetime(2026, 1, 1, 4, 0, tzinfo=UTC)):
        await publish_library(team.company.hr, "visit", "logins")
    owner = encode_id("Person", team.owner.person_id or uuid4())
    given = {"kind": "KPI", "title": "有效拜访", "metric": "拜访", "target": "4", "unitOfMeasure": "次", "metricKey": "visit"}
    given |= {"cycleId": encode_id("Cycle", team.cycle), "unitId": encode_id("OrgUnit", team.unit), "ownerId": owner}
    for changes, code, field in (
        ({"metricKey": "logins"}, "USAGE_NOT_SCORED", "metricKey"),
        ({"metricKey": "unheard"}, "METRIC_UNKNOWN", "metricKey"),
        ({"unitOfMeasure": "家"}, "METRIC_UNIT_DIFFERS", "unitOfMeasure"),
    ):
        assert await ask(team.manager, CREATE, input={**given, **changes}) == {"code": code, "field": field}
    made = await ask(team.manager, CREATE, input=given)
    goal = decode_id(made["id"], "Goal", field="id")
    assert await ask(team.manager, PROPOSE, id=made["id"]) == {"attainment": None}
    assert (await ask(team.owner, SAY, id=made["id"]))["code"] == "GOAL_FOLLOWS_METRIC"
    await visited(team, date(2026, 2, 1), date(2026, 4, 2), date(2026, 5, 9))
    with clock_at(NOW):
        async with tenant_transaction(team.company.system):
            assert await follow_metrics(team.company.system) == 1
    now, april = await progress(team, goal), await progress(team, goal, date(2026, 4, 30))
    assert (now.actual, now.attainment, now.source, now.met) == (Decimal(3), Decimal("75.00"), "METRIC", False)
    assert (april.actual, april.attainment) == (Decimal(2), Decimal("50.00"))
    async with tenant_transaction(team.company.system):
        await execute("update definition_version set state = 'ARCHIVED' where body ->> 'unit_of_measure' = '次'")
    with clock_at(NOW):
        async with tenant_transaction(team.company.system):
            await follow_metrics(team.company.system)
    assert (await progress(team, goal)).actual is None, "a metric that is gone says nothing, and breaks nothing"
