"""Root fields as SQL: a list, one object by its id, whatever a global id names."""

from collections.abc import Mapping

from graphql import FieldNode, GraphQLField, get_argument_values
from plumb_platform.errors import Forbidden
from plumb_schema.ground.ids import split_id
from plumb_schema.ground.permission import need_of
from plumb_schema.reads.classes import Listing, Single, declared, read_of
from plumb_schema.reads.compiler import Compiler, NeedsPython
from plumb_schema.reads.sql import conjunction, json_object, type_name
from plumb_schema.reads.values import uuid_of


def named_root(compiler: Compiler, fields: Mapping[str, GraphQLField], nodes: list[FieldNode], key: str) -> str:
    """Return the JSON of the root field that nodes name; raises NeedsPython and Forbidden."""
    name = nodes[0].name.value
    if name == "__typename":
        return f"to_json({type_name('Query')})"
    if name not in fields:
        raise NeedsPython
    return root_sql(compiler, fields[name], nodes, key)


def root_sql(compiler: Compiler, definition: GraphQLField, nodes: list[FieldNode], key: str) -> str:
    """Return the JSON of a root field; raises NeedsPython for one that PostgreSQL cannot answer, and Forbidden."""
    read = read_of(definition)
    if read is None:
        raise NeedsPython
    if not isinstance(read, Listing | Single):
        return node_sql(compiler, definition, nodes)
    need = need_of(definition)
    if not compiler.grants.allows(read.resource.read):
        raise Forbidden(permission=str(getattr(need, "value", "")))
    row = compiler.names.row(read.resource)
    if isinstance(read, Listing):
        reaches = compiler.sight.row(read.resource, row.aliases)
        return compiler.connection(row, definition, nodes, (key,), [reaches], f"Query.{nodes[0].name.value}")
    conditions = [compiler.sight.row(read.resource, row.aliases)]
    if definition.args:
        place = compiler.slots.place(nodes[0], definition)
        wanted = compiler.slots.put(lambda moment: uuid_of(moment.arguments[place]["id"], read.resource.type_name), "uuid")
        conditions.append(f"{row.key} = {wanted}")
    pairs = compiler.node(row, nodes, (key,))
    return json_object(pairs, f"{row.source()} where {conjunction(conditions)}")


def node_sql(compiler: Compiler, definition: GraphQLField, nodes: list[FieldNode]) -> str:
    """Return the JSON of `node(id)`: the type that the id names decides the statement."""
    arguments = get_argument_values(definition, nodes[0], compiler.selections.variables)
    parts = split_id(str(arguments["id"]))
    resource = declared(parts[0]) if parts else None
    is_known = resource is not None and resource.type_name in compiler.selections.schema.type_map
    if resource is None or not is_known or not compiler.grants.allows(resource.read):
        return "null::json"
    place = compiler.slots.place(nodes[0], definition)
    wanted = compiler.slots.put(lambda moment: uuid_of(moment.arguments[place]["id"], resource.type_name), "uuid")
    row = compiler.names.row(resource)
    pairs = compiler.node(row, nodes, ("node",))
    conditions = [compiler.sight.row(resource, row.aliases), f"{row.key} = {wanted}"]
    return json_object(pairs, f"{row.source()} where {conjunction(conditions)}")
