from plumb_platform.database import execute, tenant_transaction
from plumb_platform.permissions import grants_of
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.goals_made import add_goals
from support.team import Team
from support.wire import listened

SAY = """mutation ($input: CheckInInput!) { it: checkIn(input: $input) { ... on Problem { code message field }
  ... on CheckIn { id value asOf confidence comment corrected authorName goal { title actual attainment met confidence
  progressSource undefined reported progressAsOf } } } }"""
CORRECT = """mutation ($input: CorrectCheckInInput!) { it: correctCheckIn(input: $input) { ... on Problem { code field }
  ... on CheckIn { value correctsId goal { actual checkIns { totalCount edges { node { value corrected comment } } } } } } }"""
PROGRESS = """query ($ids: [ID!]!, $at: Date) { it: goalProgress(goalIds: $ids, at: $at) { goalId actual expected attainment
  expectedAttainment lag lagging met undefined reported confidence asOf source } }"""
PAGE = """{ goals(first: 100, where: {attainment: {gte: "0"}}, orderBy: [{field: ATTAINMENT, direction: DESC}]) { totalCount
  edges { node { title attainment actual reported children(first: 50) { edges { node { attainment share
  parent { title } line { title } } } } } } } }"""


async def test_what_is_wrong_is_a_problem_with_its_field(team: Team, other_team: Team, ask: Ask) -> None:
    goal = encode_id("Goal", team.goal)
    for given, code, field in (
        ({"goalId": goal, "value": "0.001"}, "AMOUNT_INVALID", "value"),
        ({"goalId": goal, "value": "1", "confidence": 11}, "CONFIDENCE_INVALID", "confidence"),
        ({"goalId": goal, "value": "1", "asOf": "2026-07-01"}, "CHECK_IN_DAY_INVALID", "asOf"),
        ({"goalId": encode_id("Goal", other_team.goal), "value": "1"}, "NOT_FOUND", "goalId"),
        ({"goalId": "nonsense", "value": "1"}, "NOT_FOUND", "goalId"),
    ):
        answer = await ask(team.owner, SAY, input=given)
        assert (answer["code"], answer["field"]) == (code, field)
    assert (await ask(team.company.auditor, SAY, input={"goalId": goal, "value": "1"}))["code"] == "FORBIDDEN"


async def test_a_check_in_its_correction_and_the_progress_that_follows(team: Team, ask: Ask) -> None:
    goal = encode_id("Goal", team.goal)
    said = await ask(team.owner, SAY, input={"goalId": goal, "value": "3000000", "confidence": 6, "comment": "已签两家"})
    assert said | {"id": ""} == {
        "id": "",
        "value": "3000000.00",
        "asOf": "2026-06-30",
        "confidence": 6,
        "comment": "已签两家",
        "corrected": False,
        "authorName": "李代表",
        "goal": {
            "title": "华南区销售额",
            "actual": "3000000.00",
            "attainment": "250.00",
            "met": True,
            "confidence": 6,
            "progressSource": "CHECK_IN",
            "undefined": None,
            "reported": "100.00",
            "progressAsOf": "2026-06-30",
        },
    }
    right = await ask(team.owner, CORRECT, input={"checkInId": said["id"], "value": "300000", "comment": "多写一个零"})
    assert (right["correctsId"], right["goal"]["actual"]) == (said["id"], "300000.00")
    kept = [edge["node"] for edge in right["goal"]["checkIns"]["edges"]]
    assert sorted((each["value"], each["corrected"]) for each in kept) == [("300000.00", False), ("3000000.00", True)]
    assert await ask(team.manager, PROGRESS, ids=[goal]) == [
        {
            "goalId": goal,
            "actual": "300000.00",
            "expected": "580645.16",
            "attainment": "25.00",
            "expectedAttainment": "48.39",
            "lag": "23.39",
            "lagging": True,
            "met": False,
            "undefined": None,
            "reported": "100.00",
            "confidence": None,
            "asOf": "2026-06-30",
            "source": "CHECK_IN",
        }
    ]
    assert await ask(team.colleague, PROGRESS, ids=[goal]) is None


async def test_a_page_of_goals_with_their_roll_up_is_one_statement(
    team: Team, ask: Ask, ground: Ground, product_engine: Engine
) -> None:
    parts = await add_goals(team.company, team.cycle, [(team.unit, team.owner)] * 30)
    async with tenant_transaction(team.company.system):
        await execute("update goal set parent_id = $1 where id = any($2)", team.goal, parts)
    for part in parts[:20]:
        await ask(team.owner, SAY, input={"goalId": encode_id("Goal", part), "value": "60000.00"})
    engine, counts = Engine(product_engine.schema, kept_bytes=0), []
    for actor in (team.company.hr, team.manager):
        async with tenant_transaction(actor):
            grants = await grants_of(actor)
        context = Context(ground=ground, actor=actor, grants=grants, locale="en", request_id="test-request")
        await engine.answer(Operation(PAGE), context)
        async with listened() as wire:
            body = (await engine.answer(Operation(PAGE), context)).body
        counts.append(len(wire.sent))
        assert body["data"]["goals"]["totalCount"] == 21
        first = body["data"]["goals"]["edges"][0]["node"]
        assert (first["attainment"], first["actual"], first["reported"]) == ("100.00", "1200000.00", "66.67")
        assert len(first["children"]["edges"]) == 30
    assert counts == [1, 1]
