"""Grants: what an actor's roles allow, as a table that a request asks in no time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions.catalogue import Permission, Scope
from plumb_platform.permissions.pairs import EVERYTHING, Pair

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Grants:
    """What one actor may do: the pairs of each permission, whose rows OWN and UNIT start from, and how long it holds.

    Grants of equal `shape` lead to equal SQL; they hold while the company's access version is `version`, until `until`.
    """

    pairs: Mapping[str, tuple[Pair, ...]]
    person_id: UUID = NOBODY
    unit_id: UUID = NOBODY
    membership_id: UUID = NOBODY
    roles: frozenset[str] = frozenset()
    version: int = 0
    until: datetime | None = None
    time_zone: str = "UTC"
    """Where the company's days begin (an IANA name)."""
    shape: str = ""
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    """The widest scope of each permission, of which a denial takes only what it names; made from the pairs."""

    def __post_init__(self) -> None:
        if not self.scopes:
            allowing = {name: [pair.scope for pair in pairs if not pair.denies] for name, pairs in self.pairs.items()}
            widest = {name: max(scopes) for name, scopes in allowing.items() if scopes and max(scopes) > Scope.NONE}
            object.__setattr__(self, "scopes", widest)
        if not self.shape:
            object.__setattr__(self, "shape", shape_of(self.pairs))

    def day(self, instant: datetime) -> date:
        """Return the day that the company lives in at an instant."""
        return instant.astimezone(ZoneInfo(self.time_zone)).date()

    def scope(self, permission: Permission) -> Scope:
        """Return how far the permission reaches; NONE when it is not granted."""
        return self.scopes.get(permission, Scope.NONE)

    def allows(self, permission: Permission) -> bool:
        """Return whether the permission reaches any row at all."""
        return permission in self.scopes

    def of(self, permission: Permission) -> tuple[Pair, ...]:
        """Return the pairs of a permission; none when it is not granted."""
        return self.pairs.get(permission, ())

    def reaches_all(self, permission: Permission) -> bool:
        """Return whether the permission reaches every row of the company, with no filter and no denial of rows."""
        pairs = self.of(permission)
        allowed = any(pair.scope is Scope.COMPANY and not pair.filter and not pair.denies for pair in pairs)
        return allowed and not any(pair.denies and pair.fields is None for pair in pairs)


def shape_of(pairs: Mapping[str, tuple[Pair, ...]]) -> str:
    """Return a digest of what decides the SQL of these pairs."""
    lines = [
        f"{name} {pair.scope.name} {pair.denies} {pair.filter!r} {sorted(pair.fields) if pair.fields is not None else '*'}"
        for name, each in sorted(pairs.items())
        for pair in each
    ]
    return sha256_hex("\n".join(lines).encode())[:32]


SYSTEM = Grants({permission.value: (EVERYTHING,) for permission in Permission}, roles=frozenset({"system"}), version=-1)
"""What jobs, timers and the command line may do, whatever a matrix says: no version of it is theirs."""
