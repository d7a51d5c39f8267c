"""The engine: one operation from its text to its answer, in one transaction for a query."""

import hmac
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeGuard, cast

import orjson
from graphql.language import OperationType
from strawberry.execution import optimized_is_awaitable

from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
    get_operation_ast,
    get_variable_values,
)
from plumb_platform.errors import DomainError, InvalidInput, Unauthenticated
from plumb_platform.settings import Keys
from plumb_schema.changes.changer import Changer
from plumb_schema.ground.answers import UNAVAILABLE_CODE, Answer, entries, failure, refusal
from plumb_schema.ground.context import Context
from plumb_schema.ground.documents import DocumentInvalid, Documents, Prepared
from plumb_schema.ground.executor import TransactionalExecutor
from plumb_schema.ground.following import Following, following_of
from plumb_schema.ground.limits import Limits
from plumb_schema.reads.reader import Reader

KEPT_BYTES = 16 * 1024 * 1024


class StreamNeeded(InvalidInput):
    """A subscription is answered by events, to who takes them."""

    code = "STREAM_NEEDED"
    zh = "订阅须以 Accept: text/event-stream 请求。"
    en = "Ask for a subscription with Accept: text/event-stream."


class ChangeByGet(InvalidInput):
    """A GET asks; what changes something is sent by POST (RFC 9110 section 9.2.1)."""

    code = "METHOD_REFUSED"
    zh = "GET 只能用于查询；变更请使用 POST。"
    en = "A GET can only ask; send changes by POST."


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client sent."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    name: str | None = None

    def hashes(self, keys: Keys) -> tuple[str, ...]:
        """Return HMAC-SHA-256s of all that decides the effect: by what is kept of it nobody guesses a password that it held."""
        said = orjson.dumps([self.query, self.variables, self.name], option=orjson.OPT_SORT_KEYS)
        return tuple(hmac.new(key, b"operation:" + said, "sha256").hexdigest() for key in keys)


class Engine:
    """Answers operations on one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits | None = None, *, kept_bytes: int = KEPT_BYTES) -> None:
        self.schema = schema
        self.limits = limits or Limits()
        self._documents = Documents(schema, self.limits)
        self._reader = Reader(schema, kept_bytes=kept_bytes, errors=self.limits.errors)
        self._changer = Changer(schema, self._reader)

    async def answer(self, operation: Operation, context: Context) -> Answer:
        """Return the answer of an operation; never raises but for cancellation."""
        prepared = self._prepared(operation, context)
        if isinstance(prepared, Answer):
            return prepared
        context.text, context.planner = operation.query, self._reader.planner
        try:
            chosen = get_operation_ast(prepared.document, operation.name)
            if context.is_question and chosen is not None and chosen.operation is OperationType.MUTATION:
                return refusal(ChangeByGet(), context.locale, 405, request_id=context.request_id, headers={"Allow": "POST"})
            if chosen is not None and chosen.operation is OperationType.SUBSCRIPTION:
                return refusal(StreamNeeded(), context.locale, 406, request_id=context.request_id)
            if context.actor is not None and chosen is not None and chosen.operation is OperationType.QUERY:
                answer = await self._reader.answer(prepared, chosen, context, operation.variables)
                if answer is not None:
                    return answer
            if context.is_remembered and not prepared.is_public and not _is_one_change(chosen):
                await context.recognise_anew()
            result = await self._execute(prepared, chosen, operation, context)
            if context.is_stale:
                await context.recognise_anew()
                result = await self._execute(prepared, chosen, operation, context)
            return _answer(result, context, prepared.size.cost, self.schema)
        except DomainError as error:
            return _refused(error, context, 401 if isinstance(error, Unauthenticated) else 400)
        except Exception as error:  # noqa: BLE001 - the transaction itself failed: no database, for one
            return failure(error, context, prepared.size.cost)

    def following(self, operation: Operation, context: Context) -> Following | Answer | None:
        """Return how a subscription is followed, the refusal of its document, or None for any other operation."""
        prepared = self._prepared(operation, context)
        if isinstance(prepared, Answer):
            return prepared
        chosen = get_operation_ast(prepared.document, operation.name)
        if chosen is None or chosen.operation is not OperationType.SUBSCRIPTION:
            return None
        given = get_variable_values(self.schema, chosen.variable_definitions or (), operation.variables, self.limits.errors)
        if isinstance(given, list):
            return Answer({"errors": entries(given, context, self.schema)}, 400, prepared.size.cost)
        return following_of(self.schema, prepared.document, chosen, given)

    def _prepared(self, operation: Operation, context: Context) -> Prepared | Answer:
        try:
            return self._documents.prepare(operation.query, operation.variables, anonymous=context.actor is None)
        except DocumentInvalid as error:
            found = entries(error.errors, context, self.schema)
            return Answer({"errors": found}, 400) if found else _refused(error, context, 400)
        except DomainError as error:
            return _refused(error, context, 401 if isinstance(error, Unauthenticated) else 400)

    async def _execute(
        self, prepared: Prepared, chosen: OperationDefinitionNode | None, operation: Operation, context: Context
    ) -> ExecutionResult:
        if context.idempotency_key:
            context.request_hashes = operation.hashes(context.ground.link_keys)
        if context.actor is not None and chosen is not None and chosen.operation is OperationType.MUTATION:
            changed = await self._changer.execute(prepared, chosen, context, operation.variables)
            if changed is not None:
                return changed
        async with nullcontext() if prepared.is_public or _changes(chosen) else context.transaction():
            result = execute(
                self.schema,
                prepared.document,
                context_value=context,
                variable_values=operation.variables,
                operation_name=operation.name,
                executor_class=TransactionalExecutor,
                is_awaitable=cast(Callable[[Any], TypeGuard[Awaitable[Any]]], optimized_is_awaitable),
                hide_suggestions=context.actor is None,
                max_coercion_errors=self.limits.errors,
            )
            return await result if isinstance(result, Awaitable) else result


def _refused(error: DomainError, context: Context, status: int) -> Answer:
    return refusal(error, context.locale, status, request_id=context.request_id)


def _changes(operation: OperationDefinitionNode | None) -> bool:
    # Without a known operation nothing will be executed, so nothing need be opened.
    return operation is None or operation.operation is OperationType.MUTATION


def _is_one_change(operation: OperationDefinitionNode | None) -> bool:
    """Return whether an operation is a single change, whose transaction proves its caller before anything is done."""
    if operation is None or operation.operation is not OperationType.MUTATION:
        return False
    return len(operation.selection_set.selections) == 1 and isinstance(operation.selection_set.selections[0], FieldNode)


def _answer(result: ExecutionResult, context: Context, cost: int, schema: GraphQLSchema) -> Answer:
    found = entries(result.errors or (), context, schema)
    if found and result.data is None and all(error.path is None for error in result.errors or ()):
        return Answer({"errors": found}, 400, cost)
    answered = {"data": result.data} | ({"errors": found} if found else {})
    is_away = any(entry["extensions"]["code"] == UNAVAILABLE_CODE for entry in found)
    hidden = {"extensions": {"hidden": list(context.hidden)}} if context.hidden and not is_away else {}
    # Of several changes those that were done must not be sent again: each answers for itself.
    if is_away or (context.outages and context.outages >= len(result.data or ())):
        return Answer(None, 503, cost, {"Retry-After": "2"}, raw=orjson.dumps(answered | hidden))
    return Answer(raw=orjson.dumps(answered | hidden), cost=cost)
