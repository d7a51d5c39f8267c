"""The kind `calibration`: which templates feedback is collected about each quarter, by which form, for how long (C44)."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from plumb_platform.errors import Locale
from plumb_tenants.definitions.kinds import Body, Kind, register
from plumb_tenants.definitions.spelling import DefinitionKey

CALIBRATION, KEY = "calibration", "default"


class RoundState(StrEnum):
    """Where a feedback round stands: heard, followed by a proposal, and that accepted or declined."""

    OPEN = "OPEN"
    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"

    def text(self, locale: Locale) -> str:
        """Name the state for a person."""
        zh = {"OPEN": "收集中", "PROPOSED": "已提议", "ACCEPTED": "已采纳", "DECLINED": "已否决"}
        return zh[self] if locale == "zh-CN" else self.value


class QuarterlyRound(Body):
    """季度反馈 / One template, by its key, about which a round opens each quarter over a form, for some days."""

    template: DefinitionKey
    form: DefinitionKey = "weight-feedback"
    score_field: Annotated[str, Field(min_length=1, max_length=40)] = "权重适配度"
    days: Annotated[int, Field(ge=1, le=80)] = 21


class CalibrationRules(Body):
    """Feedback rounds that open by themselves when a quarter begins."""

    rounds: Annotated[tuple[QuarterlyRound, ...], Field(max_length=50)] = ()


register(Kind(name=CALIBRATION, zh="权重校准规则", en="Rules of calibration", body=CalibrationRules, pilots=False))
