"""What is wrong in metrics, goals and tasks is a Problem that names its row, through the API, and nothing changes (issue 5)."""

from datetime import UTC, datetime
from typing import Any

from plumb_platform.clock import clock_at
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_schema.ground.ids import encode_id
from plumb_tenants.definitions.service import create_definition, new_draft, update_draft
from support.actions_made import HOSPITALS, bring, complete, dispatch, visits
from support.asking import Ask
from support.filled_company import fingerprint
from support.metrics_made import VISIT, publish_body, publish_library
from support.south import UNITS_BODY
from support.team import Team

NEW_YEAR = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
P = "... on Problem { code field message }"


def change(name: str, shown: str = "__typename") -> str:
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ it: {name}(input: $input) {{ {P} {shown} }} }}"


async def refused(team: Team, ask: Ask, query: str, **variables: Any) -> dict[str, Any]:
    """Return the Problem, or the error's extensions, that an operation ends with; every row stays as it was."""
    before = await fingerprint(team.company)
    found = await ask(team.company.hr, query, **variables)
    assert await fingerprint(team.company) == before
    if found is not None and "errors" in found:
        problem: dict[str, Any] = found["errors"][0]["extensions"] | {"message": found["errors"][0]["message"]}
        return problem
    return dict(found or {})


async def drafted(team: Team, kind: str, body: dict[str, Any]) -> str:
    async with tenant_transaction(team.company.hr):
        draft = await create_definition(team.company.hr, kind=kind, key="x", name="x", body=body)
    return encode_id("DefinitionVersion", draft.id)


def asks(problem: dict[str, Any]) -> tuple[str, str | None]:
    return problem["code"], problem.get("field")


async def test_weights_that_do_not_total_one_hundred_are_published_by_nobody(team: Team, ask: Ask) -> None:
    item = {"title": "拜访", "metric": "拜访", "unit_of_measure": "次", "target": "12.00"}
    goals = [item | {"key": "a", "weight": "60.00"}, item | {"key": "b", "weight": "39.99"}]
    factors = [{"key": "potential", "name": "潜力", "weight": "40.00"}, {"key": "staff", "name": "人员", "weight": "55.00"}]
    for kind, body, code, total in (
        ("goal_set", {"goals": goals}, "GOAL_SET_WEIGHTS_NOT_100", "99.99"),
        ("decomposition", UNITS_BODY | {"factors": factors}, "WEIGHTS_NOT_100", "95.00"),
    ):
        draft = await drafted(team, kind, body)
        problem = await refused(team, ask, change("publishVersion"), input={"id": draft, "version": 1})
        assert problem["code"] == code
        assert total in problem["message"]


async def test_a_cycle_of_metrics_is_named_step_by_step(team: Team, ask: Ask) -> None:
    hr = team.company.hr
    scored = {"type": "NUMBER", "unit_of_measure": "分", "indicator": "LEADING"}
    with clock_at(NEW_YEAR):
        first = await publish_body(hr, "metric", "a", VISIT)
        await publish_body(hr, "metric", "b", scored | {"formula": "x", "inputs": [{"name": "x", "metric": "a"}]})
    async with tenant_transaction(hr):
        definition = await fetch_value("select definition_id from definition_version where id = $1", first)
        draft = await new_draft(hr, definition)
        body = scored | {"formula": "x", "inputs": [{"name": "x", "metric": "b"}]}
        draft = await update_draft(hr, draft.id, body=body, version=draft.version)
    given = {"id": encode_id("DefinitionVersion", draft.id), "version": draft.version}
    problem = await refused(team, ask, change("publishVersion"), input=given)
    assert (problem["code"], problem["field"]) == ("METRIC_CYCLE", "inputs[0].metric")
    assert "a → b → a" in problem["message"]


