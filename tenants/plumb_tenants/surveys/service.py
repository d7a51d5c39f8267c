"""What people do with surveys: ask, answer once and unseen, close, and be told a figure over enough people (C64, C90)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, reaches_whole, require
from plumb_tenants.definitions.service import company_today, effective_version, version_exists
from plumb_tenants.forms.service import FieldType, PublishedVersion, answers_to, form_of, form_to_fill
from plumb_tenants.goals.service import is_text
from plumb_tenants.surveys.definition import KEY, KIND, SHIPPED
from plumb_tenants.surveys.models import Survey, SurveyAnswer, SurveyParticipant
from plumb_tenants.surveys.rules import LEAST_SCORE, MOST_SCORE, SurveyKind, SurveyState, mean_score, penetration, told

__all__ = [
    "NewSurvey",
    "SurveyKind",
    "SurveyState",
    "answer_survey",
    "close_due_surveys",
    "close_survey",
    "create_survey",
    "survey_is_closed",
]
NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL)
TELLING = (FieldType.PERSON, FieldType.FED, FieldType.ATTACHMENT)


class SurveyInvalid(InvalidInput):
    """A survey can be answered and counted."""

    code = "SURVEY_INVALID"
    zh = "调查设置有误：{reason_zh}。"
    en = "The survey cannot be held: {reason_en}."


class FormNotAnonymous(InvalidInput):
    """A question that names a person, a synced figure or a file would tell who answered."""

    code = "SURVEY_FORM_NOT_ANONYMOUS"
    zh = "字段“{key}”（{type}）可能暴露答卷人，不能用于调查。"
    en = "The field {key} ({type}) could tell who answered, so the form cannot be a survey."


class FormHasFlow(InvalidInput):
    """An answer that somebody decides about is not anonymous."""

    code = "SURVEY_FORM_HAS_FLOW"
    zh = "该表单须经审批流程“{flow}”，会暴露答卷人，不能用于调查；请使用不设流程的表单。"
    en = "The form runs on the flow {flow}, which would tell who answered; use a form without a flow."


class SurveyNotOpen(Refused):
    """A survey is answered between its first and its last day."""

    code = "SURVEY_NOT_OPEN"
    zh = "该调查于 {opens_on} 至 {closes_on} 开放，现在不能作答。"
    en = "The survey is open from {opens_on} to {closes_on}; it cannot be answered now."


class SurveyAnswered(Refused):
    """Everybody answers once."""

    code = "SURVEY_ANSWERED"
    zh = "您已作答，每人一次。"
    en = "You have answered already; everybody answers once."


class SurveyClosed(Refused):
    """A closed survey stays as it is."""

    code = "SURVEY_CLOSED"
    zh = "该调查已结束。"
    en = "The survey is closed."


class ScoreOutOfRange(InvalidInput):
    """Scores are of ten."""

    code = "SURVEY_SCORE_RANGE"
    zh = "评分 {value} 须在 0 到 10 之间。"
    en = "The score {value} must be between 0 and 10."


class SurveyPersonMissing(Refused):
    """Employees answer."""

    code = "SURVEY_PERSON_MISSING"
    zh = "您的账号没有关联员工，不能作答。"
    en = "Your account belongs to no employee, so you cannot answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSurvey:
    """A survey to hold: PENETRATION has right answers by field, the others a field with the score."""

    form_version_id: UUID
    kind: SurveyKind
    title: str
    opens_on: date
    closes_on: date
    score_field: str | None = None
    correct: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    about_version_id: UUID | None = None


async def create_survey(actor: Actor, survey: NewSurvey) -> UUID:
    """Set a survey up, and return its id."""
    await require(actor, Permission.SURVEY_WRITE)
    form = await form_to_fill(actor, survey.form_version_id, field="formVersionId")
    _check(survey, form)
    if survey.about_version_id is not None and not await version_exists(survey.about_version_id):
        raise NotFound(field="aboutVersionId")
    rules = await effective_version(actor, kind=KIND, key=KEY)
    made = await Survey.create(
        definition_version_id=form.id,
        about_version_id=survey.about_version_id,
        kind=survey.kind.value,
        title=survey.title.strip(),
        opens_on=survey.opens_on,
        closes_on=survey.closes_on,
        score_field=survey.score_field,
        correct={key: list(accepted) for key, accepted in survey.correct.items()},
        minimum=(rules.body if rules else SHIPPED).minimum_answers,
        created_by=actor.membership_id,
    )
    after = {"title": made.title, "kind": made.kind, "form": str(form.id), "minimum": made.minimum}
    await record(actor, "survey.create", "survey", made.id, after=after)
    return made.id


async def answer_survey(actor: Actor, *, survey_id: UUID, values: Mapping[str, Any]) -> UUID:
    """Answer once; that one has is kept, what one said is kept apart from it. Raises the first problem of the form."""
    await require(actor, Permission.SURVEY_ANSWER)
    if actor.person_id is None:
        raise SurveyPersonMissing
    # Shared: many answer at once, and closing waits for them.
    await execute("select 1 from survey where id = $1 for share", survey_id)
    survey = await _survey(survey_id)
    today = await company_today(actor)
    if survey.closed_at is not None or not survey.opens_on <= today <= survey.closes_on:
        raise SurveyNotOpen(field="surveyId", opens_on=survey.opens_on, closes_on=survey.closes_on)
    kept = answers_to(await form_of(actor, survey.definition_version_id), values)
    _check_score(survey, kept)
    if not await _first_answer(survey.id, actor.person_id):
        raise SurveyAnswered(field="surveyId")
    await SurveyAnswer.create(survey_id=survey.id, values=kept)
    await record(actor, "survey.answer", "survey", survey.id)
    return survey.id


async def close_survey(actor: Actor, *, survey_id: UUID, version: int) -> UUID:
    """Close a survey before its last day, and return its id; its figure is told if enough have answered."""
    if not await reaches_whole(actor, Permission.SURVEY_WRITE):
        raise NotFound(field="surveyId")
    survey = await _survey(survey_id, lock=True)
    if survey.closed_at is not None:
        raise SurveyClosed(field="surveyId")
    if survey.version != version:
        raise Conflict(current_version=survey.version)
    await _close(actor, survey)
    return survey.id


async def survey_is_closed(survey_id: UUID) -> bool:
    """Return whether a survey is closed; no permission is asked for."""
    return (await _survey(survey_id)).closed_at is not None


async def close_due_surveys(actor: Actor) -> None:
    """Close every survey of the company whose last day is over; the timer's duty."""
    today = await company_today(actor)
    for row in await Survey.filter(closed_at=None, closes_on__lt=today).select_for_update(no_key=True).order_by("id"):
        await _close(actor, row)


