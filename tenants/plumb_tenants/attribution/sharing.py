"""Changing the shares or the amount of an order: each change a version of its own, in the period that can still take it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import execute, fetch
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.numbers.money import get_currency, in_units
from plumb_platform.permissions import Permission
from plumb_tenants.attribution.access import access_order
from plumb_tenants.attribution.definition import KIND, SplitTemplate
from plumb_tenants.attribution.models import SalesOrder, ShareVersion
from plumb_tenants.attribution.periods import landing_of, locked_periods
from plumb_tenants.attribution.rules import UNATTRIBUTED, adjustments, check_parties, check_shares, credited, weights_of
from plumb_tenants.attribution.splitting import Line, check_role, line_from, unit_of
from plumb_tenants.attribution.statements import CREDITED, DELETE_OPEN_CREDIT, INSERT_CREDIT
from plumb_tenants.attribution.states import CreditKind, ShareSource
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.goals.service import check_amount, is_text
from plumb_tenants.people.access import known_people

ZERO = Decimal("0.00")


class ShareReasonMissing(InvalidInput):
    """Shares that a person sets, and another amount, say why (C60)."""

    code = "SHARE_REASON_MISSING"
    zh = "请填写原因（1 到 1000 个字符）。"
    en = "Say why, in 1 to 1000 characters."


class ShareOwn(Refused):
    """Nobody sets the share that they are paid for."""

    code = "SHARE_OWN"
    zh = "不能更改自己的份额，请由上级或人力资源调整。"
    en = "You cannot change your own share; your manager or HR can."


@dataclass(frozen=True, slots=True)
class GivenShare:
    """A share as a person gives it, in percent."""

    person_id: UUID
    role: str
    percent: Decimal


async def set_shares(
    actor: Actor,
    *,
    order_id: UUID,
    version: int,
    shares: Sequence[GivenShare],
    reason: str,
    unattributed: Decimal = ZERO,
) -> UUID:
    """Give an order other shares, with a reason, and return its id; the shares before stay as a version of their own.

    REVENUE shares and `unattributed` total exactly 100.00, OVERLAY any, CUSTOM up to the template's maximum. Credit of a
    closed period stays; the difference is credited in the open one (A21).
    """
    order = await _locked(actor, order_id, Permission.SHARE_WRITE, version, reason)
    template: SplitTemplate = (await pinned_version(actor, order.definition_version_id, kind=KIND)).body
    before = await current_lines(order)
    await _check_given(actor, template, shares, unattributed, before)
    percents = [share.percent for share in shares] + ([unattributed] if unattributed else [])
    weights = weights_of(percents)
    amounts = credited(order.amount, percents, weights, unit_of(order.currency))
    who: list[tuple[UUID | None, str]] = [(share.person_id, share.role) for share in shares]
    who += [(None, UNATTRIBUTED)] * (len(percents) - len(shares))
    lines = [Line(*who[place], percents[place], weights[place], amounts[place]) for place in range(len(who))]
    _refuse_own(actor, before, lines)
    await _land(actor, order, before, lines, source=ShareSource.MANUAL, reason=reason)
    return order.id


async def change_amount(actor: Actor, *, order_id: UUID, version: int, amount: Decimal, reason: str) -> UUID:
    """Give an order another amount under the same shares, and return its id; closed credit stays as in `set_shares`."""
    order = await _locked(actor, order_id, Permission.ORDER_WRITE, version, reason)
    check_amount(amount, field="amount")
    in_units(amount, get_currency(order.currency), field="amount")
    before = await current_lines(order)
    percents, weights = [line.percent for line in before], [line.weight for line in before]
    amounts = credited(amount, percents, weights, unit_of(order.currency))
    lines = [replace(line, amount=each) for line, each in zip(before, amounts, strict=True)]
    order.amount = amount
    await _land(actor, order, before, lines, source=ShareSource.AMOUNT, reason=reason)
    return order.id


async def current_lines(order: SalesOrder) -> list[Line]:
    """Return the shares of an order as they stand; the caller has checked that the order may be read."""
    version = await ShareVersion.get(order_id=order.id, number=order.number)
    return [line_from(stored) for stored in version.lines]


async def _locked(actor: Actor, order_id: UUID, permission: Permission, version: int, reason: str) -> SalesOrder:
    order = await access_order(actor, order_id, permission, lock=True)
    if order.version != version:
        raise Conflict(current_version=order.version)
    if not is_text(reason, longest=1000):
        raise ShareReasonMissing(field="reason")
    return order


async def _check_given(
    actor: Actor, template: SplitTemplate, shares: Sequence[GivenShare], unattributed: Decimal, before: Sequence[Line]
) -> None:
    """Refuse shares that the template does not take, and anybody whom the actor may not know and who had no share `before`."""
    check_parties([(share.person_id, share.role) for share in shares], field="shares")
    for place, share in enumerate(shares):
        check_role(template, share.role, field=f"shares[{place}].role")
    check_shares(
        [share.percent for share in shares],
        template.type,
        unattributed=unattributed,
        allowed=template.unattributed_percent,
        maximum=template.maximum_percent or ZERO,
    )
    new = {share.person_id for share in shares} - {line.person_id for line in before}
    known = {each.id for each in await known_people(actor, Permission.SHARE_WRITE, ids=new)}
    for place, share in enumerate(shares):
        if share.person_id in new - known:
            raise NotFound(field=f"shares[{place}].personId")


def _refuse_own(actor: Actor, before: Sequence[Line], after: Sequence[Line]) -> None:
    if actor.person_id is None:
        return
    own = [sorted((line.role, line.percent) for line in lines if line.person_id == actor.person_id) for lines in (before, after)]
    if own[0] != own[1]:
        raise ShareOwn(field="shares")


async def _land(
    actor: Actor, order: SalesOrder, before: Sequence[Line], lines: Sequence[Line], *, source: ShareSource, reason: str
) -> None:
    """Write the version and its credit: in full while nothing is closed, else what is missing from the closed credit."""
    periods = await locked_periods()
    own = next(period for period in periods if period.id == order.period_id)
    landing = landing_of(periods, own)
    order.number, order.version = order.number + 1, order.version + 1
    made = await ShareVersion.create(
        order_id=order.id,
        number=order.number,
        period_id=landing.id,
        amount=order.amount,
        source=source.value,
        reason=reason.strip(),
        lines=[line.stored() for line in lines],
        set_by=actor.membership_id,
    )
    await execute(DELETE_OPEN_CREDIT, order.id)
    await _credit(order, made, lines, CreditKind.CREDIT if landing is own else CreditKind.ADJUSTMENT)
    await order.save(update_fields=["number", "version", "amount"])
    action = "share.set" if source is ShareSource.MANUAL else "order.change_amount"
    facts = {"number": order.number, "amount": str(order.amount), "period": landing.code, "reason": reason.strip()}
    await record(
        actor,
        action,
        "sales_order",
        order.id,
        before={"lines": [line.stored() for line in before]},
        after={**facts, "lines": [line.stored() for line in lines]},
    )


async def _credit(order: SalesOrder, version: ShareVersion, lines: Sequence[Line], kind: CreditKind) -> None:
    closed = {(row["person_id"], row["role"]): row["amount"] for row in await fetch(CREDITED, order.id)}
    wanted = {(line.person_id, line.role): line.amount for line in lines}
    percents = {(line.person_id, line.role): line.percent for line in lines}
    given = adjustments(closed, wanted) if closed else wanted
    await execute(
        INSERT_CREDIT,
        *(order.id, version.id, version.period_id, kind.value),
        [person for person, _ in given],
        [role for _, role in given],
        [percents.get(key, ZERO) for key in given],
        list(given.values()),
    )