async def test_a_negative_base_and_a_missing_one_are_refused(team: Team, ask: Ask) -> None:
    with clock_at(NEW_YEAR):
        await publish_library(team.company.hr, "revenue")
    span = {"metric": "revenue", "subject": {"kind": "PERSON", "code": "E1"}, "startsOn": "2025-01-01", "endsOn": "2025-12-31"}
    base, target = change("recordGrowthBase"), change("setGrowthTarget")
    problem = await refused(team, ask, base, input=span | {"value": "-0.01", "reason": "审计"})
    assert asks(problem) == ("GROWTH_BASE_NEGATIVE", "value")
    assert asks(await refused(team, ask, target, input=span | {"percent": "15"})) == ("GROWTH_BASE_MISSING", "base")
    assert "-0.01" in problem["message"]


async def test_a_rate_that_is_missing_for_a_day_names_pair_and_day(team: Team, ask: Ask) -> None:
    rate = {"base": "USD", "quote": "CNY", "starts_on": "2026-03-01", "ends_on": "2026-03-31", "rate": "7.25"}
    with clock_at(NEW_YEAR):
        await publish_body(team.company.hr, "rates", "default", {"rates": [rate]})
    problem = await refused(team, ask, '{ it: converted(amount: "1.00", base: "USD", quote: "CNY", on: "2026-04-01") }')
    assert problem["code"] == "RATE_MISSING"
    assert "USD/CNY" in problem["message"]
    assert "2026-04-01" in problem["message"]


async def test_a_swap_before_the_base_quantity_names_how_much_is_missing(team: Team, ask: Ask) -> None:
    await bring(team.company.hr, *HOSPITALS)
    (task,) = (await dispatch(team.company.hr, visits(quantity=5))).task_ids
    for code in ("H1", "H2"):
        await complete(team.owner, task, code)
    before = await fingerprint(team.company)
    asked = {"taskId": encode_id("Task", task), "version": 3, "swap": "lecture", "quantity": 1, "reason": "讲座"}
    problem = await ask(team.owner, change("swapTask"), input=asked)
    assert await fingerprint(team.company) == before
    assert asks(problem) == ("SWAP_WITHOUT_BASE", "taskId")
    assert "3" in problem["message"]
    assert "2" in problem["message"]


GOALS: list[tuple[dict[str, Any], str, str]] = [
    ({"title": "目\u0000标"}, "GOAL_TEXT_INVALID", "title"),
    ({"title": "   "}, "GOAL_TEXT_INVALID", "title"),
    ({"target": "10000000000000000.00"}, "AMOUNT_INVALID", "target"),
    ({"target": "0.001"}, "AMOUNT_INVALID", "target"),
    ({"weight": "100.01"}, "GOAL_WEIGHT_INVALID", "weight"),
    ({"weight": "-0.01"}, "GOAL_WEIGHT_INVALID", "weight"),
    ({"months": ["1.00"] * 11}, "GOAL_MONTHS_DIFFER", "months"),
    ({"months": []}, "GOAL_MONTHS_DIFFER", "months"),
    ({"aim": "REDUCE"}, "BASELINE_INVALID", "baseline"),
    ({"level": "战\u0000略"}, "LEVEL_UNKNOWN", "level"),
    ({"metricKey": "\u0000"}, "METRIC_UNKNOWN", "metricKey"),
    ({"metric": "\u0000"}, "GOAL_TEXT_INVALID", "metric"),
    ({"unitOfMeasure": "这个计量单位实在是太长了吧"}, "GOAL_TEXT_INVALID", "unitOfMeasure"),
    ({"unitId": "x"}, "NOT_FOUND", "unitId"),
    ({"ownerId": encode_id("Person", uuid7())}, "NOT_FOUND", "ownerId"),
]


