"""Following: a subscription is the query of the same words, asked again whenever its company has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql.execution.values import VariableValues
from graphql.language import OperationType

from graphql import (
    DocumentNode,
    GraphQLSchema,
    NamedTypeNode,
    OperationDefinitionNode,
    Visitor,
    get_argument_values,
    print_ast,
    strip_ignored_characters,
    visit,
)
from plumb_schema.reads.classes import Ending, ending_of, read_of
from plumb_schema.reads.selection import Selections, fragments_of


@dataclass(frozen=True, slots=True)
class Following:
    """What is asked at every event of a subscription, and how its end is known."""

    query: str
    """The subscription's own words as a query; its variables and its name stay."""
    end_query: str
    end_variables: dict[str, Any]
    ending: Ending
    is_counted: bool
    """Whether every change of what is followed moves its company's version; else it is asked at every look."""

    def is_over(self, body: Mapping[str, Any]) -> bool:
        """Return whether the answer of `end_query` says that nothing will change any more, or that nothing is there."""
        found = (body.get("data") or {}).get("followed")
        return found is None or self.ending.is_over(found)


def following_of(
    schema: GraphQLSchema, document: DocumentNode, chosen: OperationDefinitionNode, given: VariableValues
) -> Following:
    """Return how a subscription of a valid document is followed, under its variables."""
    root = schema.subscription_type
    assert root is not None  # noqa: S101 - a valid subscription names it
    # Validation leaves one root field, without @skip and @include.
    [nodes] = Selections(schema, fragments_of(document), given).of([chosen.selection_set], root).values()
    definition = root.fields[nodes[0].name.value]
    ending = ending_of(definition)
    return Following(
        query=strip_ignored_characters(print_ast(visit(document, _AsQuery(schema)))),
        end_query=f"query($id:ID!){{followed:{nodes[0].name.value}(id:$id){ending.selection}}}",
        end_variables=get_argument_values(definition, nodes[0], given),
        ending=ending,
        is_counted=bool(read_of(definition).resource.reads),
    )


class _AsQuery(Visitor):
    """Makes subscriptions queries, and what is spread over their root too."""

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        assert schema.query_type is not None  # noqa: S101 - every schema of ours has both
        assert schema.subscription_type is not None  # noqa: S101
        self._names = {schema.subscription_type.name: schema.query_type.name}

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> OperationDefinitionNode | None:
        is_one = node.operation is OperationType.SUBSCRIPTION
        return replace(node, operation=OperationType.QUERY) if is_one else None

    def enter_named_type(self, node: NamedTypeNode, *_: Any) -> NamedTypeNode | None:
        # The root is named by nothing but the type conditions of fragments.
        name = self._names.get(node.name.value)
        return replace(node, name=replace(node.name, value=name)) if name else None
