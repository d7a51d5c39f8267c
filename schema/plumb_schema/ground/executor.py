"""Execution of one operation: each root field of a mutation in a transaction of its own, all or nothing."""

from typing import Any, cast

from graphql.execution.collect_fields import FieldDetailsList
from graphql.language import OperationType
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graphql import GraphQLError, GraphQLObjectType, located_error
from plumb_platform.database.proving import CallerStale
from plumb_platform.errors import DomainError
from plumb_schema.ground import attempts
from plumb_schema.ground.context import Context


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
            if attempt >= attempts.MOST or not any(attempts.is_sacrificed(error.original_error) for error in errors):
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
        execute = super().execute_field

        async def make() -> Any:
            answer: Any = execute(parent_type, source, details, path, *rest)
            if self.is_awaitable(answer):
                answer = await answer
            errors = self.collected_errors.errors
            if any(isinstance(error.original_error, CallerStale) for error in errors):
                raise CallerStale
            if any(is_unexpected(error) for error in errors):
                raise attempts.Undone(None)
            return answer

        definition = parent_type.fields.get(details[0].node.name.value)
        try:
            return await attempts.attempt(context, attempts.Changing.of(definition), str(path.key), make, is_again=is_again)
        except CallerStale:
            context.is_stale = True
        except Exception as error:  # noqa: BLE001 - beginning or committing failed; the field answers it
            located = located_error(error, [detail.node for detail in details], path.as_list())
            self.collected_errors.add(located, path)
        return None


def is_unexpected(error: GraphQLError) -> bool:
    """Return whether an error is neither an expected refusal nor the document's own fault."""
    return error.original_error is not None and not isinstance(error.original_error, DomainError | GraphQLError)
