"""The weeks of a published plan become tasks by themselves, once, for distinct customers; people read their own (C34, C35)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.permissions.catalogue import DEFAULT_ROLES, Permission, Role, Scope
from plumb_tenants.actions.definition import SHIPPED, VISITS
from plumb_tenants.actions.rules import Cadence
from plumb_tenants.actions.service import NewCustomer, NewTask, WeeksDispatched, complete_task, dispatch_tasks, dispatch_weeks
from plumb_tenants.actions.weekly import quantity_of
from plumb_tenants.decomposition.service import publish_run
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.rules import check_body, lint
from plumb_tenants.people.service import deactivate_person
from plumb_workers.schedule import TIMERS
from support.actions_made import bring, hospitals
from support.asking import Ask
from support.country import Country
from support.south import PEOPLE_BODY, UNITS_BODY, make_south, published_template

JANUARY = datetime(2026, 1, 6, 4, 0, tzinfo=UTC)
NEXT_WEEK = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)
EQUAL = [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]
WEEKS = """query ($from: Date!) { it: planWeeks(first: 100, where: {week: {eq: $from}}) {
  edges { node { week target metric unitOfMeasure person { number } goal { title } } } } }"""
REFUSED = """{ it: planWeeks(first: 100, where: {refusedCode: {isNull: false}}) {
  edges { node { refusedCode refusedZh refusedEn refusedAt } } } }"""


@pytest.fixture
async def country(database: Database) -> Country:
    """华南 whose visits of a year were split to the three people of Guangdong and to their weeks; nothing is published."""
    south = await make_south()
    said = {"metric": VISITS, "unit_of_measure": "次", "factors": EQUAL}
    units = await published_template(south.company, "visit-units", UNITS_BODY | said)
    people = await published_template(south.company, "visit-people", PEOPLE_BODY | said)
    return Country(south, units, people)


async def published(country: Country, total: str = "4770.00") -> None:
    """Publish a run: 4770 visits are 954 for Guangdong, and 238.50 for each of its four, some 4.7 in a week of five days."""
    run = await country.run(total=Decimal(total))
    hr = country.south.company.hr
    async with tenant_transaction(hr):
        await publish_run(hr, run_id=run.id, version=run.version)


async def started(country: Country, at: datetime = JANUARY) -> WeeksDispatched:
    system = country.south.company.system
    with clock_at(at):
        async with tenant_transaction(system):
            return await dispatch_weeks(system)


async def tasks(country: Country) -> list[dict[str, Any]]:
    async with tenant_transaction(country.south.company.system):
        return await fetch(
            "select p.number, t.starts_on, t.action, t.quantity, t.done, t.state, t.goal_id = n.goal_id as is_goals, "
            "(select count(distinct customer_id) from task_customer l where l.task_id = t.id) as customers "
            "from task t join person p on p.id = t.owner_id join plan_week w on t.key = 'plan_week/' || w.id "
            "join plan_node n on n.id = w.node_id order by t.starts_on, p.number"
        )


async def give_customers(country: Country) -> None:
    for number, prefix in (("R0", ""), ("R1", "B"), ("R2", "C"), ("M2", "D")):
        await bring(country.south.company.hr, *ten_hospitals(number, prefix))


def ten_hospitals(number: str, prefix: str = "") -> list[NewCustomer]:
    return [replace(each, code=f"{prefix}H{place}") for place, each in enumerate(hospitals(number) * 2)]


def test_rules_that_lead_nowhere_are_not_published() -> None:
    body = SHIPPED.model_dump(mode="json")
    wrong = [{"metric": "拜访", "action": "dance"}, {"metric": "拜访", "action": "visit"}]
    kind = kind_of("dispatch")
    found = [(each.code, each.path) for each in lint(kind, check_body(kind, body | {"weekly": wrong}).model)]
    assert found == [("DISPATCH_WEEKLY_UNKNOWN", "weekly[0].action"), ("DISPATCH_WEEKLY_TWICE", "weekly[1].metric")]


async def test_a_plan_that_is_not_published_starts_no_week(country: Country) -> None:
    await country.run(total=Decimal("4770.00"))
    await give_customers(country)
    assert await started(country) == WeeksDispatched(0, {})
    assert await tasks(country) == []


async def test_weeks_become_tasks_when_they_begin_and_never_twice(country: Country) -> None:
    await published(country)
    await give_customers(country)
    assert await started(country) == WeeksDispatched(4, {})
    first = await tasks(country)
    assert [(each["number"], each["starts_on"], each["action"], each["is_goals"]) for each in first] == [
        (number, date(2026, 1, 5), "visit", True) for number in ("M2", "R0", "R1", "R2")
    ]
    assert {(each["quantity"], each["customers"]) for each in first} == {(5, 10)}
    assert await started(country) == WeeksDispatched(0, {}), "run again, nothing is doubled"
    assert await started(country, datetime(2026, 1, 11, 15, 59, tzinfo=UTC)) == WeeksDispatched(0, {}), "still Sunday at home"
    assert await started(country, NEXT_WEEK) == WeeksDispatched(4, {})
    assert len(await tasks(country)) == 8
    assert "tasks.weeks" in {each.name for each in TIMERS}


async def test_the_first_week_of_a_year_has_its_tasks_though_none_came_before_it(country: Country) -> None:
    """2026 begins with a holiday of three days: of its first week Sunday, 4 January, is worked, as 调休 has it."""
    await published(country)
    await give_customers(country)
    assert await started(country, datetime(2026, 1, 3, 4, 0, tzinfo=UTC)) == WeeksDispatched(4, {})
    found = [(each["number"], each["starts_on"], each["quantity"]) for each in await tasks(country)]
    assert found == [(number, date(2025, 12, 29), 1) for number in ("M2", "R0", "R1", "R2")]


async def test_the_tasks_of_a_year_are_its_target_to_the_act(country: Country) -> None:
    await published(country, "1010.00")
    await give_customers(country)
    async with tenant_transaction(country.south.company.system):
        rows = await fetch("select node_id, week, target from plan_week order by node_id, week")
    sums: dict[Any, tuple[Decimal, int]] = {}
    for row in rows:
        before, acts = sums.get(row["node_id"], (Decimal(0), 0))
        sums[row["node_id"]] = (before + row["target"], acts + quantity_of(before, row["target"], Decimal(1)))
    assert sorted(sums.values()) == [(Decimal("50.50"), 51)] * 4 + [(Decimal("202.00"), 202)] * 4


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=53), st.integers(1, 10**5))
def test_whatever_the_weeks_their_acts_make_the_whole(cents: list[int], per: int) -> None:
    before, acts, each = Decimal(0), 0, Decimal(per) / 100
    for target in (Decimal(cent) / 100 for cent in cents):
        acts += quantity_of(before, target, each)
        before += target
    assert acts == quantity_of(Decimal(0), before, each)


async def test_one_without_customers_holds_up_no_other_and_is_tried_again(country: Country) -> None:
    await published(country)
    await bring(country.south.company.hr, *ten_hospitals("R0"))
    first = await started(country)
    assert (first.created, sorted(first.refused.values())) == (1, ["TASK_CUSTOMERS_FEW"] * 3)
    assert all(key.startswith("plan_week/") for key in first.refused)
    await give_customers(country)
    assert await started(country) == WeeksDispatched(3, {})
    assert len(await tasks(country)) == 4


async def test_a_refused_week_says_why_its_publisher_is_told_once_and_mended_it_says_nothing(country: Country, ask: Ask) -> None:
    south, hr = country.south, country.south.company.hr
    await published(country)
    await started(country)
    await started(country, JANUARY.replace(hour=6))
    found = await ask.nodes(hr, REFUSED)
    assert {each["refusedCode"] for each in found} == {"TASK_CUSTOMERS_FEW"}
    assert (len(found), {each["refusedAt"] for each in found}) == (4, {"2026-01-06T04:00:00Z"}), "since when, not the last time"
    assert found[0]["refusedZh"] == "符合条件（级别“”、角色“”）的客户只有 0 家，任务需要 5 家。"
    assert found[0]["refusedEn"].startswith("Only 0 customers have the grade")
    own = await ask.nodes(south.representatives[0], REFUSED)
    assert [each["refusedCode"] for each in own] == ["TASK_CUSTOMERS_FEW"]
    # Whoever published is no person of the company.
    messages = await told(country, hr)
    assert [(each["kind"], each["object_type"], each["person_id"]) for each in messages] == [("plan.week_refused", "Plan", None)]
    assert messages[0]["zh"].startswith(f"方案“{VISITS}”2026-01-05 当周有 4 项周计划未能派发为任务，修正后每小时自动重试：")
    await give_customers(country)
    assert (await started(country)).created == 4
    assert (await ask.nodes(hr, REFUSED), len(await told(country, hr))) == ([], 1)


async def told(country: Country, member: Actor) -> list[dict[str, Any]]:
    async with tenant_transaction(country.south.company.system):
        columns = "kind, object_type, zh, person_id"
        return await fetch(f"select {columns} from message where membership_id = $1", member.membership_id)


async def test_nobody_takes_the_place_of_a_week_with_a_smaller_task(country: Country) -> None:
    await published(country)
    await give_customers(country)
    async with tenant_transaction(country.south.company.system):
        weeks = await fetch(
            "select w.id, p.number from plan_week w join plan_node n on n.id = w.node_id join person p on p.id = n.person_id "
            "where w.week = '2026-01-05'"
        )
    chief = country.south.guangdong_manager
    for week in weeks:
        said: dict[str, Any] = {"cadence": Cadence.WEEK, "starts_on": date(2026, 1, 5), "action": "visit", "quantity": 1}
        task = NewTask(key=f"plan_week/{week['id']}", owner_number=week["number"], **said)
        with pytest.raises(DomainError) as refused:
            async with tenant_transaction(chief):
                await dispatch_tasks(chief, tasks=[task])
        assert (refused.value.code, refused.value.field) == ("TASK_KEY_RESERVED", "tasks[0].key")
    assert (await started(country), {each["quantity"] for each in await tasks(country)}) == (WeeksDispatched(4, {}), {5})


async def test_the_same_customer_twice_is_one_of_the_week(country: Country) -> None:
    await published(country)
    await give_customers(country)
    await started(country)
    owner = country.south.representatives[0]
    async with tenant_transaction(country.south.company.system):
        task = await fetch_value("select t.id from task t join person p on p.id = t.owner_id where p.number = 'R0'")
    with clock_at(JANUARY):
        for code in ("H0", "H0", "H1"):
            async with tenant_transaction(owner):
                await complete_task(owner, task_id=task, customer_code=code, day=date(2026, 1, 6))
    done = [(each["quantity"], each["done"], each["state"]) for each in await tasks(country) if each["number"] == "R0"]
    assert done == [(5, 2, "OPEN")]


async def test_a_leaver_s_weeks_are_their_successor_s_tasks_and_a_withdrawn_goal_s_nobody_s(country: Country) -> None:
    south = country.south
    await published(country)
    await give_customers(country)
    leaver, successor, third = [each.person_id for each in south.representatives]
    async with tenant_transaction(south.company.hr):
        await deactivate_person(south.company.hr, person_id=leaver, version=1, reason="离职", successor_id=successor)  # type: ignore[arg-type]
    async with tenant_transaction(south.company.system):
        await execute("update goal set state = 'WITHDRAWN' where owner_id = $1", third)
    assert (await started(country)).created == 3
    assert [each["number"] for each in await tasks(country)] == ["M2", "R1", "R1"]


async def test_people_read_their_own_weeks_and_managers_those_below_once_they_are_published(country: Country, ask: Ask) -> None:
    south = country.south
    run = await country.run(total=Decimal("4770.00"))
    owner, manager = south.representatives[0], south.guangdong_manager
    assert await ask.nodes(owner, WEEKS, **{"from": "2026-01-05"}) == []
    assert len(await ask.nodes(south.company.hr, WEEKS, **{"from": "2026-01-05"})) == 8
    async with tenant_transaction(south.company.hr):
        await publish_run(south.company.hr, run_id=run.id, version=run.version)
    (own,) = await ask.nodes(owner, WEEKS, **{"from": "2026-01-05"})
    assert own == {
        "week": "2026-01-05",
        "target": "4.74",
        "metric": VISITS,
        "unitOfMeasure": "次",
        "person": {"number": "R0"},
        "goal": {"title": VISITS},
    }
    below = await ask.nodes(manager, WEEKS, **{"from": "2026-01-05"})
    assert sorted(each["person"]["number"] for each in below) == ["M2", "R0", "R1", "R2"]
    for role, scope in ((Role.EMPLOYEE, Scope.OWN), (Role.MANAGER, Scope.SUBTREE), (Role.HR, Scope.COMPANY)):
        assert DEFAULT_ROLES[role][Permission.PLAN_WEEK_READ] is scope
