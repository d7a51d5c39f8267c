"""Goal setting of the demo: cycle and template, the split over provinces, the tuning, the split over representatives."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from plumb_server.demo.client import PROBLEM, ApiRefused, Client
from plumb_server.demo.people import Team

TOTAL = Decimal(30_000_000)
PROVINCES = ("GD", "GX", "FJ", "HUN", "HAIN")
KEYS = ("potential", "staffing", "strategy")
FACTORS = ("市场潜力", "人员配置", "战略优先")
SHARES = {
    "市场潜力": ("0.40", "0.20", "0.15", "0.15", "0.10"),
    "人员配置": ("0.30", "0.20", "0.20", "0.15", "0.15"),
    "战略优先": ("0.20",) * 5,
}
WEIGHTS = ("50", "30", "20")
TUNED, TOO_MUCH = "11385000.00", "11385000.01"
REASON = "三家三甲医院今年集中更换检测设备，招标计划已公示。"


@dataclass
class Split:
    """The plan of the region and what the tuning was answered."""

    plan_id: str
    cycle_id: str
    suggested: dict[str, Decimal]
    equal: dict[str, Decimal]
    values: dict[str, Decimal]
    refused: list[str]
    goal_ids: dict[str, str]


async def refusal_of(client: Client, document: str, **variables: Any) -> str:
    """Return the code by which the API refuses a change; raise when it does not."""
    try:
        await client.run(document, **variables)
    except ApiRefused as refused:
        return refused.code
    raise AssertionError("the API took what it must refuse")


async def publish_definition(client: Client, *, key: str, name: str, body: dict[str, Any]) -> str:
    """Create a definition, publish its first version and return that version's id."""
    version = await client.run(CREATE_DEFINITION, i={"key": key, "name": name, "body": body})
    await client.run(PUBLISH_VERSION, i={"id": version["id"], "version": version["version"]})
    return str(version["id"])


