"""What a caller may see, as SQL: the rows of a resource and the fields of a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plumb_platform.permissions import Grants, Scope
from plumb_platform.resources import Resource
from plumb_schema.reads.slots import Slots
from plumb_tenants.access.conditions import Conditions, conditions_of
from plumb_tenants.access.filters import Bound, Start


@dataclass(frozen=True, slots=True)
class Sight:
    """Conditions for one caller's shape of grants; placeholders are allotted as they are needed."""

    grants: Grants
    slots: Slots

    def row(self, resource: Resource, aliases: Mapping[str, str]) -> str:
        """Return the condition under which a row is the caller's to read; TRUE and FALSE are constants."""
        return self._conditions(resource, aliases).row

    def field(self, resource: Resource, coordinate: str, aliases: Mapping[str, str]) -> str:
        """Return the condition under which a field shows on a row that is the caller's to read."""
        return self._conditions(resource, aliases).field(coordinate)

    def reaches_any(self, resource: Resource) -> bool:
        """Return whether any row of a resource could be the caller's to read."""
        narrow = bool(resource.own or resource.mine or resource.unit)
        allowing = [pair for pair in self.grants.of(resource.read) if not pair.denies]
        return any(pair.scope is Scope.COMPANY or (narrow and pair.scope > Scope.NONE) for pair in allowing)

    def _conditions(self, resource: Resource, aliases: Mapping[str, str]) -> Conditions:
        return conditions_of(self.grants, resource.read, resource, aliases, self._bind)

    def _bind(self, bound: Bound) -> str:
        start = _STARTS.get(bound) if isinstance(bound, Start) else None
        return start(self.slots) if start else self.slots.constant(bound, "text" if isinstance(bound, str) else "numeric")


_STARTS: Mapping[Start, Callable[[Slots], str]] = {
    Start.PERSON: Slots.person,
    Start.UNIT: Slots.unit,
    Start.MEMBERSHIP: Slots.membership,
    Start.TODAY: Slots.today,
}
