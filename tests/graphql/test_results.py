"""What a mutation answers can be asked for beside its Problem, without an alias for either."""

from graphql import GraphQLUnionType, build_schema, get_named_type
from plumb_server.sdl import GOLDEN


def test_the_code_of_a_thing_can_stand_beside_the_code_of_its_problem() -> None:
    schema = build_schema(GOLDEN.read_text(encoding="utf-8"), assume_valid=True)
    assert schema.mutation_type is not None
    results = {get_named_type(field.type) for field in schema.mutation_type.fields.values()}
    unions = [result for result in results if isinstance(result, GraphQLUnionType)]
    assert len(unions) > 100
    # GraphQL merges fields of one name only if they are null alike (FieldsInSetCanMerge).
    members = {member.name: member.fields["code"] for union in unions for member in union.types if "code" in member.fields}
    assert {name for name, field in members.items() if str(field.type) != "String!"} == set()
