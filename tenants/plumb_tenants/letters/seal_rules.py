"""The kind `seal`: the level of a company's seals, its timestamp server, what to do when that is away, and marked copies."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_platform.documents.seal_level import SealLevel
from plumb_tenants.definitions.kinds import Body, Kind, register
from plumb_tenants.definitions.service import effective_version
from plumb_tenants.definitions.spelling import SERVER

KIND = "seal"
KEY = "default"


class WithoutTimestamp(StrEnum):
    """What becomes of a letter while the timestamp server is away."""

    WAIT = "wait"
    SEAL = "seal"


class SealRules(Body):
    """How letters are sealed and handed out (A26, A57).

    `timestamp_server` is one of the names that the operator gave; it is asked from the level B-T on. While it is away a letter
    waits and is tried again, or is sealed with B-B and says so in print.
    """

    seal_level: SealLevel = SealLevel.B_B
    timestamp_server: Annotated[str, Field(pattern=SERVER)] = "default"
    without_timestamp: WithoutTimestamp = WithoutTimestamp.WAIT
    mark_copies: bool = False


async def seal_rules(actor: Actor, *, on: date | None = None) -> SealRules:
    """Return the rules in force today, or `on` a day of the company's, or those that Plumb brings along."""
    found = await effective_version(actor, kind=KIND, key=KEY, on=on)
    return found.body if found and isinstance(found.body, SealRules) else SealRules()


register(Kind(name=KIND, zh="签章规则", en="Seal rules", body=SealRules))
