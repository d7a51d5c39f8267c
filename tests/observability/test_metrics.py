from plumb_platform.observability import Metrics


def test_what_was_observed_is_what_metrics_shows() -> None:
    metrics = Metrics()
    metrics.observe_request("/graphql", 200, 0.003)
    metrics.observe_request("/graphql", 200, 0.2)
    metrics.observe_job("letter", "done", 1.0)
    metrics.observe_job("letter", "failed")
    metrics.set_outbox_depth(7, at=1.5)
    body, content_type = metrics.exposition()
    lines = body.decode().splitlines()
    assert content_type.startswith("text/plain; version=")
    for line in (
        'plumb_requests_total{route="/graphql",status="200"} 2.0',
        'plumb_request_seconds_bucket{le="0.005",route="/graphql"} 1.0',
        'plumb_request_seconds_count{route="/graphql"} 2.0',
        'plumb_jobs_total{job="letter",state="done"} 1.0',
        'plumb_jobs_total{job="letter",state="failed"} 1.0',
        'plumb_job_seconds_count{job="letter"} 1.0',
        "plumb_outbox_depth 7.0",
    ):
        assert line in lines


def test_two_apps_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.set_outbox_depth(3, at=1.5)
    assert b"plumb_outbox_depth 0.0" in second.exposition()[0]
