"""Usage data: the product records on which days people signed in, and no door leads from there to a score (C62, N18)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.actions.service import dispatch_tasks
from plumb_tenants.definitions.service import archive_version, create_definition, publish_version
from plumb_tenants.formulas.service import Type, compile_formula
from plumb_tenants.goals.definition import GoalRules
from plumb_tenants.goals.definition import lint as lint_goal_rules
from plumb_tenants.goals.kinds import GoalKind
from plumb_tenants.goals.service import ForWhom, GoalDraft, create_goal, create_goals_from_set, follow_metrics
from plumb_tenants.metrics.library import ACTIVE_DAYS
from plumb_tenants.metrics.service import (
    SubjectKind,
    field_types,
    list_metrics,
    monthly_values,
    read_value,
    record_base,
    record_observations,
    record_usage,
    value_between,
    values_between,
)
from plumb_workers.schedule import TIMERS
from support.actions_made import HOSPITALS, bring, visits
from support.filled_company import new_session
from support.metrics_made import VISIT, observed, publish_body, publish_library
from support.team import Team, make_team

FRIDAY = datetime(2026, 1, 9, 4, 0, tzinfo=UTC)
SPAN: dict[str, Any] = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 31)}
FIELD = {"key": "a", "label": "说明", "type": "long_text"}
STATE = """select (select count(*) from goal) || ',' || (select count(*) from task) || ',' || (select count(*) from growth_base)
  || ',' || (select count(*) from definition_version) || ',' || (select count(*) from audit_entry)"""


@pytest.fixture
async def team(database: Database) -> Team:
    return await make_team()


async def signed_in(team: Team, *moments: datetime) -> None:
    """Sign the owner in at each moment."""
    for moment in moments:
        with clock_at(moment):
            await new_session(team.owner)


async def counted(team: Team, at: datetime = FRIDAY) -> int:
    with clock_at(at):
        async with tenant_transaction(team.company.system):
            return await record_usage(team.company.system)


async def refused(team: Team, act: Callable[[], Awaitable[object]]) -> tuple[str, str | None]:
    """Return why an act is refused; no goal, task, base or published definition has come of it."""
    async with tenant_transaction(team.company.system):
        before = await fetch_value(STATE)
    with pytest.raises(DomainError) as caught, clock_at(FRIDAY):
        async with tenant_transaction(team.company.hr):
            await act()
    async with tenant_transaction(team.company.system):
        assert await fetch_value(STATE) == before
    return caught.value.code, caught.value.field


async def test_the_days_on_which_somebody_signed_in_are_recorded_once(team: Team) -> None:
    thursday = datetime(2026, 1, 8, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    await signed_in(team, thursday, thursday.replace(hour=14), datetime(2026, 1, 8, 16, 30, tzinfo=UTC))
    assert await counted(team) == 2, "two evenings of Thursday are one day, half past midnight is Friday"
    assert await counted(team) == 0
    await signed_in(team, FRIDAY)
    assert await counted(team) == 0
    with clock_at(FRIDAY):
        async with tenant_transaction(team.company.hr):
            value = await read_value(team.company.hr, metric_key=ACTIVE_DAYS, subject=(SubjectKind.PERSON, "E1"), **SPAN)
            (metric,) = [each.body for each in await list_metrics(team.company.hr) if each.key == ACTIVE_DAYS]
    assert (value.value, metric.type, metric.unit_of_measure, metric.sources) == (Decimal(2), "USAGE", "天", ("plumb",))
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select count(*) from outbox where topic = 'metrics.follow'") == 0, "nobody follows usage"
    assert "usage.record" in {each.name for each in TIMERS}


async def test_a_company_that_archived_the_metric_is_not_counted(team: Team) -> None:
    assert await counted(team) == 0
    with clock_at(FRIDAY):
        async with tenant_transaction(team.company.hr):
            version = await fetch_value(
                "select v.id from definition_version v join definition d on d.id = v.definition_id where d.key = $1", ACTIVE_DAYS
            )
            await archive_version(team.company.hr, version, version=2)
    await signed_in(team, FRIDAY)
    assert await counted(team) == 0
    async with tenant_transaction(team.company.system):
        assert await fetch("select id from observation") == []


async def test_nobody_else_records_under_the_products_own_name(team: Team) -> None:
    """A record under the key that the product is about to use would hold up everybody's usage data for good."""
    await signed_in(team, FRIDAY)
    taken = observed(f"{team.owner.person_id}/2026-01-09", "visit", "E1", date(2026, 1, 9))
    with clock_at(FRIDAY):
        await publish_library(team.company.hr, "visit")
    for source in ("plumb", "Plumb"):
        found = await refused(team, partial(record_observations, team.company.hr, source=source, observations=[taken]))
        assert found == ("OBSERVATION_SOURCE_RESERVED", "source")
    assert await counted(team) == 1


