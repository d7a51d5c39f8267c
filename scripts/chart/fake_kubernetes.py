"""A Kubernetes API just real enough for Helm to install a chart: it keeps what is created, jobs succeed."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Manifest = dict[str, Any]
KINDS = {
    "v1": {"ServiceAccount": "serviceaccounts", "Service": "services", "Secret": "secrets", "ConfigMap": "configmaps"},
    "apps/v1": {"Deployment": "deployments"},
    "batch/v1": {"Job": "jobs"},
    "autoscaling/v2": {"HorizontalPodAutoscaler": "horizontalpodautoscalers"},
    "policy/v1": {"PodDisruptionBudget": "poddisruptionbudgets"},
    "networking.k8s.io/v1": {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies"},
    "keda.sh/v1alpha1": {"ScaledObject": "scaledobjects"},
}
VERSION = {"major": "1", "minor": "33", "gitVersion": "v1.33.0"}
WATCH_SECONDS = 2


class FakeKubernetes(ThreadingHTTPServer):
    """The server and its memory: `created` has every manifest in the order in which Helm sent it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, Manifest] = {}
        self.created: list[Manifest] = []
        self.stopping = threading.Event()

    @property
    def kubeconfig(self) -> str:
        """Return a kubeconfig (JSON, which is YAML) that points here."""
        cluster = {"name": "fake", "cluster": {"server": f"http://127.0.0.1:{self.server_port}"}}
        context = {"name": "fake", "context": {"cluster": "fake", "user": "fake", "namespace": "default"}}
        user: Manifest = {"name": "fake", "user": {}}
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [cluster],
                "contexts": [context],
                "users": [user],
                "current-context": "fake",
            }
        )


@contextmanager
def fake_kubernetes() -> Iterator[FakeKubernetes]:
    """Serve on a free port of loopback for the length of a `with` block."""
    with FakeKubernetes() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FakeKubernetes
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, query = self._place()
        if (found := _discovery(path)) is not None:
            self._answer(200, found)
        elif path in self.server.objects:
            self._answer(200, self.server.objects[path])
        elif _is_collection(path) and "watch" in query:
            self._watch(path, with_list="sendInitialEvents" in query)
        elif _is_collection(path):
            kind = _kind_at(path) | {"kind": f"{_kind_at(path)['kind']}List"}
            self._answer(200, kind | {"metadata": {"resourceVersion": "1"}, "items": self._below(path)})
        else:
            self._answer(404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404})

    def do_POST(self) -> None:
        path, _ = self._place()
        manifest = self._body()
        self.server.created.append(json.loads(json.dumps(manifest)))
        manifest["metadata"] |= {"uid": str(len(self.server.created)), "resourceVersion": "1", "namespace": "default"}
        if manifest["kind"] == "Job":
            manifest["status"] = {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}
        self.server.objects[f"{path}/{manifest['metadata']['name']}"] = manifest
        self._answer(201, manifest)

    def do_PUT(self) -> None:
        path, _ = self._place()
        manifest = self._body()
        self.server.objects[path] = manifest
        self._answer(200, manifest)

    def do_PATCH(self) -> None:
        path, _ = self._place()
        self._body()
        self._answer(200, self.server.objects[path])

    def do_DELETE(self) -> None:
        path, _ = self._place()
        self._body()
        self.server.objects.pop(path, None)
        self._answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def _place(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        return parts.path.rstrip("/"), parse_qs(parts.query)

    def _body(self) -> Manifest:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found: Manifest = json.loads(text) if text else {}
        return found

    def _below(self, path: str) -> list[Manifest]:
        return [each for place, each in self.server.objects.items() if place.rpartition("/")[0] == path]

    def _answer(self, code: int, value: Manifest) -> None:
        text = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _watch(self, path: str, *, with_list: bool) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        events: list[Manifest] = [{"type": "ADDED", "object": each} for each in self._below(path)]
        if with_list:
            mark = {"resourceVersion": "1", "annotations": {"k8s.io/initial-events-end": "true"}}
            events.append({"type": "BOOKMARK", "object": _kind_at(path) | {"metadata": mark}})
        self.wfile.writelines(json.dumps(event).encode() + b"\n" for event in events)
        self.wfile.flush()
        self.server.stopping.wait(WATCH_SECONDS)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing: Helm's own messages are the ones to read."""


def _kind_at(path: str) -> Manifest:
    for version, kinds in KINDS.items():
        for kind, plural in kinds.items():
            if path.endswith(f"/{plural}"):
                return {"apiVersion": version, "kind": kind}
    raise LookupError(path)


def _is_collection(path: str) -> bool:
    plurals = {plural for kinds in KINDS.values() for plural in kinds.values()}
    return path.rpartition("/")[2] in plurals


def _discovery(path: str) -> Manifest | None:
    if path == "/version":
        return dict(VERSION)
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(each) for each in KINDS if "/" in each]}
    if path.startswith("/openapi/v3"):
        return _openapi(path.removeprefix("/openapi/v3").strip("/"))
    version = path.removeprefix("/apis/").removeprefix("/api/")
    if version not in KINDS:
        return None
    resources = [
        {
            "name": plural,
            "singularName": "",
            "namespaced": True,
            "kind": kind,
            "verbs": ["create", "get", "list", "watch"],
        }
        for kind, plural in KINDS[version].items()
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}


def _openapi(place: str) -> Manifest:
    """Say that the server checks fields by itself, so that Helm does not ask for every schema."""
    if not place:
        names = [f"apis/{version}" if "/" in version else f"api/{version}" for version in KINDS]
        return {"paths": {name: {"serverRelativeURL": f"/openapi/v3/{name}"} for name in names}}
    version = place.removeprefix("apis/").removeprefix("api/")
    group, _, number = version.rpartition("/")
    check = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}
    paths = {
        f"/{place}/namespaces/default/{plural}/name": {
            "patch": {
                "parameters": [check],
                "responses": {},
                "x-kubernetes-group-version-kind": {"group": group, "version": number, "kind": kind},
            }
        }
        for kind, plural in KINDS[version].items()
    }
    return {"openapi": "3.0.0", "info": {"title": "fake", "version": "1"}, "paths": paths}


def _group(version: str) -> Manifest:
    named = {"groupVersion": version, "version": version.partition("/")[2]}
    return {"name": version.partition("/")[0], "versions": [named], "preferredVersion": named}
