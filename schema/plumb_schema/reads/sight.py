"""What a caller may see, as SQL: the rows of a resource and the fields of a row."""

from dataclasses import dataclass

from plumb_platform.permissions import Grants, Pair, Scope
from plumb_platform.resources import Resource
from plumb_schema.reads.slots import Slots
from plumb_schema.reads.sql import FALSE, TRUE


@dataclass(frozen=True, slots=True)
class Sight:
    """Conditions for one caller's shape of grants; placeholders are allotted as they are needed."""

    grants: Grants
    slots: Slots

    def row(self, resource: Resource, row: str) -> str:
        """Return the condition under which a row is the caller's to read; TRUE and FALSE are constants."""
        pairs = self.grants.of(resource.read)
        allowed = _any([self._reach(pair, resource, row) for pair in pairs if not pair.denies])
        denied = _any([self._reach(pair, resource, row) for pair in pairs if pair.denies and pair.fields is None])
        return _but(allowed, denied)

    def reaches_any(self, resource: Resource) -> bool:
        """Return whether any row of a resource could be the caller's to read."""
        narrow = bool(resource.own or resource.mine or resource.unit)
        return any(pair.scope is Scope.COMPANY or narrow for pair in self.grants.of(resource.read) if not pair.denies)

    def field(self, resource: Resource, coordinate: str, row: str) -> str:
        """Return the condition under which a field shows on a row that is the caller's to read."""
        pairs = self.grants.of(resource.read)
        showing = [pair for pair in pairs if not pair.denies and (pair.fields is None or coordinate in pair.fields)]
        hiding = [pair for pair in pairs if pair.denies and pair.fields is not None and coordinate in pair.fields]
        if not hiding and {pair for pair in pairs if not pair.denies} == set(showing):
            return TRUE
        shows = _any([self._reach(pair, resource, row) for pair in showing])
        return _but(shows, _any([self._reach(pair, resource, row) for pair in hiding]))

    def _reach(self, pair: Pair, resource: Resource, row: str) -> str:
        if pair.scope is Scope.COMPANY:
            return TRUE
        parts = [f"{own.format(row=row)} = {self.slots.person()}" for own in resource.own]
        parts += [f"{mine.format(row=row)} = {self.slots.membership()}" for mine in resource.mine]
        if resource.unit and pair.scope is Scope.UNIT:
            parts.append(f"{resource.unit.format(row=row)} = {self.slots.unit()}")
        if resource.unit and pair.scope is Scope.SUBTREE:
            below = f"select descendant_id from org_unit_closure where ancestor_id = {self.slots.unit()}"
            parts.append(f"{resource.unit.format(row=row)} in ({below})")
        return f"({' or '.join(parts)})" if parts else FALSE


def _any(conditions: list[str]) -> str:
    if TRUE in conditions:
        return TRUE
    parts = [each for each in dict.fromkeys(conditions) if each != FALSE]
    return f"({' or '.join(parts)})" if parts else FALSE


def _but(allowed: str, denied: str) -> str:
    if allowed == FALSE or denied == TRUE:
        return FALSE
    if denied == FALSE:
        return allowed
    return f"(not coalesce({denied}, false))" if allowed == TRUE else f"({allowed} and not coalesce({denied}, false))"
