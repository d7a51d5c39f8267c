"""What a selection set asks of one type: fragments spread, directives obeyed, fields of one name merged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql.execution.values import VariableValues
from graphql.language import SelectionNode

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
    get_directive_values,
    is_abstract_type,
)

Groups = dict[str, list[FieldNode]]
"""The fields that one object answers: each response name with the nodes that ask for it, in the order of the answer."""


def fragments_of(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    """Return the fragments of a document by name."""
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}


@dataclass(frozen=True)
class Selections:
    """Reads selection sets of one document under the variables of one request."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues

    def below(self, nodes: Iterable[FieldNode], kind: GraphQLObjectType) -> Groups:
        """Return what the merged selection sets of fields ask of an object type."""
        return self.of([node.selection_set for node in nodes if node.selection_set], kind)

    def of(self, sets: Iterable[SelectionSetNode], kind: GraphQLObjectType) -> Groups:
        """Return what selection sets ask of an object type."""
        walk = _Walk(self, kind)
        for each in sets:
            walk.visit(each)
        return walk.groups

    def includes(self, node: SelectionNode) -> bool:
        """Return whether @skip and @include leave a node in."""
        if not isinstance(node, FieldNode | FragmentSpreadNode | InlineFragmentNode) or not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def applies(self, fragment: FragmentDefinitionNode | InlineFragmentNode, kind: GraphQLObjectType) -> bool:
        """Return whether a fragment's type condition holds for an object type."""
        if fragment.type_condition is None:
            return True
        condition = self.schema.type_map[fragment.type_condition.name.value]
        return condition is kind or (is_abstract_type(condition) and self.schema.is_sub_type(condition, kind))


@dataclass
class _Walk:
    selections: Selections
    kind: GraphQLObjectType
    groups: Groups = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def visit(self, selection_set: SelectionSetNode) -> None:
        for node in selection_set.selections:
            if not self.selections.includes(node):
                continue
            if isinstance(node, FieldNode):
                self.groups.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if self.selections.applies(node, self.kind):
                    self.visit(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in self.seen:
                self.seen.add(node.name.value)
                fragment = self.selections.fragments[node.name.value]
                if self.selections.applies(fragment, self.kind):
                    self.visit(fragment.selection_set)
