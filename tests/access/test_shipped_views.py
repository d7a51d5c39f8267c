"""The three shipped views: decision maker, executor and administrator see different fields of the same goal (C93)."""

from decimal import Decimal
from importlib.resources import files
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.clock import today
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import SHIPPED, SubjectId, why_can
from plumb_tenants.surveys.service import NewSurvey, SurveyKind, answer_survey, close_survey, create_survey
from support.asking import Ask
from support.companies import add_person
from support.forms_made import publish_form
from support.goals_made import add_cycle, add_goals
from support.matrices import published
from support.office import Office, person_of
from support.south import make_south
from support.surveys_made import FORM

SEEN: dict[str, tuple[bool, set[str], set[str]]] = {
    "decision_maker": (True, {"Goal.target", "Goal.owner"}, {"Goal.weight", "Goal.months", "Goal.confirmedAt"}),
    "executor": (True, {"Goal.title", "Goal.parent"}, {"Goal.target", "Goal.weight", "Goal.months", "Goal.confirmedAt"}),
    "administrator": (True, {"Goal.confirmedAt", "Goal.owner"}, {"Goal.target", "Goal.weight", "Goal.months"}),
}


@pytest.mark.parametrize("view", sorted(SEEN))
async def test_each_view_has_fields_of_its_own(office: Office, view: str) -> None:
    company = office.company
    (goal,) = await add_goals(company, await add_cycle(company), [(office.below, office.clerk)])
    await published(company.admin, SHIPPED[view])
    viewer = await add_person(company, "V1", "观察者", unit=office.below, roles=(view,))
    allowed, shown, hidden = SEEN[view]
    async with tenant_transaction(company.admin):
        why = await why_can(
            company.admin,
            subject=SubjectId(person_id=person_of(viewer)),
            permission="goal:read",
            type_name="Goal",
            object_id=goal,
        )
    assert why.allowed is allowed
    assert shown & set(why.hidden) == set()
    assert hidden <= set(why.hidden)


async def test_an_executor_sees_all_of_their_own(office: Office) -> None:
    company = office.company
    await published(company.admin, SHIPPED["executor"])
    doer = await add_person(company, "V1", "执行者", unit=office.below, roles=("executor",))
    (goal,) = await add_goals(company, await add_cycle(company), [(office.below, doer)])
    assert isinstance(goal, UUID)
    async with tenant_transaction(company.admin):
        why = await why_can(
            company.admin, subject=SubjectId(person_id=person_of(doer)), permission="goal:read", type_name="Goal", object_id=goal
        )
    assert (why.allowed, why.hidden) == (True, ())


async def test_the_shipped_matrices_can_be_read_to_start_a_draft_from(office: Office, ask: Ask) -> None:
    query = "{ shippedMatrices { key body { ... on Matrix { roles { key grants { resource action scope fields } } } } } }"
    found: list[dict[str, Any]] = await ask(office.company.hr, query)
    assert [each["key"] for each in found] == list(SHIPPED)
    assert [each["body"]["roles"][-1]["key"] for each in found] == ["auditor", "decision_maker", "executor", "administrator"]


async def documents_asked(ask: Ask, office: Office, view: str, variables: dict[str, Any]) -> tuple[Any, list[str]]:
    """Ask a view's saved document as somebody who has the view's role alone; return data and what is hidden."""
    company = office.company
    await published(company.admin, SHIPPED[view])
    viewer = await add_person(company, "V1", "观察者", unit=office.below, roles=(view,))
    text = (files("plumb_templates") / "views" / f"{view}.graphql").read_text(encoding="utf-8")
    given = variables | ({"me": encode_id("Person", person_of(viewer))} if view == "executor" else {})
    body = await ask.body(viewer, text, **given)
    assert "errors" not in body
    return body["data"], body["extensions"]["hidden"] if "extensions" in body else []


