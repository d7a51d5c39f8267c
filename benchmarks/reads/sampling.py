"""Which goals are asked for: never the same twice before all were, so that no cache answers in a measurement's place."""

import random
from dataclasses import dataclass, field

from benchmarks.reads.contenders import Contender
from benchmarks.reads.world import PAGE, Company, World

Place = tuple[int, int]


@dataclass
class Sampler:
    """Deals places of goals in an order that is the same in every run; a deck comes round only when it is through.

    Where a small world's does, a bounded cache has long forgotten what comes again.
    """

    world: World
    _decks: dict[str, list[Place]] = field(default_factory=dict)
    _dealt: dict[str, int] = field(default_factory=dict)

    def requests(self, contender: Contender, kind: str, count: int) -> list[bytes]:
        """Return so many requests of one kind."""
        make = contender.requests[kind]
        if kind == "unchanged":
            return [make(company, 0) for company in range(len(self.world.companies))]
        return [make(*place) for place in self._deal(kind, count)]

    def _deal(self, kind: str, count: int) -> list[Place]:
        deck = self._decks.setdefault(kind, self._shuffled(kind))
        start = self._dealt.get(kind, 0)
        self._dealt[kind] = start + count
        return [deck[place % len(deck)] for place in range(start, start + min(count, len(deck)))]

    def _shuffled(self, kind: str) -> list[Place]:
        deck = [(number, place) for number, company in enumerate(self.world.companies) for place in range(_size(company, kind))]
        random.Random(kind).shuffle(deck)
        return deck


def _size(company: Company, kind: str) -> int:
    goals = len(company.goals)
    return {"page": goals - PAGE, "small": goals + len(company.key_results)}.get(kind, goals)
