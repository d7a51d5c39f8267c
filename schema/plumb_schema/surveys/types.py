"""GraphQL type of a survey."""

import strawberry

import plumb_schema.definitions.types  # noqa: F401 - its references lead there
from plumb_schema.ground.ids import Node
from plumb_schema.reads.classes import of
from plumb_tenants.surveys import service
from plumb_tenants.surveys.resources import SURVEY

strawberry.enum(service.SurveyKind, description="调查类型 / What a survey finds out.")
strawberry.enum(service.SurveyState, description="调查状态 / A suppressed survey had too few answers to tell anything.")


@of(SURVEY)
class Survey(Node):
    pass