async def test_the_saved_documents_show_each_view_its_own_fields(office: Office, ask: Ask) -> None:
    company = office.company
    cycle = await add_cycle(company)
    await add_goals(company, cycle, [(office.below, office.clerk)], title="华南销售额")
    given = {"cycle": encode_id("Cycle", cycle)}
    data, hidden = await documents_asked(ask, office, "decision_maker", given)
    (edge,) = data["goals"]["edges"]
    assert (edge["node"]["title"], edge["node"]["target"] is not None, hidden) == ("华南销售额", True, [])
    assert edge["node"]["owner"]["name"] is not None


async def test_a_decision_maker_sees_how_goals_reach_the_levels_below_and_where_more_is_assigned_than_the_total(
    database: Database, ask: Ask
) -> None:
    """C93: penetration by level and by survey, and over-investment: 31,485,000 of a total of 30,000,000."""
    south = await make_south()
    plan, nodes = await south.plan()
    await south.tune(south.manager, nodes[0], "11385000.00")
    await south.publish(plan, version=2)
    (whole,) = await add_goals(south.company, south.cycle, [(south.unit, south.manager)], target=Decimal("30000000.00"))
    form = await publish_form(south.company.hr, "survey", FORM)
    day = today("Asia/Shanghai")
    asked: dict[str, Any] = {"form_version_id": form, "opens_on": day, "closes_on": day, "title": "目标穿透"}
    asked |= {"kind": SurveyKind.PENETRATION, "correct": {"首要目标": ["新增签约"]}}
    async with tenant_transaction(south.company.hr):
        await execute("update goal set parent_id = $1 where id <> $1", whole)
        survey = await create_survey(south.company.hr, NewSurvey(**asked))
    for place, person in enumerate([south.manager, south.guangdong_manager, *south.representatives]):
        async with tenant_transaction(person):
            await answer_survey(person, survey_id=survey, values={"首要目标": "新增签约" if place else "降本"})
    async with tenant_transaction(south.company.hr):
        await close_survey(south.company.hr, survey_id=survey, version=1)
    office = Office(south.company, south.unit, south.provinces[0], south.manager, south.guangdong_manager)
    given = {"cycle": encode_id("Cycle", south.cycle)}
    data, hidden = await documents_asked(ask, office, "decision_maker", given)
    ((top,), (split,), (known,)) = ([each["node"] for each in data[name]["edges"]] for name in ("goals", "plans", "penetration"))
    below = [each["node"]["target"] for each in top["children"]["edges"]]
    assert (top["target"], below) == ("30000000.00", ["11385000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00"])
    assert (split["total"], split["gap"], len(split["nodes"]["edges"])) == ("30000000.00", "-1485000.00", 5)
    assert (known["state"], known["respondents"], known["value"], hidden) == ("TOLD", 5, "80.0", [])


async def test_an_executor_sees_of_colleagues_what_they_aim_at(office: Office, ask: Ask) -> None:
    company = office.company
    cycle = await add_cycle(company)
    await add_goals(company, cycle, [(office.below, office.clerk)], title="华南销售额")
    data, hidden = await documents_asked(ask, office, "executor", {"cycle": encode_id("Cycle", cycle)})
    (edge,) = data["colleagues"]["edges"]
    assert (edge["node"]["title"], edge["node"]["target"], edge["node"]["weight"]) == ("华南销售额", None, None)
    assert data["mine"]["edges"] == []
    assert set(hidden) == {"Goal.target", "Goal.weight", "Goal.unitOfMeasure", "Goal.months"}


async def test_an_administrator_sees_who_has_not_confirmed_and_no_target(office: Office, ask: Ask) -> None:
    company = office.company
    cycle = await add_cycle(company)
    await add_goals(company, cycle, [(office.below, office.clerk)], title="华南销售额", confirmed=False)
    data, hidden = await documents_asked(ask, office, "administrator", {"cycle": encode_id("Cycle", cycle)})
    (edge,) = data["waiting"]["edges"]
    assert (edge["node"]["title"], edge["node"]["target"], data["waiting"]["totalCount"]) == ("华南销售额", None, 1)
    assert hidden == ["Goal.target"]
