"""What a matrix hides is told by nothing: no list, filter, order, sum or explanation (issue: one meaning everywhere) (C56)."""

from decimal import Decimal
from uuid import UUID

import pytest

from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.fields import FieldHidden
from plumb_tenants.attribution.definition import Dimension
from plumb_tenants.attribution.service import credit_report
from plumb_tenants.decomposition.resources import PLAN, PLAN_NODE
from plumb_tenants.decomposition.service import explain_goal, explain_node
from plumb_tenants.definitions.service import clone_definition, diff_versions, new_draft
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.service import list_goals
from support.asking import Ask
from support.companies import CompanyFixture, add_person, make_company, member
from support.goals_made import add_goals
from support.matrices import grant, matrix, more, published
from support.south import South, make_south

LIST = "{{ goals{0} {{ totalCount edges {{ node {{ title target }} }} }} }}"
BLIND = more(
    "employee",
    grant("goal:read", fields=["Goal.title"]),
    grant("plan:read", fields=["PlanNode.name"]),
    grant("credit:read", fields=["Credit.person"]),
)


@pytest.fixture
async def south(database: object) -> South:
    made = await make_south()
    await published(made.company.admin, BLIND)
    return made


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def test_a_hidden_number_is_null_named_and_cannot_be_asked_for_in_any_way(south: South, ask: Ask) -> None:
    plan, nodes = await south.plan()
    await south.publish(plan)
    stranger = await add_person(south.company, "X1", "旁观者", unit=south.provinces[4], roles=("employee",))

    async def listed(arguments: str = "") -> dict[str, object]:
        return await ask.body(stranger, LIST.format(arguments))

    plain = await listed()
    assert plain["data"]["goals"]["totalCount"] == 5  # type: ignore[index] # JSON
    assert {edge["node"]["target"] for edge in plain["data"]["goals"]["edges"]} == {None}  # type: ignore[index] # JSON
    assert plain["extensions"] == {"hidden": ["Goal.target"]}
    async with tenant_transaction(south.company.hr):
        (first, *_) = await list_goals(south.company.hr)
    async with tenant_transaction(stranger):
        for explained in (explain_goal(stranger, first.id), explain_node(stranger, nodes[0].id)):
            with pytest.raises(FieldHidden):
                await explained
        with pytest.raises(FieldHidden) as refused:
            await credit_report(stranger, by=[Dimension.PERSON])
    assert (refused.value.field, refused.value.text("en").startswith("You may not see the field Credit.amount")) == (
        "amount",
        True,
    )


async def test_what_is_hidden_on_some_rows_filters_there_as_empty(south: South, ask: Ask) -> None:
    plan, _ = await south.plan()
    await south.publish(plan)
    manager = south.guangdong_manager

    async def targets(arguments: str) -> list[str | None]:
        return [node["target"] for node in await ask.nodes(manager, LIST.format(arguments))]

    assert await targets('(where: {target: {gt: "1"}})') == ["9900000.00"]
    assert await targets("(where: {target: {isNull: true}})") == [None] * 4
    assert await targets("(orderBy: [{field: TARGET, direction: DESC}])") == ["9900000.00", *[None] * 4]
    async with tenant_transaction(manager):
        assert (await explain_goal(manager, (await own_goal(south)))).value == Decimal("9900000.00")


EXPLAINED = "query ($id: ID!) { explain(id: $id) { value total children factors { contribution weight } } }"
TOLD = ("PlanNode.suggested", "PlanNode.equalShare", "PlanNode.reason", "PlanNode.held", "Plan.total", "Plan.metric")


@pytest.mark.parametrize("name", TOLD)
async def test_one_field_that_is_hidden_of_a_plan_is_in_no_explanation(ask: Ask, name: str) -> None:
    south = await make_south()
    plan, nodes = await south.plan()
    await south.publish(plan)
    fields = {*PLAN.fields, *PLAN_NODE.fields} - {name}
    reader = [grant("goal:read"), grant("cycle:read"), grant("plan:read", fields=sorted(fields))]
    await published(south.company.admin, matrix(reader=reader))
    actor = await member(south.company.tenant_id, "reader")
    async with tenant_transaction(south.company.hr):
        goal = encode_id("Goal", await own_goal(south))
    node = encode_id("PlanNode", nodes[0].id)
    refused = await ask.body(actor, EXPLAINED, id=node)
    (error,) = refused["errors"]
    assert (error["extensions"]["code"], name in error["message"]) == ("FIELD_HIDDEN", True)
    told = await ask(actor, EXPLAINED, id=goal)
    assert (told["value"], told["total"], told["children"]) == ("9900000.00", None, None)
    assert {factor["weight"] for factor in told["factors"]} == {None}
    whole = await ask(south.company.hr, EXPLAINED, id=goal)
    assert (whole["total"], whole["children"]) == ("30000000.00", 5)


