"""Lists of goals, people and units with random arguments: order, filter and size by variables."""

from random import Random
from typing import Any

from support.naive.values import Filters, Variables
from support.naive.world import World

NODES = {
    "goals": "title target weight state ownerId confirmedAt owner { email } unit { name } parent { title } months { target } "
    "children(first: 2) { totalCount }",
    "people": "number name email grade active unit { code } manager { name email } reports(first: 2) { totalCount }",
    "units": "code name parent { name } people(first: 2) { totalCount edges { node { email } } }",
}
TYPES = {"goals": "Goal", "people": "Person", "units": "OrgUnit"}


def listed(world: World, source: Random, name: str) -> tuple[str, dict[str, object]]:
    """Return a list whose arguments are given by variables."""
    kind = TYPES[name]
    text = (
        f"query ($first: Int, $where: {kind}Filter, $order: [{kind}Order!]) {{ {name}(first: $first, where: $where, "
        f"orderBy: $order) {{ totalCount pageInfo {{ hasNextPage endCursor }} "
        f"edges {{ cursor node {{ id {NODES[name]} }} }} }} }}"
    )
    fields: Any = world.oracle.schema.type_map[f"{kind}OrderField"]
    order = [
        {"field": word, "direction": source.choice(["ASC", "DESC"])}
        for word in source.sample(list(fields.values), source.choice([0, 1, 1, 2]))
    ]
    variables: dict[str, object] = {"first": source.choice([1, 5, 100]), "order": order}
    if source.random() < 0.5:
        filters = Filters(source, world.pool, Variables(source, 0.0))
        filtered: Any = world.oracle.schema.type_map[f"{kind}Filter"]
        variables["where"] = filters.filter(filtered, 2, plain=True)
    return text, variables
