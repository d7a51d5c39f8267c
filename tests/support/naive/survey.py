"""What a document can be told without a look at any row: which roots are refused and why, and which fields it hides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_argument_values,
    get_named_type,
)
from plumb_platform.resources import Column, Made, Many, One, OneOf, Resource, resource_named
from plumb_platform.resources.resource import camel
from plumb_schema.ground.ids import split_id
from plumb_schema.reads.classes import AnyNode, Listing, Single, declared, read_of
from support.naive.filters import FilterFaults
from support.naive.orders import is_order_hidden, order_of
from support.naive.sight import Sight


@dataclass
class Survey:
    """Walks a document by types alone."""

    schema: GraphQLSchema
    sight: Sight
    cursor_key: bytes
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: VariableValues
    faults: dict[str, set[str]] = field(default_factory=dict)
    hidden: dict[str, set[str]] = field(default_factory=dict)
    _root: str = ""

    def walk(self) -> None:
        """Find the faults and the hidden fields of every root field."""
        root = self.schema.query_type
        assert root is not None
        found = collect_fields(self.schema, self._fragments, self.variables, root, self.operation)
        for key, details in found.grouped_field_set.items():
            self._root, nodes = key, [each.node for each in details]
            self.faults[key], self.hidden[key] = set(), set()
            if nodes[0].name.value in root.fields:
                self._root_field(root.fields[nodes[0].name.value], nodes)

    @property
    def _fragments(self) -> dict[str, FragmentDetails]:
        nodes = [each for each in self.document.definitions if isinstance(each, FragmentDefinitionNode)]
        return {node.name.value: FragmentDetails(node) for node in nodes}

    def _root_field(self, definition: GraphQLField, nodes: list[FieldNode]) -> None:
        read = read_of(definition)
        if isinstance(read, AnyNode):
            parts = split_id(str(get_argument_values(definition, nodes[0], self.variables)["id"]))
            resource = declared(parts[0]) if parts else None
            if resource is not None and resource.type_name in self.schema.type_map and self.sight.is_granted(resource):
                self._object(resource, nodes)
        elif isinstance(read, Listing | Single):
            if not self.sight.is_granted(read.resource):
                self.faults[self._root].add("FORBIDDEN")
            elif isinstance(read, Single):
                self._object(read.resource, nodes)
            else:
                self._connection(read.resource, definition, nodes, f"Query.{nodes[0].name.value}")

    def _object(self, resource: Resource, nodes: list[FieldNode], *, named: bool = False) -> None:
        kind = self.schema.type_map[resource.type_name]
        assert isinstance(kind, GraphQLObjectType)
        known: Mapping[str, Any] = {camel(each.name): each for each in (*resource.columns, *resource.relations, *resource.made)}
        for details in self._below(kind, nodes).values():
            below = [each.node for each in details]
            of = known.get(below[0].name.value)
            if of is None:
                continue
            if not self.sight.shows_always(resource, of.name, named=named):
                self.hidden[self._root].add(f"{resource.type_name}.{camel(of.name)}")
            if not isinstance(of, Column | Made) and not self.sight.shows_never(resource, of.name, named=named):
                self._relation(resource, of, kind.fields[below[0].name.value], below)

    def _relation(self, resource: Resource, relation: Any, definition: GraphQLField, nodes: list[FieldNode]) -> None:
        if isinstance(relation, One):
            self._object(resource_named(relation.target), nodes, named=relation.named)
        elif isinstance(relation, OneOf):
            for target, _ in relation.members:
                self._object(resource_named(target), nodes)
        elif isinstance(relation, Many) and relation.paged:
            place = f"{resource.type_name}.{camel(relation.name)}"
            self._connection(resource_named(relation.target), definition, nodes, place)
        elif isinstance(relation, Many):
            self._object(resource_named(relation.target), nodes)

    def _connection(self, resource: Resource, definition: GraphQLField, nodes: list[FieldNode], place: str) -> None:
        arguments = get_argument_values(definition, nodes[0], self.variables)
        self.faults[self._root] |= self._faults(resource, arguments, place)
        connection = get_named_type(definition.type)
        assert isinstance(connection, GraphQLObjectType)
        for details in self._below(connection, nodes).values():
            if details[0].node.name.value == "edges":
                edge = get_named_type(connection.fields["edges"].type)
                assert isinstance(edge, GraphQLObjectType)
                for inner in self._below(edge, [each.node for each in details]).values():
                    if inner[0].node.name.value == "node":
                        self._object(resource, [each.node for each in inner])

    def _faults(self, resource: Resource, arguments: Mapping[str, Any], place: str) -> set[str]:
        filters, asked = FilterFaults(self.sight), arguments.get("orderBy") or []
        filters.find(resource, arguments.get("where") or {})
        codes, first = filters.codes, arguments.get("first")
        if is_order_hidden(self.sight, resource, asked):
            codes.add("FIELD_HIDDEN")
        elif arguments.get("after") is not None:
            order, tenant_id = order_of(self.sight, resource, asked), self.sight.facts.tenant_id
            if order.opened(self.cursor_key, tenant_id, place, arguments["after"]) is None:
                codes.add("CURSOR_INVALID")
        if first is not None and not 1 <= first <= 100:
            codes.add("PAGE_SIZE_INVALID")
        return codes

    def _below(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> Mapping[str, list[FieldDetails]]:
        details = [FieldDetails(node, None) for node in nodes]
        found = collect_subfields(self.schema, self._fragments, self.variables, self.operation, kind, details)
        return found.grouped_field_set
