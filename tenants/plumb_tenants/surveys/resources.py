"""What stands behind a survey, as people see it: never an answer, never who gave one."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Resource,
    day,
    decimal,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
)
from plumb_tenants.surveys.rules import SurveyKind, SurveyState

_STATE = "case when {row}.closed_at is null then 'OPEN' when {row}.respondents >= {row}.minimum then 'TOLD' else 'SUPPRESSED' end"

SURVEY = register(
    Resource(
        type_name="Survey",
        doc="调查 / Anonymous answers to a form, of which one figure over enough people is told.",
        table="survey",
        read=Permission.SURVEY_READ,
        reads=("survey",),
        order=("-id",),
        columns=(
            text("title", core=True),
            enumerated("kind", SurveyKind, core=True),
            enumerated("state", SurveyState, _STATE, core=True),
            reference("form_version_id", "DefinitionVersion", "{row}.definition_version_id", core=True),
            reference("about_version_id", "DefinitionVersion", doc="关联模板版本 / The version that it is about."),
            day("opens_on", core=True),
            day("closes_on", core=True),
            integer("minimum", core=True, doc="最少人数 / Fewer answers are never told of."),
            integer("respondents", doc="答卷数 / How many answered; null until it is closed."),
            decimal("value", doc="结果 / Percent of right answers, or the mean score of ten; null while open and with too few."),
            instant("closed_at"),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
        ),
    )
)
