"""The kind `snapshot`: what a deviation is measured against and from where on it is marked red (C69, D4)."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_tenants.definitions.kinds import Body, Kind, register
from plumb_tenants.definitions.service import effective_version
from plumb_tenants.definitions.spelling import SERVER_OR_NONE

KIND, KEY = "snapshot", "default"


class Against(StrEnum):
    """What an actual is compared with: the goal's target, or what is expected of it by the day of the snapshot."""

    TARGET = "TARGET"
    EXPECTED = "EXPECTED"


class SnapshotRules(Body):
    """What snapshots mark: a deviation strictly over `red_percent` is red; whose time stamp their anchors get, if anybody's."""

    red_percent: Annotated[Decimal, Field(gt=0, le=1000, max_digits=6, decimal_places=2)] = Decimal("15.00")
    against: Against = Against.TARGET
    timestamp_server: Annotated[str, Field(pattern=SERVER_OR_NONE)] = ""


SHIPPED = SnapshotRules()
"""What holds until a company publishes rules of its own."""


async def rules_in_force(actor: Actor) -> SnapshotRules:
    """Return the company's rules of snapshots, or the shipped ones."""
    found = await effective_version(actor, kind=KIND, key=KEY)
    return found.body if found else SHIPPED


register(Kind(name=KIND, zh="快照规则", en="Rules of snapshots", body=SnapshotRules, pilots=False))
