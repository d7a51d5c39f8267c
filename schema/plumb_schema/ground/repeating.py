"""Repeating a change under an idempotency key: the first answer is replayed, nothing happens twice (A52)."""

from dataclasses import dataclass
from typing import Any, Self

from graphql import GraphQLField, GraphQLUnionType, get_named_type
from plumb_platform.errors import DomainError, Refused
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.queue.idempotency import save_answer, saved_answer
from plumb_schema.ground.context import Context

SHOWN_ONCE = ("credential", "secret")
"""Fields of answers that are kept nowhere: credentials, and the secret of an authenticator."""
LONGEST_KEY = 120


class AnswerShownOnce(Refused):
    """The first answer held a credential, which is shown once and kept nowhere."""

    code = "ANSWER_SHOWN_ONCE"
    zh = "该操作已执行过；其中的凭证只显示一次，不再重复返回。"
    en = "This was done already; its credential was shown once and is not kept."


@dataclass(frozen=True, slots=True)
class Repeatable:
    """One root field of a mutation that was sent with an idempotency key."""

    context: Context
    key: str
    shows_credential: bool

    @classmethod
    def of(cls, context: Context, name: str, *, shows_credential: bool) -> Self | None:
        """Return a change as repeatable when the request names a key; each response name has its own place under it."""
        if not context.idempotency_key or context.actor is None or context.actor.membership_id is None:
            return None
        key = f"{context.idempotency_key}/{name}"
        # An alias has any length, its column has not.
        return cls(context, key if len(key) <= LONGEST_KEY else sha256_hex(key.encode()), shows_credential)

    async def saved(self) -> dict[str, Any] | None:
        """Return the first answer, or None when there is none to repeat.

        What forbids the repetition is left in the context for the guard, which makes a Problem of it.
        """
        try:
            answer = await saved_answer(self.context.caller, key=self.key, request_hash=self.context.request_hash)
            if answer is not None and self.shows_credential:
                raise AnswerShownOnce(field="idempotencyKey")
        except DomainError as error:
            self.context.repetition = error
            return None
        return answer

    async def save(self, answer: Any) -> None:
        """Keep the answer in the transaction of the change; a credential is not kept."""
        kept = {} if self.shows_credential else answer
        await save_answer(self.context.caller, key=self.key, request_hash=self.context.request_hash, answer=kept)


def shows_credential(field: GraphQLField) -> bool:
    """Return whether a mutation answers what is shown once."""
    answer = get_named_type(field.type)
    members = answer.types if isinstance(answer, GraphQLUnionType) else ()
    return any(name in member.fields for member in members for name in SHOWN_ONCE)
