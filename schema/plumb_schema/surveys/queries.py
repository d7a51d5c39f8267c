"""Queries of surveys."""

import strawberry

from plumb_schema.reads.classes import connection, single
from plumb_schema.surveys.types import Survey


@strawberry.type
class SurveyQuery:
    surveys = connection(Survey, description="调查列表 / The company's surveys, newest first.")
    survey = single(Survey, description="调查 / One survey.")
