"""What was said and excused in the old unit of a goal counts in no number of the new one, once a revision replaced its metric.

Rows C75 and C97.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from plumb_platform.database import tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.service import NewVersion, replace_version
from support.revised_office import JUNE, Desk

MONTHS = """query ($id: ID!) { goalMonths(goalId: $id) { month target excluded denominator actual attainment } }"""
STANDS = "query ($id: ID!) { goal(id: $id) { target actual attainment excluded } }"
THEN = "query ($ids: [ID!]!, $at: Date) { goalProgress(goalIds: $ids, at: $at) { actual attainment excluded } }"
CUSTOMERS = {"target": "24", "metric": "新增客户数", "unitOfMeasure": "家"}


async def months(desk: Desk) -> dict[str, dict[str, Any]]:
    asking = replace(desk.ask, at=JUNE + timedelta(days=20))
    return {each.pop("month")[5:7]: each for each in await asking(desk.hr, MONTHS, id=desk.goal)}


async def test_a_month_tells_what_came_about_by_the_metric_that_the_goal_has_now(desk: Desk) -> None:
    """300,000.00 yuan were said in May; of 24 customers, 2 a month, 3 have come by June: 150 % of it, and of May nobody knows."""
    owner = desk.office.employee
    before = {"goalId": desk.goal, "value": "300000.00", "asOf": "2026-05-20"}
    said = await desk.does(owner, "checkIn", "CheckIn { value }", days=-1, **before)
    assert said == {"value": "300000.00"}
    await desk.revised(**CUSTOMERS)
    unknown = {"target": "2.00", "excluded": "0.00", "denominator": "2.00", "actual": None, "attainment": None}
    assert await months(desk) == {f"{place:02}": unknown for place in range(1, 13)}
    said = await desk.does(owner, "checkIn", "CheckIn { value }", days=1, goalId=desk.goal, value="3")
    assert said == {"value": "3.00"}
    assert (await months(desk))["06"] == unknown | {"actual": "3.00", "attainment": "150.00"}
    assert (await months(desk))["05"] == unknown


async def test_what_was_excused_in_yuan_leaves_the_customers_whole(desk: Desk) -> None:
    """40,000.00 yuan of June left the denominator; of 24 customers none did, now, later, in June, or for the next exclusion."""
    owner, manager = desk.office.employee, desk.office.manager

    async def excluded(days: int, amount: str) -> Any:
        asked = {"goalId": desk.goal, "month": "2026-06-01", "amount": amount, "reason": "客户审批延迟"}
        made = await desk.does(owner, "requestExclusion", "GoalExclusion { id version }", days=days, **asked)
        if "id" not in made:
            return made["code"]
        decided = {"exclusionId": made["id"], "version": made["version"], "approve": True, "note": "属实"}
        return await desk.does(manager, "decideExclusion", "GoalExclusion { goal { excluded } }", days=days, **decided)

    assert await excluded(-1, "40000.00") == {"goal": {"excluded": "40000.00"}}
    await desk.revised(**CUSTOMERS)
    none = {"actual": None, "attainment": None, "excluded": "0.00"}
    assert await desk.ask(desk.hr, STANDS, id=desk.goal) == {"target": "24.00"} | none
    assert (await months(desk))["06"]["denominator"] == "2.00"
    said = {"goalId": desk.goal, "value": "3"}
    told = await desk.does(owner, "checkIn", "CheckIn { goal { attainment excluded } }", days=1, **said)
    assert told == {"goal": {"attainment": "12.50", "excluded": "0.00"}}
    asking = replace(desk.ask, at=JUNE + timedelta(days=20))
    assert await asking(desk.hr, THEN, ids=[desk.goal], at="2026-06-20") == [none | {"actual": "3.00", "attainment": "12.50"}]
    assert await excluded(2, "2.01") == "EXCLUSION_TOO_LARGE"
    assert await excluded(2, "1.00") == {"goal": {"excluded": "1.00"}}
    assert (await months(desk))["06"] == {
        "target": "2.00",
        "excluded": "1.00",
        "denominator": "1.00",
        "actual": "3.00",
        "attainment": "300.00",
    }


async def test_a_way_begun_by_the_old_metric_is_no_way_of_the_new_one(desk: Desk) -> None:
    """From 20 % of penetration 35 % were to be reached; of 24 customers, counted from none, 3 are 12.50 %."""
    office = desk.office
    place: dict[str, Any] = {"cycleId": encode_id("Cycle", office.cycle), "unitId": encode_id("OrgUnit", office.unit)}
    given: dict[str, Any] = {
        "kind": "KPI",
        "title": "渗透率",
        "metric": "渗透率",
        "unitOfMeasure": "%",
        "target": "35",
        "baseline": "20",
    }
    owner = encode_id("Person", office.employee.person_id or office.goal)
    made = await desk.does(desk.hr, "createGoal", "Goal { id version }", **given, **place, ownerId=owner)
    desk.goal = made["id"]
    proposed = await desk.does(desk.hr, "proposeGoal", "Goal { version baseline }", goalId=desk.goal, version=made["version"])
    assert proposed["baseline"] == "20.00"
    await desk.revised(**CUSTOMERS)
    said = {"goalId": desk.goal, "value": "3"}
    told = await desk.does(office.employee, "checkIn", "CheckIn { goal { attainment baseline } }", days=1, **said)
    assert told == {"goal": {"attainment": "12.50", "baseline": None}}


async def test_what_was_said_in_yuan_is_not_corrected_into_customers(desk: Desk) -> None:
    """300,000.00 yuan, corrected to 310,000.00 once 24 customers are the aim, are no 310,000 customers."""
    owner = desk.office.employee
    said = {"goalId": desk.goal, "value": "300000.00", "asOf": "2026-06-01"}
    old = await desk.does(owner, "checkIn", "CheckIn { id }", days=-1, **said)
    await desk.revised(**CUSTOMERS)
    wrong = {"checkInId": old["id"], "value": "310000.00", "comment": "漏记一笔"}
    refused = await desk.does(owner, "correctCheckIn", "CheckIn { value }", days=1, **wrong)
    assert refused == {"code": "CHECK_IN_OF_FORMER_METRIC", "field": "checkInId"}
    unknown = {"actual": None, "attainment": None, "excluded": "0.00"}
    assert await desk.ask(desk.hr, STANDS, id=desk.goal) == {"target": "24.00"} | unknown
    new = await desk.does(owner, "checkIn", "CheckIn { id }", days=1, goalId=desk.goal, value="3")
    right = {"checkInId": new["id"], "value": "6", "comment": "漏记三家"}
    told = await desk.does(owner, "correctCheckIn", "CheckIn { goal { actual attainment } }", days=2, **right)
    assert told == {"goal": {"actual": "6.00", "attainment": "25.00"}}


async def test_an_exclusion_asked_for_in_yuan_is_not_approved_of_customers(desk: Desk) -> None:
    """It would be approved and change nothing; it is rejected, and asked for anew in the unit that is counted now."""
    owner, manager = desk.office.employee, desk.office.manager
    asked = {"goalId": desk.goal, "month": "2026-06-01", "amount": "40000.00", "reason": "客户审批延迟"}
    made = await desk.does(owner, "requestExclusion", "GoalExclusion { id version }", days=-1, **asked)
    await desk.revised(**CUSTOMERS)
    decided: dict[str, Any] = {"exclusionId": made["id"], "version": made["version"], "note": "属实"}
    refused = await desk.does(manager, "decideExclusion", "GoalExclusion { state }", days=1, approve=True, **decided)
    assert refused == {"code": "EXCLUSION_OF_FORMER_METRIC", "field": "exclusionId"}
    told = await desk.does(manager, "decideExclusion", "GoalExclusion { state }", days=1, approve=False, **decided)
    assert told == {"state": "REJECTED"}


async def test_a_number_negotiated_in_yuan_is_not_agreed_upon_as_customers(desk: Desk) -> None:
    """280,000.00 asked for, or 290,000.00 offered, of yuan: once 24 customers are the aim they are rejected, not accepted."""
    owner, manager = desk.office.employee, desk.office.manager
    refused = {"code": "TICKET_OF_FORMER_METRIC"}
    asked = {"goalId": desk.goal, "target": "280000.00", "reason": "市场变化"}
    made = await desk.does(owner, "openTicket", "NegotiationTicket { id version }", days=-1, **asked)
    which = {"ticketId": made["id"], "version": made["version"]}
    await desk.revised(**CUSTOMERS)
    answer = {**which, "answer": "ACCEPT"}
    told = await desk.does(manager, "answerTicket", "NegotiationTicket { state }", **answer)
    assert told == refused | {"field": "answer"}
    offered = {**which, "answer": "COUNTER", "text": "按新指标", "target": "20"}
    countered = await desk.does(manager, "answerTicket", "NegotiationTicket { state version }", days=1, **offered)
    assert countered["state"] == "COUNTERED"
    accepted = {"ticketId": made["id"], "version": countered["version"], "accepts": True}
    told = await desk.does(owner, "answerCounter", "NegotiationTicket { state revisionId }", days=1, **accepted)
    assert told["state"] == "ACCEPTED"
    drafted = await desk.ask(owner, "query ($id: ID!) { revision(id: $id) { target unitOfMeasure } }", id=told["revisionId"])
    assert drafted == {"target": "20.00", "unitOfMeasure": "家"}


async def test_an_offer_made_in_yuan_is_not_taken_as_customers(desk: Desk) -> None:
    owner, manager = desk.office.employee, desk.office.manager
    asked = {"goalId": desk.goal, "target": "280000.00", "reason": "市场变化"}
    made = await desk.does(owner, "openTicket", "NegotiationTicket { id version }", days=-1, **asked)
    offered = {"ticketId": made["id"], "version": made["version"], "answer": "COUNTER", "text": "折中", "target": "290000.00"}
    countered = await desk.does(manager, "answerTicket", "NegotiationTicket { state version }", days=-1, **offered)
    await desk.revised(**CUSTOMERS)
    which = {"ticketId": made["id"], "version": countered["version"]}
    told = await desk.does(owner, "answerCounter", "NegotiationTicket { state }", days=1, accepts=True, **which)
    assert told == {"code": "TICKET_OF_FORMER_METRIC", "field": "accepts"}
    told = await desk.does(owner, "answerCounter", "NegotiationTicket { state }", days=1, accepts=False, **which)
    assert told == {"state": "REJECTED"}


async def test_a_revision_sent_in_yuan_is_not_approved_of_customers(desk: Desk) -> None:
    """900,000.00 yuan, sent before a propagation made it 24 customers, would be yuan again: it is returned, and sent as 30."""
    owner, manager, system = desk.office.employee, desk.office.manager, desk.office.company.system
    opened = await desk.does(owner, "openRevision", "Revision { id version }", days=-2, goalId=desk.goal)
    asked = {"revisionId": opened["id"], "cause": "市场变化", "resources": "顾问一名"}
    send = "Revision { state version }"
    sent = await desk.does(owner, "submitRevision", send, days=-1, **asked, version=opened["version"], target="900000.00")
    async with tenant_transaction(system):
        new = NewVersion(target=Decimal(24), metric="新增客户数", unit_of_measure="家", source={"reason": "跟随上级"})
        await replace_version(system, desk.office.goal, new)
    (task,) = await desk.ask.nodes(manager, "{ approvalTasks(where: {state: {eq: OPEN}}) { edges { node { id } } } }")
    decided: dict[str, Any] = {"taskId": task["id"], "decision": "APPROVE", "objectVersion": 1}
    refused = await desk.does(manager, "decideApproval", "ApprovalTask { state }", days=1, **decided)
    assert refused == {"code": "REVISION_OF_FORMER_METRIC", "field": "decision"}
    stands = "query ($id: ID!) { goal(id: $id) { target unitOfMeasure } }"
    assert await desk.ask(desk.hr, stands, id=desk.goal) == {"target": "24.00", "unitOfMeasure": "家"}
    back = {"taskId": task["id"], "comment": "按新指标", "objectVersion": 1}
    await desk.does(manager, "returnApproval", "ApprovalTask { state }", days=1, **back)
    again = {**asked, "version": sent["version"] + 1, "target": "30"}
    assert (await desk.does(owner, "submitRevision", send, days=2, **again))["state"] == "SUBMITTED"
    (task,) = await desk.ask.nodes(manager, "{ approvalTasks(where: {state: {eq: OPEN}}) { edges { node { id } } } }")
    decided |= {"taskId": task["id"], "objectVersion": 2}
    told = await desk.does(manager, "decideApproval", "ApprovalTask { state }", days=3, **decided)
    assert told == {"state": "APPROVED"}
    assert await desk.ask(desk.hr, stands, id=desk.goal) == {"target": "30.00", "unitOfMeasure": "家"}
