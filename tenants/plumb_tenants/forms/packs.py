"""The packs that Plumb brings along: forms of a function or a purpose, with the metrics and flows that they go by (C21, C45)."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_tenants.definitions.service import adopt_definition
from plumb_tenants.forms.definition import KIND as FORM

METRIC, FLOW = "metric", "flow"


class Pack(StrEnum):
    """A function of a company, or a purpose that forms of any function serve."""

    SALES = "SALES"
    CUSTOMER_SERVICE = "CUSTOMER_SERVICE"
    AFTER_SALES = "AFTER_SALES"
    CONTENT_OPERATIONS = "CONTENT_OPERATIONS"
    PROFESSIONAL_SERVICES = "PROFESSIONAL_SERVICES"
    MARKET_PORTRAIT = "MARKET_PORTRAIT"
    GOAL_SURVEYS = "GOAL_SURVEYS"


@dataclass(frozen=True, slots=True)
class Shipped:
    """A definition that a pack brings along."""

    kind: str
    key: str
    name: str
    body: dict[str, Any]


@cache
def contents_of(pack: Pack) -> tuple[Shipped, ...]:
    """Return the definitions of a pack, metrics and flows before the forms that name them."""
    read = orjson.loads((Path(__file__).parent / "shipped" / f"{pack.value.lower()}.json").read_bytes())
    parts = [(kind, each) for kind, key in ((METRIC, "metrics"), (FLOW, "flows"), (FORM, "forms")) for each in read.get(key, ())]
    return tuple(Shipped(kind, each["key"], each["name"], each["body"]) for kind, each in parts)


async def adopt_pack(actor: Actor, pack: Pack) -> list[UUID]:
    """Publish what a pack holds and the company does not have yet; return the versions in effect, in the pack's order.

    A metric or form of the same key that the company published itself is kept as it is.
    """
    return [await _adopt(actor, each) for each in contents_of(pack)]


async def _adopt(actor: Actor, shipped: Shipped) -> UUID:
    return await adopt_definition(actor, kind=shipped.kind, key=shipped.key, name=shipped.name, body=shipped.body)
