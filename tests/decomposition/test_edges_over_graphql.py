"""Splits at their edges over the API: nothing, a cent, ten quadrillions, many places, nobody, all held (A8, A9, C50, N1)."""

from typing import Any

import pytest

from plumb_platform.database import execute, tenant_transaction
from plumb_schema.ground.ids import encode_id
from support.asking import Ask, first_code
from support.companies import add_person, add_unit
from support.filled_company import fingerprint
from support.portraits_made import EXPLAIN, RECONCILE, Gate, change
from support.south import South

WEIGHED: dict[str, Any] = {
    "metric": "销售额",
    "unitOfMeasure": "元",
    "level": "PEOPLE",
    "factors": [{"key": "potential", "name": "潜力", "weight": "100.00"}],
}
EQUAL = WEIGHED | {"factors": [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]}


@pytest.fixture
def planner(south: South, ask: Ask) -> Gate:
    return Gate(south, ask, south.people_template, "")


async def template(planner: Gate, body: dict[str, Any]) -> str:
    """Publish a template and return its version."""
    shown = "DefinitionVersion { id version }"
    made = await planner.does("createDefinition", shown, key="edge", name="边界", body={"decomposition": body})
    assert "id" in await planner.does("publishVersion", "DefinitionVersion { id }", **made)
    return str(made["id"])


async def seven(planner: Gate) -> list[str]:
    """Return the people of Guangdong, hired up to seven, in the order of their numbers."""
    south = planner.south
    hired = [await add_person(south.company, f"N{n}", f"新人{n}", unit=south.provinces[0]) for n in range(3)]
    people = [south.guangdong_manager, *hired, *south.representatives]
    return [encode_id("Person", each.person_id) for each in people if each.person_id]


async def split(planner: Gate, total: str, **more: Any) -> tuple[str, list[str]]:
    """Split a total over the people of Guangdong; return the plan and the values."""
    asked = {"unitId": encode_id("OrgUnit", planner.south.provinces[0]), "total": total, "inputs": []} | more
    made = await planner.does("createPlan", "Plan { id }", **planner.input(**asked))
    assert "id" in made, made
    plan = str(made["id"])
    nodes = await planner.nodes(plan)
    for node in nodes:
        why = await planner.ask(planner.hr, EXPLAIN, id=node["id"])
        assert (why["value"], why["holds"]) == (node["value"], True)
    held = await planner.ask(planner.hr, RECONCILE, id=plan)
    assert (held["holds"], held["levels"][0]["residual"]) == (True, "0.00")
    return plan, [node["value"] for node in nodes]


async def refused(planner: Gate, name: str = "createPlan", **asked: Any) -> tuple[str, str | None]:
    """Be refused, with nothing of the company changed."""
    before = await fingerprint(planner.south.company)
    found = await planner.does(name, "Plan { id }", **planner.input(**asked))
    assert await fingerprint(planner.south.company) == before
    return found["code"], found["field"]


@pytest.mark.parametrize(
    ("total", "values"),
    [
        ("0.00", ["0.00"] * 7),
        ("0.01", ["0.01", *["0.00"] * 6]),
        ("0.06", [*["0.01"] * 6, "0.00"]),
        ("1000000000000000.00", ["142857142857142.86"] * 5 + ["142857142857142.85"] * 2),
        ("9999999999999999.99", ["1428571428571428.57"] * 7),
    ],
)
async def test_seven_share_nothing_a_cent_and_ten_quadrillions_to_the_cent(planner: Gate, total: str, values: list[str]) -> None:
    await seven(planner)
    plan, found = await split(planner, total)
    assert found == values
    assert await planner.does("publishPlan", "Plan { state }", planId=plan, version=1) == {"state": "PUBLISHED"}


async def test_totals_below_zero_below_a_cent_and_beyond_every_sum_are_refused_by_their_place(planner: Gate) -> None:
    unit: dict[str, Any] = {"unitId": encode_id("OrgUnit", planner.south.provinces[0]), "inputs": []}
    for total, code in (
        ("-0.01", "PLAN_TOTAL_NEGATIVE"),
        ("0.001", "AMOUNT_INVALID"),
        ("10000000000000000.00", "AMOUNT_INVALID"),
        ("0.000000000001", "AMOUNT_INVALID"),
    ):
        assert await refused(planner, **unit, total=total) == (code, "total"), total


