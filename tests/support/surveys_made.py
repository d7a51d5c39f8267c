"""A survey that one person has answered, over a form that tells of nobody."""

from datetime import timedelta
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import tenant_transaction
from plumb_tenants.surveys import service
from support.forms_made import publish_form

FORM: dict[str, Any] = {
    "title": "目标调查",
    "fields": [
        {"key": "首要目标", "type": "single_choice", "label": "本季首要目标", "required": True}
        | {"choices": [{"key": key, "label": key} for key in ("新增签约", "续费", "降本")]},
        {"key": "公平性", "type": "integer", "label": "公平性评分"},
    ],
}


async def fill_surveys(hr: Actor, owner: Actor) -> None:
    """Leave an open survey about a form, answered once."""
    form = await publish_form(hr, "survey", FORM)
    day = today("Asia/Shanghai")
    async with tenant_transaction(hr):
        survey = await service.create_survey(
            hr,
            service.NewSurvey(
                form_version_id=form,
                about_version_id=form,
                kind=service.SurveyKind.FAIRNESS,
                title="公平性调查",
                opens_on=day - timedelta(days=1),
                closes_on=day + timedelta(days=30),
                score_field="公平性",
            ),
        )
    async with tenant_transaction(owner):
        await service.answer_survey(owner, survey_id=survey, values={"首要目标": "续费", "公平性": 8})
