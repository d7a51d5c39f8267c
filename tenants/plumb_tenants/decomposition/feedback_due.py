"""Feedback rounds that open by themselves: once a quarter for every template that the company's rules name (C44)."""

from datetime import timedelta
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError
from plumb_tenants.decomposition.definition import CALIBRATION, KEY, KIND, QuarterlyRound
from plumb_tenants.decomposition.feedback import open_round, quarter_in
from plumb_tenants.decomposition.models import FeedbackRound
from plumb_tenants.definitions.service import company_today, effective_version
from plumb_tenants.forms.definition import KIND as FORM


async def open_due_rounds(actor: Actor) -> dict[str, str]:
    """Open this quarter's rounds that are not there yet; the timer's duty. Return the refused templates with their codes."""
    rules = await effective_version(actor, kind=CALIBRATION, key=KEY)
    refused: dict[str, str] = {}
    for rule in rules.body.rounds if rules else ():
        try:
            await _open(actor, rule)
        except DomainError as error:
            refused[rule.template] = error.code
    return refused


async def _open(actor: Actor, rule: QuarterlyRound) -> UUID | None:
    """Open the round of a rule; None where it is open or over already, or template or form are not in effect."""
    template = await effective_version(actor, kind=KIND, key=rule.template)
    form = await effective_version(actor, kind=FORM, key=rule.form)
    today = await company_today(actor)
    if template is None or form is None:
        return None
    quarter = quarter_in(template.body, today)
    if await FeedbackRound.exists(definition_id=template.definition_id, quarter=quarter.starts_on):
        return None
    last = min(today + timedelta(days=rule.days - 1), quarter.ends_on)
    return await open_round(
        actor, definition_id=template.definition_id, form_version_id=form.id, score_field=rule.score_field, closes_on=last
    )