def template(level: str, factors: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    """Return the body of a decomposition template for sales in CNY."""
    return {"decomposition": {"metric": "销售额", "unitOfMeasure": "CNY", "level": level, "factors": factors} | more}


def factors(weights: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the three factors of the case under the given weights."""
    return [{"key": k, "name": n, "weight": w} for k, n, w in zip(KEYS, FACTORS, weights, strict=True)]


def provinces_inputs(team: Team) -> list[dict[str, Any]]:
    """Return each province's share of each factor, as the case gives them."""
    return [
        {
            "childId": team.units[code],
            "figures": [{"name": key, "value": SHARES[name][n]} for key, name in zip(KEYS, FACTORS, strict=True)],
        }
        for n, code in enumerate(PROVINCES)
    ]


async def split_region(client: Client, team: Team) -> Split:
    """Split 30,000,000 over the five provinces by 50/30/20, tune Guangdong to its upper bound, and publish the goals."""
    cycle = await client.run(
        CREATE_CYCLE, i={"code": "2027", "name": "2027 年度", "startsOn": "2027-01-01", "endsOn": "2027-12-31"}
    )
    refused = [await _refused_template(client)]
    version = await publish_definition(
        client, key="sales-region", name="大区三维拆解 50/30/20", body=template("UNITS", factors(WEIGHTS))
    )
    plan = await client.run(
        CREATE_PLAN,
        i={
            "cycleId": cycle["id"],
            "templateVersionId": version,
            "unitId": team.units["HN"],
            "total": str(TOTAL),
            "title": "华南大区 2027 年度销售额",
            "inputs": provinces_inputs(team),
        },
    )
    nodes = {edge["node"]["name"]: edge["node"] for edge in plan["nodes"]["edges"]}
    guangdong = {"nodeId": nodes["广东省区"]["id"], "version": nodes["广东省区"]["version"]}
    refused.append(await refusal_of(client, TUNE, i=guangdong | {"value": TOO_MUCH, "reason": REASON}))
    refused.append(await refusal_of(client, TUNE, i=guangdong | {"value": TUNED, "reason": "  "}))
    await client.run(TUNE, i=guangdong | {"value": TUNED, "reason": REASON})
    refused.append(await refusal_of(client, TUNE, i=guangdong | {"value": TUNED, "reason": REASON}))
    published = await publish(client, plan["id"])
    final = {edge["node"]["name"]: edge["node"] for edge in published["nodes"]["edges"]}
    return Split(
        plan_id=plan["id"],
        cycle_id=cycle["id"],
        suggested={name: Decimal(node["suggested"]) for name, node in nodes.items()},
        equal={name: Decimal(node["equalShare"]) for name, node in nodes.items()},
        values={name: Decimal(node["value"]) for name, node in final.items()},
        refused=refused,
        goal_ids={name: node["goalId"] for name, node in final.items()},
    )


async def _refused_template(client: Client) -> str:
    """Draft a template whose weights come to 99.99 and return the code by which it is not published."""
    body = template("UNITS", factors(("50", "30", "19.99")))
    wrong = await client.run(CREATE_DEFINITION, i={"key": "sales-wrong", "name": "权重不足", "body": body})
    return await refusal_of(client, PUBLISH_VERSION, i={"id": wrong["id"], "version": wrong["version"]})


async def split_province(client: Client, team: Team, split: Split, *, version: str, code: str) -> dict[str, Decimal]:
    """Split a province's goal over its representatives by the customers that each looks after, and publish the goals."""
    name = team.unit_names[code]
    people = team.representatives(code)
    inputs = [
        {"childId": person.id, "figures": [{"name": "customers", "value": str(7 + 3 * n % 11)}]}
        for n, person in enumerate(people)
    ]
    plan = await client.run(
        CREATE_PLAN,
        i={
            "cycleId": split.cycle_id,
            "templateVersionId": version,
            "unitId": team.units[code],
            "parentGoalId": split.goal_ids[name],
            "title": f"{name} 2027 年度销售额",
            "participants": [person.id for person in people],
            "inputs": inputs,
        },
    )
    published = await publish(client, plan["id"])
    return {edge["node"]["name"]: Decimal(edge["node"]["value"]) for edge in published["nodes"]["edges"]}


async def publish(client: Client, plan_id: str) -> Any:
    """Publish a plan as it stands now; its goals are proposed to their owners."""
    plan = await client.run(PLAN_QUERY, id=plan_id)
    return await client.run(PUBLISH_PLAN, i={"planId": plan_id, "version": plan["version"]})


NODES = "nodes(first: 100) { edges { node { id name personId suggested equalShare value version goalId } } }"
CREATE_CYCLE = "mutation($i: CreateCycleInput!) { createCycle(input: $i) { __typename ...on Cycle { id } " + PROBLEM + " } }"
CREATE_DEFINITION = (
    "mutation($i: CreateDefinitionInput!) { createDefinition(input: $i) "
    "{ __typename ...on DefinitionVersion { id version lint { code message } } " + PROBLEM + " } }"
)
PUBLISH_VERSION = (
    "mutation($i: PublishVersionInput!) { publishVersion(input: $i) "
    "{ __typename ...on DefinitionVersion { id state } " + PROBLEM + " } }"
)
CREATE_PLAN = (
    "mutation($i: CreatePlanInput!) { createPlan(input: $i) { __typename ...on Plan { id version "
    + NODES
    + " } "
    + PROBLEM
    + " } }"
)
TUNE = (
    "mutation($i: TunePlanNodeInput!) { tunePlanNode(input: $i) "
    "{ __typename ...on PlanNode { id value suggested reason } " + PROBLEM + " } }"
)
PLAN_QUERY = "query($id: ID!) { plan(id: $id) { id version state } }"
PUBLISH_PLAN = (
    "mutation($i: PublishPlanInput!) { publishPlan(input: $i) "
    "{ __typename ...on Plan { id state total " + NODES + " } " + PROBLEM + " } }"
)
RECONCILE = "query($id: ID!) { reconcile(planId: $id) { holds plans { total assigned gap residual nodes faults { code } } } }"
EXPLAIN = "query($id: ID!) { explain(id: $id) { value suggested replayed holds factors { name contribution } } }"
