"""Mutations of surveys: hold, answer, close."""

from datetime import date

import strawberry
from strawberry.scalars import JSON

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_schema.surveys.types import Survey
from plumb_tenants.surveys import service


@strawberry.input(description="正确答案 / The answers of a field that count as right.")
class RightAnswersInput:
    key: str
    accepted: list[JSON]


@strawberry.input(description="新建调查 / Hold a survey over a form; both days belong to it.")
class CreateSurveyInput:
    form_version_id: strawberry.ID
    kind: service.SurveyKind
    title: str
    opens_on: date
    closes_on: date
    score_field: str | None = None
    correct: list[RightAnswersInput] = strawberry.field(default_factory=list)
    about_version_id: strawberry.ID | None = None

    def opened(self) -> service.NewSurvey:
        """Return the service's survey."""
        about = self.about_version_id
        return service.NewSurvey(
            form_version_id=decode_id(self.form_version_id, "DefinitionVersion", field="formVersionId"),
            kind=self.kind,
            title=self.title,
            opens_on=self.opens_on,
            closes_on=self.closes_on,
            score_field=self.score_field,
            correct={each.key: each.accepted for each in self.correct},
            about_version_id=decode_optional_id(about, "DefinitionVersion", field="aboutVersionId"),
        )


@strawberry.input(description="作答 / Answer a survey, once and unseen.")
class AnswerSurveyInput:
    survey_id: strawberry.ID
    values: JSON


@strawberry.input(description="结束调查 / Close a survey before its last day.")
class CloseSurveyInput:
    survey_id: strawberry.ID
    version: int


@strawberry.type
class SurveyMutation:
    @mutation(needs=Permission.SURVEY_WRITE, description="新建调查 / Hold a survey over a form.")
    async def create_survey(self, info: Info, input: CreateSurveyInput) -> Survey:
        return row_of(Survey, await service.create_survey(info.context.caller, input.opened()))

    @mutation(needs=Permission.SURVEY_ANSWER, description="作答 / Answer once; nobody sees whose answer it is.")
    async def answer_survey(self, info: Info, input: AnswerSurveyInput) -> Survey:
        survey_id = decode_id(input.survey_id, "Survey", field="surveyId")
        answered = await service.answer_survey(info.context.caller, survey_id=survey_id, values=input.values)  # type: ignore[arg-type] # any JSON
        return row_of(Survey, answered)

    @mutation(needs=Permission.SURVEY_WRITE, description="结束调查 / Close a survey; its figure is told if enough answered.")
    async def close_survey(self, info: Info, input: CloseSurveyInput) -> Survey:
        survey_id = decode_id(input.survey_id, "Survey", field="surveyId")
        closed = await service.close_survey(info.context.caller, survey_id=survey_id, version=input.version)
        return row_of(Survey, closed)
