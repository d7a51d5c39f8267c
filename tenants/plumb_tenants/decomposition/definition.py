"""The kind `decomposition`: what a company says about how totals are split."""

from plumb_tenants.decomposition.calibrating import first_day_of_proposal, settle_proposal
from plumb_tenants.decomposition.linting import lint
from plumb_tenants.decomposition.portraits import check_portrait
from plumb_tenants.decomposition.template import FROM_INPUT, DecompositionTemplate, Factor, Level
from plumb_tenants.definitions.kinds import Kind, register
from plumb_tenants.metrics.leading import leading_warnings

__all__ = ["FROM_INPUT", "KIND", "DecompositionTemplate", "Factor", "Level", "lint"]

KIND = "decomposition"

register(
    Kind(
        name=KIND,
        zh="目标拆解模板",
        en="Decomposition template",
        body=DecompositionTemplate,
        lint=lint,
        warn=leading_warnings,
        before_step=check_portrait,
        after_step=settle_proposal,
        earliest=first_day_of_proposal,
    )
)
