"""The background processes for tests that kill them often: workers and relays are forked from one process, the imports done."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from support.background import Background


@dataclass
class WarmBackground(Background):
    """Starts Valkey as any process, and the others in a moment: each is a process that may be killed like another."""

    forked: dict[str, int] = field(default_factory=dict)
    nursery: subprocess.Popen[str] | None = None

    def start(self, name: str) -> None:
        """Start `valkey`, `relay` or a `worker...`; its output goes to a file of its own."""
        if name == "valkey":
            super().start(name)
        else:
            self.forked[name] = self._ask(start=name.rstrip("0123456789"), log=str(self.folder / f"{name}.log"))

    def end(self, name: str, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code, or the negative number of the signal that ended it."""
        return super().end(name, number) if name == "valkey" else self._ask(end=self.forked.pop(name), signal=number)

    def stop(self) -> None:
        """End all that still runs."""
        for name in list(self.forked):
            self.end(name, signal.SIGKILL)
        if self.nursery is not None:
            self.nursery.communicate()
        super().stop()

    def _ask(self, **asked: object) -> int:
        if self.nursery is None:
            environment = self._environment() | {"PYTHONPATH": str(Path(__file__).parents[1])}
            command = (sys.executable, "-m", "support.nursery")
            self.nursery = subprocess.Popen(
                command, env=os.environ | environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(json.dumps(asked) + "\n")
        self.nursery.stdin.flush()
        return int(self.nursery.stdout.readline())
