"""Repeating a change under an idempotency key: the first answer is replayed, nothing happens twice (A52)."""

from dataclasses import dataclass
from typing import Any, Self

from graphql import GraphQLField, GraphQLUnionType, get_named_type
from plumb_platform.errors import DomainError, Refused
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Grants
from plumb_platform.queue.idempotency import save_answer, saved_answer
from plumb_schema.ground.context import Context
from plumb_schema.ground.permission import Need

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
    is_allowed: bool

    @classmethod
    def of(cls, context: Context, name: str, need: Need | None, *, shows_credential: bool) -> Self | None:
        """Return a change as repeatable when the request names a key; each response name has its own place under it."""
        if not context.idempotency_key or context.actor is None or context.actor.membership_id is None:
            return None
        key = f"{context.idempotency_key}/{name}"
        # An alias has any length, its column has not.
        key = key if len(key) <= LONGEST_KEY else sha256_hex(key.encode())
        return cls(context, key, shows_credential, is_allowed=need is not None and context.allows(need))

    async def saved(self) -> dict[str, Any] | None:
        """Return the first answer, or None when there is none to repeat, or the caller may not make the change (any more).

        What forbids the repetition is left in the context for the guard, which makes a Problem of it.
        """
        if not self.is_allowed:
            return None
        context, rights = self.context, rights_of(self.context.held)
        try:
            answer = await saved_answer(context.caller, key=self.key, request_hashes=context.request_hashes, rights=rights)
            if answer is not None and self.shows_credential:
                raise AnswerShownOnce(field="idempotencyKey")
        except DomainError as error:
            self.context.hindrance = error
            return None
        return answer

    async def save(self, answer: Any) -> None:
        """Keep the answer in the transaction of the change; a credential is not kept.

        It is for the rights that the caller has after the change, which may be about these.
        """
        caller, kept = self.context.caller, {} if self.shows_credential else answer
        rights = rights_of(await self.context.ground.grants_of(caller))
        await save_answer(caller, key=self.key, request_hash=self.context.request_hashes[0], rights=rights, answer=kept)


def rights_of(grants: Grants) -> str:
    """Return a digest of all that decides what a member sees and does: by grants, and by where these start from."""
    return sha256_hex(f"{grants.shape} {grants.person_id} {grants.unit_id}".encode())


def shows_credential(field: GraphQLField) -> bool:
    """Return whether a mutation answers what is shown once."""
    answer = get_named_type(field.type)
    members = answer.types if isinstance(answer, GraphQLUnionType) else ()
    return any(name in member.fields for member in members for name in SHOWN_ONCE)
