"""Refusals and messages name of rows what their reader may see, and nothing else of them (C56, A6)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tortoise.exceptions import OperationalError, TransactionManagementError

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, fetch, tenant_transaction
from plumb_platform.errors import REGISTRY, Refused
from plumb_platform.telling import HIDDEN, Sentence
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import let_tell
from plumb_tenants.access.shipped import DEFAULT
from plumb_tenants.decomposition.publishing import ParentRevised
from plumb_tenants.decomposition.steps import HoldImpossible
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.service import NotYourGoal, remind_check_ins
from support.actions_made import HOSPITALS, MONDAY, WEDNESDAY, bring, complete, dispatch, visits
from support.asking import Ask
from support.matrices import Json, matrix, published
from support.south import South, make_south
from support.team import Team, make_team

PROBLEM = "... on Problem { code message }"
CONFIRM = f"mutation ($input: ConfirmGoalInput!) {{ confirmGoal(input: $input) {{ ... on Goal {{ id }} {PROBLEM} }} }}"
CHECK_IN = f"mutation ($input: CheckInInput!) {{ checkIn(input: $input) {{ ... on CheckIn {{ id }} {PROBLEM} }} }}"
MARK = f"mutation ($input: MarkPriorityInput!) {{ markPriority(input: $input) {{ ... on Priority {{ id }} {PROBLEM} }} }}"
TUNE = f"mutation ($input: TunePlanNodeInput!) {{ tunePlanNode(input: $input) {{ ... on PlanNode {{ id }} {PROBLEM} }} }}"
CREATE_PLAN = f"mutation ($input: CreatePlanInput!) {{ createPlan(input: $input) {{ ... on Plan {{ id }} {PROBLEM} }} }}"
COMPLETE = f"mutation ($input: CompleteTaskInput!) {{ completeTask(input: $input) {{ ... on Task {{ id }} {PROBLEM} }} }}"
SWAP = f"mutation ($input: SwapTaskInput!) {{ swapTask(input: $input) {{ ... on Task {{ id }} {PROBLEM} }} }}"
TITLE = "华南区销售额"


def showing(role: str, permission: str, fields: Collection[str]) -> Json:
    """Return the shipped matrix with the fields of what a role reads limited to some."""
    (present,) = [each["grants"] for each in DEFAULT["roles"] if each["key"] == role]
    word = permission.split(":")
    limited = [each | {"fields": sorted(fields)} if [each["resource"], each["action"]] == word else each for each in present]
    assert limited != present
    return matrix(**{role: limited})


@pytest.fixture
async def team(database: Database) -> Team:
    return await make_team()


@pytest.fixture
async def south(database: Database) -> South:
    return await make_south()


async def said(ask: Ask, actor: Actor, document: str, code: str, **given: Any) -> tuple[str, str]:
    """Return what a change is refused with, in both languages."""
    found = [await ask.in_language(each)(actor, document, input=given) for each in ("zh-CN", "en")]
    assert [each["code"] for each in found] == [code, code]
    return found[0]["message"], found[1]["message"]


async def test_a_refusal_names_a_title_to_those_alone_who_may_see_it(team: Team, ask: Ask) -> None:
    asked = {"goalId": encode_id("Goal", team.goal), "version": 2}
    plain = await said(ask, team.manager, CONFIRM, "NOT_YOUR_GOAL", **asked)
    assert plain[1] == f"Only its owner can confirm the goal {TITLE}."
    for role in ("manager", "employee"):
        await published(team.company.admin, showing(role, "goal:read", GOAL.fields - {"Goal.title"}))
        found = await said(ask, team.manager, CONFIRM, "NOT_YOUR_GOAL", **asked)
        # What another role of theirs shows, shows.
        hidden = tuple(each.replace(TITLE, HIDDEN[tongue]) for each, tongue in zip(plain, HIDDEN, strict=True))
        assert found == (plain if role == "employee" else hidden)


async def test_only_the_words_that_are_hidden_are_left_out(team: Team, ask: Ask) -> None:
    async with tenant_transaction(team.company.system):
        await execute("update goal set metric_key = 'sales' where id = $1", team.goal)
    await published(team.company.admin, showing("employee", "goal:read", GOAL.fields - {"Goal.metricKey"}))
    asked = {"goalId": encode_id("Goal", team.goal), "value": "1.00"}
    _, en = await said(ask, team.owner, CHECK_IN, "GOAL_FOLLOWS_METRIC", **asked)
    assert en == f"The progress of {TITLE} follows the metric (hidden); it cannot be checked in by hand."


async def test_a_refusal_within_a_message_is_told_as_its_reader_may_see_it_whoever_was_told_before(team: Team) -> None:
    """What failed a job is told to whoever caused the job first, and to whoever waits for it, who may see less, then."""
    await published(team.company.admin, showing("employee", "goal:read", GOAL.fields - {"Goal.title"}))
    refusal = NotYourGoal(field="goalId", row=team.goal, title=TITLE)
    message = Sentence(zh="已暂停：{why}", en="Paused: {why}", why=refusal)
    async with tenant_transaction(team.company.system):
        hr, colleague = team.company.hr, team.colleague
        for reader, title in ((hr, TITLE), (colleague, "(hidden)"), (hr, TITLE), (None, "(hidden)")):
            await let_tell(reader, message)
            assert message.text("en") == f"Paused: Only its owner can confirm the goal {title}."


async def test_a_value_in_a_refusal_of_pure_rules_is_one_of_its_row(south: South, ask: Ask) -> None:
    _, nodes = await south.plan()
    asked = {"nodeId": encode_id("PlanNode", nodes[0].id), "version": 1, "value": "1.00", "reason": "三家医院换代"}
    _, plain = await said(ask, south.manager, TUNE, "TUNE_OUTSIDE_BAND", **asked)
    assert plain == ("The value 1.00 is outside the band: 9900000.00 plus or minus 15 %, that is 8415000.00 to 11385000.00.")
    await published(south.company.admin, showing("manager", "plan:read", {"PlanNode.name", "PlanNode.value", "Plan.title"}))
    _, hidden = await said(ask, south.manager, TUNE, "TUNE_OUTSIDE_BAND", **asked)
    assert hidden == "The value 1.00 is outside the band: (hidden) plus or minus 15 %, that is (hidden) to (hidden)."


async def test_a_reminder_names_a_title_to_those_alone_who_may_see_it(team: Team, ask: Ask) -> None:
    async def reminded(day: int) -> list[str]:
        with clock_at(datetime(2026, 6, day, 4, tzinfo=UTC)):
            async with tenant_transaction(team.company.system):
                await execute("delete from message")
                assert await remind_check_ins(team.company.system) == 1
            return [each["zh"] for each in await ask.nodes(team.owner, "{ messages { edges { node { zh } } } }")]

    async with tenant_transaction(team.company.system):
        await execute("update goal set created_at = $1", datetime(2026, 6, 1, 2, tzinfo=UTC))
    assert await reminded(8) == [f"目标“{TITLE}”已有 7 天未更新进度，请更新。"]
    with clock_at(datetime(2026, 6, 9, 4, tzinfo=UTC)):
        await published(team.company.admin, showing("employee", "goal:read", GOAL.fields - {"Goal.title"}))
    assert await reminded(15) == ["目标“（无权查看）”已有 14 天未更新进度，请更新。"]


async def test_words_of_several_rows_are_told_each_by_its_own(team: Team) -> None:
    (goal,) = (team.goal,)
    error = ParentRevised(row={"title": goal, "target": goal, "total": goal}, title=TITLE, target="2.00", total="1.00")
    async with tenant_transaction(team.owner):
        await let_tell(team.owner, error)
    assert error.text("en").startswith(f"The parent goal {TITLE} is 2.00 now, and this plan split (hidden);")
    await let_tell(None, error)
    other = ParentRevised(row=goal, title=TITLE, target="2.00", total="1.00")
    await let_tell(None, other)
    assert TITLE not in other.text("en")
    assert TITLE not in str(other), "nor in a log"
    assert issubclass(REGISTRY["PARENT_REVISED"], Refused)


def own_people_alone() -> Json:
    """Return the shipped matrix in which everybody reads no person but themselves."""
    narrow = {
        each["key"]: [
            grant | ({"scope": "OWN"} if [grant["resource"], grant["action"]] == ["person", "read"] else {})
            for grant in each["grants"]
        ]
        for each in DEFAULT["roles"]
    }
    return matrix(**narrow)


async def test_the_name_of_a_hidden_person_is_not_told_because_all_units_show(south: South, ask: Ask) -> None:
    """A child of a plan is a person or a unit: what shows of all units says nothing about a person."""
    child, hr = south.representatives[0].person_id, south.company.hr
    assert child is not None
    asked = {
        "cycleId": encode_id("Cycle", south.cycle),
        "templateVersionId": encode_id("DefinitionVersion", south.people_template),
        "unitId": encode_id("OrgUnit", south.provinces[0]),
        "total": "100.00",
        "inputs": [{"childId": encode_id("Person", child), "held": "200.00"}],
    }
    assert "代表0" in (await said(ask, hr, CREATE_PLAN, "HOLD_IMPOSSIBLE", **asked))[1]
    await published(south.company.admin, own_people_alone())
    zh, en = await said(ask, hr, CREATE_PLAN, "HOLD_IMPOSSIBLE", **asked)
    assert (HIDDEN["zh-CN"] in zh, "The held values of (hidden) come to 200.00" in en) == (True, True)
    # A unit that shows is named as before, and so is a person to those who see them.
    province = south.provinces[0]
    unit, person = (HoldImpossible(at=0, part="held", children="广东", held="1", total="0", rest="-1") for _ in range(2))
    unit.name_rows({"children": [province]})
    person.name_rows({"children": [child]})
    async with tenant_transaction(hr):
        await let_tell(hr, unit, person)
    assert [each.text("en").split(" come ")[0] for each in (unit, person)] == [
        "The held values of 广东",
        "The held values of (hidden)",
    ]


async def test_a_text_says_to_nobody_what_its_former_reader_saw(team: Team) -> None:
    """The same text goes to one after the other; to nobody in particular, and where nothing can be asked, it tells nothing."""
    inner = Sentence(zh="“{title}”", en="{title}", tells={"title": "Goal.title"}, row=team.goal, title=TITLE)
    outer = Sentence(zh="见{what}", en="see {what}", what=inner)
    async with tenant_transaction(team.owner):
        await let_tell(team.owner, outer)
        assert outer.text("en") == f"see {TITLE}"
        await let_tell(None, outer)
        assert outer.text("en") == "see (hidden)"
        await let_tell(team.owner, outer)
    assert outer.text("en") == f"see {TITLE}"
    with pytest.raises(TransactionManagementError):
        async with tenant_transaction(team.owner):
            with pytest.raises(OperationalError):
                await fetch("select 1 / 0")
            await let_tell(team.owner, outer)
    assert outer.text("en") == "see (hidden)"


async def test_a_task_says_in_no_refusal_what_a_matrix_hides_of_it(team: Team, ask: Ask) -> None:
    hr, owner = team.company.hr, team.owner
    await bring(hr, *HOSPITALS)
    (task,) = (await dispatch(hr, visits(quantity=5))).task_ids
    for code in ("H1", "H2", "H3"):
        await complete(owner, task, code)
    there, at = {"taskId": encode_id("Task", task)}, replace(ask, at=WEDNESDAY)
    wrong = there | {"customerCode": "H4", "day": MONDAY.isoformat(), "contactRole": "护士长"}
    much = there | {"swap": "lecture", "quantity": 2, "reason": "讲座", "version": 4}
    plain = [
        (await said(at, owner, COMPLETE, "CONTACT_ROLE_NOT_OF_TASK", **wrong))[1],
        (await said(at, owner, SWAP, "SWAP_OVER_LIMIT", **much))[1],
    ]
    assert plain == [
        "The task asks for the role “主任”, not “护士长”.",
        "This swap replaces 4; 2 at most may still be replaced.",
    ]
    with clock_at(WEDNESDAY):
        await published(team.company.admin, showing("employee", "task:read", {"Task.title", "Task.done", "Task.replaced"}))
    hidden = [
        (await said(at, owner, COMPLETE, "CONTACT_ROLE_NOT_OF_TASK", **wrong))[1],
        (await said(at, owner, SWAP, "SWAP_OVER_LIMIT", **much))[1],
    ]
    assert hidden == [
        "The task asks for the role “(hidden)”, not “护士长”.",
        "This swap replaces 4; (hidden) at most may still be replaced.",
    ]
