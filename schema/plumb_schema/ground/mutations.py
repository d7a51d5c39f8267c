"""Mutations: a root field that answers what it changed, or the Problem for which nothing changed."""

from collections.abc import Callable
from typing import Annotated, Any

import strawberry

from plumb_schema.ground.permission import Need, directives_of
from plumb_schema.ground.problems import Problems


def mutation(*, needs: Need, description: str) -> Callable[[Callable[..., object]], Any]:
    """Make a method of a root class a mutation, whose answer is what the method returns or a Problem.

    `create_goal` that returns a Goal answers the union `CreateGoalResult`. Raise any DomainError inside. Two mutations that
    share one union are fields of it by hand (`LoginResult`).
    """

    def wrap(resolver: Callable[..., object]) -> Any:
        answer = resolver.__annotations__["return"] | Problems
        name = "".join(word.capitalize() for word in resolver.__name__.split("_"))
        return strawberry.field(
            resolver,
            description=description,
            directives=directives_of(needs),
            graphql_type=Annotated[answer, strawberry.union(f"{name}Result")],
        )

    return wrap
