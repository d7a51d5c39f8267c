"""Executing a mutation by its plan: one transaction a root field, the service, and its answer as the document asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql.execution.values import VariableValues

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationDefinitionNode, located_error
from plumb_platform.errors import NotFound
from plumb_schema.changes.plans import ChangePlan, RootChange, change_plan
from plumb_schema.ground import attempts
from plumb_schema.ground.context import Context
from plumb_schema.ground.documents import Prepared
from plumb_schema.ground.guard import refusable, settled
from plumb_schema.reads.completion import Ref, text_of
from plumb_schema.reads.forms import form_of_variables
from plumb_schema.reads.plan import TEXT, row_plan
from plumb_schema.reads.reader import Reader
from plumb_schema.reads.selection import Selections, fragments_of


@dataclass(frozen=True, slots=True)
class Info:
    """What a mutation's method is told of its request, for it asks for no more."""

    context: Context


@dataclass(frozen=True, slots=True)
class _Asked:
    """One operation of a request."""

    schema: GraphQLSchema
    prepared: Prepared
    operation: OperationDefinitionNode
    variables: VariableValues
    context: Context

    @property
    def name(self) -> str | None:
        return self.operation.name.value if self.operation.name else None

    def form(self) -> tuple[object, ...]:
        return form_of_variables(self.schema, self.operation, self.variables)


class Changer:
    """Executes the mutations whose answers need no resolver but PostgreSQL's and plain attributes."""

    def __init__(self, schema: GraphQLSchema, reader: Reader) -> None:
        self._schema = schema
        self._reader = reader

    async def execute(
        self, prepared: Prepared, operation: OperationDefinitionNode, context: Context, given: Mapping[str, Any]
    ) -> ExecutionResult | None:
        """Return what graphql-core would answer, its data as JSON can hold it; None for what it has to answer itself."""
        variables = self._reader.variables(prepared, operation, given)
        if isinstance(variables, list):
            return ExecutionResult(None, variables)
        asked = _Asked(self._schema, prepared, operation, variables, context)
        plan = self._plan(asked)
        if plan is None:
            return None
        data: dict[str, Any] = {}
        errors: list[GraphQLError] = []
        for key, root in plan.roots.items():
            data[key] = root if isinstance(root, str) else await self._changed(asked, root, errors)
        return ExecutionResult(data, errors or None)

    def _plan(self, asked: _Asked) -> ChangePlan | None:
        text = asked.context.text
        # Variables decide what is asked for by directives alone.
        key = ("change", text, asked.name, asked.form() if "@" in text else None)
        return self._reader.planner.kept(
            key,
            lambda: change_plan(asked.schema, asked.prepared.document, asked.operation, asked.variables),
            more=TEXT * len(text),
        )

    async def _changed(self, asked: _Asked, root: RootChange, errors: list[GraphQLError]) -> Any:
        """Make one change, and return its answer; what made it fail is added to `errors`."""
        context = asked.context

        async def act() -> Any:
            answered = root.resolve(None, info=Info(context), **root.make_input(root.arguments.read(asked.variables)))
            value = await settled(answered)
            return await self._row(asked, root, value) if isinstance(value, Ref) else value

        async def make() -> Any:
            value = await refusable(context, root.need, act)
            answer = value if isinstance(value, orjson.Fragment) else root.completers[type(value)](value)
            return orjson.loads(orjson.dumps(answer)) if context.idempotency_key else answer

        def failed(error: Exception) -> None:
            errors.append(located_error(error, list(root.nodes), [root.key]))

        return await attempts.change(context, root.changing, root.key, lambda: make, failed)

    async def _row(self, asked: _Asked, root: RootChange, ref: Ref) -> orjson.Fragment:
        """Return the row that a change made or changed, as PostgreSQL writes it; raises NotFound for one out of reach."""
        context = asked.context
        selections = Selections(asked.schema, fragments_of(asked.prepared.document), asked.variables)
        key = ("row", context.text, asked.name, root.key, ref.type_name, context.held.shape, asked.form())
        plan = self._reader.planner.kept(key, lambda: row_plan(selections, context.held, ref.type_name, list(root.nodes)))
        # What is kept for an idempotency key is written behind the answer.
        text = await text_of(plan, context, asked.variables, ids=(ref.id,), is_last=not context.idempotency_key)
        if text is None:
            raise NotFound
        return orjson.Fragment(text)
