"""Mutations: a root field that answers what it changed, or the Problem for which nothing changed."""

from collections.abc import Callable
from typing import Annotated, Any

import strawberry

from graphql import GraphQLField
from plumb_schema.ground.permission import Need, directives_of
from plumb_schema.ground.problems import Problems

AT_ONCE = "at_once"
"""The key of a field's metadata under which a mutation says that it is one statement."""


def mutation(*, needs: Need, description: str, at_once: bool = False) -> Callable[[Callable[..., object]], Any]:
    """Make a method of a root class a mutation, whose answer is what the method returns or a Problem.

    `create_goal` that returns a Goal answers the union `CreateGoalResult`. Raise any DomainError inside. Two mutations that
    share one union are fields of it by hand (`LoginResult`). One that is `at_once` makes its change by `write_alone`, asks
    nothing before, and answers plain attributes, for it has committed before it is answered.
    """

    def wrap(resolver: Callable[..., object]) -> Any:
        answer = resolver.__annotations__["return"] | Problems
        name = "".join(word.capitalize() for word in resolver.__name__.split("_"))
        return strawberry.field(
            resolver,
            description=description,
            directives=directives_of(needs),
            metadata={AT_ONCE: at_once},
            graphql_type=Annotated[answer, strawberry.union(f"{name}Result")],
        )

    return wrap


def is_at_once(field: GraphQLField) -> bool:
    """Return whether a built field is a mutation of one statement."""
    return bool(getattr(field.extensions.get("strawberry-definition"), "metadata", {}).get(AT_ONCE))
