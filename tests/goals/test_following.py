"""Goals whose progress follows a metric: nobody checks in by hand, and usage data scores nobody (N18)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_tenants.definitions.service import archive_version
from plumb_tenants.goals.service import Progress, create_cycle, follow_metrics, progress_of
from plumb_tenants.metrics.service import FOLLOW_TOPIC, NewObservation, SubjectKind, record_observations
from support import jobs_made
from support.asking import Ask
from support.metrics_made import LIBRARY, publish_library, republish
from support.team import Team

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
P = "... on Problem { code field }"
CREATE = f"mutation ($input: CreateGoalInput!) {{ it: createGoal(input: $input) {{ {P} ... on Goal {{ id }} }} }}"
PROPOSE = f"mutation ($id: ID!) {{ it: proposeGoal(input: {{goalId: $id, version: 1}}) {{ {P} ... on Goal {{ attainment }} }} }}"
SAY = f'mutation ($id: ID!) {{ it: checkIn(input: {{goalId: $id, value: "1"}}) {{ {P} }} }}'


async def visited(team: Team, *days: date, metric: str = "visit", at: datetime = NOW) -> None:
    seen = [
        NewObservation(
            external_id=f"{metric}{day.isoformat()}",
            metric=metric,
            subject_kind=SubjectKind.PERSON,
            subject_code="E1",
            day=day,
            value=Decimal(1),
            object_code="市一医院",
        )
        for day in days
    ]
    with clock_at(at):
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
    # An hour past midnight in Shanghai, where the day is another than in UTC.
    await visited(team, date(2026, 2, 1), date(2026, 4, 2), date(2026, 5, 9), at=datetime(2026, 6, 29, 17, 0, tzinfo=UTC))
    with clock_at(NOW):
        async with tenant_transaction(team.company.system):
            assert await follow_metrics(team.company.system) == 1
    now, april = await progress(team, goal), await progress(team, goal, date(2026, 4, 30))
    assert (now.actual, now.attainment, now.source, now.met) == (Decimal(3), Decimal("75.00"), "METRIC", False)
    assert now.as_of == date(2026, 6, 30)
    assert (april.actual, april.attainment) == (Decimal(2), Decimal("50.00"))
    async with tenant_transaction(team.company.system):
        await execute("update definition_version set state = 'ARCHIVED' where body ->> 'unit_of_measure' = '次'")
    with clock_at(NOW):
        async with tenant_transaction(team.company.system):
            await follow_metrics(team.company.system)
    assert (await progress(team, goal)).actual is None, "a metric that is gone says nothing, and breaks nothing"


async def worked_off(team: Team) -> list[dict[str, Any]]:
    return await jobs_made.worked_off(team.company, FOLLOW_TOPIC, at=NOW)


async def test_an_observation_moves_the_goal_through_relay_and_worker_without_any_timer(team: Team, ask: Ask) -> None:
    goal = await following_goal(team, ask, "visit", target="4")
    for day in (date(2026, 2, 1), date(2026, 4, 2), date(2026, 5, 9)):
        await visited(team, day)
    assert (await progress(team, goal)).actual is None
    results = await worked_off(team)
    now = await progress(team, goal)
    assert (now.actual, now.attainment, now.source) == (Decimal(3), Decimal("75.00"), "METRIC")
    assert results == [{"goals": 1, "left": False}], "three records before anybody looked are one job"
    await visited(team, date(2026, 5, 9))
    assert await worked_off(team) == results, "what was known already changes nothing"
    await visited(team, date(2026, 6, 1))
    assert await worked_off(team) == [*results, {"goals": 1, "left": False}]
    assert (await progress(team, goal)).actual == Decimal(4)


async def test_a_job_leaves_its_work_to_a_younger_one_that_has_not_begun(team: Team, ask: Ask) -> None:
    goal = await following_goal(team, ask, "visit", target="4")
    await visited(team, date(2026, 2, 1))
    async with tenant_transaction(team.company.system):
        await execute("update outbox set sent_at = now() - interval '1 minute', tries = 1 where topic = $1", FOLLOW_TOPIC)
    await visited(team, date(2026, 4, 2), at=NOW + timedelta(seconds=1))
    assert await worked_off(team) == [{"goals": 0, "left": True}, {"goals": 1, "left": False}]
    assert (await progress(team, goal)).actual == Decimal(2)


async def test_a_goal_follows_what_its_metric_is_made_of(team: Team, ask: Ask) -> None:
    goal = await following_goal(team, ask, "effective_visit", target="2", library=("visit", "follow_up", "effective_visit"))
    await visited(team, date(2026, 2, 1))
    await worked_off(team)
    assert (await progress(team, goal)).actual == Decimal(0)
    await visited(team, date(2026, 2, 3), metric="follow_up")
    assert (await worked_off(team))[-1] == {"goals": 1, "left": False}
    assert (await progress(team, goal)).attainment == Decimal("50.00")


async def test_a_goal_follows_the_newest_definition_of_its_metric_over_the_whole_of_its_cycle(team: Team, ask: Ask) -> None:
    """A follow-up after two days counts, until in June a visit needs one within a day: the whole cycle is counted anew."""
    hr = team.company.hr
    goal = await following_goal(team, ask, "effective_visit", target="2", library=("visit", "follow_up", "effective_visit"))
    await visited(team, date(2026, 2, 1))
    await visited(team, date(2026, 2, 3), metric="follow_up")
    await worked_off(team)
    assert (await progress(team, goal)).attainment == Decimal("50.00")
    async with tenant_transaction(hr):
        row = (
            "select v.id, v.definition_id from definition_version v join definition d on d.id = v.definition_id where d.key = $1"
        )
        (kept,) = await fetch(row, "effective_visit")
    stricter = {"of": "visit", "followed_by": "follow_up", "within_days": 1}
    with clock_at(NOW):
        newer = await republish(hr, kept["id"], kept["definition_id"], LIBRARY["effective_visit"] | {"event": stricter})
    assert (await worked_off(team))[-1] == {"goals": 1, "left": False}, "at once, by the outbox, and by no timer"
    now = await progress(team, goal)
    assert (now.actual, now.attainment) == (Decimal(0), Decimal("0.00"))
    with clock_at(NOW):
        async with tenant_transaction(hr):
            await archive_version(hr, newer, version=3)
    await worked_off(team)
    assert (await progress(team, goal)).attainment == Decimal("50.00"), "the one before is in effect again"


async def test_a_goal_counts_what_its_own_cycle_saw_however_many_cycles_there_are(team: Team, ask: Ask) -> None:
    """Of visits in February, April and May the year has three, the second quarter two, and the second half none yet."""
    async with tenant_transaction(team.company.admin):
        named = {"quarter": (date(2026, 4, 1), date(2026, 6, 30)), "half": (date(2026, 7, 1), date(2026, 12, 31))}
        made = [
            await create_cycle(team.company.admin, code=code, name=code, starts_on=starts, ends_on=ends)
            for code, (starts, ends) in named.items()
        ]
    goals = [await following_goal(team, ask, "visit", target="4")]
    goals += [await following_goal(team, ask, "visit", target="4", library=(), cycle=cycle.id) for cycle in made]
    await visited(team, date(2026, 2, 1), date(2026, 4, 2), date(2026, 5, 9))
    assert await worked_off(team) == [{"goals": 2, "left": False}]
    stand = [await progress(team, goal) for goal in goals]
    assert [each.actual for each in stand] == [Decimal(3), Decimal(2), None]
    assert [each.expected for each in stand] == [Decimal("1.94"), Decimal(4), Decimal(0)]
    then = [await progress(team, goal, date(2026, 4, 30)) for goal in goals]
    assert [each.actual for each in then] == [Decimal(2), Decimal(1), None]


async def following_goal(
    team: Team, ask: Ask, metric: str, *, target: str, library: tuple[str, ...] = ("visit",), cycle: UUID | None = None
) -> UUID:
    """Propose a goal of the owner that follows a metric of visits."""
    with clock_at(datetime(2026, 1, 1, 4, 0, tzinfo=UTC)):
        if library:
            await publish_library(team.company.hr, *library)
    given = {"kind": "KPI", "title": "拜访", "metric": "拜访", "target": target, "unitOfMeasure": "次", "metricKey": metric}
    given |= {"cycleId": encode_id("Cycle", cycle or team.cycle), "unitId": encode_id("OrgUnit", team.unit)}
    made = await ask(team.manager, CREATE, input=given | {"ownerId": encode_id("Person", team.owner.person_id or uuid4())})
    assert await ask(team.manager, PROPOSE, id=made["id"]) == {"attainment": None}
    return decode_id(made["id"], "Goal", field="id")