async def test_no_door_leads_from_usage_data_to_a_score(team: Team) -> None:
    """Each way by which a number comes into a goal, a task, a growth target, a form, a round or another metric."""
    hr, usage = team.company.hr, ACTIVE_DAYS
    await signed_in(team, FRIDAY)
    assert await counted(team) == 1
    await bring(hr, *HOSPITALS)
    with clock_at(FRIDAY):
        await publish_library(hr, "visit")
        item = {"key": "a", "title": "活跃", "metric": "活跃", "unit_of_measure": "天", "target": "20.00", "weight": "100.00"}
        of_set = await publish_body(hr, "goal_set", "usage", {"goals": [item | {"metric_key": usage}]})

    def publishing(kind: str, body: dict[str, Any], key: str = "x") -> Callable[[], Awaitable[object]]:
        async def publish() -> None:
            draft = await create_definition(hr, kind=kind, key=key, name="x", body=body)
            await publish_version(hr, draft.id, version=draft.version)

        return publish

    computed = {"type": "NUMBER", "unit_of_measure": "分", "indicator": "LEADING"}
    ratio = computed | {"aggregation": "RATIO_OF_SUMS"}
    draft = GoalDraft(
        cycle_id=team.cycle,
        kind=GoalKind.KPI,
        title="活跃",
        unit_id=team.unit,
        metric="活跃",
        unit_of_measure="天",
        target=Decimal(20),
        metric_key=usage,
    )
    owner = team.owner.person_id
    assert owner is not None
    doors: dict[str, tuple[Callable[[], Awaitable[object]], tuple[str, str | None]]] = {
        "a formula of a metric": (
            publishing("metric", computed | {"formula": "活跃 * 2", "inputs": [{"name": "活跃", "metric": usage}]}),
            ("FORMULA_USAGE", "formula"),
        ),
        "an input that no formula names": (
            publishing("metric", computed | {"formula": "1", "inputs": [{"name": "活跃", "metric": usage}]}),
            ("USAGE_NOT_SCORED", "inputs[0].metric"),
        ),
        "a ratio": (
            publishing("metric", ratio | {"ratio": {"numerator": usage, "denominator": "visit"}}),
            ("USAGE_NOT_SCORED", "ratio.numerator"),
        ),
        "an event rule": (
            publishing("metric", VISIT | {"event": {"of": "visit", "followed_by": usage}}),
            ("USAGE_NOT_SCORED", "event.followedBy"),
        ),
        "a usage metric that computes": (
            publishing(
                "metric",
                computed
                | {"type": "USAGE", "ratio": {"numerator": "visit", "denominator": "visit"}, "aggregation": "RATIO_OF_SUMS"},
            ),
            ("METRIC_USAGE_COMPUTED", "ratio"),
        ),
        "its own key under another type": (publishing("metric", VISIT, "plumb.logins"), ("METRIC_KEY_RESERVED", "key")),
        "that key in capitals": (publishing("metric", VISIT, "Plumb.logins"), ("METRIC_KEY_RESERVED", "key")),
        "a form": (
            publishing("form", {"title": "表", "fields": [FIELD], "metrics": [usage]}),
            ("USAGE_NOT_SCORED", "metrics[0]"),
        ),
        "a goal": (lambda: create_goal(hr, draft=draft), ("USAGE_NOT_SCORED", "metricKey")),
        "a task": (lambda: dispatch_tasks(hr, tasks=[visits(metric=usage)]), ("USAGE_NOT_SCORED", "tasks[0].metric")),
        "a growth base": (
            lambda: record_base(
                hr, metric_key=usage, subject=(SubjectKind.PERSON, "E1"), value=Decimal(5), reason="年初", **SPAN
            ),
            ("USAGE_NOT_SCORED", "metric"),
        ),
        "a value for another domain": (
            lambda: value_between(hr, metric_key=usage, subject_id=owner, **SPAN),
            ("USAGE_NOT_SCORED", "metric"),
        ),
        "many values": (
            lambda: values_between(hr, metric_key=usage, subject_ids=[owner], **SPAN),
            ("USAGE_NOT_SCORED", "metric"),
        ),
        "months of values": (
            lambda: monthly_values(hr, metric_key=usage, subject_id=owner, first=date(2026, 1, 1), last=date(2026, 1, 31)),
            ("USAGE_NOT_SCORED", "metric"),
        ),
    }
    for door, (act, expected) in doors.items():
        assert await refused(team, act) == expected, door
    with clock_at(FRIDAY):
        async with tenant_transaction(hr):
            chosen = ForWhom(numbers=["E1"])
            made = await create_goals_from_set(hr, version_id=of_set, cycle_id=team.cycle, people=chosen)
    assert (len(made.made), [each.error.code for each in made.failures]) == (0, ["USAGE_NOT_SCORED"])
    async with tenant_transaction(hr):
        types = await field_types(hr, {"活跃": usage})
    with pytest.raises(DomainError) as caught:
        compile_formula("活跃", types)
    assert (types, caught.value.code) == ({"活跃": Type.USAGE}, "FORMULA_USAGE")
    (finding,) = lint_goal_rules(GoalRules(roll_up_formula="plumb.active_days"))
    assert finding.path == "rollUpFormula"


async def test_a_goal_that_was_bound_to_usage_data_past_all_doors_still_counts_none_of_it(team: Team) -> None:
    await signed_in(team, FRIDAY)
    await counted(team)
    async with tenant_transaction(team.company.system):
        await execute("update goal set metric_key = $1 where id = $2", ACTIVE_DAYS, team.goal)
        with clock_at(FRIDAY):
            assert await follow_metrics(team.company.system) == 1
        rows = await fetch("select actual, attainment from goal_progress where goal_id = $1", team.goal)
    assert [tuple(row.values()) for row in rows] == [(None, None)]
