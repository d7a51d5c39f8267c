"""Execution of one operation: each root field of a mutation in a transaction of its own, all or nothing."""

from collections.abc import Sequence
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
        """Make one change, and return its answer; what an attempt collected in vain goes with it."""
        context, collected = cast(Context, self.context_value), self.collected_errors
        execute = super().execute_field

        def begin() -> attempts.Make:
            # Errors are kept by place, and a place takes one.
            self.collected_errors = type(collected)()
            return make

        async def make() -> Any:
            answer: Any = execute(parent_type, source, details, path, *rest)
            if self.is_awaitable(answer):
                answer = await answer
            _leave_if_failed(self.collected_errors.errors)
            return answer

        def failed(error: Exception) -> None:
            self.collected_errors.add(located_error(error, [detail.node for detail in details], path.as_list()), path)

        changing = attempts.Changing.of(parent_type.fields.get(details[0].node.name.value))
        answer = await attempts.change(context, changing, str(path.key), begin, failed)
        found, self.collected_errors = self.collected_errors.errors, collected
        collected.errors.extend(found)
        return answer


def _leave_if_failed(errors: Sequence[GraphQLError]) -> None:
    """Raise what undoes an attempt that collected more than refusals and faults of the document: CallerStale, or Undone."""
    if any(isinstance(error.original_error, CallerStale) for error in errors):
        raise CallerStale
    unexpected = [error.original_error for error in errors if is_unexpected(error)]
    if unexpected:
        # One that may be made anew comes first: the others may have come of it.
        raise attempts.Undone(None) from max(unexpected, key=attempts.is_sacrificed)


def is_unexpected(error: GraphQLError) -> bool:
    """Return whether an error is neither an expected refusal nor the document's own fault."""
    return error.original_error is not None and not isinstance(error.original_error, DomainError | GraphQLError)
