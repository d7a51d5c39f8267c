"""The joins of a resource beside one of its rows, for conditions in statements that have its own table alone."""

from collections.abc import Iterator, Mapping

from plumb_platform.resources import Resource


class JoinsUsed(Mapping[str, str]):
    """The aliases of a statement that has only the resource's own table; learns which joins were asked for."""

    def __init__(self, alias: str, resource: Resource) -> None:
        self._aliases = {"row": alias} | {join.alias: f"{alias}_{join.alias}" for join in resource.joins}
        self.used: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.used.add(name)
        return self._aliases[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._aliases)

    def __len__(self) -> int:
        return len(self._aliases)


def joined(condition: str, resource: Resource, aliases: JoinsUsed) -> str:
    """Return the condition for a statement that lacks the joins it needs: they are made beside the row."""
    joins = [join for join in resource.joins if join.alias in aliases.used]
    if not joins:
        return condition
    source = " ".join(join.sql.format_map(aliases) for join in joins)
    return f"exists (select from (select 1) as beside {source} where {condition})"
