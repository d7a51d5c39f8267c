"""The kind `survey`: over how many answers a figure must be before anybody is told it."""

from typing import Annotated

from pydantic import Field

from plumb_tenants.definitions.kinds import Body, Kind, register

KIND, KEY = "survey", "default"


class SurveyRules(Body):
    """The least number of answers that a figure is told of; never fewer than three."""

    minimum_answers: Annotated[int, Field(ge=3, le=1000)] = 5


SHIPPED = SurveyRules()
"""What holds until a company publishes rules."""

register(Kind(name=KIND, zh="调查规则", en="Survey rules", body=SurveyRules))
