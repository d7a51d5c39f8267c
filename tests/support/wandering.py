"""Random walks over the API: what all of them share. Each act is seen to be right, each refusal to change nothing."""

from asyncio import gather
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, TypeVar

from plumb_platform.actor import Actor
from support.asking import Ask
from support.portraits_made import change

NONSENSE = (
    "-0.01",
    "NaN",
    "1e999999",
    "１２３.00",
    "0.005",
    "1E3",
    "-0",
    "",
    "99999999999999999999.99",
    "1" * 40,
    "Infinity",
    "1_000",
)
World = TypeVar("World")


def code_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with errors as a Problem is returned."""
    return {"code": body["errors"][0]["extensions"]["code"]}


@dataclass
class Wanderer(Generic[World]):
    """Somebody who does things by chance; `refusals` and `done` count what became of them, by act and code.

    `ask` gives a Problem for an answer with errors. A walk says what there is to do, what stands, and what must hold of it.
    """

    source: Random
    ask: Ask
    actor: Actor
    cents: Sequence[int] = range(100)
    refusals: dict[tuple[str, str], int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    @property
    def acts(self) -> Sequence[Callable[[World], Awaitable[None]]]:
        """Return what may be done next, whatever is more likely more often; the last one is never one of two at once."""
        raise NotImplementedError

    async def look(self) -> World:
        """Read what stands."""
        raise NotImplementedError

    async def prove(self, there: World) -> None:
        """See that every number holds."""
        raise NotImplementedError

    def beginning(self) -> Callable[[World], Awaitable[None]] | None:
        """Return what a walk begins with, until it is done."""
        return None

    async def step(self) -> None:
        """Do something, see that a refusal changed nothing, and that every number still adds up."""
        before = await self.look()
        refused = sum(self.refusals.values())
        done = sum(self.done.values())
        while sum(self.refusals.values()) + sum(self.done.values()) == refused + done:
            await (self.beginning() or self.source.choice(self.acts))(before)
        after = await self.look()
        if sum(self.refusals.values()) > refused and sum(self.done.values()) == done:
            assert after == before, self.refusals
        await self.prove(after)

    async def does(self, name: str, shown: str, /, *, by: Actor | None = None, **given: Any) -> Any:
        """Ask for a change, and count what became of it."""
        found = await self.ask(by or self.actor, change(name, shown), input=given)
        code = found.get("code")
        assert code not in ("INTERNAL", "TIME_OVER", "BUSY_ELSEWHERE"), (name, given, found)
        if code is None:
            self.done[name] = self.done.get(name, 0) + 1
        else:
            self.refusals[name, code] = self.refusals.get((name, code), 0) + 1
        return found

    async def at_once(self, there: World) -> None:
        """Do two things at one moment that each saw the same."""
        await gather(*(self.source.choice(self.acts[:-1])(there) for _ in range(2)))

    def amount(self, highest: int = 10**10) -> str:
        """Return some cents, mostly; at times nothing, or nonsense."""
        chance = self.source.random()
        if chance < 0.08:
            return self.source.choice(NONSENSE)
        if chance < 0.16:
            return self.source.choice(("0", "0.01", "0.03", "1.00"))
        return f"{self.source.randint(0, highest)}.{self.source.choice(self.cents):02}"
