"""Publishing and archiving versions: linted, reviewed where the company says so, and for ever."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.numbers.periods import quarter_of
from plumb_platform.permissions import Permission
from plumb_tenants.definitions.catalogue import company_today
from plumb_tenants.definitions.kinds import Kind
from plumb_tenants.definitions.models import DefinitionVersion
from plumb_tenants.definitions.quarters import fiscal_calendar
from plumb_tenants.definitions.review_rules import Effect
from plumb_tenants.definitions.reviewing import refuse_unreviewed, rule_of
from plumb_tenants.definitions.rules import State, check_step
from plumb_tenants.definitions.steps import ask_kind, locked, named, not_before, refuse_faulty, save, step_to


async def publish_version(
    actor: Actor, version_id: UUID, *, version: int, effective_from: date | None = None
) -> DefinitionVersion:
    """Publish a version for the whole company and for ever, from today in its time zone or from the given day.

    Where the company calibrates the kind by quarters, from the first day of the next one.

    Raises the first lint error, with its field in the body (`factors`), or what its review lacks. A version in pilot keeps
    its body, number and id: only whom it is for changes (C38). Older published versions stay published.
    """
    row = await locked(actor, version_id, Permission.DEFINITION_PUBLISH, version)
    check_step(State(row.state), State.PUBLISHED)
    kind, step = await step_to(row, State.PUBLISHED)
    reviewed = True
    if row.state != State.PILOT:
        refuse_faulty(kind, step.body)
        reviewed = await refuse_unreviewed(actor, row, kind)
    row.effective_from = await _first_day(actor, row, kind, step.body, given=effective_from)
    step = replace(step, effective_from=row.effective_from)
    await ask_kind(actor, kind, step)
    row.state, row.published_at = State.PUBLISHED.value, now()
    await save(row)
    await kind.after_step(actor, step)
    after = named(row, row.effective_from) | ({} if reviewed else {"unreviewed": True})
    await record(actor, "definition.publish", "definition_version", row.id, after=after)
    return row


async def _first_day(actor: Actor, row: DefinitionVersion, kind: Kind, body: Any, *, given: date | None) -> date:
    """Return the day that a version takes effect on; the first version of a definition never waits for a quarter."""
    rule, today = await rule_of(actor, kind.name), await company_today(actor)
    waits = rule is not None and rule.takes_effect is Effect.NEXT_QUARTER and await _holds_already(row)
    if waits:
        earliest: date | None = quarter_of(await fiscal_calendar(actor, kind, body), today).next_starts_on
    else:
        earliest = await kind.earliest(actor, row.id)
    return not_before(earliest, given, otherwise=today)


async def _holds_already(row: DefinitionVersion) -> bool:
    return await DefinitionVersion.filter(definition_id=row.definition_id, state=State.PUBLISHED.value).exists()


async def archive_version(actor: Actor, version_id: UUID, *, version: int) -> DefinitionVersion:
    """Take a published version out of use, or end its pilot; what was made under it keeps it."""
    published = await locked(actor, version_id, Permission.DEFINITION_PUBLISH, version)
    check_step(State(published.state), State.ARCHIVED)
    kind, step = await step_to(published, State.ARCHIVED)
    await ask_kind(actor, kind, step)
    published.state, published.archived_at = State.ARCHIVED.value, now()
    await save(published)
    await kind.after_step(actor, step)
    await record(actor, "definition.archive", "definition_version", published.id, after={"number": published.number})
    return published
