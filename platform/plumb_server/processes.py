"""API, relay and worker as child processes of one command: started together, restarted when they die, stopped together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from plumb_platform.settings import Settings
from plumb_server.resources import child_environment

STOP_SECONDS = 20
RESTART_SECONDS = 1.0


@dataclass
class Child:
    """One process of ours and the command that starts it."""

    name: str
    arguments: list[str]
    log: Path | None
    process: subprocess.Popen[bytes] | None = None


@dataclass
class House:
    """The running processes of one site."""

    settings: Settings
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, *arguments: str, log: Path | None = None) -> Child:
        """Start `plumb <arguments>` as a child; its output goes to `log`, or to ours."""
        child = Child(name, list(arguments), log)
        self.children.append(child)
        self._spawn(child)
        return child

    def restart_dead(self) -> list[str]:
        """Start again every child that has died and return their names."""
        dead = [child for child in self.children if child.process is not None and child.process.poll() is not None]
        for child in dead:
            self._spawn(child)
        return [child.name for child in dead]

    def watch(self) -> None:
        """Keep the children running until Ctrl-C or SIGTERM."""
        stopping = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.wait(RESTART_SECONDS):
            for name in self.restart_dead():
                print(f"{name} died and was started again", file=sys.stderr, flush=True)

    def stop(self) -> None:
        """Ask all children to finish what they do, then make sure that they are gone."""
        running = [child.process for child in self.children if child.process is not None and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self, child: Child) -> None:
        output = child.log.open("ab") if child.log else None
        child.process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            [sys.executable, "-m", "plumb_server.cli", *child.arguments],
            env=os.environ | child_environment(self.settings),
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            # A group of its own: Ctrl-C reaches the parent alone, which stops the children in order.
            start_new_session=True,
        )
        if output:
            output.close()


@contextmanager
def house(settings: Settings, *, port: int, logs: Path | None = None) -> Iterator[House]:
    """Run API, relay and worker for the length of a `with` block."""
    site = House(settings)
    try:
        for name, arguments in {"api": ["api", "--port", str(port)], "relay": ["relay"], "worker": ["worker"]}.items():
            site.start(name, *arguments, log=logs / f"{name}.log" if logs else None)
        yield site
    finally:
        site.stop()
