"""Who acts for somebody reads their open tasks on the days of the delegation alone, whether or not a timer has run (A17)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.approvals.service import Decision, decide, delegate_approvals
from support.approvals_made import person, sweep
from support.asking import Ask
from support.form_approvals_made import Desk, seen

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 6, 1), date(2026, 6, 2)
EVENING, MIDNIGHT = datetime(2026, 6, 2, 23, 59, 59, 999_999, SHANGHAI), datetime(2026, 6, 3, 0, 0, 0, 0, SHANGHAI)
TASKS = "{ approvalTasks(first: 10) { totalCount edges { node { id state approval { id } } } } }"
TASK = "query ($id: ID!) { approvalTask(id: $id) { id } }"
NODE = "query ($id: ID!) { node(id: $id) { id } }"
SUBMISSIONS = "{ submissions(first: 10) { totalCount } }"
WHY = """query ($person: ID!, $task: ID!) {
  whyCan(subjectId: $person, permission: "approval:read", objectId: $task) { allowed } }"""


async def counts(ask: Ask, actor: Actor, at: datetime) -> tuple[int, int]:
    """Return how many tasks and submissions somebody reads at a moment, each asked twice: anew, and as it was kept."""
    then = replace(ask, at=at)
    found = {tuple([(await then(actor, text))["totalCount"] for text in (TASKS, SUBMISSIONS)]) for _ in range(2)}
    (both,) = found
    return both[0], both[1]


async def delegated(desk: Desk) -> str:
    """Let the seller act for their colleague on two days, and return the open task."""
    bureau = desk.bureau
    _, approval = await desk.sent()
    async with tenant_transaction(bureau.colleague):
        await delegate_approvals(bureau.colleague, person_id=person(bureau.sales), starts_on=FIRST, ends_on=LAST)
    return encode_id("ApprovalTask", await bureau.task(approval, bureau.colleague))


async def test_an_open_task_is_gone_from_the_first_instant_after_the_last_day(desk: Desk, ask: Ask) -> None:
    sales, task = desk.bureau.sales, await delegated(desk)
    assert await counts(ask, sales, EVENING) == (1, 1)
    assert await counts(ask, sales, MIDNIGHT) == (0, 0)
    assert await counts(ask, sales, EVENING) == (1, 1)
    for at, found in ((EVENING, {"id": task}), (MIDNIGHT, None)):
        assert await replace(ask, at=at)(sales, TASK, id=task) == found
        assert await replace(ask, at=at)(sales, NODE, id=task) == found
        with clock_at(at):
            assert await seen(sales) == (["Submission 1", "SubmissionVersion 1"] if found else [])
    # Nobody tidied up: it is the read that knows the day.
    (row,) = await desk.bureau.rows("select count(delegate_id) as n from approval_task where state = 'OPEN'")
    assert row == {"n": 1}
    assert await counts(ask, desk.bureau.colleague, MIDNIGHT) == (1, 1)


async def test_why_and_what_is_reached_say_the_same_on_each_day(desk: Desk, ask: Ask) -> None:
    sales, task = desk.bureau.sales, await delegated(desk)
    asked = {"person": encode_id("Person", person(sales)), "task": task}
    admin = desk.bureau.company.admin
    for at, allowed in ((EVENING, True), (MIDNIGHT, False)):
        assert await replace(ask, at=at)(admin, WHY, **asked) == {"allowed": allowed}


async def test_who_acted_keeps_the_task_that_they_closed(desk: Desk, ask: Ask) -> None:
    sales, task = desk.bureau.sales, await delegated(desk)
    with clock_at(EVENING):
        async with tenant_transaction(sales):
            (row,) = await desk.bureau.rows("select id from approval_task where delegate_id is not null")
            await decide(sales, task_id=row["id"], decision=Decision.APPROVE, object_version=1)
    with clock_at(MIDNIGHT):
        await sweep(desk.bureau)
    (node,) = await replace(ask, at=MIDNIGHT).nodes(sales, TASKS)
    assert (node["id"], node["state"], node["approval"] is None) == (task, "APPROVED", False)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Honolulu"])
async def test_the_day_is_the_company_s_own(desk: Desk, ask: Ask, zone: str) -> None:
    await delegated(desk)
    async with tenant_transaction(desk.bureau.company.system):
        await execute("update company set time_zone = $1", zone)
    last = datetime(2026, 6, 2, 23, 59, 59, 0, ZoneInfo(zone))
    assert await counts(ask, desk.bureau.sales, last) == (1, 1)
    assert await counts(ask, desk.bureau.sales, datetime(2026, 6, 3, tzinfo=ZoneInfo(zone))) == (0, 0)


async def test_who_is_urged_on_a_day_is_who_acts_on_that_day(desk: Desk, ask: Ask) -> None:
    await delegated(desk)
    bureau = desk.bureau
    (approval,) = await bureau.rows("select id from approval")
    urge = "mutation ($input: UrgeApprovalInput!) { urgeApproval(input: $input) { __typename ... on Problem { code } } }"
    told = []
    for at in (EVENING, MIDNIGHT + timedelta(hours=2)):
        done = await replace(ask, at=at)(bureau.manager, urge, input={"approvalId": encode_id("Approval", approval["id"])})
        assert done["__typename"] == "Approval"
        rows = await bureau.rows("select person_id as id from message where kind = 'approval.urge' order by created_at")
        told.append({row["id"] for row in rows})
        async with tenant_transaction(bureau.company.system):
            await execute("delete from message")
    assert person(bureau.colleague) in told[1]
    assert told[0] - told[1] == {person(bureau.sales)}, "who acted until yesterday is not urged today"
