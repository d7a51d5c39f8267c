"""Attempts at a change: each a transaction that commits only after the whole answer was made, once for an idempotency key."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias

from asyncpg import InvalidCachedStatementError

from graphql import GraphQLField
from plumb_platform.actor import Actor
from plumb_platform.database.proving import CallerStale
from plumb_platform.errors import Unauthenticated
from plumb_platform.outages import causes, state_of
from plumb_platform.sheets.gate import ImportsBusy, import_turn
from plumb_schema.ground.context import Context
from plumb_schema.ground.mutations import is_at_once
from plumb_schema.ground.permission import PUBLIC, Need, need_of
from plumb_schema.ground.repeating import Repeatable, shows_credential
from plumb_schema.ground.sheets import takes_file

MOST = 3
"""How often a change is begun at most; each end of a deadlock takes PostgreSQL a second to see."""


Make: TypeAlias = Callable[[], Awaitable[Any]]
"""Makes one attempt within its transaction, and returns the answer."""


class Undone(Exception):
    """Leaves the transaction without committing; what was answered so far goes along, and what caused it as its cause."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Changing:
    """What the schema says of a mutation, looked up once."""

    need: Need | None
    is_public: bool
    at_once: bool
    shows_credential: bool
    takes_file: bool

    @classmethod
    def of(cls, definition: GraphQLField | None) -> "Changing":
        """Return what a built field says; a field that is not there is refused before it changes anything."""
        if definition is None:
            return cls(None, is_public=False, at_once=False, shows_credential=False, takes_file=False)
        need = need_of(definition)
        return cls(need, need is PUBLIC, is_at_once(definition), shows_credential(definition), takes_file(definition))


async def change(
    context: Context, changing: Changing, key: str, begin: Callable[[], Make], failed: Callable[[Exception], None]
) -> Any:
    """Make a change, all or nothing, and return its answer; `key` is its response name.

    `begin` returns what makes it, afresh for each attempt: one that PostgreSQL undid so that another could go on is made anew,
    MOST times at most. A refusal and Undone, which that may raise, leave nothing behind but their answer. A caller who is not
    who they were leaves `is_stale`, and whatever else made the transaction fail is told to `failed`.
    """
    begun = 0
    while True:
        begun += 1
        try:
            return await _attempt(context, changing, key, begin(), is_again=begun > 1)
        except CallerStale:
            context.is_stale = True
            return None
        except Undone as undone:
            if begun >= MOST or not is_sacrificed(undone):
                return undone.answer
        except Exception as error:  # noqa: BLE001 - the field answers it, the others go on
            if begun >= MOST or not is_sacrificed(error):
                failed(error)
                return None


async def _attempt(context: Context, changing: Changing, key: str, make: Make, *, is_again: bool) -> Any:
    """Make a change once; with `is_again` the caller is proven anew."""
    before = context.credential, context.session_change
    try:
        if is_again:
            await _prove_again(context)
        # Signing in belongs to no company, and must not run in that of a session which is about to be left.
        opened = nullcontext() if changing.is_public else context.transaction(at_once=changing.at_once)
        async with _in_turn(context, context.actor) if changing.takes_file and context.actor else nullcontext(), opened:
            if not context.idempotency_key or changing.is_public:
                return await _made(context, make)
            repeatable = Repeatable.of(context, key, changing.need, shows_credential=changing.shows_credential)
            answer = await repeatable.saved() if repeatable else None
            if answer is not None:
                return answer
            answer = await _made(context, make)
            if repeatable:
                await repeatable.save(answer)
            return answer
    except BaseException:
        # What this change would have done to the session, not what one before it in the document has done.
        context.credential, context.session_change = before
        raise


@asynccontextmanager
async def _in_turn(context: Context, actor: Actor) -> AsyncIterator[None]:
    """Have a change that reads a file wait for its turn before it takes a connection, and prove the caller behind the wait.

    That no turn came is told within the transaction, to those alone who may make the change.
    """
    async with AsyncExitStack() as turn:
        try:
            await turn.enter_async_context(import_turn(actor.tenant_id))
            await _prove_again(context)
        except ImportsBusy as error:
            context.hindrance = error
        try:
            yield
        finally:
            context.hindrance = None


async def _made(context: Context, make: Make) -> Any:
    try:
        answer = await make()
    finally:
        refused = context.take_refusal()
    if refused:
        raise Undone(answer)
    return answer


async def _prove_again(context: Context) -> None:
    """Look up anew who asks, and what they may do: since they were, their session may have ended.

    Who is signed in no more is nobody from here on, which every change but the public ones refuses.
    """
    if context.actor is None:
        return
    try:
        await context.recognise_anew()
    except Unauthenticated:
        context.actor = context.grants = context.proof = None


def is_sacrificed(error: BaseException | None) -> bool:
    """Return whether an error, or what caused it, is that PostgreSQL undid a transaction for the sake of others.

    SQLSTATE class 40: a deadlock, for one; or a column that an operator's migration gave another type since the statement was
    prepared. Nothing of the transaction was kept, so the same may be asked again.
    """
    return any(state_of(each)[:2] == "40" or isinstance(each, InvalidCachedStatementError) for each in causes(error))
