"""The variants side by side: how each is asked for the same goals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from benchmarks.reads import answers
from benchmarks.reads.documents import (
    MARK,
    PAGE,
    PEER_MOVE,
    PEER_REVISE,
    PG_PAGE,
    PG_SMALL,
    REVISE,
    SMALL,
    http_request,
    operation,
)
from benchmarks.reads.servers import Server
from benchmarks.reads.world import Company, World
from plumb_schema.ground.ids import encode_id
from plumb_server.cookies import CSRF_HEADER, SessionCookies

Make = Callable[[int, int], bytes]
"""Makes the request of one goal of one company, both by their place."""
TARGET, REASON = "1234567.00", "年中调整"


@dataclass(frozen=True, slots=True)
class Contender:
    """One server and its requests; a kind that is missing is not measured there."""

    name: str
    server: Server
    requests: Mapping[str, Make]
    page: Callable[[Any], Any] = answers.page
    small: Callable[[Any], Any] = answers.small


@dataclass(frozen=True, slots=True)
class Asking:
    """A company's headers and goals, looked up by place."""

    world: World
    path: str
    headers: Callable[[Company], Mapping[str, str]]
    queries: Mapping[str, str] = field(default_factory=dict)

    def make(self, query: str, variables: Callable[[Company, int], Mapping[str, object]]) -> Make:
        """Return the maker of one document's requests."""

        def request(company: int, goal: int) -> bytes:
            asked = self.world.companies[company]
            body = operation(query, variables(asked, goal))
            return http_request(self.path, body, self.headers(asked))

        return request


def goal_of(company: Company, place: int) -> UUID:
    """Return a goal of a person, or a key result behind them."""
    return company.goals[place] if place < len(company.goals) else company.key_results[place - len(company.goals)]


def plumb(world: World, server: Server, cursors: Mapping[UUID, list[str]]) -> Contender:
    """Return Plumb, asked as a browser asks: with the session's cookie and its CSRF word."""
    cookie = SessionCookies(world.settings).name
    asking = Asking(world, "/graphql", lambda c: {"cookie": f"{cookie}={c.session}", CSRF_HEADER: c.csrf})
    page = asking.make(PAGE, lambda c, goal: {"c": cursors[c.tenant_id][goal]})
    requests = {
        "page": page,
        "unchanged": page,
        "small": asking.make(SMALL, lambda c, goal: {"id": encode_id("Goal", goal_of(c, goal))}),
        "change": asking.make(REVISE, lambda c, goal: {"input": _revision(encode_id("Goal", c.goals[goal]))}),
        "move": asking.make(MARK, lambda c, goal: {"input": {"ids": [encode_id("Message", c.goals[goal])]}}),
    }
    return Contender("plumb", server, requests)


def peer(name: str, world: World, server: Server) -> Contender:
    """Return one of the strawberry peers, which take the tenant at its word."""
    asking = Asking(world, "/graphql", _tenant)
    requests = {
        "page": asking.make(PAGE, lambda c, goal: {"c": str(c.goals[goal])}),
        "small": asking.make(SMALL, lambda c, goal: {"id": str(goal_of(c, goal))}),
    }
    if name == "prefetch":
        requests["change"] = asking.make(PEER_REVISE, lambda c, goal: {"input": _revision(str(c.goals[goal]))})
        requests["move"] = asking.make(
            PEER_MOVE, lambda c, goal: {"input": {"goalId": str(c.goals[goal]), "version": 1, "state": "PROPOSED"}}
        )
    return Contender(name, server, requests)


def raw(name: str, world: World, server: Server) -> Contender:
    """Return one form of the limit, which reads no GraphQL at all."""

    def page(company: int, goal: int) -> bytes:
        asked = world.companies[company]
        return http_request("/page", {"after": str(asked.goals[goal])}, _tenant(asked))

    def small(company: int, goal: int) -> bytes:
        asked = world.companies[company]
        return http_request("/small", {"id": str(goal_of(asked, goal))}, _tenant(asked))

    return Contender(name, server, {"page": page, "unchanged": page, "small": small})


def postgraphile(world: World, server: Server, cursors: Callable[[Company, int], str]) -> Contender:
    """Return PostGraphile, whose names come from keys and columns."""
    asking = Asking(world, "/graphql", _tenant)
    requests = {
        "page": asking.make(PG_PAGE, lambda c, goal: {"c": cursors(c, goal)}),
        "small": asking.make(PG_SMALL, lambda c, goal: {"tenant": str(c.tenant_id), "id": str(goal_of(c, goal))}),
    }
    return Contender("postgraphile", server, requests, answers.postgraphile_page, answers.postgraphile_small)


def _tenant(company: Company) -> dict[str, str]:
    return {"x-tenant": str(company.tenant_id)}


def _revision(goal_id: str) -> dict[str, object]:
    return {"goalId": goal_id, "version": 1, "target": TARGET, "reason": REASON}
