"""The background processes for tests: a real worker and relay of our own, and a Valkey that may be killed and flushed."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from plumb_platform.embedded.places import valkey_binary
from plumb_platform.settings import Settings


@dataclass
class Background:
    """Processes of one test, each started anew under its name and ended by its pid."""

    folder: Path
    settings: Settings
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: int = 0

    @property
    def socket_path(self) -> Path:
        """Return where this test's own Valkey listens."""
        return self.folder / "valkey.sock"

    def start(self, name: str) -> None:
        """Start `valkey`, `relay` or a `worker...`; its output goes to a file of its own."""
        command = self._valkey() if name == "valkey" else [sys.executable, "-m", "plumb_workers.run", name.rstrip("0123456789")]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, env=self._environment(), stdout=log, stderr=log)
        if name == "valkey":
            self._wait_for_socket()

    def kill(self, name: str) -> None:
        """Kill a process as a crash would, and start it again."""
        self.end(name, signal.SIGKILL)
        self.kills += 1
        self.start(name)

    def end(self, name: str, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        process = self.processes.pop(name)
        process.send_signal(number)
        return process.wait(timeout=120)

    def flush(self) -> None:
        """Make Valkey forget everything."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.socket_path))
            client.sendall(b"FLUSHALL\r\n")
            assert client.recv(16).startswith(b"+OK")
        self.kills += 1

    def stop(self) -> None:
        """End all that still runs."""
        for name in list(self.processes):
            self.end(name, signal.SIGKILL)

    def _valkey(self) -> list[str]:
        options = {"port": "0", "unixsocket": str(self.socket_path), "save": "", "appendonly": "no", "dir": str(self.folder)}
        return [str(valkey_binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "PLUMB_HOME": str(self.folder),
            "PLUMB_DATABASE_URL": self.settings.database_url,
            "PLUMB_REDIS_URL": f"unix://{self.socket_path}",
            "PLUMB_SECRET_KEY": self.settings.secret_key.get_secret_value(),
            "PLUMB_PUBLIC_URL": self.settings.public_url,
        }

    def _wait_for_socket(self) -> None:
        for _ in range(3_000):
            with socket.socket(socket.AF_UNIX) as client:
                try:
                    client.connect(str(self.socket_path))
                    return
                except OSError:
                    time.sleep(0.02)
        raise AssertionError("Valkey does not answer")