async def test_a_goal_that_no_plan_made_is_refused_an_explanation_without_its_title(ask: Ask) -> None:
    south = await make_south()
    (goal,) = await add_goals(south.company, south.cycle, [(south.unit, south.manager)], title="机密并购")
    await published(south.company.admin, matrix(reader=[grant("goal:read", fields=sorted(GOAL.fields - {"Goal.title"}))]))
    reader = await member(south.company.tenant_id, "reader")
    for locale in ("zh-CN", "en"):
        refused = await ask.in_language(locale).body(reader, EXPLAINED, id=encode_id("Goal", goal))
        (error,) = refused["errors"]
        assert error["extensions"]["code"] == "GOAL_NOT_DECOMPOSED"
        assert "机密并购" not in error["message"]


BODIES = """{ definitions(where: {kind: {eq: "matrix"}}) { edges { node { key versions {
  number note body { __typename } lint { code } } } } } }"""


async def test_the_body_and_the_findings_of_a_definition_are_hidden_like_any_field_and_neither_compared_nor_copied(
    company: CompanyFixture, ask: Ask
) -> None:
    limited = [grant("definition:read", fields=["DefinitionVersion.note", "Definition.versions"]), grant("definition:write")]
    await published(company.admin, matrix(narrow=limited))
    narrow = await member(company.tenant_id, "narrow")
    found = await ask.body(narrow, BODIES)
    (edge,) = found["data"]["definitions"]["edges"]
    assert edge["node"]["versions"] == [{"number": number, "note": "", "body": None, "lint": None} for number in (2, 1)]
    assert set(found["extensions"]["hidden"]) == {"DefinitionVersion.body", "DefinitionVersion.lint"}
    async with tenant_transaction(narrow):
        new, old = (row["id"] for row in await fetch("select id from definition_version order by number desc"))
        matrices = await fetch_value("select id from definition")
        for refused in (
            diff_versions(narrow, old, new),
            clone_definition(narrow, new, key="copy", name="副本"),
            new_draft(narrow, matrices),
        ):
            with pytest.raises(FieldHidden):
                await refused
        assert await fetch_value("select count(*) from definition_version") == 2


async def own_goal(south: South) -> UUID:
    return next(goal.id for goal in await list_goals(south.company.hr) if goal.target == Decimal("9900000.00"))


@pytest.mark.parametrize("hidden", ["PlanNode.value", "Plan.total"])
async def test_the_gap_of_a_plan_tells_nothing_of_values_or_a_total_that_are_hidden(
    database: Database, ask: Ask, hidden: str
) -> None:
    """The gap is the total less the values of the nodes: with the one that shows it would give the other away."""
    south = await make_south()
    await south.plan()
    asked = "{{ plans{0} {{ edges {{ node {{ total gap }} }} }} }}"
    assert await ask.nodes(south.manager, asked.format("")) == [{"total": "30000000.00", "gap": "0.00"}]
    shown = (PLAN.fields | PLAN_NODE.fields) - {hidden}
    grants = [grant("plan:read", fields=sorted(shown)), grant("plan:write")]
    await published(south.company.admin, matrix(manager=grants, employee=[]))
    answer = await ask.body(south.manager, asked.format(""))
    ((edge,),) = [each["edges"] for each in answer["data"].values()]
    assert edge["node"] == {"total": None if hidden == "Plan.total" else "30000000.00", "gap": None}
    assert set(answer["extensions"]["hidden"]) == {"Plan.gap", *({hidden} & {"Plan.total"})}
    refused = await ask.body(south.manager, asked.format('(where: {gap: {eq: "0.00"}})'))
    assert (refused["data"], "FIELD_HIDDEN" in str(refused["errors"])) == ({"plans": None}, True)
