"""Arguments of a field under the variables of a request: what the document alone decides is found once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql.execution.values import VariableValues, coerce_argument
from graphql.language import ListValueNode, ObjectValueNode, ValueNode, VariableNode

from graphql import FieldNode, GraphQLArgument, GraphQLField, GraphQLNonNull, get_argument_values, is_required_argument

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VariableArgument:
    """An argument that is one variable and nothing more."""

    variable: str
    name: str
    """The name by which code knows the argument."""
    is_required: bool
    is_not_null: bool
    usual: Arguments
    """What stands in its place when the variable has no value; empty where nothing does."""


@dataclass(frozen=True, slots=True)
class ArgumentReader:
    """Reads the arguments of one field of a valid document at every request; what it returns is shared and not changed."""

    field: GraphQLField
    node: FieldNode
    fixed: Arguments
    variables: tuple[VariableArgument, ...] | None
    """None where a variable stands within a list or an object: all is graphql-core's to read then."""

    def read(self, given: VariableValues) -> Arguments:
        """Return what graphql-core makes of the arguments; raises GraphQLError as it does."""
        if not self.variables and self.variables is not None:
            return self.fixed
        found = None if self.variables is None else _read(self.variables, self.fixed, given.coerced)
        return get_argument_values(self.field, self.node, given) if found is None else found


def reader_of(definition: GraphQLField, node: FieldNode) -> ArgumentReader:
    """Return the reader of a field's arguments."""
    given = {argument.name.value: argument for argument in node.arguments or ()}
    if any(_holds_variable(argument.value) for argument in given.values() if not isinstance(argument.value, VariableNode)):
        return ArgumentReader(definition, node, {}, None)
    fixed: dict[str, Any] = {}
    variables: list[VariableArgument] = []
    for name, argument in definition.args.items():
        said = given.get(name)
        if said is not None and isinstance(said.value, VariableNode):
            variables.append(_by_variable(name, argument, node, said.value))
        else:
            coerce_argument(fixed, node, name, argument, said, None, None)
    return ArgumentReader(definition, node, fixed, tuple(variables))


def _read(variables: tuple[VariableArgument, ...], fixed: Arguments, values: Mapping[str, Any]) -> Arguments | None:
    """Return the arguments, None where graphql-core would refuse one of them."""
    found = dict(fixed)
    for each in variables:
        if each.variable in values:
            value = values[each.variable]
            if value is None and each.is_not_null:
                return None
            found[each.name] = value
        elif each.is_required:
            return None
        else:
            found.update(each.usual)
    return found


def _by_variable(name: str, argument: GraphQLArgument, node: FieldNode, value: VariableNode) -> VariableArgument:
    usual: dict[str, Any] = {}
    is_required = is_required_argument(argument)
    if not is_required:
        coerce_argument(usual, node, name, argument, None, None, None)
    is_not_null = isinstance(argument.type, GraphQLNonNull)
    return VariableArgument(value.name.value, argument.out_name or name, is_required, is_not_null, usual)


def _holds_variable(value: ValueNode) -> bool:
    return isinstance(value, VariableNode) or any(map(_holds_variable, _parts(value)))


def _parts(value: ValueNode) -> Iterator[ValueNode]:
    if isinstance(value, ListValueNode):
        yield from value.values
    elif isinstance(value, ObjectValueNode):
        yield from (field.value for field in value.fields)