async def _close(actor: Actor, survey: Survey) -> None:
    answers = [row.values for row in await SurveyAnswer.filter(survey_id=survey.id)]
    if survey.kind == SurveyKind.PENETRATION:
        count, value = penetration(answers, survey.correct)
    else:
        count, value = mean_score(answers, survey.score_field or "")
    survey.respondents, survey.value = count, told(count, value, minimum=survey.minimum)
    survey.closed_at, survey.version = now(), survey.version + 1
    await survey.save(update_fields=["respondents", "value", "closed_at", "version"])
    figures = {"respondents": count, "value": None if survey.value is None else str(survey.value)}
    await record(actor, "survey.close", "survey", survey.id, after=figures)


async def _survey(survey_id: UUID, *, lock: bool = False) -> Survey:
    rows = Survey.filter(id=survey_id)
    found = await (rows.select_for_update(no_key=True) if lock else rows).first()
    if found is None:
        raise NotFound(field="surveyId")
    return found


async def _first_answer(survey_id: UUID, person_id: UUID) -> bool:
    participant = SurveyParticipant(survey_id=survey_id, person_id=person_id)
    await SurveyParticipant.bulk_create([participant], ignore_conflicts=True)
    return await SurveyParticipant.filter(id=participant.id).exists()


def _check(survey: NewSurvey, form: PublishedVersion) -> None:
    fields = {each.key: each for each in form.body.fields}
    if form.body.flow:
        raise FormHasFlow(field="formVersionId", flow=form.body.flow)
    for each in form.body.fields:
        if each.type in TELLING:
            raise FormNotAnonymous(field="formVersionId", key=each.key, type=each.type.value)
    if not is_text(survey.title, longest=120):
        raise _invalid("title", "名称须为 1 到 120 个字符", "a title has 1 to 120 characters")
    if survey.closes_on < survey.opens_on:
        raise _invalid("closesOn", "结束日期早于开始日期", "it closes before it opens")
    if survey.kind is SurveyKind.PENETRATION:
        if not survey.correct or not all(accepted for accepted in survey.correct.values()):
            raise _invalid("correct", "须填写正确答案", "right answers are missing")
        if not set(survey.correct) <= set(fields):
            raise _invalid("correct", "正确答案引用了不存在的字段", "right answers name a field that is not there")
    elif survey.score_field not in fields or fields[survey.score_field].type not in NUMBERS:
        raise _invalid("scoreField", "评分字段须为表单中的整数或小数字段", "the score is a whole or decimal number of the form")


def _check_score(survey: Survey, kept: Mapping[str, Any]) -> None:
    score = kept.get(survey.score_field) if survey.score_field else None
    if score is not None and not LEAST_SCORE <= Decimal(str(score)) <= MOST_SCORE:
        raise ScoreOutOfRange(field=f"values.{survey.score_field}", value=str(score))


def _invalid(place: str, zh: str, en: str) -> SurveyInvalid:
    return SurveyInvalid(field=place, reason_zh=zh, reason_en=en)
