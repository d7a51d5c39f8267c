"""Prometheus metrics of a process, or of all that count together, in a registry of our own."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from plumb_platform.observability.together import is_together, together

REQUEST_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SCAN_SECONDS = (0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)
JOB_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Everything that a process counts; no label names a company, a person or a path with ids in it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        if not is_together():  # what one process takes says nothing of the others
            for collector in (ProcessCollector, PlatformCollector, GCCollector):
                collector(registry=self.registry)
        self.requests = Counter("plumb_requests", "HTTP requests answered.", ["route", "status"], registry=self.registry)
        self.request_seconds = Histogram(
            "plumb_request_seconds", "Time to answer.", ["route"], buckets=REQUEST_SECONDS, registry=self.registry
        )
        self.jobs = Counter("plumb_jobs", "Jobs that reached a state.", ["job", "state"], registry=self.registry)
        self.job_seconds = Histogram(
            "plumb_job_seconds", "Time to work on a job.", ["job"], buckets=JOB_SECONDS, registry=self.registry
        )
        self.scan_seconds = Histogram(
            "plumb_scan_seconds", "Time to scan a file.", ["outcome"], buckets=SCAN_SECONDS, registry=self.registry
        )
        gauge = partial(Gauge, registry=self.registry, multiprocess_mode="max")
        self.outbox_depth = gauge("plumb_outbox_depth", "Outbox rows that are not done.")
        self.depth_read_at = float("-inf")
        self.snapshots_overdue = gauge("plumb_snapshots_overdue", "Companies whose monthly snapshot is late.")
        self.overdue_read_at = float("-inf")
        self._counted: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self.errors = Counter("plumb_errors", "Unexpected errors.", ["place"], registry=self.registry)
        self.outages = Counter(
            "plumb_outages",
            "Requests and jobs that met something away or full.",
            ["place", "code"],
            registry=self.registry,
        )

    def observe_request(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is the pattern (`/letters/{id}`), never the path."""
        counted = self._counted.get((route, status))
        if counted is None:
            counted = self._counted[route, status] = (
                self.requests.labels(route, str(status)),
                self.request_seconds.labels(route),
            )
        counted[0].inc()
        counted[1].observe(seconds)

    def observe_job(self, job: str, state: str, seconds: float | None = None) -> None:
        """Count a job's arrival in a state (done, failed, retried); `seconds` is the time that was worked on it."""
        self.jobs.labels(job, state).inc()
        if seconds is not None:
            self.job_seconds.labels(job).observe(seconds)

    def observe_scan(self, outcome: str, seconds: float) -> None:
        """Count one scan of a file: clean, infected, too_large or unavailable."""
        self.scan_seconds.labels(outcome).observe(seconds)

    def set_outbox_depth(self, depth: int, *, at: float) -> None:
        """Keep the depth of the outbox and the monotonic time at which it was read."""
        self.outbox_depth.set(depth)
        self.depth_read_at = at

    def set_snapshots_overdue(self, companies: int, *, at: float) -> None:
        """Keep in how many companies the month's snapshot is late, and the monotonic time at which that was read."""
        self.snapshots_overdue.set(companies)
        self.overdue_read_at = at

    def serve(self, port: int) -> None:
        """Answer scrapes on a port of their own from a thread; port 0 serves none."""
        if is_together():
            together().serve()
        elif port:
            start_http_server(port, registry=self.registry)

    def exposition(self) -> tuple[bytes, str]:
        """Return the body and the content type of `/metrics`."""
        registry = together().registry() if is_together() else self.registry
        return generate_latest(registry), CONTENT_TYPE_LATEST
