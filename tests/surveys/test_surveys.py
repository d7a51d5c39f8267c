"""Surveys: the figures, the least number of answers, and that no answer can be told from another (C64, C90)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.exceptions import BaseORMException

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, fetch, fetch_one, tenant_transaction
from plumb_platform.errors import DomainError, Forbidden, NotFound
from plumb_tenants.surveys import service
from plumb_tenants.surveys.rules import SurveyKind, mean_score, penetration, told
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.forms_made import publish_form
from support.metrics_made import publish_body
from support.surveys_made import FORM

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
DAY = date(2026, 3, 2)


def test_penetration_is_right_answers_over_respondents() -> None:
    answers = [{"a": "x"}] * 7 + [{"a": "y"}] * 18
    assert penetration(answers, {"a": ["x"]}) == (25, Decimal("28.0"))
    # Case 002: from 28 to 79 in a hundred.
    assert penetration([{"a": "x"}] * 79 + [{"a": "y"}] * 21, {"a": ["x"]}) == (100, Decimal("79.0"))
    assert penetration([{"a": "x", "b": 1}, {"a": "x", "b": 2}], {"a": ["x"], "b": [1]}) == (2, Decimal("50.0"))
    assert penetration([], {"a": ["x"]}) == (0, None)


def test_the_mean_score_has_one_decimal_and_who_gave_none_does_not_count() -> None:
    assert mean_score([{"s": 8}, {"s": 8}, {"s": 7}, {}], "s") == (3, Decimal("7.7"))
    assert mean_score([{}], "s") == (0, None)
    # Case 004: from 5.8 to 7.9.
    for scores, mean in (([6, 6, 6, 6, 5], "5.8"), ([8, 8, 8, 8, 8, 8, 8, 8, 8, 7], "7.9")):
        assert mean_score([{"s": score} for score in scores], "s") == (len(scores), Decimal(mean))


@given(st.lists(st.integers(0, 10), max_size=20), st.integers(3, 10))
def test_a_figure_over_fewer_than_the_minimum_is_never_told(scores: list[int], minimum: int) -> None:
    count, value = mean_score([{"s": score} for score in scores], "s")
    found = told(count, value, minimum=minimum)
    assert (found is None) == (len(scores) < minimum)
    if found is not None:
        assert 0 <= found <= 10


@dataclass
class Hall:
    """A company of six employees and a survey form."""

    company: CompanyFixture
    people: Sequence[Actor]
    form: UUID

    async def hold(self, kind: SurveyKind = SurveyKind.FAIRNESS, **changes: Any) -> UUID:
        """Hold a survey of three days."""
        given: dict[str, Any] = {"score_field": "公平性"}
        if kind is SurveyKind.PENETRATION:
            given = {"correct": {"首要目标": ["新增签约"]}}
        given |= {"kind": kind, "title": "二季度调查", "opens_on": DAY, "closes_on": DAY + timedelta(days=2)}
        async with tenant_transaction(self.company.hr):
            return await service.create_survey(
                self.company.hr, service.NewSurvey(**{"form_version_id": self.form} | given | changes)
            )

    async def answer(self, survey: UUID, actor: Actor, goal: str = "新增签约", score: Any = 8) -> None:
        """Answer as somebody."""
        async with tenant_transaction(actor):
            await service.answer_survey(actor, survey_id=survey, values={"首要目标": goal, "公平性": score})

    async def close(self, survey: UUID) -> tuple[int | None, str | None]:
        """Close a survey, and return respondents and figure."""
        async with tenant_transaction(self.company.hr):
            await service.close_survey(self.company.hr, survey_id=survey, version=1)
        return await self.figure(survey)

    async def figure(self, survey: UUID) -> tuple[int | None, str | None]:
        """Return respondents and figure as they are told."""
        async with tenant_transaction(self.company.system):
            row = await fetch_one("select respondents, value from survey where id = $1", survey)
        assert row is not None
        return row["respondents"], None if row["value"] is None else str(row["value"])


@pytest.fixture
async def hall(database: Database) -> Hall:
    company = await make_company()
    unit = await add_unit(company, "HD", "华东")
    people = [await add_person(company, f"S{n}", f"员工{n}", unit=unit) for n in range(1, 7)]
    with clock_at(NOW):
        return Hall(company, people, await publish_form(company.hr, "survey", FORM))


async def refusal(act: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act()
    return caught.value


async def test_goal_penetration_of_a_company(hall: Hall) -> None:
    with clock_at(NOW):
        survey = await hall.hold(SurveyKind.PENETRATION)
        for place, person in enumerate(hall.people):
            await hall.answer(survey, person, "新增签约" if place < 5 else "降本")
        assert await hall.close(survey) == (6, "83.3")


async def test_fairness_over_too_few_answers_is_suppressed_for_everybody(hall: Hall) -> None:
    with clock_at(NOW):
        survey = await hall.hold()
        for person in hall.people[:4]:
            await hall.answer(survey, person)
        assert await hall.close(survey) == (4, None)


async def test_the_rating_of_transparency_is_told_from_the_minimum_on(hall: Hall) -> None:
    with clock_at(NOW):
        surveys = [await hall.hold(SurveyKind.TRANSPARENCY) for _ in range(2)]
        for survey, scores in zip(surveys, ((9, 8, 8, 7), (9, 8, 8, 7, 9)), strict=True):
            for person, score in zip(hall.people, scores, strict=False):
                await hall.answer(survey, person, score=score)
        assert [await hall.close(survey) for survey in surveys] == [(4, None), (5, "8.2")]


async def test_the_minimum_is_the_companys_own_and_never_below_three(hall: Hall) -> None:
    with clock_at(NOW):
        with pytest.raises(DomainError):
            await publish_body(hall.company.hr, "survey", "default", {"minimum_answers": 2})
        await publish_body(hall.company.hr, "survey", "default", {"minimum_answers": 3})
        survey = await hall.hold()
        for person, score in zip(hall.people, (9, 8, 7), strict=False):
            await hall.answer(survey, person, score=score)
        assert await hall.close(survey) == (3, "8.0")


async def test_nothing_is_told_while_a_survey_is_open_so_that_no_answer_shows_as_a_difference(hall: Hall) -> None:
    with clock_at(NOW):
        survey = await hall.hold()
        for person in hall.people:
            await hall.answer(survey, person)
            assert await hall.figure(survey) == (None, None)


async def test_no_row_tells_whose_answer_it_is_or_when_it_came(hall: Hall) -> None:
    with clock_at(NOW):
        survey = await hall.hold()
        for place, person in enumerate(hall.people):
            await hall.answer(survey, person, score=place)
    async with tenant_transaction(hall.company.system):
        columns = await fetch(
            "select table_name as t, column_name as c from information_schema.columns "
            "where table_name in ('survey_answer', 'survey_participant') order by 1, 2"
        )
        answers = [row["values"] for row in await fetch("select values::text as values from survey_answer order by id")]
        people = [row["person_id"] for row in await fetch("select person_id from survey_participant order by id")]
        told = await fetch("select before::text as before, after::text as after from audit_entry where action = 'survey.answer'")
    assert [(row["t"], row["c"]) for row in columns] == [
        ("survey_answer", "id"),
        ("survey_answer", "survey_id"),
        ("survey_answer", "tenant_id"),
        ("survey_answer", "values"),
        ("survey_participant", "id"),
        ("survey_participant", "person_id"),
        ("survey_participant", "survey_id"),
        ("survey_participant", "tenant_id"),
    ]
    assert (len(answers), len(people)) == (6, 6)
    assert {(row["before"], row["after"]) for row in told} == {(None, None)}


async def test_everybody_answers_once_even_twice_at_the_same_moment(hall: Hall) -> None:
    with clock_at(NOW):
        survey = await hall.hold()
        done = await asyncio.gather(*(hall.answer(survey, hall.people[0]) for _ in range(2)), return_exceptions=True)
        assert sorted(type(each).__name__ for each in done) == ["NoneType", "SurveyAnswered"]
        assert (await refusal(lambda: hall.answer(survey, hall.people[0]))).code == "SURVEY_ANSWERED"
    async with tenant_transaction(hall.company.system):
        assert len(await fetch("select id from survey_answer")) == 1


async def test_an_answer_that_does_not_fit_or_comes_too_late_is_refused(hall: Hall) -> None:
    with clock_at(NOW):
        survey = await hall.hold()
        cases = (("别的", 8, "FORM_CHOICE_UNKNOWN"), ("", 8, "FORM_FIELD_REQUIRED"), ("续费", 11, "SURVEY_SCORE_RANGE"))
        for goal, score, code in cases:
            error = await refusal(partial(hall.answer, survey, hall.people[0], goal, score))
            assert error.code == code
        assert (await refusal(lambda: hall.answer(survey, hall.company.hr))).code == "SURVEY_PERSON_MISSING"
        assert isinstance(await refusal(lambda: hall.answer(UUID(int=7), hall.people[0])), NotFound)
    with clock_at(NOW + timedelta(days=3)):
        assert (await refusal(lambda: hall.answer(survey, hall.people[0]))).code == "SURVEY_NOT_OPEN"
        async with tenant_transaction(hall.company.system):
            await service.close_due_surveys(hall.company.system)
            await service.close_due_surveys(hall.company.system)
    assert await hall.figure(survey) == (0, None)
    async with tenant_transaction(hall.company.system):
        assert await fetch("select id from survey_participant") == []


async def test_a_closed_survey_never_changes(hall: Hall) -> None:
    with clock_at(NOW):
        survey = await hall.hold()
        await hall.close(survey)
        assert (await refusal(lambda: hall.close(survey))).code == "SURVEY_CLOSED"
    for sql in ("update survey set value = 9.9", "update survey_answer set values = '{}'", "delete from survey_participant"):
        with pytest.raises(BaseORMException):
            async with tenant_transaction(hall.company.system):
                await execute(sql)
                await execute("update survey set value = 1")


async def test_a_survey_that_cannot_be_counted_or_could_tell_is_not_held(hall: Hall) -> None:
    with clock_at(NOW):
        naming = {"key": "谁", "type": "person", "label": "谁"}
        telling = await publish_form(hall.company.hr, "telling", FORM | {"fields": [*FORM["fields"], naming]})
        cases: list[tuple[dict[str, Any], str, str]] = [
            ({"form_version_id": telling}, "SURVEY_FORM_NOT_ANONYMOUS", "formVersionId"),
            ({"score_field": "首要目标"}, "SURVEY_INVALID", "scoreField"),
            ({"score_field": None}, "SURVEY_INVALID", "scoreField"),
            ({"kind": SurveyKind.PENETRATION, "correct": {}}, "SURVEY_INVALID", "correct"),
            ({"kind": SurveyKind.PENETRATION, "correct": {"无": ["x"]}}, "SURVEY_INVALID", "correct"),
            ({"title": " "}, "SURVEY_INVALID", "title"),
            ({"closes_on": DAY - timedelta(days=1)}, "SURVEY_INVALID", "closesOn"),
            ({"about_version_id": UUID(int=7)}, "NOT_FOUND", "aboutVersionId"),
        ]
        for changes, code, field in cases:
            error = await refusal(partial(hall.hold, **changes))
            assert (error.code, error.field) == (code, field)
        given: dict[str, Any] = {"kind": SurveyKind.FAIRNESS, "title": "t", "opens_on": DAY, "closes_on": DAY}
        with pytest.raises(Forbidden):
            async with tenant_transaction(hall.people[0]):
                await service.create_survey(hall.people[0], service.NewSurvey(form_version_id=hall.form, **given))
        survey = await hall.hold(about_version_id=hall.form)
    async with tenant_transaction(hall.company.system):
        row = await fetch_one("select about_version_id from survey where id = $1", survey)
    assert row == {"about_version_id": hall.form}