async def test_figures_weigh_to_their_twelfth_place_and_what_is_below_zero_there_is_refused(planner: Gate) -> None:
    """The one that weighs more by 0.000000000001 has the cent; a figure of eighteen places is none that the API takes."""
    people, version = await seven(planner), await template(planner, WEIGHED)
    figures = ["0.333333333333", "0.333333333334", *["0.333333333333"] * 5]

    def given(values: list[str]) -> dict[str, Any]:
        inputs = [
            {"childId": who, "figures": [{"name": "potential", "value": value}]}
            for who, value in zip(people, values, strict=True)
        ]
        return {"templateVersionId": version, "inputs": inputs}

    _, found = await split(planner, "0.01", **given(figures))
    assert found == ["0.00", "0.01", *["0.00"] * 5]
    unit: dict[str, Any] = {"unitId": encode_id("OrgUnit", planner.south.provinces[0]), "total": "1.00"}
    assert await refused(planner, **unit, **given(["0"] * 7)) == ("FACTOR_ALL_ZERO", "inputs.potential")
    assert await refused(planner, **unit, **given(["0", "-0.000000000001", *["1"] * 5])) == (
        "FACTOR_INPUT_NEGATIVE",
        "inputs[1].figures[0]",
    )
    wide = planner.input(**unit, **given(["0.333333333333333333", *figures[1:]]))
    asked = Ask(planner.ask.engine, planner.ask.ground, otherwise=first_code)
    assert await asked(planner.hr, change("createPlan", "Plan { id }"), input=wide) == "GRAPHQL_INVALID"


async def test_a_unit_without_people_or_with_nobody_chosen_has_nobody_to_split_over(planner: Gate) -> None:
    empty = encode_id("OrgUnit", await add_unit(planner.south.company, "E", "空部门"))
    assert await refused(planner, unitId=empty, inputs=[], total="1.00") == ("PLAN_WITHOUT_CHILDREN", "unitId")
    guangdong = encode_id("OrgUnit", planner.south.provinces[0])
    asked: dict[str, Any] = {"unitId": guangdong, "inputs": [], "total": "1.00", "participants": []}
    assert (await refused(planner, **asked))[0] == "PLAN_WITHOUT_CHILDREN"


async def test_who_has_no_grade_counts_once_beside_a_senior_of_one_point_eight(planner: Gate) -> None:
    """3,800,000 over one senior and two without a grade are those of the case: 1,800,000 and twice 1,000,000."""
    south, unit = planner.south, await add_unit(planner.south.company, "G", "新部门")
    senior, *plain = [await add_person(south.company, f"G{n}", f"人员{n}", unit=unit) for n in range(3)]
    async with tenant_transaction(south.company.system):
        for who, grade in ((senior, "高级"), *((each, "") for each in plain)):
            await execute("update person set grade = $2 where id = $1", who.person_id, grade)
    version = await template(planner, EQUAL | {"coefficients": [{"basis": "GRADE", "of": "高级", "value": "1.8"}]})
    asked = {"unitId": encode_id("OrgUnit", unit), "templateVersionId": version}
    _, found = await split(planner, "3800000.00", **asked)
    assert found == ["1800000.00", "1000000.00", "1000000.00"]


async def test_where_everybody_is_held_the_holds_are_the_total_and_nothing_else_is_possible(planner: Gate) -> None:
    people = await seven(planner)
    unit: dict[str, Any] = {"unitId": encode_id("OrgUnit", planner.south.provinces[0])}
    held = [{"childId": who, "held": f"{place}.01"} for place, who in enumerate(people)]
    plan, found = await split(planner, "21.07", inputs=held)
    assert found == [f"{place}.01" for place in range(7)]
    assert await planner.does("publishPlan", "Plan { state }", planId=plan, version=1) == {"state": "PUBLISHED"}
    for total in ("21.06", "21.08", "0.00"):
        code, _ = await refused(planner, **unit, inputs=held, total=total)
        assert code == "HOLD_IMPOSSIBLE", total
    # One who is not held takes what is left, and nothing where nothing is.
    _, found = await split(planner, "21.07", inputs=held[:6])
    assert found[6] == "6.01"
    _, found = await split(planner, "15.06", inputs=held[:6])
    assert found[6] == "0.00"
