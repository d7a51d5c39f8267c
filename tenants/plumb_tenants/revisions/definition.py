"""The kind `revision_rules`: how often goals may be revised before somebody asks why, and which counts are normal."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_tenants.approvals.service import Approver, By, Flow, Line, Step, Vacancy
from plumb_tenants.calendars.service import Clock, Term
from plumb_tenants.definitions.kinds import Body, Finding, Kind, register
from plumb_tenants.definitions.service import effective_version

KIND, KEY = "revision_rules", "default"
FLOW_KEY = "revision"
"""The key of the flow that a company publishes for its revisions."""

Count = Annotated[Decimal, Field(ge=0, le=1000, max_digits=6, decimal_places=2)]


class AdjustmentBandInvalid(InvalidInput):
    """A band has a lower and an upper end."""

    code = "ADJUSTMENT_BAND_INVALID"
    zh = "调整次数的正常区间无效：下限 {least} 不得大于上限 {most}。"
    en = "The band of adjustments is not valid: its lower end {least} is above its upper end {most}."


class RevisionRules(Body):
    """Rules of revisions: more than `stability_limit` of one sort of goal in a unit within `stability_months` asks why (C76).

    From `adjustments_least` to `adjustments_most`, both within, approved revisions of a unit in a quarter are normal (C89).
    """

    stability_limit: Annotated[int, Field(ge=1, le=100)] = 3
    stability_months: Annotated[int, Field(ge=1, le=24)] = 6
    adjustments_least: Count = Decimal("0.50")
    adjustments_most: Count = Decimal("4.00")


SHIPPED = RevisionRules()
SHIPPED_FLOW = Flow(
    steps=(
        Step(
            key="dual",
            name="直属上级 + 战略 / Direct manager and strategy",
            lines=(
                Line(name="直属上级", approvers=(Approver(by=By.MANAGER),), vacancy=Vacancy.REJECT),
                Line(name="战略部", approvers=(Approver(by=By.MANAGER, levels=2),), vacancy=Vacancy.PASS),
            ),
        ),
    ),
    term=Term(clock=Clock.WORKING_DAYS, amount=7),
)
"""Both lines at once, seven working days in all; a company without a flow of its own asks the manager's manager second."""


def lint(body: RevisionRules) -> list[Finding]:
    """Return what stands against publishing."""
    if body.adjustments_least <= body.adjustments_most:
        return []
    ends: dict[str, Any] = {"least": body.adjustments_least, "most": body.adjustments_most}
    return [Finding(AdjustmentBandInvalid(field="adjustments_least", **ends))]


async def rules_in_effect(actor: Actor) -> RevisionRules:
    """Return the company's rules, or those that Plumb brings along."""
    version = await effective_version(actor, kind=KIND, key=KEY)
    return version.body if version else SHIPPED


register(Kind(name=KIND, zh="目标修订规则", en="Rules of revisions", body=RevisionRules, lint=lint))