async def test_a_hostile_goal_is_refused_by_its_field(team: Team, ask: Ask) -> None:
    given = {"kind": "KPI", "title": "拜访", "metric": "拜访", "target": "12.00", "unitOfMeasure": "次"}
    given |= {"cycleId": encode_id("Cycle", team.cycle), "unitId": encode_id("OrgUnit", team.unit)}
    before = await fingerprint(team.company)
    for changes, code, field in GOALS:
        assert asks(await ask(team.company.hr, change("createGoal"), input=given | changes)) == (code, field), changes
    assert await fingerprint(team.company) == before


JANUARY = 'startsOn: "2026-01-01", endsOn: "2026-01-31"'
PERSON = 'subject: {kind: PERSON, code: "E1"}'
TEXTS: list[tuple[str, Any]] = [
    (f"metricValue(metric: $t, {PERSON}, {JANUARY}) {{ value }}", "METRIC_UNKNOWN"),
    (f'metricValue(metric: "x", subject: {{kind: UNIT, code: $t}}, {JANUARY}) {{ value }}', None),
    (f"complianceRate(subject: {{kind: PERSON, code: $t}}, {JANUARY}) {{ rate }}", None),
    ("metricDependants(key: $t) { key }", "METRIC_UNKNOWN"),
    ('converted(amount: "1", base: $t, quote: "CNY", on: "2026-01-01")', "UNKNOWN_CURRENCY"),
    ("goals(where: {title: {contains: $t}}) { edges { node { id } } }", {"edges": []}),
    ("tasks(where: {key: {eq: $t}}) { edges { node { id } } }", {"edges": []}),
]
DAYS = [
    (f'complianceRate({PERSON}, startsOn: $d, endsOn: "8999-12-31") {{ rate }}', "1000-01-01", "METRIC_PERIOD_INVALID"),
    ('metricByUnit(metric: "x", startsOn: $d, endsOn: "8999-12-31") { name }', "1000-01-01", "METRIC_PERIOD_INVALID"),
    ("unitsAsOf(asOf: $d) { code }", "1000-01-01", "DAY_TO_COME"),
    ("unitsAsOf(asOf: $d) { code }", "8999-12-31", "DAY_TO_COME"),
]


async def test_a_hostile_question_ends_in_an_answer_or_a_code(team: Team, ask: Ask) -> None:
    async def answer(query: str, **variables: Any) -> Any:
        found = await ask(team.company.hr, query, **variables)
        return found["errors"][0]["extensions"]["code"] if isinstance(found, dict) and "errors" in found else found

    for text, expected in TEXTS:
        assert await answer(f"query ($t: String!) {{ it: {text} }}", t="\u0000") == expected, text
    for text, day, code in DAYS:
        assert await answer(f"query ($d: Date!) {{ it: {text} }}", d=day) == code, text
    far = 'query ($u: ID!) { it: goalsAsOf(asOf: "2026-01-01", unitId: $u, skip: 2147483647) { title } }'
    assert await answer(far, u=encode_id("OrgUnit", team.unit)) == []


async def test_progress_by_the_end_of_the_last_day_that_is_taken_is_answered(team: Team, ask: Ask) -> None:
    query = "query ($ids: [ID!]!, $at: Date!) { it: goalProgress(goalIds: $ids, at: $at) { actual expected } }"
    for at in ("1000-01-01", "8999-12-31"):
        found = await ask(team.company.hr, query, ids=[encode_id("Goal", team.goal)], at=at)
        assert found[0]["actual"] is None


