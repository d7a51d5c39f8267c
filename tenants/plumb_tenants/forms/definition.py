"""The kind `form`: what people fill in, with every rule checked before it is published (A45, C1, C82)."""

from plumb_platform.actor import Actor
from plumb_tenants.approvals.service import flow_in_effect
from plumb_tenants.definitions.kinds import Finding, Kind, Step, register
from plumb_tenants.definitions.rules import State
from plumb_tenants.forms.body import Form
from plumb_tenants.forms.compiling import compile_form, compiled_with_faults
from plumb_tenants.forms.flows import flow_faults
from plumb_tenants.metrics.service import get_scored_metric

KIND = "form"


def lint(body: Form) -> list[Finding]:
    """Return what stands against publishing: keys, attributes, formulas, cycles, rules that read later rows."""
    return [Finding(fault) for fault in compiled_with_faults(body).faults]


async def _before_step(actor: Actor, step: Step) -> None:
    """Refuse to publish a form about metrics that are not in effect, or that count how the system is used (C62).

    The flow that it names is in effect, and finds what it decides by in the form.
    """
    if step.state not in (State.PUBLISHED, State.PILOT):
        return
    form = Form.model_validate(step.body)
    for place, metric in enumerate(form.metrics):
        await get_scored_metric(actor, metric, field=f"metrics[{place}]")
    if form.flow:
        for fault in flow_faults(compile_form(form), await flow_in_effect(actor, form.flow)):
            raise fault


register(Kind(name=KIND, zh="表单", en="Form", body=Form, lint=lint, before_step=_before_step))
