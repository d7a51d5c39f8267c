"""The kinds `decomposition`, how totals are split, and `calibration`, which templates feedback is collected about (C44)."""

from typing import Annotated

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_tenants.decomposition.calibrating import first_day_of_proposal, settle_proposal
from plumb_tenants.decomposition.linting import lint
from plumb_tenants.decomposition.portraits import check_portrait
from plumb_tenants.decomposition.sourcing import check_sources
from plumb_tenants.decomposition.template import FROM_INPUT, DecompositionTemplate, Factor, Level
from plumb_tenants.definitions.kinds import Body, Kind, Step, register
from plumb_tenants.definitions.spelling import DefinitionKey
from plumb_tenants.metrics.leading import leading_warnings

__all__ = ["CALIBRATION", "FROM_INPUT", "KEY", "KIND", "DecompositionTemplate", "Factor", "Level", "QuarterlyRound", "lint"]

KIND = "decomposition"
CALIBRATION, KEY = "calibration", "default"


class QuarterlyRound(Body):
    """季度反馈 / One template, by its key, about which a round opens each quarter over a form, for some days."""

    template: DefinitionKey
    form: DefinitionKey = "weight-feedback"
    score_field: Annotated[str, Field(min_length=1, max_length=40)] = "权重适配度"
    days: Annotated[int, Field(ge=1, le=80)] = 21


class CalibrationRules(Body):
    """Feedback rounds that open by themselves when a quarter begins."""

    rounds: Annotated[tuple[QuarterlyRound, ...], Field(max_length=50)] = ()


async def _before_step(actor: Actor, step: Step) -> None:
    await check_portrait(actor, step)
    await check_sources(actor, step)


register(
    Kind(
        name=KIND,
        zh="目标拆解模板",
        en="Decomposition template",
        body=DecompositionTemplate,
        lint=lint,
        warn=leading_warnings,
        before_step=_before_step,
        after_step=settle_proposal,
        earliest=first_day_of_proposal,
        fiscal=lambda body: body.calendar.fiscal,
    )
)
register(Kind(name=CALIBRATION, zh="权重校准规则", en="Rules of calibration", body=CalibrationRules, pilots=False))
