"""Idempotency keys: a repeated change answers as the first did and happens once (A52)."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, take_lock
from plumb_platform.errors import Refused
from plumb_platform.queue.models import IdempotentAnswer

KEPT = timedelta(hours=48)


class IdempotencyKeyReused(Refused):
    """The key was used for another change."""

    code = "IDEMPOTENCY_KEY_REUSED"
    zh = "该幂等键已用于另一项内容不同的操作，请换用新的键。"
    en = "The idempotency key was used for a different change; take a new one."


class AnswerOutlived(Refused):
    """The member sees or does other things now than when the answer was made, as after a change of roles or by another token."""

    code = "ANSWER_OUTLIVED"
    zh = "该操作已执行过且不会重复执行；您的权限与当时不同，不再重复当时的答复，请直接查询。"
    en = "This was done already and is not done again; you have other rights than then, so its answer is not repeated: query."


async def saved_answer(actor: Actor, *, key: str, request_hashes: Collection[str], rights: str) -> dict[str, Any] | None:
    """Return the answer given under the key, or None for the first time; a second caller waits for the first's commit.

    `request_hashes` tell the change, under each key that a hash of it may have been made by. Raises IdempotencyKeyReused when
    the key stands for another change of the same member, and AnswerOutlived when the
    answer was made under other `rights` than theirs are now.
    """
    await take_lock("answer", actor.membership_id, key)
    saved = await IdempotentAnswer.get_or_none(membership_id=actor.membership_id, key=key)
    if saved is None:
        return None
    if saved.request_hash not in request_hashes:
        raise IdempotencyKeyReused(field="idempotencyKey")
    if saved.rights != rights:
        raise AnswerOutlived(field="idempotencyKey")
    return saved.answer


async def save_answer(actor: Actor, *, key: str, request_hash: str, rights: str, answer: dict[str, Any]) -> None:
    """Keep the answer for 48 hours, in the transaction of the change."""
    await IdempotentAnswer.create(
        membership_id=actor.membership_id, key=key, request_hash=request_hash, rights=rights, answer=answer
    )


async def forget_old_answers() -> int:
    """Delete the company's answers that are older than 48 hours and return how many there were."""
    rows = await execute("delete from idempotent_answer where created_at < $1 returning id", now() - KEPT)
    return len(rows)
