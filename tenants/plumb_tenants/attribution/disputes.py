"""Disputes: inquiries about the shares of an order, bound to the version that they are about (A18)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.attribution.access import access_dispute, access_order
from plumb_tenants.attribution.models import Dispute, DisputeComment, SalesOrder, ShareVersion
from plumb_tenants.attribution.states import DisputeState
from plumb_tenants.goals.service import is_text

LONGEST_SUBJECT, LONGEST_TEXT = 200, 4000


class DisputeTextInvalid(InvalidInput):
    """A dispute says something that fits its column."""

    code = "DISPUTE_TEXT_INVALID"
    zh = "文字须为 1 到 {longest} 个字符。"
    en = "The text has 1 to {longest} characters."


class DisputeResolved(Refused):
    """A resolved dispute is over; a new question is a new dispute."""

    code = "DISPUTE_RESOLVED"
    zh = "该异议已解决，如有新的问题请另行提出。"
    en = "The dispute is resolved; open another for a new question."


class DisputeOwn(Refused):
    """Nobody decides their own dispute."""

    code = "DISPUTE_OWN"
    zh = "不能自己裁定自己提出的异议。"
    en = "You cannot resolve a dispute that you opened yourself."


async def open_dispute(actor: Actor, *, order_id: UUID, number: int, subject: str, text: str) -> UUID:
    """Ask about the shares of an order at one of their versions (`number`), and return the dispute's id.

    Whoever has a share in the order may, and whose unit it is.
    """
    order = await access_order(actor, order_id, Permission.DISPUTE_OPEN)
    disputed = await ShareVersion.get_or_none(order_id=order.id, number=number)
    if disputed is None:
        raise NotFound(field="number")
    _check_text(subject, LONGEST_SUBJECT, field="subject")
    _check_text(text, LONGEST_TEXT, field="text")
    dispute = await Dispute.create(
        order_id=order.id,
        share_version_id=disputed.id,
        subject=subject.strip(),
        state=DisputeState.OPEN.value,
        opened_by=actor.membership_id,
        person_id=actor.person_id,
        unit_id=order.unit_id,
    )
    await _say(actor, dispute, text)
    facts = {"order": order.code, "number": number, "subject": dispute.subject, "text": text.strip()}
    await record(actor, "dispute.open", "dispute", dispute.id, after=facts)
    return dispute.id


async def comment_dispute(actor: Actor, *, dispute_id: UUID, text: str) -> UUID:
    """Add to an open dispute, and return its id."""
    dispute = await access_dispute(actor, dispute_id, Permission.DISPUTE_COMMENT, lock=True)
    _refuse_resolved(dispute)
    _check_text(text, LONGEST_TEXT, field="text")
    comment = await _say(actor, dispute, text)
    await _move(dispute)
    await record(actor, "dispute.comment", "dispute", dispute.id, after={"comment": str(comment.id), "text": comment.text})
    return dispute.id


async def resolve_dispute(actor: Actor, *, dispute_id: UUID, version: int, resolution: str) -> UUID:
    """Close a dispute with an answer, keeping which version of the shares stands then; return its id."""
    dispute = await access_dispute(actor, dispute_id, Permission.DISPUTE_RESOLVE, lock=True)
    _refuse_resolved(dispute)
    if dispute.opened_by is not None and dispute.opened_by == actor.membership_id:
        raise DisputeOwn(field="disputeId")
    if dispute.version != version:
        raise Conflict(current_version=dispute.version)
    _check_text(resolution, LONGEST_TEXT, field="resolution")
    # Shares that are being changed are waited for: which of them stand is said of the moment when the dispute ends.
    order = await SalesOrder.filter(id=dispute.order_id).select_for_update(no_key=True).get()
    dispute.state, dispute.resolution, dispute.resolved_number = DisputeState.RESOLVED.value, resolution.strip(), order.number
    dispute.resolved_at, dispute.resolved_by = now(), actor.membership_id
    await _move(dispute)
    facts = {"state": dispute.state, "resolution": dispute.resolution, "number": order.number}
    await record(actor, "dispute.resolve", "dispute", dispute.id, before={"state": DisputeState.OPEN.value}, after=facts)
    return dispute.id


async def _say(actor: Actor, dispute: Dispute, text: str) -> DisputeComment:
    return await DisputeComment.create(
        dispute_id=dispute.id, author_id=actor.membership_id, person_id=actor.person_id, text=text.strip()
    )


async def _move(dispute: Dispute) -> None:
    dispute.version += 1
    await dispute.save()


def _refuse_resolved(dispute: Dispute) -> None:
    if dispute.state == DisputeState.RESOLVED:
        raise DisputeResolved(field="disputeId")


def _check_text(text: str, longest: int, *, field: str) -> None:
    if not is_text(text, longest=longest):
        raise DisputeTextInvalid(field=field, longest=longest)
