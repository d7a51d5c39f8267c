"""A survey through the API alone: held, answered unseen, closed, its figure told; the curve beside a form (C64, C90, C4)."""

from datetime import UTC, datetime

from plumb_platform.clock import clock_at
from plumb_platform.database import Database
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.companies import add_person, add_unit, make_company
from support.forms_made import publish_form
from support.metrics_made import publish_library
from support.surveys_made import FORM

PROBLEM = "... on Problem { code field }"
SURVEY = "id state version respondents value minimum kind"
CREATE = f"mutation ($input: CreateSurveyInput!) {{ createSurvey(input: $input) {{ ... on Survey {{ {SURVEY} }} {PROBLEM} }} }}"
ANSWER = f"mutation ($input: AnswerSurveyInput!) {{ answerSurvey(input: $input) {{ ... on Survey {{ {SURVEY} }} {PROBLEM} }} }}"
CLOSE = f"mutation ($input: CloseSurveyInput!) {{ closeSurvey(input: $input) {{ ... on Survey {{ {SURVEY} }} {PROBLEM} }} }}"
CURVE = "query ($metric: String!) { historyCurve(metric: $metric) { month actual target lastYear } }"


async def test_penetration_is_told_when_enough_have_answered_and_not_before_it_is_closed(database: Database, ask: Ask) -> None:
    company = await make_company()
    unit = await add_unit(company, "HD", "华东")
    people = [await add_person(company, f"S{n}", f"员工{n}", unit=unit) for n in range(5)]
    with clock_at(datetime(2026, 3, 2, tzinfo=UTC)):
        form = await publish_form(company.hr, "survey", FORM)
        given = {
            "formVersionId": encode_id("DefinitionVersion", form),
            "kind": "PENETRATION",
            "title": "目标穿透",
            "opensOn": "2026-03-01",
            "closesOn": "2026-03-31",
            "correct": [{"key": "首要目标", "accepted": ["新增签约", "续费"]}],
        }
        assert (await ask(people[0], CREATE, input=given))["code"] == "FORBIDDEN"
        survey = await ask(company.hr, CREATE, input=given)
        assert (survey["state"], survey["minimum"], survey["value"]) == ("OPEN", 5, None)
        for person, goal in zip(people, ("新增签约", "续费", "降本", "新增签约", "续费"), strict=True):
            seen = await ask(person, ANSWER, input={"surveyId": survey["id"], "values": {"首要目标": goal}})
            assert (seen["state"], seen["respondents"], seen["value"]) == ("OPEN", None, None)
        again = await ask(people[0], ANSWER, input={"surveyId": survey["id"], "values": {"首要目标": "续费"}})
        assert again == {"code": "SURVEY_ANSWERED", "field": "surveyId"}
        closed = await ask(company.hr, CLOSE, input={"surveyId": survey["id"], "version": 1})
        assert (closed["state"], closed["respondents"], closed["value"]) == ("TOLD", 5, "80.0")


async def test_a_curve_without_any_history_is_twelve_months_of_null(database: Database, ask: Ask) -> None:
    company = await make_company()
    unit = await add_unit(company, "HD", "华东")
    person = await add_person(company, "S1", "员工", unit=unit)
    with clock_at(datetime(2026, 3, 2, tzinfo=UTC)):
        await publish_library(company.hr, "revenue")
        curve = await ask(person, CURVE, metric="revenue")
    assert (len(curve), curve[0]["month"], curve[-1]["month"]) == (12, "2025-04-01", "2026-03-01")
    assert {(point["actual"], point["target"], point["lastYear"]) for point in curve} == {(None, None, None)}
