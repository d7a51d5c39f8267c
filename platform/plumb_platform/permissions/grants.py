"""What an actor's roles grant: per permission the pairs of row scope and field set, read in the request's own transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import Forbidden
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions.catalogue import Permission, Scope

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a matrix for one permission: the rows that it reaches and the fields that it shows there.

    `filter` is a formula over the resource's columns that must be true, empty for none; `fields` are coordinates
    (`Goal.target`), None means all. A row is reached when an allowing pair reaches it and no denying pair of all fields does;
    a field shows on a row that is reached when an allowing pair with the field reaches it and no denying pair with it does.
    """

    scope: Scope
    filter: str = ""
    fields: frozenset[str] | None = None
    denies: bool = False


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
    shape: str = ""
    scopes: Mapping[str, Scope] = field(init=False)
    """The widest scope of each permission, of which a denial takes only what it names."""

    def __post_init__(self) -> None:
        allowing = {name: [pair.scope for pair in pairs if not pair.denies] for name, pairs in self.pairs.items()}
        widest = {name: max(scopes) for name, scopes in allowing.items() if scopes and max(scopes) > Scope.NONE}
        object.__setattr__(self, "scopes", widest)
        if not self.shape:
            object.__setattr__(self, "shape", shape_of(self.pairs))

    def scope(self, permission: Permission) -> Scope:
        """Return how far the permission reaches; NONE when it is not granted."""
        return self.scopes.get(permission.value, Scope.NONE)

    def allows(self, permission: Permission) -> bool:
        """Return whether the permission reaches any row at all."""
        return permission.value in self.scopes

    def of(self, permission: Permission) -> tuple[Pair, ...]:
        """Return the pairs of a permission; none when it is not granted."""
        return self.pairs.get(permission.value, ())


def shape_of(pairs: Mapping[str, tuple[Pair, ...]]) -> str:
    """Return a digest of what decides the SQL of these pairs."""
    lines = [
        f"{name} {pair.scope.name} {pair.denies} {pair.filter!r} {sorted(pair.fields) if pair.fields is not None else '*'}"
        for name, each in sorted(pairs.items())
        for pair in each
    ]
    return sha256_hex("\n".join(lines).encode())[:32]


_SYSTEM = Grants({permission.value: (Pair(Scope.COMPANY),) for permission in Permission}, roles=frozenset({"system"}))


async def grants_of(actor: Actor) -> Grants:
    """Return the actor's grants; the system holds all, a token only what its scopes name."""
    if "system" in actor.roles:
        return _SYSTEM
    rows = await fetch("select permission, scope from role_permission where role = any($1)", sorted(actor.roles))
    (place,) = await fetch(
        "select (select unit_id from person where id = $1) as unit_id, "
        "(select coalesce(sum(value), 0)::bigint from data_version where name = 'access') as version",
        actor.person_id,
    )
    pairs: dict[str, tuple[Pair, ...]] = {}
    for row in rows:
        name, scope = row["permission"], Scope[row["scope"]]
        if scope > Scope.NONE and (actor.scopes is None or name in actor.scopes):
            pairs[name] = tuple(sorted({*pairs.get(name, ()), Pair(scope)}, key=lambda pair: pair.scope))
    return Grants(
        pairs, actor.person_id or NOBODY, place["unit_id"] or NOBODY, actor.membership_id or NOBODY, actor.roles, place["version"]
    )


async def require(actor: Actor, permission: Permission) -> Scope:
    """Return the widest scope of the permission, or raise Forbidden when the actor has none."""
    scope = (await grants_of(actor)).scope(permission)
    if scope is Scope.NONE:
        raise Forbidden(permission=permission.value)
    return scope
