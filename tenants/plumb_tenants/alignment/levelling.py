"""Round 2: the board of proposals side by side, and value moved between siblings with the sum unchanged (C6, C18, D2)."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.access.scope import placed, sql_scope
from plumb_tenants.alignment.access import access_alignment, access_proposal
from plumb_tenants.alignment.board import board_rows
from plumb_tenants.alignment.models import Alignment, Proposal, ProposalMove
from plumb_tenants.alignment.peers import Standing, stand
from plumb_tenants.alignment.resources import PROPOSAL, ProposalState
from plumb_tenants.alignment.rounds import require_round, rules_of
from plumb_tenants.alignment.rules import Flag, Round
from plumb_tenants.goals.service import check_amount, is_text


class MoveToItself(InvalidInput):
    """Value moves from one proposal to another."""

    code = "MOVE_TO_ITSELF"
    zh = "调出与调入须为不同的申报。"
    en = "Move value between two different proposals."


class MoveNotPositive(InvalidInput):
    """What is moved is more than nothing."""

    code = "MOVE_NOT_POSITIVE"
    zh = "调整金额 {amount} 须大于 0。"
    en = "The amount {amount} to move must be above 0."


class MoveTooLarge(Refused, tells={"value": "Proposal.proposed Proposal.adjusted"}):
    """Nobody is left with less than nothing."""

    code = "MOVE_TOO_LARGE"
    zh = "调出方当前为 {value}，不能调出 {amount}。"
    en = "The source stands at {value}; {amount} cannot be taken from it."


class NotSiblings(Refused):
    """Siblings propose for the same metric in the same unit of one alignment."""

    code = "PROPOSALS_NOT_SIBLINGS"
    zh = "只能在同一次对齐、同一部门、同一指标的申报之间调整。"
    en = "Value moves between proposals of one alignment, one unit and one metric alone."


class MoveReasonMissing(InvalidInput):
    """A move says why."""

    code = "MOVE_REASON_MISSING"
    zh = "请填写调整理由（1 到 1000 个字符）。"
    en = "Say why the value is moved, in 1 to 1000 characters."


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFilter:
    """What a board shows; every condition that is given must hold."""

    region: str | None = None
    product: str | None = None
    person_id: UUID | None = None
    state: ProposalState | None = None
    flag: Flag | None = None
    metric: str | None = None

    def shows(self, row: Standing) -> bool:
        """Tell whether a proposal is shown."""
        wanted = {"region": self.region, "product": self.product, "person_id": self.person_id}
        wanted |= {"state": self.state, "flag": self.flag, "metric": self.metric}
        return all(value is None or getattr(row, name) == value for name, value in wanted.items())


EVERYTHING = BoardFilter()


async def levelling_board(actor: Actor, *, alignment_id: UUID, where: BoardFilter = EVERYTHING) -> list[Standing]:
    """Return the proposals that the caller levels, beside all their peers, in one read.

    Peers count whether or not the caller may see them, so that a flag is the same for everybody (A12). Raises NotFound for a
    person who is not on the caller's board, FieldHidden for somebody who may not see all that a board tells of proposals.
    """
    alignment = await access_alignment(actor, alignment_id)
    await refuse_hidden(actor, PROPOSAL, ["personId", "unitId", "metric", "product", "region", "proposed", "adjusted"])
    resource = placed(Permission.ALIGNMENT_LEVEL, unit="{row}.unit_id")
    reached, values = await sql_scope(actor, Permission.ALIGNMENT_LEVEL, resource, alias="p", first=2)
    rows = await board_rows(alignment.id, reached=reached, values=values)
    board = stand(rows, await rules_of(actor, alignment))
    if where.person_id is not None and all(row.person_id != where.person_id for row in board):
        raise NotFound(field="personId")
    return [row for row in board if where.shows(row)]


@dataclass(frozen=True, slots=True)
class Move:
    """Value that moves from one proposal to a sibling, each at the version that was read."""

    source_id: UUID
    source_version: int
    target_id: UUID
    target_version: int
    amount: Decimal
    reason: str


async def move_value(actor: Actor, move: Move) -> UUID:
    """Move value between siblings while round 2 is open, and return the alignment's id; their sum stays what it was."""
    _check(move)
    source, target = await _locked(actor, move)
    if (source.alignment_id, source.unit_id, source.metric_key) != (target.alignment_id, target.unit_id, target.metric_key):
        raise NotSiblings(field="targetId")
    alignment: Alignment = await access_alignment(actor, source.alignment_id)
    await require_round(actor, alignment, Round.LEVELLING)
    for row, version, field in ((source, move.source_version, "sourceVersion"), (target, move.target_version, "targetVersion")):
        if row.version != version:
            raise Conflict(current_version=row.version, field=field)
    stands = _value(source)
    if move.amount > stands:
        raise MoveTooLarge(field="amount", row=source.id, value=f"{stands:.2f}", amount=f"{move.amount:.2f}")
    before = {"source": str(stands), "target": str(_value(target))}
    await _adjust(actor, source, stands - move.amount)
    await _adjust(actor, target, _value(target) + move.amount)
    await ProposalMove.create(
        alignment_id=alignment.id,
        source_id=source.id,
        target_id=target.id,
        amount=move.amount,
        reason=move.reason.strip(),
        moved_by=actor.membership_id,
    )
    after = {"source": str(_value(source)), "target": str(_value(target)), "target_id": str(target.id)}
    await record(actor, "proposal.move", "proposal", source.id, before=before, after=after | {"reason": move.reason.strip()})
    return alignment.id


def _check(move: Move) -> None:
    if move.source_id == move.target_id:
        raise MoveToItself(field="targetId")
    check_amount(move.amount, field="amount")
    if move.amount <= 0:
        raise MoveNotPositive(field="amount", amount=f"{move.amount:.2f}")
    if not is_text(move.reason, longest=1000):
        raise MoveReasonMissing(field="reason")


async def _locked(actor: Actor, move: Move) -> tuple[Proposal, Proposal]:
    """Lock both in the order of their ids, so that two moves in opposite directions do not wait for each other."""
    places = {move.source_id: "sourceId", move.target_id: "targetId"}
    rows = {each: await access_proposal(actor, each, Permission.ALIGNMENT_LEVEL, field=places[each]) for each in sorted(places)}
    return rows[move.source_id], rows[move.target_id]


async def _adjust(actor: Actor, proposal: Proposal, value: Decimal) -> None:
    proposal.adjusted, proposal.adjusted_at, proposal.adjusted_by = value, now(), actor.membership_id
    proposal.version += 1
    await proposal.save(update_fields=["adjusted", "adjusted_at", "adjusted_by", "version"])


def _value(proposal: Proposal) -> Decimal:
    value: Decimal = proposal.proposed if proposal.adjusted is None else proposal.adjusted
    return value
