"""Erasing a person's data on request: what would go and what stays, the request, its confirmation by a second person."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch_one
from plumb_platform.errors import Conflict, NotFound, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.retention.definition import RetentionRules, rules_in_force
from plumb_tenants.retention.due import Line, frame_of, lines, named, terms_of
from plumb_tenants.retention.holds import checked_reason, lock_destroying
from plumb_tenants.retention.models import RetentionRun
from plumb_tenants.retention.resources import RunKind, RunState
from plumb_tenants.retention.rules import ON_REQUEST, Category
from plumb_tenants.retention.running import queue_step

RUN_OPEN = (RunState.REQUESTED.value, RunState.CONFIRMED.value)


class ErasurePersonActive(Refused, tells={"number": "Person.number"}):
    """Who works here is known to the company that they work for."""

    code = "ERASURE_PERSON_ACTIVE"
    zh = "员工 {number} 仍在职，不能删除其个人信息；请先停用。"
    en = "The employee {number} is still active; their data is not erased before they have left."


class ErasureOpen(Refused):
    """One request for a person is open at a time."""

    code = "ERASURE_OPEN"
    zh = "该员工已有未完成的删除请求。"
    en = "A request for this person is open already."


class ErasureNotRequested(Refused):
    """A request is confirmed or cancelled once, before anything goes."""

    code = "ERASURE_NOT_REQUESTED"
    zh = "该请求当前状态为“{state}”，不能再确认或取消。"
    en = "The request is {state}; it can no longer be confirmed or cancelled."


class ErasureSecondPerson(Refused):
    """Where the company wants two, whoever asked does not confirm."""

    code = "ERASURE_SECOND_PERSON"
    zh = "公司要求由另一人确认删除请求。"
    en = "The company wants a second person to confirm; it cannot be who asked."


class ErasureNeedsSession(Refused):
    """A token, a job or a script answers for nothing."""

    code = "ERASURE_NEEDS_SESSION"
    zh = "删除请求须由本人登录后提出和确认，不能使用令牌或程序。"
    en = "An erasure is asked for and confirmed by people signed in, not by a token or a program."


async def preview_erasure(actor: Actor, *, person_id: UUID) -> list[Line]:
    """Return by category what of a person would go now, and what stays, with rule, floor, holds and the next day."""
    await require(actor, Permission.RETENTION_READ)
    await _person(person_id)
    rules, _ = await rules_in_force(actor)
    return await lines(await frame_of(actor, person_id), erasure_terms(rules))


async def request_erasure(actor: Actor, *, person_id: UUID, reason: str) -> UUID:
    """Ask for a leaver's data to be erased; where the company wants no second person it is confirmed at once."""
    await _require(actor)
    why = checked_reason(reason)
    await lock_destroying()
    person = await _person(person_id)
    if person["active"]:
        raise ErasurePersonActive(field="personId", row=person_id, number=person["number"])
    if await RetentionRun.filter(kind=RunKind.ERASURE.value, person_id=person_id, state__in=RUN_OPEN).exists():
        raise ErasureOpen(field="personId")
    run = await RetentionRun.create(
        kind=RunKind.ERASURE.value,
        state=RunState.REQUESTED.value,
        person_id=person_id,
        reason=why,
        requested_by=actor.membership_id,
        said={},
    )
    await record(actor, "retention.request", "retention_run", run.id, after={"person": str(person_id)})
    rules, version = await rules_in_force(actor)
    if not rules.second_person:
        await _confirm(actor, run, rules, version)
    return run.id


async def confirm_erasure(actor: Actor, *, run_id: UUID, version: int) -> UUID:
    """Confirm a request, by another than who asked where the company wants that; from then on it cannot be taken back."""
    await _require(actor)
    run = await _requested(run_id, version)
    person = await _person(run.person_id)
    if person["active"]:
        raise ErasurePersonActive(field="runId", row=person["id"], number=person["number"])
    rules, rules_version = await rules_in_force(actor)
    if rules.second_person and run.requested_by == actor.membership_id:
        raise ErasureSecondPerson(field="runId")
    await _confirm(actor, run, rules, rules_version)
    return run.id


async def cancel_erasure(actor: Actor, *, run_id: UUID, version: int) -> UUID:
    """Take back a request that nobody has confirmed."""
    await _require(actor)
    run = await _requested(run_id, version)
    run.state, run.finished_at, run.version = RunState.CANCELLED.value, now(), run.version + 1
    await run.save(update_fields=["state", "finished_at", "version"])
    await record(actor, "retention.cancel", "retention_run", run.id, before={"state": "REQUESTED"}, after={"state": run.state})
    return run.id


def erasure_terms(rules: RetentionRules) -> Mapping[Category, int]:
    """Return the terms of a request: least ones for what is the person's own, the company's for letters and what bears them."""
    own = terms_of(rules)
    evidence = {category: own[category] for category in (Category.LETTER, Category.SUBMISSION) if category in own}
    return dict(ON_REQUEST) | evidence


async def _confirm(actor: Actor, run: RetentionRun, rules: RetentionRules, rules_version: str | None) -> None:
    run.state, run.version = RunState.CONFIRMED.value, run.version + 1
    run.confirmed_by, run.confirmed_at = actor.membership_id, now()
    run.said = {"rules_version": rules_version, "terms": named(erasure_terms(rules))}
    await run.save(update_fields=["state", "version", "confirmed_by", "confirmed_at", "said"])
    await record(actor, "retention.confirm", "retention_run", run.id, after={"terms": run.said["terms"]})
    await queue_step(actor, run)


async def _require(actor: Actor) -> None:
    await require(actor, Permission.RETENTION_ERASE)
    if actor.channel != "session":
        raise ErasureNeedsSession


async def _person(person_id: UUID | None) -> dict[str, Any]:
    person = await fetch_one("select id, number, active from person where id = $1 for share", person_id)
    if person is None:
        raise NotFound(field="personId")
    return person


async def _requested(run_id: UUID, version: int) -> RetentionRun:
    run = await RetentionRun.filter(id=run_id, kind=RunKind.ERASURE.value).select_for_update().first()
    if run is None:
        raise NotFound(field="runId")
    if run.version != version:
        raise Conflict(current_version=run.version)
    if run.state != RunState.REQUESTED:
        raise ErasureNotRequested(field="runId", state=RunState(run.state))
    return run
