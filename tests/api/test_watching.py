"""What an operator watches over HTTP: alive, ready, metrics; open to all and telling nothing of any company."""

import httpx2

from plumb_platform.settings import Settings
from plumb_server.app import make_app
from plumb_server.assembly import product_resources
from plumb_server.demo.run import free_port
from support.serving import served


async def test_ready_means_that_database_migrations_and_redis_answer(http: httpx2.AsyncClient) -> None:
    response = await http.get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {"ready": True, "checks": {"database": "ok", "migrations": "ok", "redis": "ok"}},
    )


async def test_alive_means_that_the_process_runs(http: httpx2.AsyncClient) -> None:
    response = await http.get("/healthz")
    assert (response.status_code, response.text, response.headers["cache-control"]) == (200, "ok\n", "no-store")


async def test_metrics_count_requests_by_route_and_name_no_id(http: httpx2.AsyncClient) -> None:
    await http.get("/letters/secret-id/file")
    await http.get("/verify?code=secret-code")
    response = await http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert 'plumb_requests_total{route="/letters/{letter_id}/file",status="401"}' in response.text
    assert 'plumb_requests_total{route="/verify",status="200"}' in response.text
    assert "secret" not in response.text


async def test_metrics_with_a_port_of_their_own_are_not_beside_the_api(settings: Settings, http: httpx2.AsyncClient) -> None:
    apart = settings.model_copy(update={"metrics_port": free_port()})
    async with served(apart, lambda own: make_app(own, product_resources)) as address:
        assert (await http.get(f"{address}/metrics")).status_code == 404
