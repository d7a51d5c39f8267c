"""Goals made by hand: kinds, levels, owner units, edits, withdrawals, over GraphQL (C29, C49, C54, A11)."""

from typing import Any
from uuid import uuid4

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.permissions import grants_of
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.companies import add_unit
from support.team import Team
from support.wire import listened

GOAL = """id version kind aim rollUp level state title target unitOfMeasure baseline weight share attainment met
  line { title level kind } months { target }"""
P = "... on Problem { code message field }"
CREATE = f"mutation ($input: CreateGoalInput!) {{ it: createGoal(input: $input) {{ {P} ... on Goal {{ {GOAL} }} }} }}"
EDIT = f"mutation ($input: EditGoalInput!) {{ it: editGoal(input: $input) {{ {P} ... on Goal {{ {GOAL} }} }} }}"
PROPOSE = f"mutation ($input: ProposeGoalInput!) {{ it: proposeGoal(input: $input) {{ {P} ... on Goal {{ {GOAL} }} }} }}"
WITHDRAW = f"mutation ($input: WithdrawGoalInput!) {{ it: withdrawGoal(input: $input) {{ {P} ... on Goal {{ {GOAL} }} }} }}"
SAY = "mutation ($input: CheckInInput!) { it: checkIn(input: $input) { ... on CheckIn { goal { attainment met } } } }"


def draft(team: Team, **changes: Any) -> dict[str, Any]:
    """Return the input of the objective of case study 002."""
    place = {"cycleId": encode_id("Cycle", team.cycle), "unitId": encode_id("OrgUnit", team.unit)}
    numbers = {"metric": "签约额", "target": "8000000.00", "unitOfMeasure": "元"}
    return {"kind": "OBJECTIVE", "title": "Q3新增签约800万", **place, **numbers} | changes


async def count(team: Team) -> int:
    async with tenant_transaction(team.company.system):
        return int(await fetch_value("select count(*) from goal"))


def rate(team: Team, parent: str, title: str, target: str, **changes: Any) -> dict[str, Any]:
    given = {"kind": "KEY_RESULT", "title": title, "parentId": parent, "metric": title, "target": target, "unitOfMeasure": "%"}
    return draft(team, **given | changes)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"unitId": None}, "OWNER_UNIT_MISSING", "unitId"),
    ({"unitId": encode_id("OrgUnit", uuid4())}, "NOT_FOUND", "unitId"),
    ({"unitId": "nonsense"}, "NOT_FOUND", "unitId"),
    ({"cycleId": encode_id("Cycle", uuid4())}, "NOT_FOUND", "cycleId"),
    ({"parentId": ""}, "NOT_FOUND", "parentId"),
    ({"parentId": encode_id("Goal", uuid4())}, "NOT_FOUND", "parentId"),
    ({"ownerId": encode_id("Person", uuid4())}, "NOT_FOUND", "ownerId"),
    ({"title": " "}, "GOAL_TEXT_INVALID", "title"),
    ({"title": "字" * 201}, "GOAL_TEXT_INVALID", "title"),
    ({"metric": "\x00"}, "GOAL_TEXT_INVALID", "metric"),
    ({"unitOfMeasure": None}, "GOAL_TEXT_INVALID", "unitOfMeasure"),
    ({"target": None}, "TARGET_MISSING", "target"),
    ({"kind": "KPI", "metric": None}, "GOAL_TEXT_INVALID", "metric"),
    ({"target": "10000000000000000"}, "AMOUNT_INVALID", "target"),
    ({"baseline": "8000000"}, "BASELINE_INVALID", "baseline"),
    ({"baseline": "0.001"}, "AMOUNT_INVALID", "baseline"),
    ({"weight": "100.01"}, "GOAL_WEIGHT_INVALID", "weight"),
    ({"weight": "-1"}, "GOAL_WEIGHT_INVALID", "weight"),
    ({"weight": "0.001"}, "GOAL_WEIGHT_INVALID", "weight"),
    ({"kind": "KEY_RESULT"}, "KEY_RESULT_LOOSE", "parentId"),
    ({"level": "vision"}, "LEVEL_UNKNOWN", "level"),
    ({"level": "tactic"}, "LEVEL_PARENT_WRONG", "parentId"),
    ({"months": ["8000000.00"]}, "GOAL_MONTHS_DIFFER", "months"),
    ({"months": ["1.00"] * 12}, "GOAL_MONTHS_DIFFER", "months"),
    ({"months": ["0.001"] * 12}, "AMOUNT_INVALID", "months[0]"),
    ({"metricKey": "nothing"}, "METRIC_UNKNOWN", "metricKey"),
]


async def test_a_goal_that_is_wrong_is_refused_with_its_field(team: Team, ask: Ask) -> None:
    for changes, code, field in WRONG:
        answer = await ask(team.company.hr, CREATE, input=draft(team, **changes))
        assert (answer.get("code"), answer.get("field")) == (code, field), changes
    assert await count(team) == 1


