"""Publishing and archiving versions: linted, reviewed where the company says so, and for ever."""

from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.permissions import Permission
from plumb_tenants.definitions.catalogue import company_today
from plumb_tenants.definitions.models import DefinitionVersion
from plumb_tenants.definitions.reviewing import refuse_unreviewed
from plumb_tenants.definitions.rules import State, check_step
from plumb_tenants.definitions.steps import locked, named, refuse_faulty, save, step_to


async def publish_version(
    actor: Actor, version_id: UUID, *, version: int, effective_from: date | None = None
) -> DefinitionVersion:
    """Publish a version for the whole company and for ever, from today in its time zone or from the given day.

    Raises the first lint error, with its field in the body (`factors`), or what its review lacks. A version in pilot keeps
    its body, number and id: only whom it is for changes (C38). Older published versions stay published.
    """
    row = await locked(actor, version_id, Permission.DEFINITION_PUBLISH, version)
    check_step(State(row.state), State.PUBLISHED)
    kind, step = await step_to(row, State.PUBLISHED)
    reviewed = True
    if row.state != State.PILOT:
        await refuse_faulty(row)
        reviewed = await refuse_unreviewed(actor, row, kind)
    await kind.before_step(actor, step)
    row.effective_from = effective_from or await company_today(actor)
    row.state, row.published_at = State.PUBLISHED.value, now()
    await save(row)
    await kind.after_step(actor, step)
    after = named(row, row.effective_from) | ({} if reviewed else {"unreviewed": True})
    await record(actor, "definition.publish", "definition_version", row.id, after=after)
    return row


async def archive_version(actor: Actor, version_id: UUID, *, version: int) -> DefinitionVersion:
    """Take a published version out of use, or end its pilot; what was made under it keeps it."""
    published = await locked(actor, version_id, Permission.DEFINITION_PUBLISH, version)
    check_step(State(published.state), State.ARCHIVED)
    kind, step = await step_to(published, State.ARCHIVED)
    await kind.before_step(actor, step)
    published.state, published.archived_at = State.ARCHIVED.value, now()
    await save(published)
    await kind.after_step(actor, step)
    await record(actor, "definition.archive", "definition_version", published.id, after={"number": published.number})
    return published
