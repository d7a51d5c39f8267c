"""The warning about templates that only look back: no metric that they name is a leading one (C20)."""

from collections.abc import Sequence

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Finding, Severity
from plumb_tenants.definitions.swapping import metrics_named
from plumb_tenants.metrics.definition import Indicator
from plumb_tenants.metrics.library import library


class NoLeadingMetric(InvalidInput):
    """Whoever follows lagging metrics alone hears too late."""

    code = "NO_LEADING_METRIC"
    zh = "该模板只使用滞后指标（{metrics}），建议加入至少一个领先指标。"
    en = "This template uses lagging metrics alone ({metrics}); add a leading one at least."


async def leading_warnings(actor: Actor, body: Body) -> Sequence[Finding]:
    """Return a warning when a template names metrics of the library and none of them is a leading one."""
    known = await library(actor)
    named = sorted(key for key in metrics_named(body) if key in known)
    if not named or any(known[key].body.indicator is Indicator.LEADING for key in named):
        return ()
    return [Finding(NoLeadingMetric(metrics=", ".join(named)), Severity.WARNING)]