async def test_each_writes_goals_as_far_as_their_role_reaches(team: Team, other_team: Team, ask: Ask) -> None:
    elsewhere = encode_id("OrgUnit", await add_unit(team.company, "HD", "华东"))
    own = encode_id("Person", team.owner.person_id or uuid4())
    for actor, changes, found in (
        (team.company.auditor, {}, "FORBIDDEN"),
        (team.manager, {"unitId": elsewhere}, "NOT_FOUND"),
        (team.owner, {}, "NOT_FOUND"),
        (team.colleague, {"ownerId": own}, "NOT_FOUND"),
        (team.owner, {"ownerId": own, "unitId": elsewhere}, "OWNER_ELSEWHERE"),
        (other_team.company.hr, {}, "NOT_FOUND"),
    ):
        assert (await ask(actor, CREATE, input=draft(team, **changes)))["code"] == found
    assert await count(team) == 1
    for actor, changes in ((team.manager, {}), (team.owner, {"ownerId": own}), (team.company.hr, {"unitId": elsewhere})):
        assert (await ask(actor, CREATE, input=draft(team, **changes)))["state"] == "DRAFT"


async def made(ask: Ask, actor: Actor, given: dict[str, Any], *, propose: bool = True) -> str:
    goal = await ask(actor, CREATE, input=given)
    assert "code" not in goal, goal
    if propose:
        assert (await ask(actor, PROPOSE, input={"goalId": goal["id"], "version": 1}))["state"] == "PROPOSED"
    found: str = goal["id"]
    return found


async def test_the_objective_of_a_quarter_with_a_reached_and_a_maintained_key_result(team: Team, ask: Ask) -> None:
    """C49: 渗透率 -> 35 % is reached from its baseline, 续费率 >= 88 % is met at 88.0 and broken at 87.9."""
    objective = await ask(team.manager, CREATE, input=draft(team))
    assert (objective["kind"], objective["rollUp"], objective["target"], len(objective["months"])) == (
        "OBJECTIVE",
        "WEIGHTED",
        "8000000.00",
        12,
    )
    parent = objective["id"]
    await ask(team.manager, PROPOSE, input={"goalId": parent, "version": 1})
    reach = await made(ask, team.manager, rate(team, parent, "重点行业渗透率", "35", baseline="20", weight="60"))
    keep = await made(ask, team.manager, rate(team, parent, "客户续费率", "88", aim="MAINTAIN", weight="40"))
    for value, met, attainment in (("87.9", False, "99.89"), ("88.0", True, "100.00")):
        said = await ask(team.manager, SAY, input={"goalId": keep, "value": value})
        assert said == {"goal": {"attainment": attainment, "met": met}}
    assert await ask(team.manager, SAY, input={"goalId": reach, "value": "26"}) == {"goal": {"attainment": "40.00", "met": False}}
    objectives = "{ it: goals(where: {kind: {eq: OBJECTIVE}}) { edges { node { attainment reported } } } }"
    assert (await ask(team.manager, objectives))["edges"] == [{"node": {"attainment": "64.00", "reported": "100.00"}}]


async def test_strategy_campaign_and_tactic_stand_in_their_order_and_the_path_is_one_query(team: Team, ask: Ask) -> None:
    """C29 and case study 001: a tactic without a campaign above it is refused."""
    hr = team.company.hr
    strategy = await made(ask, hr, draft(team, title="年度增长15%", level="strategy"))
    skipped = await ask(hr, CREATE, input=draft(team, kind="KPI", title="拜访", parentId=strategy, level="tactic"))
    assert (skipped["code"], skipped["message"]) == (
        "LEVEL_PARENT_WRONG",
        "A goal of the level tactic has a parent of the level campaign; here it is strategy.",
    )
    twice = await ask(hr, CREATE, input=draft(team, title="又一战略", parentId=strategy, level="strategy"))
    assert twice["code"] == "LEVEL_PARENT_WRONG"
    campaign = await made(ask, hr, draft(team, title="西南攻坚", parentId=strategy, level="campaign"))
    own = encode_id("Person", team.owner.person_id or uuid4())
    visits = {"metric": "有效拜访量", "target": "120", "unitOfMeasure": "次", "ownerId": own}
    await made(ask, hr, draft(team, kind="KPI", title="三甲主任级拜访", parentId=campaign, level="tactic", **visits))
    path = '{ it: goals(where: {level: {eq: "tactic"}}) { edges { node { title line { title level kind } } } } }'
    found = await ask(team.owner, path)
    assert [edge["node"] for edge in found["edges"]] == [
        {
            "title": "三甲主任级拜访",
            "line": [
                {"title": "年度增长15%", "level": "strategy", "kind": "OBJECTIVE"},
                {"title": "西南攻坚", "level": "campaign", "kind": "OBJECTIVE"},
            ],
        }
    ]


