"""The surveys that Plumb brings along, held over the API: penetration, fairness, transparency (C64, C90, issue 4 point 12)."""

from datetime import UTC, datetime

from plumb_platform.clock import clock_at
from plumb_platform.database import Database
from plumb_tenants.forms.packs import Pack, contents_of
from support.asking import Ask
from support.companies import add_person, add_unit, make_company

PROBLEM = "... on Problem { code field }"
SURVEY = "Survey { id state version respondents value minimum kind }"
ADOPT = f"""mutation ($input: AdoptFormPackInput!) {{
  adoptFormPack(input: $input) {{ ... on AdoptedFormPack {{ versionIds }} {PROBLEM} }} }}"""
SCORES = ("透明度评分", "来源清楚", "位置清楚", "变更知情")


def change(name: str) -> str:
    """Return the document of a mutation of surveys."""
    return f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ ... on {SURVEY} {PROBLEM} }} }}"


def test_every_question_of_a_shipped_survey_is_there_in_both_languages() -> None:
    for form in contents_of(Pack.GOAL_SURVEYS):
        assert form.body["title"]
        assert form.body["title_en"]
        for field in form.body["fields"]:
            assert field["label"]
            assert field["label_en"]
            assert all(choice["label"] and choice["label_en"] for choice in field.get("choices", ()))


async def test_transparency_is_told_over_five_answers_and_suppressed_over_four(database: Database, ask: Ask) -> None:
    company = await make_company()
    unit = await add_unit(company, "HD", "华东")
    people = [await add_person(company, f"S{n}", f"员工{n}", unit=unit) for n in range(5)]
    with clock_at(datetime(2026, 3, 2, 4, tzinfo=UTC)):
        forms = (await ask(company.hr, ADOPT, input={"pack": "GOAL_SURVEYS"}))["versionIds"]
        assert len(forms) == 4
        days = {"opensOn": "2026-03-01", "closesOn": "2026-03-31"}
        asked = {"formVersionId": forms[2], "kind": "TRANSPARENCY", "scoreField": "透明度评分", "title": "目标透明度"} | days
        for answers, figure in ((4, ("SUPPRESSED", 4, None)), (5, ("TOLD", 5, "7.4"))):
            survey = await ask(company.hr, change("createSurvey"), input=asked)
            assert survey["minimum"] == 5
            given = {"surveyId": survey["id"], "values": dict.fromkeys(SCORES, 11)}
            refused = await ask(people[0], change("answerSurvey"), input=given)
            assert refused == {"code": "FORM_VALUE_ABOVE", "field": "透明度评分"}
            given = {"surveyId": survey["id"], "values": {"透明度评分": 7}}
            assert (await ask(people[0], change("answerSurvey"), input=given))["field"] == "来源清楚"
            for person, score in zip(people[:answers], (9, 8, 7, 7, 6), strict=False):
                given = {"surveyId": survey["id"], "values": dict.fromkeys(SCORES, 5) | {"透明度评分": score}}
                seen = await ask(person, change("answerSurvey"), input=given)
                assert (seen["respondents"], seen["value"]) == (None, None)
            closed = await ask(company.hr, change("closeSurvey"), input={"surveyId": survey["id"], "version": 1})
            assert (closed["state"], closed["respondents"], closed["value"]) == figure
        penetration = {"formVersionId": forms[0], "kind": "PENETRATION", "title": "穿透", **days}
        penetration["correct"] = [{"key": "首要目标", "accepted": ["续费留存"]}]
        fairness = {"formVersionId": forms[1], "kind": "FAIRNESS", "title": "公平", "scoreField": "公平性评分", **days}
        for given in (penetration, fairness):
            assert (await ask(company.hr, change("createSurvey"), input=given))["state"] == "OPEN"
