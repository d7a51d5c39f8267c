"""Leaving: a person becomes inactive, their memberships end, and what they hold passes on or waits in a ticket (C96)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import Conflict, Forbidden, InvalidInput, NotFound, Refused
from plumb_platform.identity.members import close_membership
from plumb_platform.permissions import Permission, reaches_whole
from plumb_platform.permissions.administrators import hold_roles
from plumb_platform.telling import Sentence
from plumb_tenants.definitions.service import company_today
from plumb_tenants.notifications.service import notify
from plumb_tenants.people.holdings import Holding, registered_holdings
from plumb_tenants.people.models import Handover
from plumb_tenants.people.placing import end_placement
from plumb_tenants.people.records import SELECT_PERSON, Person, person_from
from plumb_tenants.people.states import HandoverState
from plumb_tenants.people.staying import PersonInactive

LONGEST_REASON = 1000


class SuccessorInvalid(InvalidInput):
    """A successor is somebody else who works here."""

    code = "SUCCESSOR_INVALID"
    zh = "接任者须是另一位在职员工。"
    en = "The successor is another active employee."


class LeavingReasonMissing(InvalidInput):
    """Leaving says why."""

    code = "LEAVING_REASON_MISSING"
    zh = "须填写停用原因（1 到 {longest} 个字符）。"
    en = "Say why the person leaves, in 1 to {longest} characters."


class HandoverDone(Refused):
    """A ticket is worked off once."""

    code = "HANDOVER_DONE"
    zh = "该交接单已完成。"
    en = "This handover is done."


_LEAVE = "update person set active = false, version = version + 1 where id = $1"
_MEMBERSHIPS = "select id from membership where person_id = $1 and active order by id"


async def deactivate_person(
    actor: Actor, *, person_id: UUID, version: int, reason: str, successor_id: UUID | None = None
) -> UUID:
    """Make a person inactive and end their memberships; return the handover that says what became of what they held.

    With a successor all that is open passes on at once; without, and with anything open, the handover is an OPEN ticket that
    their manager is told of. What is done, closed or signed stays with the leaver.
    """
    if not await reaches_whole(actor, Permission.PERSON_DEACTIVATE):
        raise Forbidden(permission=Permission.PERSON_DEACTIVATE.value)
    if not reason.strip() or len(reason) > LONGEST_REASON or "\x00" in reason:
        raise LeavingReasonMissing(field="reason", longest=LONGEST_REASON)
    await hold_roles()
    person = await _locked(person_id, field="personId")
    if person.version != version:
        raise Conflict(current_version=person.version)
    if not person.active:
        raise PersonInactive(field="personId", row=person.id, number=person.number)
    successor = await _successor(person_id, successor_id)
    held = {holding.key: await holding.open_of(actor, person_id) for holding in registered_holdings()}
    # Before anything of theirs is ended: with their place goes what they were assigned, and with it whether they administer.
    for row in await fetch(_MEMBERSHIPS, person_id):
        await close_membership(actor, membership_id=row["id"])
    await execute(_LEAVE, person_id)
    await end_placement(person_id, await company_today(actor))
    handover = await _handover(actor, person, successor, held, reason.strip())
    after = {"number": person.number, "reason": reason.strip(), "handover": handover.state} | _counts(held)
    await record(actor, "person.deactivate", "person", person_id, before={"active": True}, after=after)
    return handover.id


async def complete_handover(actor: Actor, *, handover_id: UUID, version: int, successor_id: UUID) -> UUID:
    """Pass on to a successor what a leaver still holds, and close the ticket."""
    if not await reaches_whole(actor, Permission.PERSON_DEACTIVATE):
        raise Forbidden(permission=Permission.PERSON_DEACTIVATE.value)
    handover = await Handover.filter(id=handover_id).select_for_update().first()
    if handover is None:
        raise NotFound(field="handoverId")
    if handover.version != version:
        raise Conflict(current_version=handover.version)
    if handover.state == HandoverState.DONE.value:
        raise HandoverDone(field="handoverId")
    successor = await _successor(handover.leaver_id, successor_id)
    if successor is None:
        raise SuccessorInvalid(field="successorId")
    held = {holding.key: await holding.open_of(actor, handover.leaver_id) for holding in registered_holdings()}
    await _pass_on(actor, held, successor)
    handover.state, handover.successor_id, handover.completed_at = HandoverState.DONE.value, successor.id, now()
    handover.items, handover.version = _counts(held), handover.version + 1
    await handover.save()
    await _tell(actor, handover, successor.id)
    after = {"successor": successor.number} | _counts(held)
    await record(actor, "handover.complete", "handover", handover.id, after=after)
    return handover.id


async def _handover(actor: Actor, leaver: Person, successor: Person | None, held: dict[str, list[UUID]], reason: str) -> Handover:
    """Pass on what is held, or leave it to a ticket."""
    done = successor is not None or not any(held.values())
    if successor is not None:
        await _pass_on(actor, held, successor)
    handover = await Handover.create(
        leaver_id=leaver.id,
        successor_id=successor.id if successor else None,
        unit_id=leaver.unit_id,
        state=HandoverState.DONE.value if done else HandoverState.OPEN.value,
        reason=reason,
        items=_counts(held),
        opened_by=actor.membership_id,
        completed_at=now() if done else None,
    )
    told = successor.id if successor else leaver.manager_id
    if any(held.values()) and told is not None:
        await _tell(actor, handover, told)
    return handover


async def _pass_on(actor: Actor, held: dict[str, list[UUID]], successor: Person) -> None:
    holdings: dict[str, Holding] = {holding.key: holding for holding in registered_holdings()}
    for key, ids in held.items():
        if ids:
            await holdings[key].pass_on(actor, ids, successor.id)


async def _tell(actor: Actor, handover: Handover, person_id: UUID) -> None:
    done = handover.state == HandoverState.DONE.value
    zh = "您接任了离职同事的目标、客户或任务。" if done else "一位下属已离职，其目标、客户或任务待指定接任者。"
    en = "You took over from a colleague who left." if done else "Somebody in your team left; name who takes over."
    said = Sentence(zh=zh, en=en)
    await notify(actor, people=[person_id], kind="handover", object_type="Handover", object_id=handover.id, said=said)


async def _locked(person_id: UUID, *, field: str) -> Person:
    rows = await fetch(f"{SELECT_PERSON} where p.id = $1 for update", person_id)
    if not rows:
        raise NotFound(field=field)
    return person_from(rows[0])


async def _successor(leaver_id: UUID, successor_id: UUID | None) -> Person | None:
    if successor_id is None:
        return None
    successor = await _locked(successor_id, field="successorId")
    if successor.id == leaver_id or not successor.active:
        raise SuccessorInvalid(field="successorId")
    return successor


def _counts(held: dict[str, list[UUID]]) -> dict[str, int]:
    return {key: len(ids) for key, ids in held.items()}