async def test_a_draft_is_edited_and_what_was_proposed_is_not(team: Team, ask: Ask) -> None:
    hr = team.company.hr
    whole = await made(ask, hr, draft(team, title="年度目标"), propose=False)
    part = await made(ask, hr, draft(team, kind="KPI", title="下级", parentId=whole), propose=False)
    for given, code in (
        ({"version": 7}, "CONFLICT"),
        ({"parentId": part}, "GOAL_RING"),
        ({"parentId": whole}, "GOAL_RING"),
        ({"title": ""}, "GOAL_TEXT_INVALID"),
    ):
        refused = await ask(hr, EDIT, input=draft(team, goalId=whole, **{"version": 1} | given))
        assert refused["code"] == code
    edited = await ask(hr, EDIT, input=draft(team, goalId=whole, version=1, title="三年目标", target="100.00", rollUp="SUM"))
    assert (edited["title"], edited["target"], edited["version"], edited["rollUp"]) == ("三年目标", "100.00", 2, "SUM")
    (line,) = (await ask(hr, "query ($id: ID!) { it: goal(id: $id) { line { title } } }", id=part))["line"]
    assert line == {"title": "三年目标"}
    await ask(hr, PROPOSE, input={"goalId": whole, "version": 2})
    again: dict[str, Any] = {"goalId": whole, "version": 3}
    for document, input_ in ((EDIT, draft(team, **again)), (PROPOSE, again)):
        assert (await ask(hr, document, input=input_))["code"] == "GOAL_NOT_DRAFT"


async def test_sums_are_of_one_unit_of_measure(team: Team, ask: Ask) -> None:
    """A11: what is measured otherwise rolls up by its attainment."""
    whole = await made(ask, team.company.hr, draft(team, kind="KPI"))
    given = {"kind": "KPI", "parentId": whole, "unitOfMeasure": "台"}
    assert (await ask(team.company.hr, CREATE, input=draft(team, **given)))["code"] == "PART_UNIT_DIFFERS"


async def test_a_goal_is_withdrawn_after_its_parts_and_not_by_whom_it_was_set_for(team: Team, ask: Ask) -> None:
    hr, own = team.company.hr, encode_id("Person", team.owner.person_id or uuid4())
    whole = await made(ask, hr, draft(team))
    part = await made(ask, hr, draft(team, kind="KPI", parentId=whole, ownerId=own))
    mine = await made(ask, team.owner, draft(team, kind="KPI", ownerId=own))
    for actor, goal, reason, code in (
        (hr, whole, "不再执行", "GOAL_HAS_PARTS"),
        (hr, part, " ", "WITHDRAW_REASON_MISSING"),
        (team.owner, part, "太高", "GOAL_SET_BY_OTHERS"),
        (team.owner, encode_id("Goal", team.goal), "太高", "GOAL_SET_BY_OTHERS"),
        (team.colleague, part, "太高", "NOT_FOUND"),
    ):
        assert (await ask(actor, WITHDRAW, input={"goalId": goal, "version": 2, "reason": reason}))["code"] == code
    for actor, goal in ((team.owner, mine), (hr, part), (hr, whole)):
        assert (await ask(actor, WITHDRAW, input={"goalId": goal, "version": 2, "reason": "不再执行"}))["state"] == "WITHDRAWN"
    late = await ask(hr, CREATE, input=draft(team, kind="KPI", parentId=whole))
    assert (late["code"], late["field"]) == ("PARENT_WITHDRAWN", "parentId")


async def test_own_key_results_with_parents_and_shares_are_one_query_and_one_round_trip(
    team: Team, ask: Ask, ground: Ground, product_engine: Engine
) -> None:
    """C54: shares of 8,000,000 as the owner was told them; the parent itself shows to those who may read it."""
    hr, own = team.company.hr, encode_id("Person", team.owner.person_id or uuid4())
    objective = await made(ask, hr, draft(team))
    above = await made(ask, hr, draft(team, kind="KEY_RESULT", title="区域签约", parentId=objective))
    given = {"kind": "KEY_RESULT", "parentId": above, "ownerId": own}
    await made(ask, hr, draft(team, title="李代表签约", target="1040000.00", **given))
    mine = """{ it: goals(where: {kind: {eq: KEY_RESULT}}) { edges { node { title share parent { title }
      line { title kind } } } } }"""
    line = [{"title": "Q3新增签约800万", "kind": "OBJECTIVE"}, {"title": "区域签约", "kind": "KEY_RESULT"}]
    (edge,) = (await ask(team.owner, mine))["edges"]
    assert edge["node"] == {"title": "李代表签约", "share": "13.00", "parent": None, "line": line}
    assert [each["node"]["share"] for each in (await ask(team.manager, mine))["edges"]] == ["100.00", "13.00"]
    async with tenant_transaction(team.owner):
        known = Context(ground=ground, actor=team.owner, grants=await grants_of(team.owner), request_id="test-request")
    async with listened() as wire:
        body = (await Engine(product_engine.schema, kept_bytes=0).answer(Operation(mine), known)).body
    assert ([each["node"] for each in body["data"]["it"]["edges"]], len(wire.sent)) == ([edge["node"]], 1), "of three at most"
