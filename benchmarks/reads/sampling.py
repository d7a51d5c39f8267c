"""Which goals are asked for: never the same twice before all were, so that no cache answers in a measurement's place."""

import random
from dataclasses import dataclass, field

from benchmarks.reads.contenders import Contender
from benchmarks.reads.world import PAGE, Company, World

MOST_A_SECOND = {"page": 1_500, "small": 9_000, "change": 5_000, "move": 5_000}
"""More than any variant answers, so that a file of requests does not come round."""
Place = tuple[int, int]


@dataclass
class Sampler:
    """Deals places of goals; a seed makes a run repeatable."""

    world: World
    seed: int
    _decks: dict[str, list[Place]] = field(default_factory=dict)
    _dealt: dict[str, int] = field(default_factory=dict)

    def requests(self, contender: Contender, kind: str, seconds: float) -> list[bytes]:
        """Return requests of one kind for so many seconds."""
        make = contender.requests[kind]
        if kind == "unchanged":
            return [make(company, 0) for company in range(len(self.world.companies))]
        return [make(*place) for place in self._deal(kind, round(MOST_A_SECOND[kind] * seconds))]

    def _deal(self, kind: str, count: int) -> list[Place]:
        deck = self._decks.setdefault(kind, self._shuffled(kind))
        count = min(count, len(deck))
        start = self._dealt.get(kind, 0)
        if start + count > len(deck):
            start = 0
        self._dealt[kind] = start + count
        return deck[start : start + count]

    def _shuffled(self, kind: str) -> list[Place]:
        deck = [(number, place) for number, company in enumerate(self.world.companies) for place in range(_size(company, kind))]
        random.Random(f"{self.seed} {kind}").shuffle(deck)
        return deck


def _size(company: Company, kind: str) -> int:
    goals = len(company.goals)
    return {"page": goals - PAGE, "small": goals + len(company.key_results)}.get(kind, goals)