PEOPLE = "工号,姓名,部门编码\n1,张三,X"
OBSERVATIONS: list[tuple[dict[str, Any], str]] = [
    ({"externalId": "\u0000"}, "OBSERVATION_TEXT_INVALID"),
    ({"metric": "\u0000"}, "METRIC_UNKNOWN"),
    ({"objectCode": "\u0000"}, "OBSERVATION_TEXT_INVALID"),
    ({"value": "NaN"}, "GRAPHQL_INVALID"),
    ({"value": "1E18"}, "GRAPHQL_INVALID"),
    ({"value": "1" + "0" * 18}, "OBSERVATION_VALUE_INVALID"),
    ({"value": "0.0000001"}, "OBSERVATION_VALUE_INVALID"),
    ({"day": "8999-12-31"}, "OBSERVATION_DAY_INVALID"),
    ({"day": "0001-01-01"}, "GRAPHQL_INVALID"),
    ({"revision": 0}, "OBSERVATION_REVISION_INVALID"),
    ({"subject": {"kind": "PERSON", "code": "\u0000"}}, "NOT_FOUND"),
]
TASKS: list[tuple[dict[str, Any], str]] = [
    *(({name: "\u0000"}, "TASK_TEXT_INVALID") for name in ("key", "customerGrade", "title")),
    ({"ownerNumber": "\u0000"}, "NOT_FOUND"),
    ({"metric": "\u0000"}, "METRIC_UNKNOWN"),
    ({"action": "\u0000"}, "TASK_ACTION_UNKNOWN"),
    ({"startsOn": "9999-12-27"}, "GRAPHQL_INVALID"),
    ({"startsOn": "1000-01-01"}, "TASK_START_INVALID"),
    ({"cadence": "MONTH", "startsOn": "9999-12-01"}, "GRAPHQL_INVALID"),
    ({"quantity": -1}, "TASK_QUANTITY_INVALID"),
    ({"customerCodes": ["\u0000"]}, "TASK_CUSTOMER_UNFIT"),
]
CUSTOMERS: list[tuple[dict[str, Any], str]] = [
    *(({name: "\u0000"}, "CUSTOMER_TEXT_INVALID") for name in ("code", "name", "grade")),
    ({"contactRoles": ["\u0000"]}, "CUSTOMER_TEXT_INVALID"),
    ({"ownerNumber": "\u0000"}, "CUSTOMER_OWNER_UNKNOWN"),
]


async def test_hostile_acts_on_tasks_customers_and_observations_end_in_problems(team: Team, ask: Ask) -> None:
    with clock_at(NEW_YEAR):
        await publish_library(team.company.hr, "visit")
    observed = {"externalId": "V1", "metric": "visit", "subject": {"kind": "PERSON", "code": "E1"}, "day": "2026-03-01"}
    task = {"key": "k", "ownerNumber": "E1", "cadence": "WEEK", "startsOn": "2026-01-05", "action": "visit", "quantity": 1}
    customer = {"code": "N1", "name": "医院"}
    given: list[tuple[str, dict[str, Any], str]] = [
        *(("recordObservations", {"source": "crm", "observations": [observed | bad]}, code) for bad, code in OBSERVATIONS),
        ("recordObservations", {"source": "\u0000", "observations": [observed]}, "OBSERVATION_TEXT_INVALID"),
        ("recordObservations", {"source": "crm", "observations": []}, "OBSERVATIONS_TOO_MANY"),
        ("recordObservations", {"source": "crm", "observations": [observed], "covered": ["\u0000"]}, "METRIC_UNKNOWN"),
        *(("dispatchTasks", {"tasks": [task | bad]}, code) for bad, code in TASKS),
        *(("importCustomers", {"customers": [customer | bad]}, code) for bad, code in CUSTOMERS),
        ("importCustomers", {"customers": [customer, customer]}, "CUSTOMER_TWICE"),
        *(("importPeople", {"csv": PEOPLE, "effectiveOn": day}, "DAY_TO_COME") for day in ("1000-01-01", "8999-12-31")),
        ("importPeople", {"csv": ""}, "CSV_EMPTY"),
        ("importPeople", {"csv": PEOPLE.replace("张三", "张\u0000三")}, "CSV_BROKEN"),
    ]
    before = await fingerprint(team.company)
    for name, asked, code in given:
        found = await ask(team.company.hr, change(name), input=asked)
        told = found["errors"][0]["extensions"]["code"] if "errors" in found else found.get("code", "DONE")
        assert told == code, (name, asked, found)
    assert await fingerprint(team.company) == before
