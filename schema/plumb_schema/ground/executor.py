"""Execution of one operation: each root field of a mutation in a transaction of its own, all or nothing."""

from contextlib import nullcontext
from typing import Any, cast

from graphql.execution.collect_fields import FieldDetailsList
from graphql.language import OperationType
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graphql import GraphQLError, GraphQLObjectType, located_error
from plumb_platform.database.proving import CallerStale
from plumb_platform.errors import DomainError, Unauthenticated
from plumb_schema.ground.context import Context
from plumb_schema.ground.mutations import is_at_once
from plumb_schema.ground.permission import PUBLIC, need_of
from plumb_schema.ground.repeating import Repeatable

ATTEMPTS = 3
"""How often a change is begun at most; each end of a deadlock takes PostgreSQL a second to see."""


class _Undo(Exception):
    """Leaves the transaction without committing; what was answered so far goes along."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer


class TransactionalExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes a document; a change commits only after its whole answer was made."""

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: FieldDetailsList, path: Path, *rest: Any
    ) -> Any:
        if path.prev is not None or self.operation.operation is not OperationType.MUTATION:
            return super().execute_field(parent_type, source, field_details_list, path, *rest)
        return self._change(parent_type, source, field_details_list, path, *rest)

    async def _change(
        self, parent_type: GraphQLObjectType, source: Any, details: FieldDetailsList, path: Path, *rest: Any
    ) -> Any:
        """Make one change; one that PostgreSQL undid so that another could go on is made anew."""
        collected, attempt = self.collected_errors, 0
        while True:
            # Errors are kept by place, and a place takes one: what an attempt collected goes with it.
            self.collected_errors, attempt = type(collected)(), attempt + 1
            answer = await self._attempt(parent_type, source, details, path, *rest, is_again=attempt > 1)
            errors = self.collected_errors.errors
            if attempt >= ATTEMPTS or not any(is_sacrificed(error.original_error) for error in errors):
                self.collected_errors = collected
                collected.errors.extend(errors)
                return answer

    async def _attempt(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        details: FieldDetailsList,
        path: Path,
        *rest: Any,
        is_again: bool,
    ) -> Any:
        context = cast(Context, self.context_value)
        try:
            if is_again:
                await _prove_again(context)
            # Signing in belongs to no company, and must not run in that of a session which is about to be left.
            definition = parent_type.fields.get(details[0].node.name.value)
            is_public = need_of(definition) is PUBLIC
            at_once = definition is not None and is_at_once(definition)
            async with nullcontext() if is_public else context.transaction(at_once=at_once):
                change = None if is_public or definition is None else Repeatable.of(context, definition, path)
                answer: Any = await change.saved() if change else None
                if answer is not None:
                    return answer
                answer = super().execute_field(parent_type, source, details, path, *rest)
                if self.is_awaitable(answer):
                    answer = await answer
                if any(isinstance(error.original_error, CallerStale) for error in self.collected_errors.errors):
                    raise CallerStale
                failed = any(is_unexpected(error) for error in self.collected_errors.errors)
                if context.take_refusal() or failed:
                    raise _Undo(None if failed else answer)
                if change:
                    await change.save(answer)
        except _Undo as undo:
            context.session_change = None
            return undo.answer
        except CallerStale:
            context.is_stale = True
            return None
        except Exception as error:  # noqa: BLE001 - beginning or committing failed; the field answers it
            context.session_change = None
            located = located_error(error, [detail.node for detail in details], path.as_list())
            self.collected_errors.add(located, path)
            return None
        return answer


async def _prove_again(context: Context) -> None:
    """Look up anew who asks, and what they may do: since the attempt before, their session may have ended.

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

    SQLSTATE class 40: a deadlock, for one. Nothing of the transaction was kept, so the same may be asked again.
    """
    while error is not None:
        if str(getattr(error, "sqlstate", ""))[:2] == "40":
            return True
        error = error.__cause__
    return False


def is_unexpected(error: GraphQLError) -> bool:
    """Return whether an error is neither an expected refusal nor the document's own fault."""
    return error.original_error is not None and not isinstance(error.original_error, DomainError | GraphQLError)
