"""Tasks: dispatched once per key with their customers, done for distinct customers, swapped by rule (C35, C36, C42, C19)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.actions.definition import SHIPPED
from plumb_tenants.actions.rules import Cadence
from plumb_tenants.actions.service import Compliance, MonthlyWarning, NewTask, compliance_rate
from plumb_tenants.metrics.service import SubjectKind
from support.actions_made import HOSPITALS, MONDAY, WEDNESDAY, bring, complete, dispatch, swap, task_row, visits
from support.companies import add_person, add_unit
from support.metrics_made import publish_body, publish_library
from support.team import Team

STATE = """select (select count(*) from task) || ',' || (select count(*) from task_customer) || ','
  || (select count(*) from task_completion) || ',' || (select count(*) from task_swap) || ','
  || (select coalesce(sum(version), 0) from task) || ',' || (select count(*) from audit_entry)"""
WEEK = {"starts_on": MONDAY, "ends_on": MONDAY + timedelta(days=6)}


async def refused(team: Team, act: Any) -> DomainError:
    """Return why an act is refused; nothing about tasks may have changed."""
    async with tenant_transaction(team.company.hr):
        before = await fetch_value(STATE)
    with pytest.raises(DomainError) as caught:
        await act
    async with tenant_transaction(team.company.hr):
        assert await fetch_value(STATE) == before
    return caught.value


async def rate(team: Team, kind: SubjectKind = SubjectKind.PERSON, code: str = "E1", actor: Any = None) -> Compliance:
    caller = actor or team.company.hr
    async with tenant_transaction(caller):
        return await compliance_rate(caller, subject=(kind, code), **WEEK)


async def test_a_wrong_task_is_refused_by_its_place_and_the_others_with_it(team: Team) -> None:
    with clock_at(WEDNESDAY):
        await publish_library(team.company.hr, "logins")
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"owner_number": "E9"}, "NOT_FOUND", "ownerNumber"),
        ({"key": ""}, "TASK_TEXT_INVALID", "key"),
        ({"title": "x" * 201}, "TASK_TEXT_INVALID", "title"),
        ({"quantity": 0}, "TASK_QUANTITY_INVALID", "quantity"),
        ({"starts_on": date(2026, 1, 6)}, "TASK_START_INVALID", "startsOn"),
        ({"cadence": Cadence.MONTH}, "TASK_START_INVALID", "startsOn"),
        ({"action": "dance"}, "TASK_ACTION_UNKNOWN", "action"),
        ({"goal_id": team.cycle}, "NOT_FOUND", "goalId"),
        ({"metric": "logins"}, "USAGE_NOT_SCORED", "metric"),
        ({"metric": "nowhere"}, "METRIC_UNKNOWN", "metric"),
        ({"quantity": 6}, "TASK_CUSTOMERS_FEW", "quantity"),
        ({"customer_codes": ("H1", "C1", "H2")}, "TASK_CUSTOMER_UNFIT", "customerCodes[1]"),
    ]
    for changes, code, field in wrong:
        error = await refused(team, dispatch(team.company.hr, visits("ok"), visits(**{"key": "wrong"} | changes)))
        assert (error.code, error.field) == (code, f"tasks[1].{field}"), changes
    assert (await refused(team, dispatch(team.company.hr))).code == "TASKS_TOO_MANY"
    assert (await refused(team, dispatch(team.owner, visits()))).code == "FORBIDDEN"


async def test_a_task_carries_its_count_its_filters_and_its_customers_and_is_dispatched_once(team: Team) -> None:
    hr = team.company.hr
    task = visits(goal_id=team.goal)
    first = await dispatch(hr, task, visits("named", customer_codes=("H2", "H4", "H5")))
    again = await dispatch(hr, task)
    assert (first.created, again.created, again.task_ids) == (2, 0, first.task_ids[:1])
    error = await refused(team, dispatch(hr, replace(task, quantity=2)))
    assert (error.code, error.field) == ("TASK_DIFFERS", "tasks[0].key")
    async with tenant_transaction(hr):
        rows = await fetch(
            "select t.title, t.quantity, t.customer_grade, t.contact_role, t.goal_id, t.is_key, t.ends_on, "
            "string_agg(c.code, ',' order by c.code) as codes from task t join task_customer l on l.task_id = t.id "
            "join customer c on c.id = l.customer_id group by t.tenant_id, t.id order by t.key"
        )
    assert tuple(rows[0].values()) == (
        *("本周需完成3家三甲医院主任级拜访", 3, "三甲", "主任", team.goal, True, date(2026, 1, 11)),
        "H1,H2,H3,H4,H5",
    )
    assert rows[1]["codes"] == "H2,H4,H5"


async def test_a_manager_links_no_customer_whom_they_may_not_see(team: Team) -> None:
    elsewhere = await add_unit(team.company, "HB", "华北")
    await add_person(team.company, "B1", "钱代表", unit=elsewhere)
    await bring(team.company.hr, replace(HOSPITALS[0], code="B1", owner_number="B1"))
    task = visits(quantity=1, customer_codes=("B1",))
    error = await refused(team, dispatch(team.manager, task))
    assert (error.code, error.field) == ("TASK_CUSTOMER_UNFIT", "tasks[0].customerCodes[0]")
    assert (await refused(team, dispatch(team.manager, visits(owner_number="B1")))).code == "NOT_FOUND"
    assert (await dispatch(team.manager, visits("own", customer_codes=("H1", "H2", "H3")))).created == 1
    assert (await dispatch(team.company.hr, task)).created == 1


async def test_completing_counts_distinct_customers_only(team: Team) -> None:
    (task,) = (await dispatch(team.company.hr, visits())).task_ids
    for code in ("H1", "H1", "H2", "H1"):
        await complete(team.owner, task, code)
    row = await task_row(team.company.hr, task)
    assert (row["done"], row["state"], row["counted"], row["version"]) == (2, "OPEN", Decimal("2.00"), 3)
    await complete(team.owner, task, "H5", day=date(2026, 1, 7))
    row = await task_row(team.company.hr, task)
    assert (row["done"], row["state"], row["counted"]) == (3, "DONE", Decimal("3.00"))


async def test_what_does_not_fit_a_task_does_not_count(team: Team) -> None:
    (task,) = (await dispatch(team.company.hr, visits())).task_ids
    for act, code, field in (
        (complete(team.owner, task, "C1"), "CUSTOMER_NOT_OF_TASK", "customerCode"),
        (complete(team.owner, task, "H1", role="护士长"), "CONTACT_ROLE_NOT_OF_TASK", "contactRole"),
        (complete(team.owner, task, "H1", day=date(2026, 1, 4)), "COMPLETION_DAY_INVALID", "day"),
        (complete(team.owner, task, "H1", day=date(2026, 1, 8)), "COMPLETION_DAY_INVALID", "day"),
        (complete(team.colleague, task, "H1"), "NOT_FOUND", "taskId"),
        (complete(team.manager, task, "H1"), "NOT_FOUND", "taskId"),
        (swap(team.owner, task, 1, 1), "SWAP_WITHOUT_BASE", "taskId"),
        (swap(team.owner, task, 1, 1, by="dinner"), "SWAP_NOT_OFFERED", "swap"),
        (swap(team.owner, task, 1, 1, reason=" "), "SWAP_REASON_MISSING", "reason"),
        (swap(team.owner, task, 9, 1), "CONFLICT", "version"),
    ):
        error = await refused(team, act)
        assert (error.code, error.field) == (code, field)


async def test_a_swap_after_the_base_quantity_replaces_a_part_and_is_seen_in_the_audit_chain(team: Team) -> None:
    hr = team.company.hr
    (task,) = (await dispatch(hr, visits(quantity=5))).task_ids
    for code in ("H1", "H2", "H3"):
        await complete(team.owner, task, code)
    assert (await refused(team, swap(team.owner, task, 4, 2))).values == {"asked": 4, "most": 2}
    await swap(team.owner, task, 4, 1)
    row = await task_row(hr, task)
    assert (row["done"], row["replaced"], row["counted"], row["state"]) == (3, 2, Decimal("5.00"), "DONE")
    assert (await refused(team, swap(team.owner, task, 5, 1))).code == "SWAP_OVER_LIMIT"
    async with tenant_transaction(hr):
        (entry,) = await fetch(
            "select before ->> 'base_score' as base, after ->> 'base_score' as kept, before ->> 'swapped_score' as none, "
            "after ->> 'swapped_score' as swapped, after ->> 'reason' as reason from audit_entry where action = 'task.swap'"
        )
    assert tuple(entry.values()) == ("60.00", "60.00", "0.00", "40.00", "专家讲座")


async def test_the_compliance_rate_is_done_by_planned_key_actions_with_swaps_by_rule(team: Team) -> None:
    hr = team.company.hr
    swapped = SHIPPED.swaps[0].model_copy(update={"credit_percent": Decimal(50)})
    rules = SHIPPED.model_copy(update={"swaps": (swapped,)}).model_dump(mode="json")
    with clock_at(WEDNESDAY):
        await publish_body(hr, "dispatch", "default", rules)
    assert await rate(team) == Compliance(0, Decimal("0.00"), None)
    tasks = await dispatch(hr, visits(quantity=5), visits("calls", action="follow_up", quantity=3))
    await dispatch(hr, visits("later", starts_on=MONDAY + timedelta(days=7)))
    for code in ("H1", "H2", "H3"):
        await complete(team.owner, tasks.task_ids[0], code)
    assert await rate(team) == Compliance(5, Decimal("3.00"), Decimal("60.00"))
    await swap(team.owner, tasks.task_ids[0], 4, 1)
    assert await rate(team) == Compliance(5, Decimal("4.00"), Decimal("80.00"))
    assert await rate(team, SubjectKind.UNIT, "HN", team.manager) == Compliance(5, Decimal("4.00"), Decimal("80.00"))
    assert await rate(team, actor=team.owner) == Compliance(5, Decimal("4.00"), Decimal("80.00"))
    with pytest.raises(DomainError) as caught:
        await rate(team, code="E1", actor=team.colleague)
    assert caught.value.code == "NOT_FOUND"


def monthly(number: int) -> NewTask:
    return visits(f"M{number}", cadence=Cadence.MONTH, starts_on=date(2026, 1, 1))


async def test_the_tenth_monthly_item_is_warned_about(team: Team) -> None:
    hr = team.company.hr
    assert (await dispatch(hr, *(monthly(n) for n in range(9)))).warnings == []
    december = visits("D", cadence=Cadence.MONTH, starts_on=date(2026, 2, 1))
    assert (await dispatch(hr, december, visits("week"))).warnings == []
    await bring(hr, *(replace(each, code=f"B{each.code}", owner_number="E2") for each in HOSPITALS))
    theirs = visits("E2", owner_number="E2", cadence=Cadence.MONTH, starts_on=date(2026, 1, 1))
    assert (await dispatch(hr, theirs)).warnings == [], "what another has to do in the month is counted apart"
    tenth = await dispatch(hr, monthly(9))
    assert (tenth.created, tenth.warnings) == (1, [MonthlyWarning("E1", date(2026, 1, 1), 10, 9)])


async def test_the_tenth_monthly_item_is_refused_where_the_limit_is_hard(team: Team) -> None:
    hr = team.company.hr
    with clock_at(WEDNESDAY):
        await publish_body(hr, "dispatch", "default", SHIPPED.model_copy(update={"is_hard_limit": True}).model_dump(mode="json"))
    error = await refused(team, dispatch(hr, *(monthly(n) for n in range(10))))
    assert (error.code, error.values) == ("MONTHLY_ITEMS_OVER", {"number": "E1", "month": "2026-01", "count": 10, "limit": 9})
    assert (await dispatch(hr, *(monthly(n) for n in range(9)))).created == 9
    assert (await refused(team, dispatch(hr, monthly(9)))).code == "MONTHLY_ITEMS_OVER"


async def test_customers_that_leave_an_owner_stay_linked_to_tasks_that_were_dispatched(team: Team) -> None:
    hr = team.company.hr
    (task,) = (await dispatch(hr, visits())).task_ids
    async with tenant_transaction(hr):
        rows = await fetch("select code from customer where owner_id = $1", team.owner.person_id)
    assert len(rows) == 6
    await bring(hr, replace(HOSPITALS[0], owner_number="E2"))
    await complete(team.owner, task, "H1")
    assert (await task_row(hr, task))["done"] == 1
