"""Reading a whole query in one round trip: company, caller, data version and data in one statement."""

from collections.abc import Hashable, Mapping
from typing import Any

import orjson
from graphql.execution.values import VariableValues

from graphql import FieldNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, located_error
from plumb_platform.clock import now
from plumb_platform.database import read_door
from plumb_platform.database.proving import CallerStale, Reading
from plumb_platform.database.reading import FIRST_VALUE
from plumb_platform.errors import DomainError
from plumb_schema.ground.answers import Answer, entries
from plumb_schema.ground.context import Context
from plumb_schema.ground.documents import Prepared
from plumb_schema.reads.coercion import Coercions
from plumb_schema.reads.kept import KeptAnswer, KeptAnswers
from plumb_schema.reads.plan import ArgumentsWrong, Plan, Planner
from plumb_schema.reads.slots import Moment
from plumb_schema.reads.variables import Variables, variables_of

TRIES = 3


class AccessUnsettled(TimeoutError):
    """What the caller may do changed again while it was being read."""


class Reader:
    """Answers the queries that PostgreSQL can answer alone."""

    def __init__(self, schema: GraphQLSchema, *, kept_bytes: int, errors: int) -> None:
        self._schema = schema
        self._errors = errors
        self.planner = Planner(schema, first=FIRST_VALUE)
        self.kept = KeptAnswers(kept_bytes)
        self._coercions = Coercions()

    async def answer(
        self, prepared: Prepared, operation: OperationDefinitionNode, context: Context, variables: dict[str, Any]
    ) -> Answer | None:
        """Return the answer of a query; None when something in it needs Python."""
        coerced = self.variables(prepared, operation, variables)
        if isinstance(coerced, list):
            return Answer({"errors": entries(coerced, context, self._schema)}, 400, prepared.size.cost)
        for _ in range(TRIES):
            try:
                return await self._answer(prepared, operation, context, coerced, {})
            except CallerStale:
                await context.recognise_anew()
        raise AccessUnsettled

    def variables(
        self, prepared: Prepared, operation: OperationDefinitionNode, given: Mapping[str, Any]
    ) -> VariableValues | list[GraphQLError]:
        """Return what a client sent as values of an operation's variables, or what is wrong with it."""
        key = operation.name.value if operation.name else ""
        known: Variables | None = prepared.kept.get(key)
        if known is None:
            known = prepared.kept[key] = variables_of(self._schema, operation, self._coercions)
        return known.read(given, errors=self._errors)

    async def _answer(
        self,
        prepared: Prepared,
        operation: OperationDefinitionNode,
        context: Context,
        variables: VariableValues,
        wrong: Mapping[str, DomainError],
    ) -> Answer | None:
        grants = await context.known_grants()
        plan = self.planner.plan(context.text, prepared.document, operation, variables, grants, without=frozenset(wrong))
        if plan is None:
            return None
        arguments = plan.arguments(variables)
        moment = Moment(context.caller, grants, context.ground.cursors, arguments, context.locale, now())
        try:
            values = plan.bound(moment)
        except ArgumentsWrong as found:
            return await self._answer(prepared, operation, context, variables, {**wrong, **found.errors})
        kept = await self._read(plan, values, moment, context)
        refused = {error.key: error.error for error in plan.errors} | dict(wrong)
        errors = [_located(plan.nodes[key], key, error) for key, error in refused.items()]
        return _shown(plan, kept, prepared.size.cost, entries(errors, context, self._schema))

    async def _read(self, plan: Plan, values: list[Any], moment: Moment, context: Context) -> KeptAnswer:
        tenant_id, door = context.caller.tenant_id, read_door()
        reading = Reading(tenant_id, moment.grants.version, context.proof, moment.now)
        statement = plan.statements[reading.kind]
        if plan.tables is None:
            return KeptAnswer(0, await door.read(statement, values, reading))
        key = (plan.serial, tenant_id, *map(_hashable, values))
        known = self.kept.find(key)
        # To ask first is cheap; to start the whole statement only to hear that nothing changed is not.
        if known is not None and await door.version(plan.tables, reading) == known.version:
            return known
        return self.kept.keep(key, *await door.read_kept(statement, values, plan.tables, reading))


def _hashable(value: Any) -> Hashable:
    return tuple(value) if isinstance(value, list) else value


def _shown(plan: Plan, kept: KeptAnswer, cost: int, errors: list[dict[str, Any]]) -> Answer:
    more: dict[str, Any] = {"errors": errors} if errors else {}
    if plan.hidden:
        more["extensions"] = {"hidden": list(plan.hidden)}
    if not more:
        return Answer(raw=kept.data, cost=cost, tag=lambda: kept.tag)
    return Answer(raw=kept.data[:-1] + b"," + orjson.dumps(more)[1:], cost=cost)


def _located(node: FieldNode, key: str, error: DomainError) -> GraphQLError:
    return located_error(error, [node], [key])
