"""Lint the chart, install it into a fake cluster with several sets of values, and hold each manifest to its schema."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fake_kubernetes import fake_kubernetes
from helm_engine import Helm, HelmFailed
from tools import TOOLS, ToolMissing, helm_library, kubernetes_validate_folder

CHART = Path(__file__).resolve().parents[2] / "helm" / "plumb"
KUBERNETES_VERSIONS = ("1.27", "1.37")
"""The oldest that Chart.yaml allows, and the newest known to the validator."""
WITHOUT_SCHEMA = {"ScaledObject"}
"""KEDA's own kind: it is not part of Kubernetes, so no Kubernetes schema tells about it."""
LINT_WARNING = 2

ALWAYS = {"Job", "ServiceAccount", "Service", "Deployment", "PodDisruptionBudget"}
GOOD: dict[str, tuple[dict[str, Any], set[str]]] = {
    "defaults": ({}, ALWAYS),
    "everything on": (
        {
            "fullnameOverride": "goals",
            "image": {"repository": "registry.example.com/plumb", "tag": "1.2.3"},
            "imagePullSecrets": [{"name": "registry"}],
            "scanUrl": "tcp://clamav:3310",
            "extraEnv": [{"name": "PLUMB_SENTRY_DSN", "value": ""}],
            "serviceAccount": {"annotations": {"example.com/role": "plumb"}},
            "api": {
                "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "tls", "annotations": {"a/b": "c"}},
                "autoscaling": {"enabled": True},
            },
            "worker": {"keda": {"enabled": True, "prometheusAddress": "http://prometheus:9090"}},
            "networkPolicy": {"enabled": True, "ingressFrom": [{"namespaceSelector": {}}]},
            "nodeSelector": {"kubernetes.io/arch": "amd64"},
            "tolerations": [{"key": "a", "operator": "Exists"}],
            "podAnnotations": {"example.com/x": "y"},
        },
        ALWAYS | {"Ingress", "HorizontalPodAutoscaler", "ScaledObject", "NetworkPolicy"},
    ),
    "bare": (
        {
            "serviceAccount": {"create": False},
            "api": {"podDisruptionBudget": {"enabled": False}},
            "worker": {"podDisruptionBudget": {"enabled": False}},
        },
        {"Job", "Service", "Deployment"},
    ),
}
BAD: dict[str, dict[str, Any]] = {
    "/existingSecret": {"existingSecret": ""},
    "/publicUrl": {"publicUrl": "plumb.example.com"},
    "/storageUrl": {"storageUrl": "/data"},
    "/scanUrl": {"scanUrl": "clamav:3310"},
    "/logLevel": {"logLevel": "LOUD"},
    "/api/replicas": {"api": {"replicas": -1}},
    "/api/service/port": {"api": {"service": {"port": 70000}}},
    "/image/pullPolicy": {"image": {"pullPolicy": "Sometimes"}},
    "/worker/keda/prometheusAddress": {"worker": {"keda": {"enabled": True}}},
    "'replicaCount'": {"replicaCount": 3},
}


def main() -> int:
    """Return 0 if the chart is sound; print every complaint otherwise."""
    try:
        library = helm_library()
        sys.path.append(str(kubernetes_validate_folder()))
    except ToolMissing as missing:
        print(missing)
        return 1
    complaints = [*_lint(library), *_bad_values(library)]
    for name, (values, kinds) in GOOD.items():
        complaints += [f"{name}: {each}" for each in _install(library, values, kinds)]
    print("\n".join(complaints) or f"chart: {len(GOOD)} installs rendered and valid, {len(BAD)} bad values refused")
    return 1 if complaints else 0


def _lint(library: Path) -> Iterator[str]:
    with fake_kubernetes() as cluster:
        said = Helm(library, kubeconfig=cluster.kubeconfig, home=TOOLS / "home").lint(CHART)
    yield from (f"lint: {each}" for each in said["Errors"] or [])
    yield from (f"lint: {each}" for each in said["Messages"] or [] if each["Severity"] >= LINT_WARNING)


def _bad_values(library: Path) -> Iterator[str]:
    with fake_kubernetes() as cluster:
        helm = Helm(library, kubeconfig=cluster.kubeconfig, home=TOOLS / "home")
        for place, values in BAD.items():
            try:
                helm.install(CHART, values)
            except HelmFailed as refusal:
                if place not in str(refusal):
                    yield f"bad value at {place} was refused for another reason: {refusal}"
            else:
                yield f"bad value at {place} was not refused"
        if cluster.created:
            yield "a refused install left something behind"


def _install(library: Path, values: dict[str, Any], kinds: set[str]) -> Iterator[str]:
    with fake_kubernetes() as cluster:
        try:
            Helm(library, kubeconfig=cluster.kubeconfig, home=TOOLS / "home").install(CHART, values)
        except HelmFailed as refusal:
            yield f"not installed: {refusal}"
            return
        manifests = cluster.created
    if (found := {each["kind"] for each in manifests}) != kinds:
        yield f"kinds {sorted(found)} instead of {sorted(kinds)}"
    for manifest in manifests:
        yield from _against_schemas(manifest)
        yield from _house_rules(manifest)


def _against_schemas(manifest: dict[str, Any]) -> Iterator[str]:
    if manifest["kind"] in WITHOUT_SCHEMA:
        return
    validator = importlib.import_module("kubernetes_validate")
    for version in KUBERNETES_VERSIONS:
        try:
            validator.validate(manifest, version, strict=True)
        except validator.ValidationError as error:
            place = "/".join(map(str, error.path))
            yield f"{_name(manifest)} against Kubernetes {version}: {place}: {error.message}"


def _house_rules(manifest: dict[str, Any]) -> Iterator[str]:
    labels = manifest["metadata"].get("labels", {})
    yield from (f"{_name(manifest)} has no label {each}" for each in _LABELS if each not in labels)
    template = manifest["spec"].get("template") if manifest["kind"] in {"Deployment", "Job"} else None
    if template is None:
        return
    pod = template["spec"]
    if pod.get("securityContext", {}).get("runAsNonRoot") is not True:
        yield f"{_name(manifest)} may run as root"
    for container in pod["containers"]:
        names = [each["name"] for each in container["env"]]
        if ("PLUMB_DATABASE_URL" in names) is not (manifest["kind"] == "Job"):
            yield f"{_name(manifest)}: the owner's database URL is for the migration job, and for it alone"
        if container["securityContext"].get("allowPrivilegeEscalation") is not False:
            yield f"{_name(manifest)} may gain rights"


_LABELS = [f"app.kubernetes.io/{word}" for word in ("name", "instance", "version", "managed-by", "part-of")]


def _name(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


if __name__ == "__main__":
    if os.environ.get("HELM_DRIVER") != "memory":
        # Go reads the environment that the process began with, so begin again with the one that Helm needs.
        home = {name: str(TOOLS / "home") for name in ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME")}
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | home | {"HELM_DRIVER": "memory"})  # noqa: S606
    sys.exit(main())
