"""Helm's own engine (lint, install), called in the shared library that the wheel `helm-sdkpy` carries."""

import ctypes
import json
import os
from pathlib import Path
from typing import Any


class HelmFailed(RuntimeError):
    """Helm refused; the message is Helm's."""


class Helm:
    """Helm against one cluster, given as the text of a kubeconfig; wants HELM_DRIVER=memory in the environment."""

    def __init__(self, library: Path, *, kubeconfig: str, home: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._library.helm_sdkpy_last_error.restype = ctypes.c_char_p
        self._library.helm_sdkpy_free.argtypes = [ctypes.c_void_p]
        self._handle = ctypes.c_ulonglong()
        home.mkdir(parents=True, exist_ok=True)
        config = home / "kubeconfig.json"
        config.write_text(kubeconfig, encoding="utf-8")
        place = (b"default", os.fsencode(config), None, b"{}")
        self._refuse(self._library.helm_sdkpy_config_create(*place, ctypes.byref(self._handle)))

    def lint(self, chart: Path) -> Any:
        """Return what `helm lint` says of the chart, as the wheel gives it."""
        answer = ctypes.c_void_p()
        self._refuse(self._library.helm_sdkpy_lint(self._handle, os.fsencode(chart), ctypes.byref(answer)))
        return self._taken(answer)

    def install(self, chart: Path, values: dict[str, Any], *, release: str = "plumb") -> Any:
        """Install the chart: values are checked by its schema, templates rendered, hooks run, manifests sent."""
        options = {
            "wait": False,
            "timeout_seconds": 30,
            "disable_openapi_validation": True,
            "server_side_apply": "false",
        }
        answer = ctypes.c_void_p()
        texts = (release.encode(), os.fsencode(chart), json.dumps(values).encode(), None, json.dumps(options).encode())
        self._refuse(self._library.helm_sdkpy_install(self._handle, *texts, ctypes.byref(answer)))
        return self._taken(answer)

    def _refuse(self, code: int) -> None:
        if code:
            raise HelmFailed((self._library.helm_sdkpy_last_error() or b"").decode(errors="replace"))

    def _taken(self, answer: ctypes.c_void_p) -> Any:
        try:
            return json.loads(ctypes.string_at(answer.value or 0))
        finally:
            self._library.helm_sdkpy_free(answer)
