"""The kind `alignment`: when a proposal stands out from its peers, and how long setting goals may take."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Finding, Kind, register

KIND, KEY = "alignment", "default"

Percent = Annotated[Decimal, Field(gt=0, le=10_000, max_digits=8, decimal_places=2)]


class LimitsCrossed(InvalidInput):
    """What is high is above what is low."""

    code = "ALIGNMENT_LIMITS_CROSSED"
    zh = "过高界限 {high}% 须大于过低界限 {low}%。"
    en = "The high limit of {high} % must be above the low limit of {low} %."


class AlignmentRules(Body):
    """Limits in percent of the mean of all peers but oneself (D2); without `high_percent` nothing is too high."""

    low_percent: Percent = Decimal("50.00")
    high_percent: Percent | None = None
    most_days: Annotated[Decimal, Field(gt=0, le=90, max_digits=4, decimal_places=2)] = Decimal("2.00")


SHIPPED = AlignmentRules()
"""What holds until a company publishes rules: half the mean is too low, two days are enough (C6, C25)."""


def lint(body: AlignmentRules) -> list[Finding]:
    """Return what stands against publishing."""
    if body.high_percent is not None and body.high_percent <= body.low_percent:
        limits = {"high": f"{body.high_percent:.2f}", "low": f"{body.low_percent:.2f}"}
        return [Finding(LimitsCrossed(field="high_percent", **limits))]
    return []


register(Kind(name=KIND, zh="对齐规则", en="Alignment rules", body=AlignmentRules, lint=lint))
